//! Keyframes: the whole state of a recorded run at some of its sequences, so that whoever goes back begins near by.
//!
//! Invariants: all together take at most [`BYTES_MAX`], and what is larger than that alone is not kept; they stand close
//! together near the place that is looked at and further apart the further away; what one is opened to is the state
//! to the bit, the economy and the view of it. Making them takes a small part of the time that applying takes.
//! Absent on purpose: names, which a source never forgets.

use oikos_sim::run::Tape;
use oikos_sim::run::replay::ReplayError;
use oikos_sim::run::state::within;
use oikos_sim::run::tape::Saved;
use oikos_views::Overview;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Memory of all keyframes. The state of a million participants is far above it: of such a run only the beginning gets
/// any, and whoever goes back from its end waits for the run to be applied from there.
const BYTES_MAX: usize = 8 << 20;
/// Entries between two, at least.
const EVERY: u64 = 256;
/// Applying has to have taken so many times what making the last one took.
const WORK_FOR_ONE: u32 = 8;

/// A state, as bytes.
#[derive(Debug)]
pub(super) struct Keyframe {
    tape: Saved,
    overview: Vec<u8>,
}

impl Keyframe {
    fn of(tape: &Tape, overview: &Overview, bytes_max: usize) -> Option<Self> {
        let overview = within(overview, bytes_max)?;
        Some(Self { tape: tape.save(bytes_max - overview.len())?, overview })
    }

    /// The last sequence that is in it.
    pub(super) const fn sequence(&self) -> u64 {
        self.tape.sequence()
    }

    const fn bytes(&self) -> usize {
        self.tape.len() + self.overview.len()
    }

    /// The tape there, and the view of what happened until then.
    ///
    /// # Errors
    /// The disk refused.
    pub(super) fn open(&self, folder: &Path) -> Result<(Tape, Overview), ReplayError> {
        let overview = postcard::from_bytes(&self.overview).map_err(|error| ReplayError::Disk(error.to_string()))?;
        Ok((Tape::resume(folder, &self.tape)?, overview))
    }
}

/// Those that are kept.
#[derive(Debug)]
pub(super) struct Keyframes {
    kept: BTreeMap<u64, Keyframe>,
    bytes: usize,
    bytes_max: usize,
    every: u64,
    work_for_one: u32,
    /// What making the last one took.
    took: Duration,
    /// What applying took since.
    worked: Duration,
    /// A state was larger than all of them may be; later ones will be too.
    is_too_large: bool,
}

impl Default for Keyframes {
    fn default() -> Self {
        Self::new(BYTES_MAX, EVERY, WORK_FOR_ONE)
    }
}

impl Keyframes {
    pub(super) fn new(bytes_max: usize, every: u64, work_for_one: u32) -> Self {
        Self {
            kept: BTreeMap::new(),
            bytes: 0,
            bytes_max,
            every,
            work_for_one,
            took: Duration::ZERO,
            worked: Duration::ZERO,
            is_too_large: false,
        }
    }

    /// The last one at or before a sequence.
    pub(super) fn nearest(&self, sequence: u64) -> Option<&Keyframe> {
        self.kept.range(..=sequence).next_back().map(|(_, keyframe)| keyframe)
    }

    /// So much time was spent on applying.
    pub(super) fn worked(&mut self, time: Duration) {
        self.worked = self.worked.saturating_add(time);
    }

    /// The tape has come to an entry, with this view of it: a keyframe is made where one is due.
    pub(super) fn passed(&mut self, tape: &Tape, overview: &Overview) {
        let here = tape.sequence();
        let since = here - self.nearest(here).map_or(0, Keyframe::sequence);
        if self.is_too_large || since < self.every || self.worked < self.took * self.work_for_one {
            return;
        }
        let begun = Instant::now();
        match Keyframe::of(tape, overview, self.bytes_max) {
            Some(keyframe) => self.keep(keyframe),
            None => self.is_too_large = tape.fault().is_none(),
        }
        (self.took, self.worked) = (begun.elapsed(), Duration::ZERO);
    }

    fn keep(&mut self, keyframe: Keyframe) {
        let here = keyframe.sequence();
        self.bytes += keyframe.bytes();
        self.kept.insert(here, keyframe);
        while self.bytes > self.bytes_max {
            let Some(least) = self.least_missed(here) else { return };
            self.bytes -= self.kept.remove(&least).map_or(0, |gone| gone.bytes());
        }
    }

    /// The one whose absence makes the smallest gap, measured by how far away it is from here. Never that of here.
    fn least_missed(&self, here: u64) -> Option<u64> {
        let places: Vec<u64> = self.kept.keys().copied().collect();
        let before = std::iter::once(0).chain(places.iter().copied());
        let behind = places.iter().skip(1).copied().chain(std::iter::once(u64::MAX));
        let gaps = before.zip(&places).zip(behind).filter(|((_, place), _)| **place != here);
        gaps.min_by_key(|((before, place), behind)| {
            // What lies ahead of here is reached by applying on; a gap there costs less.
            let (gap, away) = ((*behind).min(here.max(**place)) - before, here.abs_diff(**place) + self.every);
            u128::from(gap) * 1_000_000 / u128::from(away)
        })
        .map(|((_, place), _)| *place)
    }
}

#[cfg(test)]
mod tests {
    use super::super::player::tests::street;
    use super::super::tape::Deck;
    use super::*;

    /// A run played to its end, with keyframes that may take so many bytes.
    fn played(bytes_max: usize) -> (Keyframes, u64) {
        let (_folder, run) = street();
        let mut deck = Deck::open(&run).unwrap();
        let (mut model, mut keyframes) = (deck.model(), Keyframes::new(bytes_max, 1, 0));
        while deck.step(&mut model).unwrap() {
            keyframes.passed(&deck.tape, &model.overview);
            assert!(keyframes.bytes <= bytes_max);
            assert_eq!(keyframes.bytes, keyframes.kept.values().map(Keyframe::bytes).sum::<usize>());
        }
        (keyframes, deck.tape.sequence())
    }

    #[test]
    fn keyframes_stay_within_their_memory_and_stand_closest_near_by() {
        let (all, last) = played(usize::MAX);
        assert_eq!(all.kept.len() as u64, last);
        let (few, last) = played(all.bytes / 4);
        let places: Vec<u64> = few.kept.keys().copied().collect();
        assert!(places.len() >= 4 && places.len() < all.kept.len(), "{places:?}");
        assert_eq!(places.last(), Some(&last));
        let gap = |pair: &[u64]| pair[1] - pair[0];
        let (early, late) = (gap(&places[..2]), gap(&places[places.len() - 2..]));
        assert!(early >= late, "{places:?}");
    }

    #[test]
    fn a_state_above_all_memory_is_not_kept_and_not_tried_again() {
        let (none, _) = played(64);
        assert!(none.kept.is_empty() && none.is_too_large);
    }
}
