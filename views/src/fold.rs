//! Following a stream of numbered events: each counts once, in order.

use oikos_protocol::event::Event;
use serde::{Deserialize, Serialize};

/// The number of an event: the sequence of its entry, and its place among the events of that entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The sequence of the entry.
    pub seq: u64,
    /// The place among the entry's events, from 0.
    pub index: u32,
}

/// A fold of events.
pub trait Fold {
    /// Takes one event in.
    fn fold(&mut self, at: Position, event: &Event);
}

/// A fold with the position at which it stands.
#[derive(Debug, Clone, Default)]
pub struct Follow<V> {
    view: V,
    at: Option<Position>,
}

impl<V: Fold> Follow<V> {
    /// Takes one event in, unless it is not newer than the last one. Delivery is at least once.
    pub fn take(&mut self, at: Position, event: &Event) {
        if self.at.is_none_or(|last| at > last) {
            self.view.fold(at, event);
            self.at = Some(at);
        }
    }

    /// The last event that is in; none before the first.
    pub fn at(&self) -> Option<Position> {
        self.at
    }

    /// The view as it stands there.
    pub fn view(&self) -> &V {
        &self.view
    }
}
