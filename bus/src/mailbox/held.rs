//! What waits for one participant.
//!
//! Invariants: numbers rise; a number at or below the last one taken is a duplicate, whether it still waits or
//! not; at most [`WAITING_MAX`] messages wait.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Messages that may wait for one participant.
pub const WAITING_MAX: usize = 100_000;

/// The number of a message: the entry its event comes from, and the event's place among that entry's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    /// The sequence of the entry, from 1.
    pub seq: u64,
    /// The event's place, from 0.
    pub index: u32,
}

/// One participant's mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailbox {
    waiting: BTreeMap<Number, Bytes>,
    last: Option<Number>,
}

impl Mailbox {
    /// Whether a message with this number would be taken.
    #[must_use]
    pub fn is_new(&self, number: Number) -> bool {
        self.last.is_none_or(|last| number > last)
    }

    /// Whether no more may wait.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= WAITING_MAX
    }

    /// Takes a message; `false` for a number it has had.
    pub(super) fn take(&mut self, number: Number, body: Bytes) -> bool {
        let is_new = self.is_new(number);
        if is_new {
            self.last = Some(number);
            self.waiting.insert(number, body);
        }
        is_new
    }

    /// Whether a message still waits.
    #[must_use]
    pub fn waits(&self, number: Number) -> bool {
        self.waiting.contains_key(&number)
    }

    pub(super) fn acknowledge(&mut self, number: Number) -> bool {
        self.waiting.remove(&number).is_some()
    }

    /// What waits, oldest first.
    pub fn waiting(&self) -> impl Iterator<Item = (Number, &Bytes)> {
        self.waiting.iter().map(|(number, body)| (*number, body))
    }

    /// How much waits.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}
