//! Deadlines in order: (moment, kind, id). Of everything that waits, the earliest is fired first.

use alloc::collections::BTreeSet;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a deadline belongs to; among equal moments the order of this list decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum TimerKind {
    /// A pending transfer of the ledger, which keeps its own queue.
    Transfer,
    /// A task whose lot can be drawn.
    Lot,
    /// A task.
    Task,
    /// An offer.
    Offer,
}

/// One deadline.
pub(crate) type Timer = (Timestamp, TimerKind, u64);

/// The deadlines of tasks and offers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Timers(BTreeSet<Timer>);

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer) {
        self.0.insert(timer);
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        self.0.remove(&timer);
    }

    pub(crate) fn first(&self) -> Option<Timer> {
        self.0.first().copied()
    }

    pub(crate) fn has(&self, timer: Timer) -> bool {
        self.0.contains(&timer)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
