//! History on disk: every event that happened and every past transfer, found through an index that can be thrown away.
//!
//! The bodies of plain transfers stay where they are, in the journal's entries; every other event is derived and kept
//! beside the index. What the index knows is said in postings: which events touched an account (and by how much), a
//! task, a mailbox. A thread of its own indexes behind apply; a bounded queue lies between.
//! Invariants: the index says at which sequence it stands, and what it holds came in the same batch; an answer is the
//! one that a fold over all events in memory gives; a damaged, foreign or stale index is noticed when it is opened and
//! built again from the journal. In memory: what was not written yet, and four sums an account.
//! Absent on purpose: deciding anything; the only truth (that is the journal).
//! Start at [`History`]. The store behind it is [`store::Store`]: sled with a file of long values, or memory for tests.

mod bodies;
mod change;
mod chunk;
pub mod hearers;
mod index;
mod keys;
pub mod memory_store;
mod page;
mod posters;
mod read;
pub mod sled_store;
pub mod store;
mod tail;

pub use change::Change;
pub use change::{at_stake_account, free, held_account, streaming_account};
pub use chunk::{Number, Posting};
pub use hearers::{Hearers, hearers};
pub use index::{History, HistoryError, Job, Opened, Standing};
pub use keys::Topic;

use oikos_protocol::event::Event;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An event with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The sequence of its entry.
    pub seq: u64,
    /// Its place among the events of that entry.
    pub index: u32,
    /// Economy time.
    pub t: Timestamp,
    /// What happened.
    pub event: Event,
}

/// An event, who hears it, and whose money stood in the task's purses it moved between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The event.
    pub kept: Kept,
    /// Who hears it.
    pub hearers: Hearers,
    /// Of money that moved: whose budget, award, deposit or bond it left, and whose it came into.
    pub whose: [Option<ParticipantId>; 2],
}
