//! Tapes: the journal of a run, or of a node's folder, applied entry by entry for somebody who watches.
//!
//! Invariant: after each entry the state is exact, checkpoints compared on the way. It goes forwards alone; whoever
//! wants to go back opens it anew, or resumes it where it was saved.

use super::folder::{JOURNAL, MANIFEST};
use super::manifest::{Manifest, ManifestError};
use super::replay::{Fault, ReplayError, State, unreadable};
use super::state::{decode, encode_within};
use oikos_journal::{FileStorage, ReadError, Reader, Storage};
use oikos_market::Economy;
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::EventSink;
use oikos_protocol::id::Hash32;
use oikos_protocol::time::Timestamp;
use std::path::Path;
use std::sync::Arc;

/// A journal and the state so far.
#[derive(Debug)]
pub struct Tape {
    reader: Reader,
    state: State,
    sequence: u64,
    entries: u64,
    checkpoints: u64,
    expected: Option<Hash32>,
    fault: Option<Fault>,
}

/// The state of a tape at one of its sequences, as bytes.
#[derive(Debug)]
pub struct Saved {
    sequence: u64,
    entries: u64,
    checkpoints: u64,
    bytes: Vec<u8>,
}

impl Saved {
    /// The last sequence that is in it.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// How much memory it takes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing in it; there never is.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// An entry that was applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its sequence.
    pub sequence: u64,
    /// Economy time.
    pub t: Timestamp,
}

impl Tape {
    /// Opens the journal of a run's folder, or of a node's data folder.
    ///
    /// # Errors
    /// There is no journal, or the disk refused.
    pub fn open(folder: &Path) -> Result<Self, ReplayError> {
        let expected = match Manifest::read(&folder.join(MANIFEST)) {
            Ok(manifest) => manifest.digest,
            // A node's folder has no manifest.
            Err(ManifestError::Disk(_)) if folder.join("economy.json").exists() => None,
            Err(error) => return Err(ReplayError::NoRun { path: folder.display().to_string(), error }),
        };
        let reader = Reader::open(journal(folder)?).map_err(unopened)?;
        Ok(Self { reader, state: State::new(), sequence: 0, entries: 0, checkpoints: 0, expected, fault: None })
    }

    /// The state here, where it takes at most so many bytes and is as it should be.
    #[must_use]
    pub fn save(&self, bytes_max: usize) -> Option<Saved> {
        let economy = self.economy().filter(|_| self.fault.is_none())?;
        let bytes = encode_within(economy, &self.state.past, bytes_max)?;
        Some(Saved { sequence: self.sequence, entries: self.entries, checkpoints: self.checkpoints, bytes })
    }

    /// Opens the journal of a folder where a tape of it was saved.
    ///
    /// # Errors
    /// As [`Tape::open`], and where what was saved cannot be read.
    pub fn resume(folder: &Path, saved: &Saved) -> Result<Self, ReplayError> {
        let (economy, past) = decode(&saved.bytes).map_err(|error| ReplayError::Disk(error.to_string()))?;
        let mut tape = Self::open(folder)?;
        tape.reader = Reader::open_from(journal(folder)?, saved.sequence + 1).map_err(unopened)?;
        tape.state = State { economy: Some(economy), past };
        (tape.sequence, tape.entries, tape.checkpoints) = (saved.sequence, saved.entries, saved.checkpoints);
        Ok(tape)
    }

    /// The last sequence that the journal of a folder has; it is read through and not applied.
    ///
    /// # Errors
    /// As [`Tape::open`].
    pub fn length(folder: &Path) -> Result<u64, ReplayError> {
        let mut tape = Self::open(folder)?;
        while let Ok(Some(record)) = tape.reader.next_record() {
            tape.sequence = record.sequence;
        }
        Ok(tape.sequence)
    }

    /// Applies the next entry; nothing at the end of the journal, or where something differs (see [`Tape::fault`]).
    ///
    /// # Errors
    /// The disk refused.
    pub fn step(&mut self, watch: &mut impl EventSink) -> Result<Option<Step>, ReplayError> {
        if self.fault.is_some() {
            return Ok(None);
        }
        let record = match self.reader.next_record() {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(None),
            Err(error) => {
                self.fault = Some(unreadable(&error, self.sequence + 1)?);
                return Ok(None);
            }
        };
        let sequence = record.sequence;
        let applied = match Entry::decode(record.bytes) {
            Ok(entry) => {
                let is_checkpoint = matches!(entry.body, Body::Checkpoint { .. } | Body::SignedCheckpoint(_));
                self.checkpoints += u64::from(is_checkpoint);
                self.state.apply_watched(sequence, &entry, watch).map(|()| entry.t).map_err(|error| error.to_string())
            }
            Err(error) => Err(error.to_string()),
        };
        match applied {
            Ok(t) => {
                (self.sequence, self.entries) = (sequence, self.entries + 1);
                Ok(Some(Step { sequence, t }))
            }
            Err(what) => {
                self.fault = Some(Fault { what, sequence, place: None });
                Ok(None)
            }
        }
    }

    /// The last sequence that was applied.
    #[must_use]
    pub const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The state here; nothing before the first entry.
    #[must_use]
    pub const fn economy(&self) -> Option<&Economy> {
        self.state.economy.as_ref()
    }

    /// Entries applied, and checkpoints compared.
    #[must_use]
    pub const fn counts(&self) -> (u64, u64) {
        (self.entries, self.checkpoints)
    }

    /// The digest that the run ended with, where its manifest says so.
    #[must_use]
    pub const fn expected(&self) -> Option<Hash32> {
        self.expected
    }

    /// The digest of the state here. It costs a walk over all of it.
    #[must_use]
    pub fn digest(&self) -> Hash32 {
        self.state.digest()
    }

    /// The first thing that differs or cannot be read.
    #[must_use]
    pub const fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }
}

fn journal(folder: &Path) -> Result<Arc<dyn Storage>, ReplayError> {
    match FileStorage::existing(folder.join(JOURNAL)) {
        Ok(storage) => Ok(Arc::new(storage)),
        Err(error) => Err(ReplayError::NoJournal(error.to_string())),
    }
}

fn unopened(error: ReadError) -> ReplayError {
    match error {
        ReadError::NoJournal => ReplayError::NoJournal(error.to_string()),
        _ => ReplayError::Disk(error.to_string()),
    }
}
