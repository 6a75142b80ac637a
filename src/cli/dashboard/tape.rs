//! A recorded run as a source: the folder of `oikos sim`, or a node's data folder, with a player.
//!
//! Invariant: the state shown is exact after every entry, forwards and backwards; to go back, the run is applied anew
//! from the nearest place that is kept. Nothing is kept twice: one model, one economy.

use crate::cli::exit::CliError;
use oikos::dashboard::Source;
use oikos::dashboard::act::{Asked, Play};
use oikos::dashboard::state::facts::{Facts, Model, Names, Player, Shared, Tape as Standing, TapeFault};
use oikos::node::content::ContentStore;
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::id::ParticipantId;
use oikos_sim::run::Tape;
use oikos_sim::run::replay::ReplayError;
use oikos_views::{Overview, Position};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::mpsc::error::TryRecvError;

/// How long the model is held at a time, so that a picture is drawn between.
const STRETCH: Duration = Duration::from_millis(30);
/// How often a playing tape moves on.
const FRAME: Duration = Duration::from_millis(40);
/// Entries a second, slower and faster.
const SPEEDS: [u32; 10] = [1, 2, 5, 10, 50, 200, 1_000, 5_000, 20_000, 100_000];

/// Says why there is nothing to play.
pub fn refused(error: ReplayError) -> CliError {
    match error {
        ReplayError::NoRun { .. } | ReplayError::NoJournal(_) => CliError::usage(error.to_string())
            .hint(Some("a run is a folder of `oikos sim --out`, or the data folder of a node")),
        ReplayError::Disk(_) => CliError::failed(error.to_string()),
    }
}

/// Names as a folder has them: a scenario's, in order; a node's, as content.
enum Book {
    Listed(Vec<String>),
    Kept(ContentStore),
}

impl Book {
    fn of(folder: &Path) -> Self {
        let content = folder.join("content");
        if folder.join("economy.json").exists()
            && let Ok(store) = ContentStore::open(&content)
        {
            return Self::Kept(store);
        }
        let manifest = std::fs::read(folder.join("manifest.json")).ok();
        let value = manifest.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        let listed = value.as_ref().and_then(|value| value["config"]["participants"].as_array());
        let name = |participant: &serde_json::Value| participant["name"].as_str().unwrap_or_default().to_owned();
        Self::Listed(listed.map(|all| all.iter().map(name).collect()).unwrap_or_default())
    }

    fn name(&self, event: &ParticipantEvent) -> Option<(ParticipantId, String)> {
        let ParticipantEvent::Registered { participant, name, .. } = event else { return None };
        let text = match self {
            // The operator is the first and stands in no scenario.
            Self::Listed(listed) => listed.get(usize::try_from(participant.0.checked_sub(1)?).ok()?)?.clone(),
            Self::Kept(store) => String::from_utf8(store.get(*name)?.bytes).ok()?,
        };
        (!text.is_empty()).then_some((*participant, text))
    }
}

/// Takes the events of one entry into a model.
struct Folding<'a> {
    overview: &'a mut Overview,
    names: &'a mut Names,
    book: &'a Book,
    seq: u64,
    index: u32,
    events: Vec<Event>,
}

impl EventSink for Folding<'_> {
    fn emit(&mut self, event: &Event) {
        if let Event::Participant(event) = event
            && let Some((id, name)) = self.book.name(event)
        {
            self.names.learn(id, &name);
        }
        self.events.push(event.clone());
    }
}

/// A tape, its model's names, and where it is kept.
struct Deck {
    folder: PathBuf,
    tape: Tape,
    book: Book,
}

impl Deck {
    fn open(folder: &Path) -> Result<Self, ReplayError> {
        Ok(Self { folder: folder.to_owned(), tape: Tape::open(folder)?, book: Book::of(folder) })
    }

    fn model(&self) -> Model {
        let mut facts = Facts {
            economy: self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            place: self.folder.display().to_string(),
            is_whole: true,
            ..Facts::default()
        };
        facts.economy = oikos::text::safe(&facts.economy);
        facts.names.learn(ParticipantId::OPERATOR, "operator");
        let mut model = Model { facts, ..Model::default() };
        self.stand(&mut model, false);
        model
    }

    /// Applies the next entry to the model; false at the end.
    fn step(&mut self, model: &mut Model) -> Result<bool, ReplayError> {
        let seq = self.tape.sequence() + 1;
        let mut folding = Folding {
            overview: &mut model.overview,
            names: &mut model.facts.names,
            book: &self.book,
            seq,
            index: 0,
            events: Vec::new(),
        };
        let Some(step) = self.tape.step(&mut folding)? else { return Ok(false) };
        let events = std::mem::take(&mut folding.events);
        for event in &events {
            folding.overview.take(Position { seq: folding.seq, index: folding.index }, step.t, event);
            folding.index += 1;
        }
        folding.overview.reach(step.t);
        Ok(true)
    }

    /// Writes down how it stands.
    fn stand(&self, model: &mut Model, with_digest: bool) {
        let (entries, checkpoints) = self.tape.counts();
        let fault = self.tape.fault().map(|fault| TapeFault {
            what: fault.what.clone(),
            sequence: fault.sequence,
            file: fault.place.as_ref().map(|place| place.file.clone()),
            segment: fault.place.as_ref().and_then(|place| place.segment),
            offset: fault.place.as_ref().map(|place| place.offset),
        });
        model.facts.tape = Some(Standing {
            run: self.folder.display().to_string(),
            did: "re-applied every command of the journal",
            entries,
            checkpoints,
            sequence: self.tape.sequence(),
            digest: with_digest.then(|| self.tape.digest().to_string()),
            expected: self.tape.expected().map(|digest| digest.to_string()),
            digest_equal: fault.is_some().then_some(false),
            fault,
        });
        model.version += 1;
    }
}

/// The model after the entry of a sequence, or at the end; and whether all is as the journal says.
///
/// # Errors
/// There is no run, or the disk refused.
pub fn at(folder: &Path, until: Option<u64>) -> Result<(Model, bool), ReplayError> {
    let mut deck = Deck::open(folder)?;
    let mut model = deck.model();
    let mut is_end = false;
    while until.is_none_or(|until| deck.tape.sequence() < until) {
        if !deck.step(&mut model)? {
            is_end = true;
            break;
        }
    }
    deck.stand(&mut model, true);
    let mut is_good = deck.tape.fault().is_none();
    // Only where the journal came to its end does the manifest's digest have to be this one.
    if let Some(standing) = &mut model.facts.tape
        && standing.fault.is_none()
        && is_end
        && standing.expected.is_some()
    {
        let equal = standing.expected == standing.digest;
        standing.digest_equal = Some(equal);
        is_good &= equal;
    }
    Ok((model, is_good))
}

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
        let mut player = Playing { deck, shared: shared.clone(), asked, last_frame: Instant::now(), owed: 0.0 };
        if let Err(error) = player.run() {
            shared.change(|model| model.facts.trouble = Some(error.to_string()));
        }
    });
    Ok(source)
}

/// The thread that moves the tape.
struct Playing {
    deck: Deck,
    shared: Shared,
    asked: UnboundedReceiver<Asked>,
    last_frame: Instant,
    /// Entries that are owed to the speed, with their fraction.
    owed: f64,
}

impl Playing {
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
        if to < self.deck.tape.sequence() {
            let player = self.player();
            self.deck.tape = Tape::open(&self.deck.folder)?;
            let fresh = self.deck.model();
            self.shared.change(|model| {
                let version = model.version;
                *model = fresh;
                (model.version, model.facts.player) = (version + 1, Some(player));
            });
        }
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
        }
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
