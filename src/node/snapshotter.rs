//! A thread that follows the journal and makes checkpoints and snapshots, so that the sequencer never waits for one.
//!
//! It takes the newest snapshot, applies the entries behind it from the journal up to the sequence it was asked for,
//! and has then the state that the sequencer had there, without a look at the sequencer's own. It lives only as long as
//! that takes: between two snapshots nothing is in memory twice.
//! Invariants: one at a time; the index of history stands at least where a snapshot does; what it did is told once.
//! Absent on purpose: writing the checkpoint's entry (the sequencer does, when it is told) and any haste.

use crate::history::{History, HistoryError};
use crate::node::apply::{Core, CoreError};
use crate::node::checkpoint::sign;
use crate::node::content::ContentStore;
use crate::node::directory::SharedDirectory;
use crate::node::replay::{Replay, ReplayError};
use crate::node::state::PastOf;
use oikos_bus::identity::nkey::KeyPair;
use oikos_journal::{Boundary, Snapshot, SnapshotWriter, Storage};
use oikos_protocol::checkpoint::SignedCheckpoint;
use std::io;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::mpsc::UnboundedSender;

/// What a snapshot is made from.
#[derive(Debug)]
pub struct Follower {
    /// Where journal and snapshots are.
    pub storage: Arc<dyn Storage>,
    /// The names of participants.
    pub names: Arc<ContentStore>,
    /// The index, which knows past transfers.
    pub history: History,
    /// The node's key, which signs checkpoints.
    pub key: KeyPair,
}

/// Why there is no snapshot. A start takes longer then; nothing else depends on it.
#[derive(Debug, thiserror::Error)]
pub enum NoSnapshot {
    /// The journal does not become a state.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The state has no binary form.
    #[error(transparent)]
    Core(#[from] CoreError),
    /// The index of history failed.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The disk refused.
    #[error("the snapshot cannot be written")]
    Storage(#[from] io::Error),
    /// The journal has no entries.
    #[error("there is nothing to be kept")]
    Nothing,
}

/// What became of a snapshot that was asked for.
pub type Made = Result<SignedCheckpoint, NoSnapshot>;

/// The thread.
#[derive(Debug)]
pub struct Snapshotter {
    asked: Option<mpsc::Sender<Boundary>>,
    thread: Option<JoinHandle<()>>,
}

impl Snapshotter {
    /// Starts the thread; what it makes is told to `made`.
    ///
    /// # Errors
    /// The system refused the thread.
    pub fn start(follower: Follower, made: UnboundedSender<Made>) -> io::Result<Self> {
        let (asked, to_make) = mpsc::channel();
        let thread = std::thread::Builder::new().name("oikos-snapshot".into()).spawn(move || {
            yield_to_others();
            while let Ok(at) = to_make.recv() {
                // The loop may be gone already, when the node stops.
                drop(made.send(follower.make(at)));
            }
        })?;
        Ok(Self { asked: Some(asked), thread: Some(thread) })
    }

    /// Asks for a snapshot of the state at this boundary; says whether somebody is there to make it.
    pub fn ask(&self, at: Boundary) -> bool {
        self.asked.as_ref().is_some_and(|asked| asked.send(at).is_ok())
    }

    /// Waits until what was asked for is made, and ends the thread.
    pub async fn stop(mut self) {
        self.asked = None;
        let thread = self.thread.take();
        let waiting = tokio::task::spawn_blocking(move || thread.map(JoinHandle::join));
        drop(waiting.await);
    }
}

impl Follower {
    /// Makes a snapshot of the state at `at`, and the signed checkpoint that says what it is.
    ///
    /// # Errors
    /// [`NoSnapshot`].
    pub fn make(&self, at: Boundary) -> Made {
        let begun = Instant::now();
        // A start reads on from a snapshot only where the index stands at least there.
        self.history.flush()?;
        let directory = SharedDirectory::default();
        let replay = Replay { storage: &self.storage, end: at, directory: &directory, names: &self.names };
        let newest = Snapshot::newest(&*self.storage, at)?;
        let followed = replay.run(newest, PastOf::Followed(self.history.clone()), &mut |_, _| {})?;
        let core = followed.ok_or(NoSnapshot::Nothing)?.core;
        let checkpoint = sign(core.state(), &self.key);
        let file = write(&core, &*self.storage, at)?;
        tracing::info!(%file, seq = at.sequence, ms = begun.elapsed().as_millis() as u64, "snapshot");
        Ok(checkpoint)
    }
}

/// Gives this thread what the others leave: nobody waits for a snapshot, and everybody for the loop beside it.
pub fn yield_to_others() {
    // Half of the way to the lowest there is. Elsewhere this is the priority of the whole process. Where it is refused the thread is merely as good as others.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, 10) {
        tracing::debug!(%error, "the thread that makes snapshots keeps its priority");
    }
}

/// Writes the snapshot of a state that stands at `at`.
///
/// # Errors
/// [`NoSnapshot`].
pub fn write(core: &Core, storage: &dyn Storage, at: Boundary) -> Result<String, NoSnapshot> {
    let mut writer = SnapshotWriter::create(storage, at)?;
    core.save(&mut writer)?;
    Ok(writer.finish()?)
}
