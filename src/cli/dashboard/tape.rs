//! A recorded run: the folder of `oikos sim`, or a node's data folder, applied entry by entry into a model.
//!
//! Invariant: the state shown is exact after every entry, and the same text as `oikos replay --until` prints.
//! Absent on purpose: going back, which is [`player`](super::player)'s with [`keyframes`](super::keyframes).

use crate::cli::exit::CliError;
use oikos::dashboard::state::facts::{Facts, Model, Names, Tape as Standing, TapeFault};
use oikos::node::content::ContentStore;
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::id::ParticipantId;
use oikos_sim::run::Tape;
use oikos_sim::run::replay::ReplayError;
use oikos_views::{Overview, Position};
use serde::Deserialize;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

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
    /// Learned at once: nothing is shown of whoever has not registered.
    Listed,
    Kept(ContentStore),
}

/// Of a manifest, the names of its scenario's participants; the rest is not kept.
#[derive(Default, Deserialize)]
struct Cast {
    #[serde(default)]
    config: Config,
}

#[derive(Default, Deserialize)]
struct Config {
    #[serde(default)]
    participants: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    name: Box<str>,
}

impl Book {
    fn of(folder: &Path) -> Self {
        if !folder.join("economy.json").exists() {
            return Self::Listed;
        }
        ContentStore::open(&folder.join("content")).map_or(Self::Listed, Self::Kept)
    }

    /// The names that are known before anything happens.
    fn cast(&self, folder: &Path, names: &mut Names) {
        if matches!(self, Self::Kept(_)) {
            return;
        }
        let manifest = File::open(folder.join("manifest.json")).ok();
        let cast = manifest.and_then(|file| serde_json::from_reader::<_, Cast>(BufReader::new(file)).ok());
        // The operator is the first and stands in no scenario.
        for (id, named) in (1..).map(ParticipantId).zip(cast.unwrap_or_default().config.participants) {
            if !named.name.is_empty() {
                names.learn(id, &named.name);
            }
        }
    }

    fn name(&self, event: &ParticipantEvent) -> Option<(ParticipantId, String)> {
        let (Self::Kept(store), ParticipantEvent::Registered { participant, name, .. }) = (self, event) else {
            return None;
        };
        let text = String::from_utf8(store.get(*name)?.bytes).ok()?;
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
pub(super) struct Deck {
    pub(super) folder: PathBuf,
    pub(super) tape: Tape,
    book: Book,
}

impl Deck {
    pub(super) fn open(folder: &Path) -> Result<Self, ReplayError> {
        Ok(Self { folder: folder.to_owned(), tape: Tape::open(folder)?, book: Book::of(folder) })
    }

    pub(super) fn model(&self) -> Model {
        let mut facts = Facts {
            economy: self.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            place: self.folder.display().to_string(),
            is_whole: true,
            ..Facts::default()
        };
        facts.economy = oikos::text::safe(&facts.economy);
        facts.names.learn(ParticipantId::OPERATOR, "operator");
        self.book.cast(&self.folder, &mut facts.names);
        let mut model = Model { facts, ..Model::default() };
        self.stand(&mut model, false);
        model
    }

    /// Applies the next entry to the model; false at the end.
    pub(super) fn step(&mut self, model: &mut Model) -> Result<bool, ReplayError> {
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
    pub(super) fn stand(&self, model: &mut Model, with_digest: bool) {
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
