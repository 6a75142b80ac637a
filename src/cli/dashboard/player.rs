//! The player of a recorded run: plays, steps, seeks and marks, forwards and backwards.
//!
//! Invariant: the state shown is exact after every entry, whichever way it was come to. To go back, or far ahead, the
//! run is taken up at the nearest keyframe and applied from there.

use super::keyframes::Keyframes;
use super::tape::Deck;
use oikos::dashboard::Source;
use oikos::dashboard::act::{Asked, Play};
use oikos::dashboard::state::facts::{Model, Player, Shared};
use oikos_sim::run::Tape;
use oikos_sim::run::replay::ReplayError;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;

/// How long the model is held at a time, so that a picture is drawn between.
const STRETCH: Duration = Duration::from_millis(30);
/// How often a playing tape moves on.
const FRAME: Duration = Duration::from_millis(40);
/// Entries a second, slower and faster.
const SPEEDS: [u32; 10] = [1, 2, 5, 10, 50, 200, 1_000, 5_000, 20_000, 100_000];

/// Opens a folder with a player, at a sequence or at the end.
///
/// # Errors
/// There is no run.
pub fn play(folder: &Path, at: Option<u64>, is_paused: bool) -> Result<Source, ReplayError> {
    let deck = Deck::open(folder)?;
    let mut model = deck.model();
    let first = if is_paused { Some(1) } else { at };
    model.facts.player = Some(Player { speed: 10, seeking: Some(first.unwrap_or(u64::MAX)), ..Player::default() });
    let (source, asked) = Source::new(Shared::new(model));
    let shared = source.model.clone();
    // How long the tape is, is found beside: a long one is read through without being applied.
    let (folder, found) = (folder.to_owned(), shared.clone());
    std::thread::spawn(move || {
        if let Ok(last) = Tape::length(&folder) {
            found.change(|model| {
                let player = model.facts.player.get_or_insert_default();
                player.last = player.last.or(Some(last));
            });
        }
    });
    std::thread::spawn(move || {
        let mut player = Playing::new(deck, shared.clone(), asked);
        if let Err(error) = player.run() {
            shared.change(|model| model.facts.trouble = Some(error.to_string()));
        }
    });
    Ok(source)
}

/// The thread that moves the tape.
struct Playing {
    deck: Deck,
    keyframes: Keyframes,
    shared: Shared,
    asked: UnboundedReceiver<Asked>,
    last_frame: Instant,
    /// Entries that are owed to the speed, with their fraction.
    owed: f64,
}

impl Playing {
    fn new(deck: Deck, shared: Shared, asked: UnboundedReceiver<Asked>) -> Self {
        Self { deck, keyframes: Keyframes::default(), shared, asked, last_frame: Instant::now(), owed: 0.0 }
    }

    fn run(&mut self) -> Result<(), ReplayError> {
        loop {
            let player = self.player();
            let asked = if player.is_playing || player.seeking.is_some() {
                match self.asked.try_recv() {
                    Ok(asked) => Some(asked),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            } else {
                match self.asked.blocking_recv() {
                    Some(asked) => Some(asked),
                    None => return Ok(()),
                }
            };
            match asked {
                Some(Asked::Play(play)) => self.play(play)?,
                Some(Asked::Act(_)) => self.shared.change(|model| {
                    model.facts.answers.push_back((false, "a recorded run cannot be acted on".to_owned()));
                }),
                None => self.go_on()?,
            }
        }
    }

    fn player(&self) -> Player {
        self.shared.read().facts.player.clone().unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut Player)) {
        self.shared.change(|model| change(model.facts.player.get_or_insert_default()));
    }

    fn play(&mut self, play: Play) -> Result<(), ReplayError> {
        let here = self.deck.tape.sequence();
        let player = self.player();
        let last = player.last.unwrap_or(u64::MAX);
        match play {
            Play::Toggle => {
                self.last_frame = Instant::now();
                self.change(|player| (player.is_playing, player.seeking) = (!player.is_playing, None));
            }
            Play::Step(by) => self.seek(player.seeking.unwrap_or(here).saturating_add_signed(by).clamp(1, last))?,
            Play::Seek(to) => self.seek(to.clamp(1, last))?,
            Play::Part(part) => {
                // Where the end is not known yet, the way to it is long: first the end is looked for.
                let end = player.last.unwrap_or(here.max(1));
                let to = if part >= 1_000 {
                    u64::MAX
                } else {
                    u128::from(end) as u64 / 1_000 * part + end % 1_000 * part / 1_000
                };
                self.seek(to.max(1))?;
            }
            Play::Speed(by) => self.change(|player| {
                let place = SPEEDS.iter().position(|&speed| speed >= player.speed).unwrap_or(0);
                let place = place.saturating_add_signed(isize::from(by)).min(SPEEDS.len() - 1);
                player.speed = SPEEDS[place];
            }),
            Play::Mark => self.change(|player| {
                // Whoever hurries marks the place it goes to.
                let place = player.seeking.filter(|to| *to < u64::MAX).unwrap_or(here);
                if !player.markers.remove(&place) {
                    player.markers.insert(place);
                }
            }),
            Play::Marked { onwards } => {
                let to = if onwards {
                    player.markers.range(here + 1..).next().copied()
                } else {
                    player.markers.range(..here).next_back().copied()
                };
                match to {
                    Some(to) => self.seek(to)?,
                    None => self.shared.change(|model| {
                        model.facts.answers.push_back((false, "no mark there; k sets one".to_owned()));
                    }),
                }
            }
        }
        Ok(())
    }

    fn seek(&mut self, to: u64) -> Result<(), ReplayError> {
        let here = self.deck.tape.sequence();
        let nearest = self.keyframes.nearest(to).filter(|keyframe| to < here || keyframe.sequence() > here);
        if let Some(keyframe) = nearest {
            (self.deck.tape, self.shared.read().overview) = keyframe.open(&self.deck.folder)?;
        } else if to < here {
            self.deck.tape = Tape::open(&self.deck.folder)?;
            self.shared.change(|model| model.overview = Model::default().overview);
        }
        // Names that were learned stay: whoever has one had it when first heard of.
        self.shared.change(|model| self.deck.stand(model, false));
        self.change(|player| player.seeking = Some(to));
        Ok(())
    }

    /// A stretch of the way to where is sought, or what the speed owes.
    fn go_on(&mut self) -> Result<(), ReplayError> {
        let player = self.player();
        let target = match player.seeking {
            Some(to) => to,
            None => {
                std::thread::sleep(FRAME);
                let now = Instant::now();
                self.owed += now.duration_since(self.last_frame).as_secs_f64() * f64::from(player.speed);
                self.last_frame = now;
                let whole = self.owed.floor();
                self.owed -= whole;
                if whole < 1.0 {
                    return Ok(());
                }
                self.deck.tape.sequence().saturating_add(whole as u64)
            }
        };
        let begun = Instant::now();
        let mut model = self.shared.read();
        let mut is_end = false;
        while self.deck.tape.sequence() < target && begun.elapsed() < STRETCH {
            if !self.deck.step(&mut model)? {
                is_end = true;
                break;
            }
            self.keyframes.passed(&self.deck.tape, &model.overview);
        }
        self.keyframes.worked(begun.elapsed());
        self.deck.stand(&mut model, false);
        let here = self.deck.tape.sequence();
        if let Some(player) = &mut model.facts.player {
            if is_end {
                (player.last, player.is_playing, player.seeking) = (Some(here), false, None);
            } else if here >= target {
                player.seeking = None;
            }
        }
        drop(model);
        // The loop that draws gets its turn.
        std::thread::sleep(Duration::from_millis(1));
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tape;
    use super::*;
    use oikos::dashboard::state::snapshot::{Lens, of};
    use oikos_sim::run::single::single;
    use oikos_sim::scenario::{self, Overrides};
    use std::path::PathBuf;
    use tempfile::TempDir;

    /// A run of the market street, in a folder that goes with the first value.
    pub(in super::super) fn street() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/market-street.toml");
        let scenario = scenario::read(&file, &Overrides { sets: Vec::new(), seed: None }).unwrap();
        let run = folder.path().join("run");
        single(&scenario, &run, false, &mut |_| {}).unwrap();
        (folder, run)
    }

    fn player(run: &Path, keyframes: Keyframes) -> Playing {
        let deck = Deck::open(run).unwrap();
        let mut model = deck.model();
        model.facts.player = Some(Player { speed: 10, ..Player::default() });
        let (source, asked) = Source::new(Shared::new(model));
        Playing { keyframes, ..Playing::new(deck, source.model, asked) }
    }

    /// Goes to where is sought; says how many entries were applied for it.
    fn arrive(playing: &mut Playing) -> u64 {
        let from = playing.deck.tape.sequence();
        while playing.player().seeking.is_some() {
            playing.go_on().unwrap();
        }
        playing.deck.tape.sequence() - from
    }

    fn is_exact(playing: &Playing, run: &Path) {
        let here = playing.deck.tape.sequence();
        let mut model = playing.shared.read();
        playing.deck.stand(&mut model, true);
        let shown = serde_json::to_string(&of(&model, &Lens::default())).unwrap();
        let (anew, _) = tape::at(run, Some(here)).unwrap();
        assert!(shown == serde_json::to_string(&of(&anew, &Lens::default())).unwrap(), "it differs at {here}");
    }

    #[test]
    fn a_step_back_applies_few_entries_and_is_exact() {
        let (_folder, run) = street();
        let mut playing = player(&run, Keyframes::new(usize::MAX, 4, 0));
        playing.play(Play::Part(1_000)).unwrap();
        let last = arrive(&mut playing);
        assert!(last > 30, "{last}");
        for place in (1..last).rev() {
            playing.play(Play::Step(-1)).unwrap();
            let applied = arrive(&mut playing);
            assert_eq!(playing.deck.tape.sequence(), place);
            assert!(applied <= 4, "{applied} applied to come to {place}");
            is_exact(&playing, &run);
        }
        // Far ahead is near too, where it was once.
        playing.play(Play::Seek(last - 1)).unwrap();
        assert!(arrive(&mut playing) <= 4);
        is_exact(&playing, &run);
    }

    #[test]
    fn a_tape_is_played_at_its_speed_and_goes_from_mark_to_mark() {
        let (_folder, run) = street();
        let mut playing = player(&run, Keyframes::default());
        for to in [5, 12] {
            playing.play(Play::Seek(to)).unwrap();
            arrive(&mut playing);
            playing.play(Play::Mark).unwrap();
        }
        playing.play(Play::Marked { onwards: false }).unwrap();
        arrive(&mut playing);
        assert_eq!(playing.deck.tape.sequence(), 5);
        playing.play(Play::Marked { onwards: true }).unwrap();
        arrive(&mut playing);
        assert_eq!(playing.deck.tape.sequence(), 12);
        playing.play(Play::Marked { onwards: true }).unwrap();
        let said = playing.shared.read().facts.answers.pop_front();
        assert!(said.is_some_and(|(done, line)| !done && line.contains("no mark there")));
        let speed = |playing: &Playing| playing.player().speed;
        let before = speed(&playing);
        playing.play(Play::Speed(1)).unwrap();
        assert!(speed(&playing) > before);
        playing.play(Play::Speed(-1)).unwrap();
        assert_eq!(speed(&playing), before);
        playing.play(Play::Toggle).unwrap();
        let begun = Instant::now();
        while playing.player().is_playing && begun.elapsed() < Duration::from_secs(30) {
            playing.go_on().unwrap();
        }
        // It stops by itself where the tape ends.
        let end = tape::at(&run, None).unwrap().0.facts.tape.unwrap().sequence;
        assert_eq!(playing.deck.tape.sequence(), end);
    }

    #[test]
    fn without_keyframes_a_step_back_is_exact_as_well() {
        let (_folder, run) = street();
        let mut playing = player(&run, Keyframes::new(0, 1, 0));
        for to in [20, 7, 31, 30] {
            playing.play(Play::Seek(to)).unwrap();
            arrive(&mut playing);
            assert_eq!(playing.deck.tape.sequence(), to);
            is_exact(&playing, &run);
        }
    }
}
