//! The keys of the index. Numbers are big-endian, so that the order of bytes is the order of numbers.
//!
//! `S` the standing · `R` + first sequence: a run · `b` + first sequence of the run + topic + part: a block of chunks ·
//! `p` + sequence + index: a page of events · `q` + place, `t` + time: the page where they are.

use super::chunk::Number;
use oikos_protocol::id::{AccountId, ParticipantId, TaskId};

/// What events are looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// An account, whose postings say how its balances changed.
    Account(AccountId),
    /// A task.
    Task(TaskId),
    /// What a participant may find in its mailbox.
    Mail(ParticipantId),
    /// What made a participant take part in a task.
    Party(ParticipantId),
    /// Participants that were taken in, and assets that were defined.
    Register,
    /// Changes of a member's lines of mutual credit.
    Credit(ParticipantId),
}

pub(crate) const TOPIC_BYTES: usize = 17;
pub(crate) const STANDING: &[u8] = b"S";
pub(crate) const RUN: u8 = b'R';
pub(crate) const BLOCK: u8 = b'b';
pub(crate) const PAGE: u8 = b'p';
pub(crate) const PLACE: u8 = b'q';
pub(crate) const TIME: u8 = b't';

impl Topic {
    pub(crate) fn bytes(self) -> [u8; TOPIC_BYTES] {
        let (kind, id) = match self {
            Self::Account(id) => (0, id.0),
            Self::Task(id) => (1, u128::from(id.0)),
            Self::Mail(id) => (2, u128::from(id.0)),
            Self::Party(id) => (3, u128::from(id.0)),
            Self::Register => (4, 0),
            Self::Credit(id) => (5, u128::from(id.0)),
        };
        let mut bytes = [0; TOPIC_BYTES];
        bytes[0] = kind;
        bytes[1..].copy_from_slice(&id.to_be_bytes());
        bytes
    }
}

pub(crate) fn run(first: u64) -> Vec<u8> {
    [&[RUN][..], &first.to_be_bytes()].concat()
}

pub(crate) fn block(run: u64, topic: [u8; TOPIC_BYTES], part: u32) -> Vec<u8> {
    [&[BLOCK][..], &run.to_be_bytes(), &topic, &part.to_be_bytes()].concat()
}

pub(crate) fn blocks(run: u64) -> Vec<u8> {
    [&[BLOCK][..], &run.to_be_bytes()].concat()
}

/// What the key of a block says of its first chunk.
pub(crate) fn first_of_block(key: &[u8]) -> Option<[u8; TOPIC_BYTES]> {
    key.get(9..9 + TOPIC_BYTES)?.first_chunk().copied()
}

pub(crate) fn page((seq, index): Number) -> Vec<u8> {
    [&[PAGE][..], &seq.to_be_bytes(), &index.to_be_bytes()].concat()
}

/// The key of a page by another number that rises with pages; the value is the page's own.
pub(crate) fn by(kind: u8, number: u64, (seq, index): Number) -> Vec<u8> {
    [&[kind][..], &number.to_be_bytes(), &seq.to_be_bytes(), &index.to_be_bytes()].concat()
}

/// Which page such a key names.
pub(crate) fn page_of(key: &[u8]) -> Option<Vec<u8>> {
    Some([&[PAGE][..], key.get(9..21)?].concat())
}
