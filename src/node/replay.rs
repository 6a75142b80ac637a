//! From a journal to a state: the newest snapshot, then every entry behind it; or every entry there is.

use crate::node::apply::{Core, CoreError};
use crate::node::content::ContentStore;
use crate::node::directory::SharedDirectory;
use oikos_journal::{Boundary, ReadError, Reader, Snapshot, Storage};
use oikos_protocol::entry::{Entry, EntryError};
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

/// The state at `end`; `None` where the journal is empty.
///
/// # Errors
/// [`ReplayError`].
pub fn replay(
    storage: &Arc<dyn Storage>,
    end: Boundary,
    use_snapshot: bool,
    directory: &SharedDirectory,
    names: &Arc<ContentStore>,
) -> Result<Option<Replayed>, ReplayError> {
    if end.sequence == 0 {
        return Ok(None);
    }
    let snapshot = if use_snapshot { Snapshot::newest(&**storage, end)? } else { None };
    let mut state = match snapshot {
        // A snapshot of another version is passed over: the journal has everything.
        Some(snapshot) => {
            let sequence = snapshot.at.sequence;
            match Core::load(&snapshot.payload, sequence, directory.clone(), Arc::clone(names)) {
                Ok(core) => Some(core),
                Err(error) => {
                    tracing::warn!(%error, "the snapshot is of no use; reading the whole journal");
                    None
                }
            }
        }
        None => None,
    };
    let from = state.as_ref().map_or(1, |core| core.seq() + 1);
    let (mut t, mut entries) = (state.as_ref().map_or(Timestamp::ZERO, |core| core.economy().now()), 0);
    let mut reader = Reader::open_from(Arc::clone(storage), from)?;
    reader.until(end.sequence);
    while let Some(record) = reader.next_record()? {
        let entry = Entry::decode(record.bytes).map_err(|error| ReplayError::Entry { seq: record.sequence, error })?;
        t = entry.t;
        entries += 1;
        match &mut state {
            Some(core) => drop(core.apply(&entry)?),
            None => state = Some(Core::begin(&entry, directory.clone(), Arc::clone(names))?),
        }
    }
    Ok(state.map(|core| Replayed { core, t, entries }))
}
