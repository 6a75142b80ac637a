//! The tree of outcomes: one leaf an entry, over what was asked, what it came to, and every event that followed.
//!
//! Owns what is under a leaf, in this order: sequence, economy time, the hash of who asked what under which id, the
//! hash of the outcome, the root of the tree of its events, how many events there are. The events have a tree of their
//! own, so that a payment is shown without the others of its entry.
//! Invariants: an entry has one leaf, at its sequence less one; a rejected request has a leaf that says so, and no
//! event; nothing here depends on how an entry was stored, so that an older journal has the same leaves.
//! Absent on purpose: paths and roots (`oikos_journal::tree`), signatures (`node/checkpoint.rs`).

use oikos_journal::tree::{self, Tree, TreeHash};
use oikos_protocol::command::Request;
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::Event;
use oikos_protocol::id::Hash32;
use oikos_protocol::outcome::Outcome;

/// What stands under a leaf beside the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf {
    /// The sequence of the entry.
    pub seq: u64,
    /// Its economy time, in nanoseconds.
    pub t: u64,
    /// The hash of who asked what under which id; zeros where nobody did.
    pub request: Hash32,
    /// The hash of the outcome; zeros where nobody asked.
    pub outcome: Hash32,
    /// The root of the tree of its events.
    pub events: Hash32,
    /// How many events there are.
    pub count: u32,
}

impl Leaf {
    /// The leaf of an entry.
    #[must_use]
    pub fn of(seq: u64, entry: &Entry, outcome: Option<&Outcome>, events: &[Event]) -> Self {
        let request = match &entry.body {
            Body::Request(request) => of_request(request),
            _ => Hash32::ZERO,
        };
        let mut tree = Tree::new();
        events.iter().for_each(|event| tree.push(of_event(event)));
        Self {
            seq,
            t: entry.t.0,
            request,
            // The serialiser refuses no value of this type.
            outcome: outcome
                .map_or(Hash32::ZERO, |outcome| Hash32::of(&postcard::to_allocvec(outcome).unwrap_or_default())),
            events: Hash32(tree.root()),
            count: u32::try_from(events.len()).unwrap_or(u32::MAX),
        }
    }

    /// Its hash in the tree.
    #[must_use]
    pub fn hash(&self) -> TreeHash {
        let Self { seq, t, request, outcome, events, count } = *self;
        let mut bytes = [0; 8 + 8 + 32 + 32 + 32 + 4];
        bytes[0..8].copy_from_slice(&seq.to_le_bytes());
        bytes[8..16].copy_from_slice(&t.to_le_bytes());
        bytes[16..48].copy_from_slice(&request.0);
        bytes[48..80].copy_from_slice(&outcome.0);
        bytes[80..112].copy_from_slice(&events.0);
        bytes[112..116].copy_from_slice(&count.to_le_bytes());
        tree::leaf(&bytes)
    }
}

fn of_request(request: &Request) -> Hash32 {
    let mut bytes = [0; 8 + 16 + 32];
    bytes[0..8].copy_from_slice(&request.by.0.to_le_bytes());
    bytes[8..24].copy_from_slice(&request.id.0.to_le_bytes());
    bytes[24..56].copy_from_slice(&request.fingerprint().0);
    Hash32::of(&bytes)
}

/// The bytes of an event as its leaf holds them.
#[must_use]
pub fn bytes_of(event: &Event) -> Vec<u8> {
    // The serialiser refuses no value of this type.
    postcard::to_allocvec(event).unwrap_or_default()
}

/// The hash of an event in the tree of its entry.
#[must_use]
pub fn of_event(event: &Event) -> TreeHash {
    tree::leaf(&bytes_of(event))
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
    use oikos_protocol::id::{AssetId, ParticipantId};
    use oikos_protocol::money::Amount;
    use oikos_protocol::time::Timestamp;

    fn moved(amount: u128) -> Event {
        let (from, to) = (Purse::Available(ParticipantId(1)), Purse::Available(ParticipantId(2)));
        Event::Money(MoneyMoved { asset: AssetId(1), amount: Amount(amount), from, to, reason: MoneyReason::Pay })
    }

    #[test]
    fn a_leaf_changes_with_everything_under_it() {
        let entry = Entry { now: 1, t: Timestamp(2), body: Body::Tick, evidence: Vec::new() };
        let leaf = Leaf::of(3, &entry, None, &[moved(5), moved(6)]);
        let mut events = Tree::new();
        events.push(of_event(&moved(5)));
        events.push(of_event(&moved(6)));
        assert_eq!(leaf.events.0, events.root());
        let others = [
            Leaf::of(4, &entry, None, &[moved(5), moved(6)]),
            Leaf::of(3, &entry, None, &[moved(6), moved(5)]),
            Leaf::of(3, &entry, None, &[moved(5)]),
            Leaf { t: 3, ..leaf },
            Leaf { request: Hash32([1; 32]), ..leaf },
            Leaf { outcome: Hash32([1; 32]), ..leaf },
            Leaf { count: 3, ..leaf },
        ];
        assert!(others.iter().all(|other| other.hash() != leaf.hash()));
        // What was signed and when the clock stood where is no part of the outcome.
        let later = Entry { now: 9, evidence: vec![1], ..entry };
        assert_eq!(Leaf::of(3, &later, None, &[moved(5), moved(6)]), leaf);
    }
}
