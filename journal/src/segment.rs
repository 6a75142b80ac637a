//! One file of the journal: a header block, frames, and zeros behind them, written ahead or reserved.
//!
//! Owns names, the header's layout and the sizes:
//! ```text
//!   0  magic "OIKOSSEG"    8  CRC-32 of bytes 12..4096    12  format (1) u16    14  zero [2]
//!  16  segment length u64  24  segment number u64         32  first sequence u64
//!  40  journal id [16]     56  previous link [32]         88  zeros to 4096
//! ```
//! Invariants: a file under its final name has a complete, synced header, so a bad header there is
//! damage and never a torn write. A segment has its full length until the journal is closed;
//! closing cuts it behind the closing frame. Records and the closing frame leave the last block
//! free, so that a closed file is shorter than a full one and a cut one is told from an open one.

use crate::frame::{BLOCK_BYTES, FORMAT, u16_at, u32_at, u64_at};
use crate::link::Link;
use crate::storage::{Handle, Storage};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// The length of a segment unless told otherwise: 64 MiB.
pub const SEGMENT_BYTES: u64 = 64 << 20;

/// The shortest segment: header, one block of records, closing frame, the block kept free.
pub const SEGMENT_BYTES_MIN: u64 = 4 * BLOCK_BYTES as u64;

/// The longest segment: 16 GiB.
pub const SEGMENT_BYTES_MAX: u64 = 16 << 30;

/// The length of a segment's header.
pub(crate) const HEADER_BYTES: u64 = BLOCK_BYTES as u64;

const MAGIC: [u8; 8] = *b"OIKOSSEG";
const LINKED_BYTES: usize = 128;
static ZEROS: [u8; 1 << 20] = [0; 1 << 20];

/// Where records must end in a segment of `segment_bytes`: two blocks are kept for the frames that end it.
pub(crate) const fn records_end(segment_bytes: u64) -> u64 {
    segment_bytes - 2 * BLOCK_BYTES as u64
}

/// A segment's header, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub journal: [u8; 16],
    pub segment_bytes: u64,
    pub number: u64,
    pub first_sequence: u64,
    pub previous: Link,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DecodedSegment {
    Good(SegmentHeader),
    Unknown { format: u16 },
    Bad,
}

impl SegmentHeader {
    pub(crate) fn encode(&self) -> [u8; BLOCK_BYTES] {
        let mut bytes = [0; BLOCK_BYTES];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[12..14].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.segment_bytes.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.number.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.first_sequence.to_le_bytes());
        bytes[40..56].copy_from_slice(&self.journal);
        bytes[56..88].copy_from_slice(&self.previous.0);
        let checksum = crc32fast::hash(&bytes[12..]);
        bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> DecodedSegment {
        let Some(bytes) = bytes.first_chunk::<BLOCK_BYTES>() else { return DecodedSegment::Bad };
        if bytes[0..8] != MAGIC || u32_at(bytes, 8) != crc32fast::hash(&bytes[12..]) {
            return DecodedSegment::Bad;
        }
        let format = u16_at(bytes, 12);
        let segment_bytes = u64_at(bytes, 16);
        if format != FORMAT || !is_segment_length(segment_bytes) || !is_zero(&bytes[88..]) {
            return DecodedSegment::Unknown { format };
        }
        let mut journal = [0; 16];
        journal.copy_from_slice(&bytes[40..56]);
        DecodedSegment::Good(Self {
            journal,
            segment_bytes,
            number: u64_at(bytes, 24),
            first_sequence: u64_at(bytes, 32),
            previous: Link::at(bytes, 56),
        })
    }

    /// What the first frame of this segment names as its previous link.
    pub(crate) fn link(&self) -> Link {
        Link::of(&self.encode()[..LINKED_BYTES])
    }
}

/// What the checksums of a segment's frames begin with.
pub(crate) fn salt(header_link: Link) -> u32 {
    crc32fast::hash(&header_link.0)
}

pub(crate) const fn is_segment_length(bytes: u64) -> bool {
    bytes >= SEGMENT_BYTES_MIN && bytes <= SEGMENT_BYTES_MAX && bytes.is_multiple_of(BLOCK_BYTES as u64)
}

pub(crate) fn is_zero(bytes: &[u8]) -> bool {
    bytes.chunks(ZEROS.len()).all(|chunk| chunk == &ZEROS[..chunk.len()])
}

pub(crate) fn file_name(number: u64) -> String {
    format!("{number:010}.segment")
}

pub(crate) fn temporary_name(number: u64) -> String {
    format!("{number:010}.segment.tmp")
}

/// The number in a segment's name; `None` for any other file.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".segment")?;
    let number = digits.parse().ok()?;
    (file_name(number) == name).then_some(number)
}

/// How the bytes of a new segment come into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Written ahead and synced, so that a later `fdatasync` has no metadata to commit.
    Zeros,
    /// The space is kept and no byte is written: half the writes, and a sync has metadata to commit. Instead of
    /// [`Fill::Zeros`] while groups are so large that this is a small part of a sync.
    Reserved,
    /// Only the length is set: quick to make, slow to sync later. For journals that hardly sync.
    Sparse,
}

/// How much is zeroed between two syncs.
const PIECE_BYTES: u64 = 4 << 20;

/// From this mean length of a frame on, a segment's space is reserved and not written ahead: 256 KiB.
const LARGE_FRAME_BYTES: u64 = 256 << 10;

impl Fill {
    /// How to make the next segment where the current one took `frames` of `bytes` together.
    pub(crate) const fn after(self, bytes: u64, frames: u64) -> Self {
        match self {
            Self::Zeros if frames > 0 && bytes / frames >= LARGE_FRAME_BYTES => Self::Reserved,
            other => other,
        }
    }
}

/// Makes segment `number` under its temporary name: full length, all zeros, synced.
/// Gives up with [`io::ErrorKind::Interrupted`] once `stop` is set.
pub(crate) fn prepare(
    storage: &dyn Storage,
    number: u64,
    segment_bytes: u64,
    fill: Fill,
    stop: &AtomicBool,
) -> io::Result<Box<dyn Handle>> {
    let file = storage.create(&temporary_name(number))?;
    match fill {
        Fill::Sparse => file.set_length(segment_bytes)?,
        Fill::Reserved if is_reserved(&*file, segment_bytes)? => file.sync()?,
        Fill::Zeros | Fill::Reserved => {
            let mut offset = 0;
            while offset < segment_bytes {
                if stop.load(Ordering::Relaxed) {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                let chunk = (segment_bytes - offset).min(ZEROS.len() as u64);
                file.write_at(&ZEROS[..chunk as usize], offset)?;
                offset += chunk;
                // Piece by piece: whoever syncs the current segment meanwhile does not wait for all of this one.
                if offset.is_multiple_of(PIECE_BYTES) || offset == segment_bytes {
                    file.sync()?;
                }
            }
        }
    }
    Ok(file)
}

/// Whether the file system could keep the space.
fn is_reserved(file: &dyn Handle, bytes: u64) -> io::Result<bool> {
    match file.reserve(bytes) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(false),
        other => other.map(|()| true),
    }
}

/// Gives a prepared segment its header and its final name. Afterwards only the folder is unsynced.
pub(crate) fn publish(storage: &dyn Storage, file: &dyn Handle, header: &SegmentHeader) -> io::Result<()> {
    file.write_at(&header.encode(), 0)?;
    file.sync()?;
    storage.rename(&temporary_name(header.number), &file_name(header.number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> SegmentHeader {
        SegmentHeader {
            journal: *b"the-economy-0001",
            segment_bytes: SEGMENT_BYTES,
            number: 3,
            first_sequence: 17,
            previous: Link([8; 32]),
        }
    }

    #[test]
    fn a_segment_header_reads_back_and_every_flipped_bit_is_seen() {
        let bytes = header().encode();
        assert_eq!(SegmentHeader::decode(&bytes), DecodedSegment::Good(header()));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(SegmentHeader::decode(&flipped), DecodedSegment::Bad, "bit {bit}");
        }
    }

    #[test]
    fn names_carry_the_number_and_nothing_else_is_a_segment() {
        assert_eq!(number_of(&file_name(12)), Some(12));
        assert_eq!(number_of(&file_name(12_345_678_901)), Some(12_345_678_901));
        for name in ["0000000012.segment.tmp", "12.segment", "+000000012.segment", ".segment", "x"] {
            assert_eq!(number_of(name), None, "{name}");
        }
    }
}
