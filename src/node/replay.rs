//! From a journal to a state: the newest snapshot, then every entry behind it; or every entry there is.

use crate::history::History;
use crate::node::apply::{Core, CoreError, PastOf};
use crate::node::content::ContentStore;
use crate::node::directory::SharedDirectory;
use oikos_journal::{Boundary, ReadError, Reader, Record, Snapshot, Storage};
use oikos_ledger::MemoryPast;
use oikos_protocol::entry::{Body, Entry, EntryError};
use oikos_protocol::id::Hash32;
use oikos_protocol::time::Timestamp;
use std::io;
use std::sync::Arc;

/// A state with the moment of its last entry.
#[derive(Debug)]
pub struct Replayed {
    /// The state.
    pub core: Core,
    /// Economy time of the last entry.
    pub t: Timestamp,
    /// How many entries were read.
    pub entries: u64,
}

/// Why a journal does not become a state.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The journal cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An entry that is none.
    #[error("entry {seq}: {error}")]
    Entry {
        /// Which.
        seq: u64,
        /// What is wrong with it.
        error: EntryError,
    },
    /// The entries do not apply.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// The disk refused to give a snapshot.
    #[error("the snapshots cannot be read")]
    Snapshot(#[from] io::Error),
}

/// From what a journal becomes a state.
#[derive(Debug)]
pub struct Replay<'a> {
    /// Where journal and snapshots are.
    pub storage: &'a Arc<dyn Storage>,
    /// The journal's end.
    pub end: Boundary,
    /// Names and assets, which are filled.
    pub directory: &'a SharedDirectory,
    /// The names themselves.
    pub names: &'a Arc<ContentStore>,
}

impl Replay<'_> {
    /// The state at the end, by every entry there is, with the past in memory; `None` where the journal is empty.
    ///
    /// # Errors
    /// [`ReplayError`].
    pub fn whole(&self) -> Result<Option<Replayed>, ReplayError> {
        self.run(None, PastOf::Memory(MemoryPast::new()), &mut |_, _| {})
    }

    /// The state at the end, from the newest snapshot at which the index stands too; the index is told of what it has
    /// not got. `progress` hears how many entries were applied, and of how many.
    ///
    /// # Errors
    /// [`ReplayError`].
    pub fn indexed(
        &self,
        history: &History,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Option<Replayed>, ReplayError> {
        let indexed = history.standing().seq.min(self.end.sequence);
        let snapshot = Snapshot::newest(&**self.storage, Boundary { sequence: indexed, ..self.end })?;
        self.run(snapshot, PastOf::Index(history.clone()), progress)
    }

    /// The state of a snapshot and every entry behind it, up to the end.
    ///
    /// # Errors
    /// [`ReplayError`].
    pub fn run(
        &self,
        snapshot: Option<Snapshot>,
        past: PastOf,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Option<Replayed>, ReplayError> {
        if self.end.sequence == 0 {
            return Ok(None);
        }
        let (mut state, mut past) = self.load(snapshot, past);
        let from = state.as_ref().map_or(1, |core| core.seq() + 1);
        let mut expected = self.checkpoints(from)?;
        let (mut t, mut entries) = (state.as_ref().map_or(Timestamp::ZERO, |core| core.economy().now()), 0);
        let mut reader = self.read(from)?;
        while let Some(record) = reader.next_record()? {
            let entry = decode(&record)?;
            t = entry.t;
            entries += 1;
            match (&mut state, past.take()) {
                (Some(core), _) => drop(core.apply(&entry)?),
                (None, Some(past)) => {
                    let core = Core::begin(&entry, past, self.directory.clone(), Arc::clone(self.names))?;
                    state = Some(core);
                }
                (None, None) => {}
            }
            if let Some(core) = &mut state {
                expected.drain(..).for_each(|(seq, digest)| core.expect(seq, digest));
            }
            if entries % 256 == 0 {
                progress(entries, self.end.sequence + 1 - from);
            }
        }
        Ok(state.map(|core| Replayed { core, t, entries }))
    }

    fn load(&self, snapshot: Option<Snapshot>, past: PastOf) -> (Option<Core>, Option<PastOf>) {
        let Some(Snapshot { at, payload }) = snapshot else { return (None, Some(past)) };
        match Core::load(&payload, at.sequence, past, self.directory.clone(), Arc::clone(self.names)) {
            Ok(core) => (Some(core), None),
            // A snapshot of another version is passed over: the journal has everything.
            Err((error, past)) => {
                tracing::warn!(%error, "the snapshot is of no use; reading the whole journal");
                (None, Some(past))
            }
        }
    }

    fn read(&self, from: u64) -> Result<Reader, ReplayError> {
        let mut reader = Reader::open_from(Arc::clone(self.storage), from)?;
        reader.until(self.end.sequence);
        Ok(reader)
    }

    /// What checkpoints further on say of the states on the way: they name states that lie behind them.
    fn checkpoints(&self, from: u64) -> Result<Vec<(u64, Hash32)>, ReplayError> {
        let mut found = Vec::new();
        let mut reader = self.read(from)?;
        while let Some(record) = reader.next_record()? {
            if let Body::Checkpoint { seq, digest } = decode(&record)?.body
                && seq + 1 < record.sequence
                && seq >= from
            {
                found.push((seq, digest));
            }
        }
        Ok(found)
    }
}

fn decode(record: &Record<'_>) -> Result<Entry, ReplayError> {
    Entry::decode(record.bytes).map_err(|error| ReplayError::Entry { seq: record.sequence, error })
}
