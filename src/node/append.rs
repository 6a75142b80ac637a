//! Station 3: entries go into the journal, and come back as a boundary below which all is on disk.
//!
//! Invariant: one thread writes; while it writes group n+1 the loop applies group n.

use oikos_journal::{Boundary, GroupCommit, Journal, Limits, Stamp, SubmitError};
use oikos_protocol::entry::{Entry, EntryError, RULES};
use std::io;
use tokio::sync::mpsc;

/// Bytes of entries that may wait for the disk. More than the largest bundle, so that one always fits.
const QUEUE_BYTES: usize = 8 << 20;
/// Entries that may wait for the disk.
const QUEUE_ENTRIES: usize = 16_384;

/// The journal's thread and the way to it.
#[derive(Debug)]
pub struct Appender {
    commit: GroupCommit,
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
        Ok(Self { commit, buffer: Vec::new() })
    }

    /// Puts an entry into the queue and says which sequence it has.
    ///
    /// # Errors
    /// [`AppendError`]; no sequence was given.
    pub fn submit(&mut self, entry: &Entry) -> Result<u64, AppendError> {
        self.put(entry, GroupCommit::submit)
    }

    /// The same for an entry of a bundle that was begun, also on a full disk: there it waits for space with the others.
    ///
    /// # Errors
    /// [`AppendError`]; no sequence was given.
    pub fn submit_begun(&mut self, entry: &Entry) -> Result<u64, AppendError> {
        self.put(entry, GroupCommit::submit_begun)
    }

    fn put(
        &mut self,
        entry: &Entry,
        submit: fn(&GroupCommit, Stamp, &[u8]) -> Result<u64, SubmitError>,
    ) -> Result<u64, AppendError> {
        let mut bytes = core::mem::take(&mut self.buffer);
        bytes.clear();
        self.buffer = entry.encode_into(bytes)?;
        let stamp = Stamp { time_ns: entry.now, rules: u32::from(RULES), term: 1 };
        Ok(submit(&self.commit, stamp, &self.buffer)?)
    }

    /// Whether the disk is full.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.commit.is_full()
    }

    /// Why the journal failed, in words, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.commit.failure().map(|failure| failure.to_string())
    }

    /// Commits what waits and closes the journal.
    ///
    /// # Errors
    /// The journal failed, in words.
    pub async fn close(self) -> Result<(), String> {
        let closing =
            tokio::task::spawn_blocking(move || self.commit.close().map(drop).map_err(|error| error.to_string()));
        closing.await.map_err(|error| error.to_string())?
    }
}
