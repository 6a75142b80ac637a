//! Replay: the journal of a run applied again, and every digest compared.

use super::folder::{JOURNAL, MANIFEST};
use super::manifest::{Exit, Manifest, ManifestError};
use oikos_journal::{FileStorage, Place, ReadError, Reader, Storage};
use oikos_ledger::{LedgerSink as _, MemoryPast};
use oikos_market::{Economy, Progress, Violation};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::{Dropped, Event, EventSink};
use oikos_protocol::id::Hash32;
use std::path::Path;
use std::sync::Arc;

const DEADLINES_AT_A_TIME: u32 = 1_024;

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Entries that were applied.
    pub entries: u64,
    /// Checkpoints that were compared.
    pub checkpoints: u64,
    /// The last sequence that was applied.
    pub sequence: u64,
    /// The digest of the state there.
    pub digest: Hash32,
    /// The digest that the manifest names; none where the run did not come to its end.
    pub expected: Option<Hash32>,
    /// Whether it ended before the end of the journal because that was asked for.
    pub stopped: bool,
    /// The first thing that differs, or that cannot be read.
    pub fault: Option<Fault>,
}

impl Replay {
    /// Whether the state is the one that the run ended with. Nothing where that cannot be said, because the run did
    /// not come to its end or the replay was to stop before it.
    #[must_use]
    pub fn digest_equal(&self) -> Option<bool> {
        match self.expected {
            _ if self.fault.is_some() => Some(false),
            Some(expected) if !self.stopped => Some(expected == self.digest),
            _ => None,
        }
    }
}

/// The first thing that differs or cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// The sequence of the entry.
    pub sequence: u64,
    /// Where, if it is a place of the journal's files.
    pub place: Option<Place>,
}

/// Why there is nothing to replay.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// No run is there.
    #[error("`{path}` is not the folder of a run: {error}")]
    NoRun {
        /// Where.
        path: String,
        /// Why.
        error: ManifestError,
    },
    /// It has no journal.
    #[error("the run has no journal of commands to apply again: {0}")]
    NoJournal(String),
    /// The disk refused.
    #[error("cannot read the journal: {0}")]
    Disk(String),
}

/// A state that entries are applied to, one after another.
#[derive(Debug)]
pub struct State {
    /// The economy; none before its first entry.
    pub economy: Option<Economy>,
    /// The transfers of its owners.
    pub past: MemoryPast,
}

/// The book's changes are the past of what follows; whoever watches sees all.
struct Booked<'a, W> {
    booked: Vec<LedgerEvent>,
    watch: &'a mut W,
}

impl<W: EventSink> EventSink for Booked<'_, W> {
    fn emit(&mut self, event: &Event) {
        if let Event::Ledger(event) = event {
            self.booked.push(**event);
        }
        self.watch.emit(event);
    }
}

/// What an entry did not do as it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// An economy begins twice, or something happens before it begins.
    #[error("the first entry, and only it, begins the economy")]
    Genesis,
    /// The digests differ.
    #[error("the state after sequence {sequence} has digest {found}, the journal says {expected}")]
    Digest {
        /// After which sequence.
        sequence: u64,
        /// What the journal says.
        expected: Hash32,
        /// What it is.
        found: Hash32,
    },
    /// A checkpoint of another place than right before it.
    #[error("a checkpoint names sequence {named}, it stands after {after}")]
    OtherPlace {
        /// Which it names.
        named: u64,
        /// Where it stands.
        after: u64,
    },
    /// An invariant no longer holds.
    #[error(transparent)]
    Broken(#[from] Violation),
}

impl State {
    /// Before the first entry.
    #[must_use]
    pub const fn new() -> Self {
        Self { economy: None, past: MemoryPast::new() }
    }

    /// Applies the entry of this sequence.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub fn apply(&mut self, sequence: u64, entry: &Entry) -> Result<(), ApplyError> {
        self.apply_watched(sequence, entry, &mut Dropped)
    }

    /// The same with somebody who sees each event as it happens.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub fn apply_watched(
        &mut self,
        sequence: u64,
        entry: &Entry,
        watch: &mut impl EventSink,
    ) -> Result<(), ApplyError> {
        let mut sink = Booked { booked: Vec::new(), watch };
        match (&entry.body, &mut self.economy) {
            (Body::Genesis(genesis), None) => self.economy = Some(Economy::new((**genesis).clone())),
            (Body::Genesis(_), Some(_)) | (_, None) => return Err(ApplyError::Genesis),
            (Body::Checkpoint { seq, digest }, Some(economy)) => agrees(economy, sequence, *seq, *digest)?,
            (Body::SignedCheckpoint(checkpoint), Some(economy)) => {
                agrees(economy, sequence, checkpoint.seq, checkpoint.digest)?;
            }
            (Body::Tick | Body::Request(_), Some(economy)) => {
                let ready = loop {
                    if let Progress::Done(ready) = economy.advance(entry.t, DEADLINES_AT_A_TIME, &mut sink) {
                        break ready;
                    }
                };
                if let Body::Request(request) = &entry.body {
                    economy.apply(ready, request, &self.past, &mut sink);
                }
                economy.check_invariants()?;
            }
        }
        sink.booked.into_iter().for_each(|booked| self.past.emit(booked));
        Ok(())
    }

    /// The digest of the state; zeros before the first entry.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        self.economy.as_ref().map_or(Hash32::ZERO, Economy::digest)
    }
}

/// Whether the checkpoint that stands at `sequence` says what is so.
fn agrees(economy: &Economy, sequence: u64, named: u64, expected: Hash32) -> Result<(), ApplyError> {
    let found = economy.digest();
    if named + 1 != sequence {
        return Err(ApplyError::OtherPlace { named, after: sequence - 1 });
    }
    if found != expected {
        return Err(ApplyError::Digest { sequence: named, expected, found });
    }
    Ok(())
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}

/// Applies the journal of the run in `folder` again, up to sequence `until`; `progress` is told the sequence.
///
/// # Errors
/// Where there is no run. That something differs is an answer, not an error.
pub fn replay(folder: &Path, until: Option<u64>, progress: &mut dyn FnMut(u64)) -> Result<Replay, ReplayError> {
    let path = || folder.display().to_string();
    let manifest =
        Manifest::read(&folder.join(MANIFEST)).map_err(|error| ReplayError::NoRun { path: path(), error })?;
    let storage =
        FileStorage::existing(folder.join(JOURNAL)).map_err(|error| ReplayError::NoJournal(error.to_string()))?;
    let storage: Arc<dyn Storage> = Arc::new(storage);
    let mut reader = match Reader::open(storage) {
        Ok(reader) => reader,
        Err(error @ ReadError::NoJournal) => return Err(ReplayError::NoJournal(error.to_string())),
        Err(error) => return Err(ReplayError::Disk(error.to_string())),
    };
    let mut state = State::new();
    let mut found = Replay {
        entries: 0,
        checkpoints: 0,
        sequence: 0,
        digest: Hash32::ZERO,
        expected: manifest.digest,
        stopped: false,
        fault: None,
    };
    loop {
        let record = match reader.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => break,
            Err(error) => {
                found.fault = Some(unreadable(&error, found.sequence + 1)?);
                break;
            }
        };
        let sequence = record.sequence;
        if until.is_some_and(|until| sequence > until) {
            found.stopped = true;
            break;
        }
        let applied = match Entry::decode(record.bytes) {
            Ok(entry) => {
                found.checkpoints +=
                    u64::from(matches!(entry.body, Body::Checkpoint { .. } | Body::SignedCheckpoint(_)));
                state.apply(sequence, &entry).map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        if let Err(what) = applied {
            found.fault = Some(Fault { what, sequence, place: None });
            break;
        }
        (found.entries, found.sequence) = (found.entries + 1, sequence);
        if sequence.is_multiple_of(4_096) {
            progress(sequence);
        }
    }
    found.digest = state.digest();
    conclude(&mut found, &manifest);
    Ok(found)
}

/// A run that claims to be complete must have come to the digest it claims.
fn conclude(found: &mut Replay, manifest: &Manifest) {
    if found.fault.is_some() || found.stopped || manifest.exit == Exit::Interrupted {
        return;
    }
    let what = match found.expected {
        None => "the manifest of a completed run names no digest".to_owned(),
        Some(expected) if expected != found.digest => {
            format!("the state at the end has digest {}, the manifest says {expected}", found.digest)
        }
        Some(_) => return,
    };
    found.fault = Some(Fault { what, sequence: found.sequence, place: None });
}

pub(super) fn unreadable(error: &ReadError, sequence: u64) -> Result<Fault, ReplayError> {
    match error {
        ReadError::Damaged(damage) => {
            let (place, what) = (damage.place.clone(), damage.what.to_string());
            Ok(Fault { what, sequence: place.sequence, place: Some(place) })
        }
        ReadError::TornTail(place) => {
            let what = "the last write did not finish".to_owned();
            Ok(Fault { what, sequence: place.sequence, place: Some(place.clone()) })
        }
        ReadError::Archived { .. } => Ok(Fault { what: error.to_string(), sequence, place: None }),
        ReadError::NoJournal | ReadError::Storage(_) => Err(ReplayError::Disk(error.to_string())),
    }
}
