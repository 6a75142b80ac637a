//! Station 3: entries go into the journal, and come back as a boundary below which all is on disk.
//!
//! Invariant: one thread writes; while it writes group n+1 the loop applies group n.

use oikos_journal::{Boundary, GroupCommit, Journal, Limits, Stamp, SubmitError};
use oikos_protocol::entry::{Entry, EntryError, RULES};
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Bytes of entries that may wait for the disk. More than the largest bundle, so that one always fits.
const QUEUE_BYTES: usize = 8 << 20;
/// Entries that may wait for the disk.
const QUEUE_ENTRIES: usize = 16_384;

/// The journal's thread and the way to it.
#[derive(Debug)]
pub struct Appender {
    commit: Arc<GroupCommit>,
    buffer: Vec<u8>,
}

/// Why an entry was not taken.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The journal did not take it.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// It has no bytes.
    #[error(transparent)]
    Entry(#[from] EntryError),
}

impl Appender {
    /// Starts the journal's thread; what is committed is told to `commits`.
    ///
    /// # Errors
    /// The system refused the thread.
    pub fn start(journal: Journal, commits: mpsc::UnboundedSender<Boundary>) -> io::Result<Self> {
        let limits = Limits { queue_bytes: QUEUE_BYTES, queue_records: QUEUE_ENTRIES };
        let commit = GroupCommit::start(journal, limits, move |committed| {
            // The loop may be gone already, when the node stops.
            let _ = commits.send(committed.boundary);
        })?;
        Ok(Self { commit: Arc::new(commit), buffer: Vec::new() })
    }

    /// Puts an entry into the queue and says which sequence it has.
    ///
    /// # Errors
    /// [`AppendError`]; no sequence was given.
    pub fn submit(&mut self, entry: &Entry) -> Result<u64, AppendError> {
        let mut bytes = core::mem::take(&mut self.buffer);
        bytes.clear();
        self.buffer = entry.encode_into(bytes)?;
        let stamp = Stamp { time_ns: entry.now, rules: u32::from(RULES), term: 1 };
        Ok(self.commit.submit(stamp, &self.buffer)?)
    }

    /// Whether the disk is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.commit.is_full()
    }

    /// Waits, on a thread that may wait, until this sequence is on disk or the journal failed.
    pub async fn watch(&self, sequence: u64) -> Result<Boundary, String> {
        let commit = Arc::clone(&self.commit);
        let waited = tokio::task::spawn_blocking(move || commit.wait(sequence)).await;
        match waited {
            Ok(Ok(boundary)) => Ok(boundary),
            Ok(Err(error)) => Err(error.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Commits what waits and closes the journal.
    ///
    /// # Errors
    /// The journal failed, in words.
    pub async fn close(self) -> Result<(), String> {
        let closing = tokio::task::spawn_blocking(move || match Arc::try_unwrap(self.commit) {
            Ok(commit) => commit.close().map(drop).map_err(|error| error.to_string()),
            // Somebody still watches; what waits is committed when it lets go.
            Err(_) => Ok(()),
        });
        closing.await.map_err(|error| error.to_string())?
    }
}
