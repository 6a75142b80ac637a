//! One commit group on disk: a header of 128 bytes, the records, their ends, zeros to the next 4 KiB.
//!
//! Owns the layout (all numbers little-endian):
//! ```text
//!   0  magic "OIKF"             4  CRC-32 of bytes 8..128, begun with the segment's salt
//!   8  format (1)  u16         10  kind u16: 0 records, 1 rotated, 2 closed
//!  12  rules u32               16  body length u32        20  record count u32
//!  24  segment number u64      32  first sequence u64     40  time in ns u64    48  term u64
//!  56  previous link [32]      88  body root [32] = BLAKE3(body)               120  zero [8]
//! 128  body: the records one after the other, then for each the offset of its end (u32)
//! ```
//! Invariants: the link to the next frame is the BLAKE3 of the header, which holds the body root,
//! so it stands for everything before it. The salt is the CRC-32 of the segment header's link: a
//! frame of another segment, or one that a stranger smuggled in as a record, does not match.
//! The ends stand behind the records and not between them, so that an inclusion proof can show
//! where a record begins without trusting the record's own bytes.
//! Absent on purpose: a second checksum over the body. BLAKE3 finds what a CRC finds, and hashing
//! a megabyte twice costs a tenth of the commit.

use crate::link::Link;
use serde::Serialize;

/// Frames begin and end on multiples of this, and so does every write: 4 KiB.
pub const BLOCK_BYTES: usize = 4096;

/// The length of a frame's header.
pub const FRAME_HEADER_BYTES: usize = 128;

/// The newest format of segments and frames this code reads, and the one it writes.
pub const FORMAT: u16 = 1;

const MAGIC: [u8; 4] = *b"OIKF";

/// What stands beside every group: the caller's words, kept and not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Stamp {
    /// The caller's time in nanoseconds.
    pub time_ns: u64,
    /// The caller's version of rules.
    pub rules: u32,
    /// The leadership under which the group was written.
    pub term: u64,
}

/// What a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Carries records.
    Records,
    /// The last frame of its segment: another segment follows for certain.
    Rotated,
    /// The last frame of its segment: the journal was closed.
    Closed,
}

/// A frame's header, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    pub kind: Kind,
    pub stamp: Stamp,
    pub body_bytes: u32,
    pub count: u32,
    pub segment: u64,
    pub first_sequence: u64,
    pub previous: Link,
    pub body_root: Link,
}

/// What 128 bytes turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decoded {
    Good(FrameHeader),
    /// The checksum is right, and this code does not know the rest.
    Unknown {
        format: u16,
    },
    /// No frame of this segment.
    Bad,
}

impl FrameHeader {
    /// A frame without records that ends a segment.
    pub(crate) fn seal(kind: Kind, stamp: Stamp, segment: u64, next_sequence: u64, previous: Link) -> Self {
        let body_root = Link::of(&[]);
        Self { kind, stamp, body_bytes: 0, count: 0, segment, first_sequence: next_sequence, previous, body_root }
    }

    pub(crate) fn encode(&self, salt: u32) -> [u8; FRAME_HEADER_BYTES] {
        let mut bytes = [0; FRAME_HEADER_BYTES];
        let kind: u16 = match self.kind {
            Kind::Records => 0,
            Kind::Rotated => 1,
            Kind::Closed => 2,
        };
        bytes[0..4].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[10..12].copy_from_slice(&kind.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.stamp.rules.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.body_bytes.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.count.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.segment.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.first_sequence.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.stamp.time_ns.to_le_bytes());
        bytes[48..56].copy_from_slice(&self.stamp.term.to_le_bytes());
        bytes[56..88].copy_from_slice(&self.previous.0);
        bytes[88..120].copy_from_slice(&self.body_root.0);
        let checksum = checksum(salt, &bytes);
        bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// Decodes the first [`FRAME_HEADER_BYTES`] of `bytes`, whatever they are.
    pub(crate) fn decode(bytes: &[u8], salt: u32) -> Decoded {
        let Some(bytes) = bytes.first_chunk::<FRAME_HEADER_BYTES>() else { return Decoded::Bad };
        if bytes[0..4] != MAGIC || u32_at(bytes, 4) != checksum(salt, bytes) {
            return Decoded::Bad;
        }
        Self::fields(bytes)
    }

    /// Decodes a header whose bytes are vouched for by a link, so that the salt is not needed.
    pub(crate) fn fields(bytes: &[u8; FRAME_HEADER_BYTES]) -> Decoded {
        let format = u16_at(bytes, 8);
        let kind = match u16_at(bytes, 10) {
            0 => Kind::Records,
            1 => Kind::Rotated,
            2 => Kind::Closed,
            _ => return Decoded::Unknown { format },
        };
        if format != FORMAT || bytes[0..4] != MAGIC || bytes[120..] != [0; 8] {
            return Decoded::Unknown { format };
        }
        Decoded::Good(Self {
            kind,
            stamp: Stamp { time_ns: u64_at(bytes, 40), rules: u32_at(bytes, 12), term: u64_at(bytes, 48) },
            body_bytes: u32_at(bytes, 16),
            count: u32_at(bytes, 20),
            segment: u64_at(bytes, 24),
            first_sequence: u64_at(bytes, 32),
            previous: Link::at(bytes, 56),
            body_root: Link::at(bytes, 88),
        })
    }

    /// Header, body and padding.
    pub(crate) fn frame_bytes(&self) -> u64 {
        frame_bytes(u64::from(self.body_bytes))
    }
}

/// The length on disk of a frame whose body has `body_bytes`.
pub(crate) const fn frame_bytes(body_bytes: u64) -> u64 {
    (FRAME_HEADER_BYTES as u64 + body_bytes).next_multiple_of(BLOCK_BYTES as u64)
}

/// Where record `index` begins and ends in `body`; `None` where the ends make no sense.
pub(crate) fn record_range(body: &[u8], count: u32, index: u32) -> Option<core::ops::Range<usize>> {
    let table = table_offset(body.len(), count)?;
    let end_of = |index: u32| body.get(table + 4 * index as usize..)?.first_chunk().map(|at| u32::from_le_bytes(*at));
    let begin = if index == 0 { 0 } else { end_of(index - 1)? as usize };
    let end = end_of(index)? as usize;
    (index < count && begin <= end && end <= table).then_some(begin..end)
}

/// Where the table of ends begins in a body of `body_bytes`.
pub(crate) fn table_offset(body_bytes: usize, count: u32) -> Option<usize> {
    body_bytes.checked_sub((count as usize).checked_mul(4)?)
}

/// Whether the ends of `body` describe `count` records that fill it exactly.
pub(crate) fn is_well_formed(body: &[u8], count: u32) -> bool {
    let Some(table) = table_offset(body.len(), count) else { return false };
    let mut last = 0;
    for end in body[table..].chunks_exact(4) {
        let end = u32_at(end, 0);
        if end < last {
            return false;
        }
        last = end;
    }
    last as usize == table
}

fn checksum(salt: u32, header: &[u8; FRAME_HEADER_BYTES]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(salt);
    hasher.update(&header[8..]);
    hasher.finalize()
}

// The callers below pass slices that are long enough by construction: a fixed array or an exact chunk.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let mut word = [0; 2];
    word.copy_from_slice(&bytes[at..at + 2]);
    u16::from_le_bytes(word)
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

pub(crate) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> FrameHeader {
        FrameHeader {
            kind: Kind::Records,
            stamp: Stamp { time_ns: 7, rules: 2, term: 3 },
            body_bytes: 5000,
            count: 12,
            segment: 4,
            first_sequence: 99,
            previous: Link([1; 32]),
            body_root: Link([2; 32]),
        }
    }

    #[test]
    fn a_header_reads_back_as_written() {
        assert_eq!(FrameHeader::decode(&header().encode(77), 77), Decoded::Good(header()));
        assert_eq!(header().frame_bytes(), 8192);
    }

    #[test]
    fn every_flipped_bit_of_a_header_is_seen() {
        let bytes = header().encode(77);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(FrameHeader::decode(&flipped, 77), Decoded::Bad, "bit {bit}");
        }
    }

    #[test]
    fn a_frame_of_another_segment_does_not_match() {
        assert_eq!(FrameHeader::decode(&header().encode(77), 78), Decoded::Bad);
        assert_eq!(FrameHeader::decode(&[0; 4096], 0), Decoded::Bad);
        assert_eq!(FrameHeader::decode(&[], 0), Decoded::Bad);
    }

    #[test]
    fn ends_that_make_no_sense_are_refused() {
        let body =
            |ends: &[u32]| [b"abcdef".to_vec(), ends.iter().flat_map(|end| end.to_le_bytes()).collect()].concat();
        assert!(is_well_formed(&body(&[2, 6]), 2));
        assert_eq!(record_range(&body(&[2, 6]), 2, 1), Some(2..6));
        assert_eq!(record_range(&body(&[2, 6]), 2, 2), None);
        assert!(!is_well_formed(&body(&[2, 5]), 2));
        assert!(!is_well_formed(&body(&[7, 6]), 2));
        assert!(!is_well_formed(&body(&[2, 6]), u32::MAX));
        assert_eq!(record_range(&[1, 2, 3], 9, 0), None);
    }
}
