//! Recording a run into its journal: entries in groups, and a snapshot now and then.

use super::state;
use crate::engine::RunError;
use crate::engine::drive::Recorder;
use oikos_journal::{Boundary, FileStorage, Group, Journal, Options, Snapshot, Stamp, Storage};
use oikos_ledger::MemoryPast;
use oikos_market::Economy;
use oikos_protocol::entry::{Entry, RULES};
use std::path::Path;
use std::sync::Arc;

/// Groups of this size and more keep the padding of the journal low.
const GROUP_BYTES: usize = 256 << 10;
/// After how many entries a snapshot is written where the scenario does not say.
pub const SNAPSHOT_EVERY: u64 = 100_000;

/// A run's journal, open for writing.
#[derive(Debug)]
pub struct Recording {
    storage: Arc<dyn Storage>,
    journal: Journal,
    group: Group,
    bytes: Vec<u8>,
    snapshot_every: u64,
    snapshot_at: u64,
}

impl Recording {
    /// Begins a journal in an empty folder.
    ///
    /// # Errors
    /// What the disk said.
    pub fn begin(folder: &Path, journal: [u8; 16], snapshot_every: u64) -> Result<Self, RunError> {
        let storage: Arc<dyn Storage> = Arc::new(FileStorage::create_in(folder).map_err(|error| failed(&error))?);
        let (journal, _) =
            Journal::open(storage.clone(), Options::simulation(journal)).map_err(|error| failed(&error))?;
        let group = Group::new(stamp(0));
        Ok(Self { storage, journal, group, bytes: Vec::new(), snapshot_every, snapshot_at: snapshot_every })
    }

    /// Ends the journal so that it is tight.
    ///
    /// # Errors
    /// What the disk said.
    pub fn close(mut self) -> Result<Boundary, RunError> {
        self.flush()?;
        self.journal.close().map_err(|error| failed(&error))
    }

    fn flush(&mut self) -> Result<(), RunError> {
        if !self.group.is_empty() {
            self.journal.append(&mut self.group).map_err(|error| failed(&error))?;
            self.group.clear(self.group.stamp());
        }
        Ok(())
    }
}

impl Recorder for Recording {
    const RECORDS: bool = true;

    fn record(&mut self, entry: &Entry) -> Result<(), RunError> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.bytes = entry.encode_into(bytes).map_err(|error| failed(&error))?;
        self.group.push(&self.bytes).map_err(|error| failed(&error))?;
        self.group.set_time_ns(entry.now);
        if self.group.record_bytes() >= GROUP_BYTES { self.flush() } else { Ok(()) }
    }

    fn checkpointed(&mut self, sequence: u64, economy: &Economy, past: &MemoryPast) -> Result<(), RunError> {
        if sequence < self.snapshot_at {
            return Ok(());
        }
        self.snapshot_at = sequence + self.snapshot_every;
        self.flush()?;
        let payload = state::encode(economy, past).map_err(|error| failed(&error))?;
        Snapshot::write(&*self.storage, self.journal.end(), &payload).map(|_| ()).map_err(|error| failed(&error))
    }
}

fn stamp(time_ns: u64) -> Stamp {
    Stamp { time_ns, rules: u32::from(RULES), term: 0 }
}

fn failed(error: &impl std::fmt::Display) -> RunError {
    RunError::Record(error.to_string())
}
