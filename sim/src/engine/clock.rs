//! Virtual time: what is to be done when, in order.
//!
//! Invariant: what falls on one moment is done in the order of [`Wake`], never in the order in which it was planned.

use oikos_protocol::time::Timestamp;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The civil time of the beginning of every scenario: Monday 2026-01-05, midnight UTC, in nanoseconds since 1970.
pub const EPOCH_UNIX_NS: u64 = 1_767_571_200 * 1_000_000_000;

/// Something to be done; tasks by their number in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wake {
    /// A customer posts a task.
    Post(u32),
    /// The sellers bid for a task.
    Bid(u32),
    /// The operator reveals the next link of the beacon.
    Reveal,
    /// The winner takes a task.
    TakeAward(u32),
    /// The worker delivers.
    Deliver(u32),
    /// The customer accepts what was delivered.
    Review(u32),
}

/// What is to be done when.
#[derive(Debug, Default)]
pub struct Clock(BinaryHeap<Reverse<(Timestamp, Wake)>>);

impl Clock {
    /// Plans something.
    pub fn plan(&mut self, at: Timestamp, wake: Wake) {
        self.0.push(Reverse((at, wake)));
    }

    /// When the next thing is to be done.
    #[must_use]
    pub fn next_at(&self) -> Option<Timestamp> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes the next thing.
    pub fn take(&mut self) -> Option<(Timestamp, Wake)> {
        self.0.pop().map(|Reverse(next)| next)
    }
}
