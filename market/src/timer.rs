//! Deadlines in order: (moment, kind, id). Of everything that waits, the earliest is fired first.

use alloc::collections::BTreeSet;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    /// The first order of a desk whose time is up.
    Order,
    /// A call of a desk.
    Call,
    /// An exchange.
    Exchange,
    /// A stream of the ledger, which keeps its own queue.
    Stream,
}

/// One deadline.
pub(crate) type Timer = (Timestamp, TimerKind, u64);

/// The deadlines of tasks, offers and desks.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    all: BTreeSet<Timer>,
    /// The earliest of them, which every command asks for.
    first: Option<Timer>,
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer) {
        self.all.insert(timer);
        self.first = Some(self.first.map_or(timer, |first| first.min(timer)));
    }

    pub(crate) fn clear(&mut self, timer: Timer) {
        self.all.remove(&timer);
        if self.first == Some(timer) {
            self.first = self.all.first().copied();
        }
    }

    pub(crate) const fn first(&self) -> Option<Timer> {
        self.first
    }

    pub(crate) fn has(&self, timer: Timer) -> bool {
        self.all.contains(&timer)
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }
}

impl Serialize for Timers {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Timers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let all = BTreeSet::deserialize(from)?;
        Ok(Self { first: all.first().copied(), all })
    }
}
