//! Postings of one topic, in order, a few bytes each.
//!
//! A chunk is, for an account, its four sums before the first posting; then for each posting the distance to the one
//! before (sequence, and index within it) and, for an account, the change. All numbers are LEB128.
//! Invariant: a chunk is read on its own, so that a balance of long ago costs one chunk.

use super::change::Change;
use super::keys::{TOPIC_BYTES, Topic};
use oikos_protocol::command::account::Balances;
use oikos_protocol::money::Amount;

/// The number of an event: the sequence of its entry, and its index there.
pub type Number = (u64, u32);

/// Chunks longer than this are continued in another.
pub(crate) const CHUNK_BYTES: usize = 8 << 10;

/// An event that touched a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Which event.
    pub at: Number,
    /// How it changed the account; nothing where the topic is none.
    pub change: Change,
    /// How the account stood after it.
    pub after: Balances,
}

/// A chunk that is being written, or was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub bytes: Vec<u8>,
    pub last: Number,
}

const CREDIT: u8 = 1;
const POSTED: u8 = 2;
const PENDING: u8 = 4;
const FREED: u8 = 8;

pub(crate) fn put(bytes: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(crate) fn take(bytes: &mut &[u8]) -> Option<u128> {
    let mut number = 0u128;
    let mut shift = 0;
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u128::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

impl Chunk {
    /// Begins a chunk; an account's with its balances.
    pub(crate) fn begin(base: Option<&Balances>) -> Self {
        let mut bytes = Vec::new();
        if let Some(base) = base {
            for amount in [base.debits_pending, base.debits_posted, base.credits_pending, base.credits_posted] {
                put(&mut bytes, amount.0);
            }
        }
        Self { bytes, last: (0, 0) }
    }

    pub(crate) fn push(&mut self, at: Number, change: Option<&Change>) {
        let (seq, index) = self.last;
        put(&mut self.bytes, u128::from(at.0 - seq));
        put(&mut self.bytes, u128::from(if at.0 == seq { at.1 - index } else { at.1 }));
        self.last = at;
        let Some(change) = change else { return };
        let parts = [(CREDIT, u128::from(change.credit)), (POSTED, change.posted), (PENDING, change.pending)];
        let parts = [parts[0], parts[1], parts[2], (FREED, change.freed)];
        self.bytes.push(parts.iter().filter(|(_, part)| *part > 0).map(|(bit, _)| bit).sum());
        parts[1..].iter().filter(|(_, part)| *part > 0).for_each(|(_, part)| put(&mut self.bytes, *part));
    }
}

/// The postings of a chunk up to `upto`, the oldest first; `None` where it makes no sense.
pub(crate) fn read(topic: Topic, mut bytes: &[u8], upto: Number) -> Option<Vec<Posting>> {
    let is_account = matches!(topic, Topic::Account(_));
    let mut base = Balances::default();
    if is_account {
        for to in
            [&mut base.debits_pending, &mut base.debits_posted, &mut base.credits_pending, &mut base.credits_posted]
        {
            *to = Amount(take(&mut bytes)?);
        }
    }
    let (mut last, mut after, mut found): (Number, _, _) = ((0, 0), base, Vec::new());
    while !bytes.is_empty() {
        let distance = u64::try_from(take(&mut bytes)?).ok()?;
        let index = u32::try_from(take(&mut bytes)?).ok()?;
        last = match distance {
            0 => (last.0, last.1.checked_add(index)?),
            _ => (last.0.checked_add(distance)?, index),
        };
        let mut change = Change::default();
        if is_account {
            let (&mask, rest) = bytes.split_first()?;
            bytes = rest;
            change.credit = mask & CREDIT != 0;
            for (bit, part) in
                [(POSTED, &mut change.posted), (PENDING, &mut change.pending), (FREED, &mut change.freed)]
            {
                if mask & bit != 0 {
                    *part = take(&mut bytes)?;
                }
            }
        }
        if last > upto {
            break;
        }
        after = change.after(after);
        found.push(Posting { at: last, change, after });
    }
    Some(found)
}

/// Puts a chunk with its topic into a block.
pub(crate) fn put_into_block(block: &mut Vec<u8>, topic: [u8; TOPIC_BYTES], bytes: &[u8]) {
    block.extend_from_slice(&topic);
    put(block, bytes.len() as u128);
    block.extend_from_slice(bytes);
}

/// The chunks of a block, in order.
pub(crate) fn chunks_of_block(mut block: &[u8]) -> Option<Vec<([u8; TOPIC_BYTES], &[u8])>> {
    let mut chunks = Vec::new();
    while !block.is_empty() {
        let topic = *block.first_chunk::<TOPIC_BYTES>()?;
        block = &block[TOPIC_BYTES..];
        let bytes = usize::try_from(take(&mut block)?).ok()?;
        chunks.push((topic, block.get(..bytes)?));
        block = &block[bytes..];
    }
    Some(chunks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::id::AccountId;

    #[test]
    fn a_chunk_reads_back_as_written_and_stops_where_it_is_told() {
        let base = Balances { credits_posted: Amount(u128::MAX / 2), ..Balances::default() };
        let mut chunk = Chunk::begin(Some(&base));
        let changes = [
            ((7, 0), Change { credit: false, pending: 300, ..Change::default() }),
            ((7, 8189), Change { credit: true, posted: 1, ..Change::default() }),
            ((7, 8189), Change { credit: false, posted: 5, freed: 300, ..Change::default() }),
            ((1 << 40, 2), Change { credit: true, posted: 1 << 90, ..Change::default() }),
        ];
        changes.iter().for_each(|(at, change)| chunk.push(*at, Some(change)));
        let topic = Topic::Account(AccountId(1));
        let found = read(topic, &chunk.bytes, (u64::MAX, 0)).unwrap();
        assert_eq!(found[0].after, Balances { debits_pending: Amount(300), ..base });
        assert_eq!(found.iter().map(|p| (p.at, p.change)).collect::<Vec<_>>(), changes);
        assert_eq!(found[2].after.debits_posted, Amount(5));
        assert_eq!(found[2].after.debits_pending, Amount(0));
        assert_eq!(read(topic, &chunk.bytes, (7, 8188)).unwrap().len(), 1);
        assert_eq!(read(topic, &chunk.bytes[..chunk.bytes.len() - 1], (u64::MAX, 0)), None);
    }
}
