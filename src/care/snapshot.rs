//! A signed checkpoint and a snapshot of a folder whose node has stopped.
//!
//! A node that runs makes them itself, when its operator asks; here the lock makes sure that none does.
//! Invariant: the journal gets one entry, the checkpoint, and is closed again.

use crate::history::{History, HistoryError};
use crate::node::apply::CoreError;
use crate::node::checkpoint;
use crate::node::clock::{Machine, SequencerClock};
use crate::node::content::ContentStore;
use crate::node::directory::SharedDirectory;
use crate::node::folder::{self, FolderError, Identity};
use crate::node::lock::{FolderLock, LockError};
use crate::node::replay::{Replay, ReplayError};
use crate::node::snapshotter::{NoSnapshot, write};
use oikos_journal::{AppendError, FileStorage, Group, Journal, OpenError, Options, Stamp, Storage};
use oikos_protocol::entry::{Body, Entry, EntryError, RULES};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A node runs on the folder.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The node's key cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Not an economy's folder.
    #[error("`{path}` is not the folder of an economy")]
    NoNode {
        /// The folder.
        path: String,
    },
    /// The journal cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The journal does not become a state.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The journal is empty.
    #[error("the journal has no entry")]
    Empty,
    /// The checkpoint is not in the journal.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The index of history can neither be read nor built.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The state cannot be kept.
    #[error(transparent)]
    Unwritten(#[from] Box<NoSnapshot>),
    /// The checkpoint does not apply.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// The entry does not encode.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The disk refused.
    #[error("the disk refused")]
    Disk(#[from] io::Error),
}

/// Writes both; says the sequence of the checkpoint's entry.
///
/// # Errors
/// [`SnapshotError`].
pub fn snapshot(root: &Path, machine: Machine) -> Result<u64, SnapshotError> {
    let no_node = || SnapshotError::NoNode { path: root.display().to_string() };
    let identity = std::fs::read(root.join("economy.json")).map_err(|_| no_node())?;
    let identity: Identity = serde_json::from_slice(&identity).map_err(|_| no_node())?;
    let id = u128::from_str_radix(&identity.id, 16).map_err(|_| no_node())?;
    let _lock = FolderLock::take(root)?;
    let key = folder::key(&root.join("node.nk"))?;
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::existing(root.join("journal"))?);
    let (mut journal, recovery) = Journal::open(Arc::clone(&storage), Options::live(id.to_be_bytes()))?;
    let content = Arc::new(ContentStore::open(&root.join("content"))?);
    // A start reads on from a snapshot only where the index of history stands at least there.
    let (history, _) =
        History::open(&root.join("history"), id.to_be_bytes(), Arc::clone(&storage), recovery.end.sequence)?;
    let directory = SharedDirectory::default();
    let replay = Replay { storage: &storage, end: recovery.end, directory: &directory, names: &content };
    let mut replayed = replay.indexed(&history, &mut |_, _| {})?.ok_or(SnapshotError::Empty)?;
    let epoch_ns = replayed.core.economy().genesis().epoch_unix_ns;
    let mut clock = SequencerClock::resume(machine, epoch_ns, replayed.core.now_ns(), replayed.t);
    let (now, t) = clock.tick();
    let signed = checkpoint::sign(replayed.core.state(), &key);
    let entry = Entry { now, t, body: Body::SignedCheckpoint(Box::new(signed)), evidence: Vec::new() };
    let mut group = Group::new(Stamp { time_ns: now, rules: u32::from(RULES), term: 1 });
    // One small entry fits into any group.
    group.push(&entry.encode_into(Vec::new())?).map_err(|_| EntryError::Malformed)?;
    let committed = journal.append(&mut group)?;
    replayed.core.apply(&entry)?;
    history.flush()?;
    write(&replayed.core, &*storage, committed.boundary).map_err(Box::new)?;
    journal.close()?;
    Ok(committed.last())
}
