//! The records of one commit, gathered in the form in which they are written.
//!
//! Invariant: the buffer holds room for the header, then the records; nothing is copied on the way
//! to the disk, and nothing is allocated for a record once the buffer has grown to its usual size.
//! The body is hashed while it grows, 64 KiB at a time (BLAKE3 is fast only on long inputs), so
//! that in a group commit this happens while the disk is busy with the group before.

use crate::frame::{BLOCK_BYTES, FRAME_HEADER_BYTES, FrameHeader, Kind, Stamp, frame_bytes};
use crate::link::Link;

/// The largest body of a group, records and their ends together: 1 GiB.
pub const GROUP_BYTES_MAX: usize = 1 << 30;

/// What a record takes beside its bytes: the offset of its end.
pub(crate) const END_BYTES: usize = 4;

/// How much is hashed at once while a group grows.
const HASHED_BYTES: usize = 64 << 10;

/// Records that are committed together or not at all, under one [`Stamp`].
#[derive(Debug, Clone)]
pub struct Group {
    stamp: Stamp,
    buffer: Vec<u8>,
    ends: Vec<u32>,
    hasher: blake3::Hasher,
    /// How much of the records the hasher has seen: a multiple of [`HASHED_BYTES`].
    hashed_bytes: usize,
}

/// The record would make the group longer than [`GROUP_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record of {bytes} bytes does not fit into its group, which may have {GROUP_BYTES_MAX}")]
pub struct GroupFull {
    /// The record's length.
    pub bytes: usize,
}

impl Group {
    /// An empty group.
    #[must_use]
    pub fn new(stamp: Stamp) -> Self {
        let buffer = vec![0; FRAME_HEADER_BYTES];
        Self { stamp, buffer, ends: Vec::new(), hasher: blake3::Hasher::new(), hashed_bytes: 0 }
    }

    /// Empties the group for the next commit and keeps its memory.
    pub fn clear(&mut self, stamp: Stamp) {
        self.stamp = stamp;
        self.buffer.truncate(FRAME_HEADER_BYTES);
        self.ends.clear();
        if self.hashed_bytes > 0 {
            self.hasher.reset();
            self.hashed_bytes = 0;
        }
    }

    /// Adds a record (an empty one is a record too).
    ///
    /// # Errors
    /// [`GroupFull`]; the group is then as before.
    pub fn push(&mut self, record: &[u8]) -> Result<(), GroupFull> {
        if self.body_bytes() + record.len() + END_BYTES > GROUP_BYTES_MAX {
            return Err(GroupFull { bytes: record.len() });
        }
        self.buffer.extend_from_slice(record);
        self.ends.push(self.record_bytes() as u32);
        let whole_bytes = self.record_bytes() / HASHED_BYTES * HASHED_BYTES;
        if whole_bytes > self.hashed_bytes {
            let new = FRAME_HEADER_BYTES + self.hashed_bytes..FRAME_HEADER_BYTES + whole_bytes;
            self.hasher.update(&self.buffer[new]);
            self.hashed_bytes = whole_bytes;
        }
        Ok(())
    }

    /// What stands beside the group.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Moves the group's time; the group is written under the last one set.
    pub fn set_time_ns(&mut self, time_ns: u64) {
        self.stamp.time_ns = time_ns;
    }

    /// How many records there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The records' bytes together.
    #[must_use]
    pub fn record_bytes(&self) -> usize {
        self.buffer.len() - FRAME_HEADER_BYTES
    }

    /// What the group will take on disk.
    #[must_use]
    pub fn frame_bytes(&self) -> u64 {
        frame_bytes(self.body_bytes() as u64)
    }

    /// What the group would take on disk with one more record.
    pub(crate) fn frame_bytes_with(&self, record_bytes: usize) -> u64 {
        frame_bytes((self.body_bytes() + record_bytes + END_BYTES) as u64)
    }

    fn body_bytes(&self) -> usize {
        self.record_bytes() + END_BYTES * self.ends.len()
    }

    /// The hash of what the buffer holds behind the header.
    fn body_root(&self) -> Link {
        let rest = &self.buffer[FRAME_HEADER_BYTES + self.hashed_bytes..];
        if self.hashed_bytes == 0 {
            return Link::of(rest);
        }
        let mut hasher = self.hasher.clone();
        hasher.update(rest);
        Link(*hasher.finalize().as_bytes())
    }

    /// Completes the frame in place and hands it to `write` with its link; afterwards the group
    /// is as before, whatever `write` said.
    pub(crate) fn with_frame<T>(&mut self, place: &FramePlace, write: impl FnOnce(&[u8], Link) -> T) -> T {
        let open_bytes = self.buffer.len();
        let body_bytes = self.body_bytes();
        let frame_bytes = frame_bytes(body_bytes as u64) as usize;
        self.buffer.reserve(frame_bytes - open_bytes);
        self.buffer.extend(self.ends.iter().flat_map(|end| end.to_le_bytes()));
        let header = FrameHeader {
            kind: Kind::Records,
            stamp: self.stamp,
            body_bytes: body_bytes as u32,
            count: self.ends.len() as u32,
            segment: place.segment,
            first_sequence: place.first_sequence,
            previous: place.previous,
            body_root: self.body_root(),
        };
        let header = header.encode(place.salt);
        self.buffer[..FRAME_HEADER_BYTES].copy_from_slice(&header);
        self.buffer.resize(frame_bytes, 0);
        debug_assert_eq!(self.buffer.len() % BLOCK_BYTES, 0);
        let answer = write(&self.buffer, Link::of(&header));
        self.buffer.truncate(open_bytes);
        answer
    }
}

/// Where a frame goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FramePlace {
    pub segment: u64,
    pub first_sequence: u64,
    pub previous: Link,
    pub salt: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Decoded, is_well_formed, record_range};

    #[test]
    fn a_group_becomes_a_frame_of_whole_blocks_and_stays_as_it_was() {
        let mut group = Group::new(Stamp { time_ns: 5, rules: 1, term: 1 });
        for record in [&b"one"[..], b"", &[7; 5000]] {
            group.push(record).unwrap();
        }
        let place = FramePlace { segment: 3, first_sequence: 10, previous: Link([4; 32]), salt: 9 };
        let frame = group.with_frame(&place, |frame, link| {
            assert_eq!(link, Link::of(&frame[..FRAME_HEADER_BYTES]));
            frame.to_vec()
        });
        assert_eq!(frame.len() as u64, group.frame_bytes());
        let Decoded::Good(header) = FrameHeader::decode(&frame, 9) else { unreachable!("just written") };
        let body = &frame[FRAME_HEADER_BYTES..][..header.body_bytes as usize];
        assert!(is_well_formed(body, 3));
        assert_eq!(&body[record_range(body, 3, 0).unwrap()], b"one");
        assert_eq!(body[record_range(body, 3, 1).unwrap()], []);
        assert_eq!(body[record_range(body, 3, 2).unwrap()], [7; 5000]);
        assert_eq!(group.count(), 3);
        assert_eq!(frame, group.with_frame(&place, |frame, _| frame.to_vec()));
    }
    #[test]
    fn a_body_hashed_while_it_grows_has_the_hash_of_the_whole() {
        let place = FramePlace { segment: 1, first_sequence: 1, previous: Link::NONE, salt: 0 };
        let mut group = Group::new(Stamp::default());
        for record_bytes in [1, 1000, HASHED_BYTES, 3 * HASHED_BYTES + 1] {
            group.clear(Stamp::default());
            for n in 0..=300_000 / record_bytes {
                group.push(&vec![n as u8; record_bytes]).unwrap();
                if n % 1000 == 0 {
                    group.with_frame(&place, |frame, _| {
                        let Decoded::Good(header) = FrameHeader::decode(frame, 0) else { unreachable!("just written") };
                        let body = &frame[FRAME_HEADER_BYTES..][..header.body_bytes as usize];
                        assert_eq!(header.body_root, Link::of(body), "{n} records of {record_bytes}");
                    });
                }
            }
        }
    }
}
