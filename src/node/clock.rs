//! The node's two clocks: `now`, strictly increasing, and economy time `t`, which stands still while nobody sequences.
//!
//! `now` is the machine's time plus a shift that only grows: `oikos clock` moves it, and a machine whose clock went
//! back must not take it along. `t` = `now` − epoch − gaps; a gap is the silence between the last entry of one run
//! and the first of the next, so that nobody defaults because of an outage.
//! Invariant: between two entries of one run `t` grows exactly as `now` does.

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};
use oikos_protocol::time::{Span, Timestamp};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// The clock as everybody in the process may read it.
#[derive(Debug)]
pub struct Face {
    epoch_ns: u64,
    gaps_ns: u64,
    shift_ns: AtomicU64,
}

impl Face {
    /// The node's clock, in nanoseconds since 1970.
    #[must_use]
    pub fn now_ns(&self) -> u64 {
        machine_ns().saturating_add(self.shift_ns.load(Relaxed))
    }

    /// Economy time at a moment of the node's clock.
    #[must_use]
    pub const fn economy_time(&self, now_ns: u64) -> Timestamp {
        Timestamp(now_ns.saturating_sub(self.epoch_ns).saturating_sub(self.gaps_ns))
    }
}

/// The sequencer's hand on the clock.
#[derive(Debug)]
pub struct SequencerClock {
    face: Arc<Face>,
    last_ns: u64,
}

impl SequencerClock {
    /// The clock of an economy that begins now.
    #[must_use]
    pub fn begin() -> Self {
        let epoch_ns = machine_ns();
        Self::with(epoch_ns, 0, 0, epoch_ns)
    }

    /// The clock of an economy whose last entry was written at `last_ns`, when economy time was `last_t`.
    #[must_use]
    pub fn resume(epoch_ns: u64, last_ns: u64, last_t: Timestamp) -> Self {
        Self::resume_at(machine_ns(), epoch_ns, last_ns, last_t)
    }

    fn resume_at(machine_ns: u64, epoch_ns: u64, last_ns: u64, last_t: Timestamp) -> Self {
        let shift_ns = last_ns.saturating_sub(machine_ns);
        let silence_ns = (machine_ns + shift_ns).saturating_sub(last_ns);
        let gaps_ns = last_ns.saturating_sub(epoch_ns).saturating_sub(last_t.0).saturating_add(silence_ns);
        Self::with(epoch_ns, gaps_ns, shift_ns, last_ns)
    }

    fn with(epoch_ns: u64, gaps_ns: u64, shift_ns: u64, last_ns: u64) -> Self {
        Self { face: Arc::new(Face { epoch_ns, gaps_ns, shift_ns: AtomicU64::new(shift_ns) }), last_ns }
    }

    /// The clock to be read.
    #[must_use]
    pub fn face(&self) -> Arc<Face> {
        Arc::clone(&self.face)
    }

    /// The moment of the next entry: `now` and `t`.
    pub fn next(&mut self) -> (u64, Timestamp) {
        self.last_ns = self.face.now_ns().max(self.last_ns + 1);
        (self.last_ns, self.face.economy_time(self.last_ns))
    }

    /// Moves the clock forward for good.
    pub fn forward(&mut self, by: Span) {
        self.face.shift_ns.fetch_add(by.0, Relaxed);
    }
}

fn machine_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_takes_no_economy_time_and_entries_never_share_a_moment() {
        let hour = 3_600_000_000_000;
        let clock = SequencerClock::resume_at(10 * hour, hour, 9 * hour, Timestamp(5 * hour));
        // Eight hours since the epoch, five of them lived through: three of gaps, and one more just now.
        assert_eq!(clock.face.economy_time(10 * hour), Timestamp(5 * hour));
        let mut clock = SequencerClock::begin();
        let (first, second) = (clock.next(), clock.next());
        assert!(second.0 > first.0 && second.1 > first.1);
        clock.forward(Span::hours(1));
        assert!(clock.next().1.since(second.1) >= Span::hours(1));
    }

    #[test]
    fn a_machine_whose_clock_went_back_does_not_take_the_economy_along() {
        let clock = SequencerClock::resume_at(100, 10, 500, Timestamp(400));
        assert_eq!(clock.face.economy_time(500), Timestamp(400));
        assert_eq!(clock.face.shift_ns.load(Relaxed), 400);
    }
}
