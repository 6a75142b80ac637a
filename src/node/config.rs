//! What a node is told at its start.

use crate::node::clock::Machine;
use crate::node::sequence::Places;
use oikos_bus::subject::Name;
use oikos_journal::Storage;
use std::path::PathBuf;
use std::sync::Arc;

/// What a node is told at its start.
#[derive(Debug, Clone)]
pub struct Config {
    /// The economy's name.
    pub economy: Name,
    /// The folder of everything it keeps.
    pub data: PathBuf,
    /// Where the embedded listener binds; port 0 takes a free one. Unused with `nats`.
    pub listen: String,
    /// A NATS server to use instead of the embedded listener. Its own permissions apply then.
    pub nats: Option<String>,
    /// Development: fake money, a clock that can be moved, a first person with money.
    pub dev: bool,
    /// Whether anybody with a key may join.
    pub join_open: bool,
    /// How many requests may wait.
    pub places: Places,
    /// After how many entries a checkpoint and a snapshot are made.
    pub snapshot_entries: u64,
    /// Where the journal is kept, if not in `data`: for tests that cut the power.
    pub storage: Option<Arc<dyn Storage>>,
    /// The machine's time.
    pub machine: Machine,
    /// Bytes of a journal segment.
    pub segment_bytes: u64,
    /// Who hears how far the start is.
    pub progress: Option<Progress>,
}

/// Who hears how many entries were applied at the start, and of how many.
#[derive(Clone)]
pub struct Progress(pub Arc<dyn Fn(u64, u64) + Send + Sync>);

impl core::fmt::Debug for Progress {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Progress")
    }
}

impl Config {
    /// A node of this economy with this folder, and the defaults.
    #[must_use]
    pub fn new(economy: Name, data: impl Into<PathBuf>) -> Self {
        Self {
            economy,
            data: data.into(),
            listen: "127.0.0.1:4222".to_owned(),
            nats: None,
            dev: false,
            join_open: false,
            places: Places::default(),
            snapshot_entries: 100_000,
            storage: None,
            machine: Machine::system(),
            segment_bytes: oikos_journal::SEGMENT_BYTES,
            progress: None,
        }
    }
}
