//! From a journal to a state: the newest snapshot, then every entry behind it; or every entry there is.

use crate::history::History;
use crate::node::apply::{Core, CoreError};
use crate::node::content::ContentStore;
use crate::node::directory::SharedDirectory;
use crate::node::state::PastOf;
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
        let mut past = Some(past);
        let mut state = snapshot.and_then(|snapshot| self.load(&snapshot));
        state = state.map(|core| past.take().into_iter().fold(core, Core::with_past));
        let from = state.as_ref().map_or(1, |core| core.seq() + 1);
        let mut expected = expected(self.storage, from, self.end.sequence)?;
        let (mut t, mut entries) = (state.as_ref().map_or(Timestamp::ZERO, |core| core.economy().now()), 0);
        let mut reader = self.read(from)?;
        while let Some(record) = reader.next_record()? {
            let entry = decode(&record)?;
            t = entry.t;
            entries += 1;
            match &mut state {
                Some(core) => drop(core.apply(&entry)?),
                None => {
                    let core = Core::begin(&entry, self.directory.clone(), Arc::clone(self.names))?;
                    state = Some(past.take().into_iter().fold(core, Core::with_past));
                }
            }
            if let Some(core) = &mut state {
                expected.drain(..).for_each(|(seq, digest, root)| core.expect(seq, digest, root));
            }
            if entries % 256 == 0 {
                progress(entries, self.end.sequence + 1 - from);
            }
        }
        Ok(state.map(|core| Replayed { core, t, entries }))
    }

    /// The state of a snapshot. One of another version is passed over: the journal has everything.
    fn load(&self, snapshot: &Snapshot) -> Option<Core> {
        let names = Arc::clone(self.names);
        match Core::load(&snapshot.payload, snapshot.at.sequence, self.directory.clone(), names) {
            Ok(core) => Some(core),
            Err(error) => {
                tracing::warn!(%error, "the snapshot is of no use; reading the whole journal");
                None
            }
        }
    }

    fn read(&self, from: u64) -> Result<Reader, ReplayError> {
        let mut reader = Reader::open_from(Arc::clone(self.storage), from)?;
        reader.until(self.end.sequence);
        Ok(reader)
    }
}

/// What a checkpoint says of a state: its sequence, its digest, and the root of the outcomes' tree where it has one.
pub type Expected = (u64, Hash32, Option<Hash32>);

/// What checkpoints up to entry `until` say of states that lie further back than the entry before them, but not before
/// `from`. Reading ends early where an entry is damaged: whoever applies the entries will come to it.
///
/// # Errors
/// [`ReadError`] where the journal cannot be opened.
pub fn expected(storage: &Arc<dyn Storage>, from: u64, until: u64) -> Result<Vec<Expected>, ReadError> {
    let mut found = Vec::new();
    let mut reader = Reader::open_from(Arc::clone(storage), from)?;
    reader.until(until);
    while let Ok(Some(record)) = reader.next_record() {
        let sequence = record.sequence;
        let Ok(entry) = Entry::decode(record.bytes) else { break };
        let (seq, digest, root) = match entry.body {
            Body::Checkpoint { seq, digest } => (seq, digest, None),
            Body::SignedCheckpoint(signed) => (signed.seq, signed.digest, Some(signed.root)),
            Body::Genesis(_) | Body::Request(_) | Body::Tick => continue,
        };
        if (from..sequence.saturating_sub(1)).contains(&seq) {
            found.push((seq, digest, root));
        }
    }
    Ok(found)
}

fn decode(record: &Record<'_>) -> Result<Entry, ReplayError> {
    Entry::decode(record.bytes).map_err(|error| ReplayError::Entry { seq: record.sequence, error })
}
