//! One record by its sequence, out of order: what an index points at.
//!
//! Owns open files and a sparse map of where frames begin, made as it is asked. Invariants: a record is handed out only
//! after its frame's header and body were checked; what is not written yet is told as absent, never as damage.
//! Absent on purpose: the chain (recovery and [`crate::check()`] walk it) and writing.
//! Start at [`Lookup::record`].

use crate::frame::{BLOCK_BYTES, Decoded, FRAME_HEADER_BYTES, FrameHeader, Kind, record_range};
use crate::link::Link;
use crate::segment::{DecodedSegment, HEADER_BYTES, SegmentHeader, file_name, salt};
use crate::storage::{Handle, Storage};
use crate::walk::segment_numbers;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// Frames this far apart are remembered; between two of them it goes from header to header.
const STRIDE_BYTES: u64 = 256 << 10;
/// Frames that are kept in memory, the last asked for.
const FRAMES_KEPT: usize = 4;

/// Why a record was not found.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// The frame that holds it is not what was written.
    #[error("segment {segment} is damaged at byte {offset}, where sequence {sequence} should be")]
    Damaged {
        /// In which segment.
        segment: u64,
        /// Where in it.
        offset: u64,
        /// What was looked for.
        sequence: u64,
    },
    /// The disk refused.
    #[error("the disk refused to read the journal")]
    Storage(#[from] io::Error),
}

/// Finds records by sequence.
#[derive(Debug)]
pub struct Lookup {
    storage: Arc<dyn Storage>,
    /// Segments by the first sequence in them.
    segments: BTreeMap<u64, Segment>,
    /// The segment files that were looked at.
    newest: u64,
    frames: Vec<Frame>,
}

#[derive(Debug)]
struct Segment {
    number: u64,
    salt: u32,
    file: Box<dyn Handle>,
    /// Where some frames begin, by their first sequence; the first frame is always among them.
    marks: BTreeMap<u64, u64>,
}

#[derive(Debug)]
struct Frame {
    first: u64,
    count: u32,
    body: Vec<u8>,
}

impl Frame {
    fn record(&self, sequence: u64) -> Option<&[u8]> {
        let index = u32::try_from(sequence.checked_sub(self.first)?).ok()?;
        record_range(&self.body, self.count, index).map(|range| &self.body[range])
    }
}

impl Lookup {
    /// Looks into the journal of `storage`, whether a writer is at work there or not.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage, segments: BTreeMap::new(), newest: 0, frames: Vec::new() }
    }

    /// The record of this sequence; `None` where there is none (yet, or no longer).
    ///
    /// # Errors
    /// [`LookupError`].
    pub fn record(&mut self, sequence: u64) -> Result<Option<&[u8]>, LookupError> {
        let holds = |frame: &Frame| (frame.first..frame.first + u64::from(frame.count)).contains(&sequence);
        if let Some(at) = self.frames.iter().position(holds) {
            self.frames[..=at].rotate_right(1);
        } else {
            let found = match self.frame(sequence)? {
                // It may be in a segment that came since the last look.
                None if self.find_segments()? => self.frame(sequence)?,
                found => found,
            };
            let Some(frame) = found else { return Ok(None) };
            self.frames.truncate(FRAMES_KEPT - 1);
            self.frames.insert(0, frame);
        }
        Ok(self.frames[0].record(sequence))
    }

    fn frame(&mut self, sequence: u64) -> Result<Option<Frame>, LookupError> {
        let Some((_, segment)) = self.segments.range_mut(..=sequence).next_back() else { return Ok(None) };
        let (_, &start) = segment.marks.range(..=sequence).next_back().unwrap_or((&0, &HEADER_BYTES));
        let mut offset = start;
        let mut marked = start;
        let mut head = [0; FRAME_HEADER_BYTES];
        loop {
            if segment.file.read_at(&mut head, offset)? < FRAME_HEADER_BYTES {
                return Ok(None);
            }
            let header = match FrameHeader::decode(&head, segment.salt) {
                Decoded::Good(header) if header.segment == segment.number => header,
                // The end of what is written: zeros, or a write that did not finish.
                _ => return Ok(None),
            };
            if header.kind != Kind::Records || header.first_sequence > sequence {
                return Ok(None);
            }
            if offset >= marked + STRIDE_BYTES {
                segment.marks.insert(header.first_sequence, offset);
                marked = offset;
            }
            if header.first_sequence + u64::from(header.count) > sequence {
                let mut body = vec![0; header.body_bytes as usize];
                let read = segment.file.read_at(&mut body, offset + FRAME_HEADER_BYTES as u64)?;
                if read < body.len() || Link::of(&body) != header.body_root {
                    return Err(LookupError::Damaged { segment: segment.number, offset, sequence });
                }
                return Ok(Some(Frame { first: header.first_sequence, count: header.count, body }));
            }
            offset += header.frame_bytes();
        }
    }

    /// Opens the segments that came since the last look; says whether there were any.
    fn find_segments(&mut self) -> io::Result<bool> {
        let before = self.newest;
        let mut head = vec![0; BLOCK_BYTES];
        for number in segment_numbers(&*self.storage)? {
            if number <= self.newest {
                continue;
            }
            let file = self.storage.open(&file_name(number), false)?;
            if file.read_at(&mut head, 0)? < BLOCK_BYTES {
                continue;
            }
            if let DecodedSegment::Good(header) = SegmentHeader::decode(&head) {
                let segment = Segment {
                    number,
                    salt: salt(header.link()),
                    file,
                    marks: BTreeMap::from([(header.first_sequence, HEADER_BYTES)]),
                };
                self.segments.insert(header.first_sequence, segment);
                self.newest = number;
            }
        }
        Ok(self.newest > before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Memory;
    use crate::{Group, Journal, Options, Stamp};

    fn written(groups: u64) -> (Arc<Memory>, Journal) {
        let storage = Arc::new(Memory::new());
        let options = Options { segment_bytes: 1 << 20, ..Options::simulation([1; 16]) };
        let (mut journal, _) = Journal::open(storage.clone(), options).unwrap();
        let mut group = Group::new(Stamp::default());
        for number in 0..groups {
            group.clear(Stamp::default());
            for record in 0..3u64 {
                group.push(&[&(number * 3 + record + 1).to_le_bytes()[..], &[7; 2000]].concat()).unwrap();
            }
            journal.append(&mut group).unwrap();
        }
        (storage, journal)
    }

    #[test]
    fn every_record_is_found_in_any_order_while_the_writer_goes_on() {
        let (storage, mut journal) = written(400);
        let mut lookup = Lookup::new(storage);
        for sequence in (1..=1200).rev().chain([5, 600, 1199, 6]) {
            let record = lookup.record(sequence).unwrap().unwrap();
            assert_eq!(record[..8], sequence.to_le_bytes(), "{sequence}");
        }
        assert!(lookup.record(0).unwrap().is_none());
        assert!(lookup.record(1201).unwrap().is_none());
        let mut group = Group::new(Stamp::default());
        group.push(b"late").unwrap();
        journal.append(&mut group).unwrap();
        assert_eq!(lookup.record(1201).unwrap().unwrap(), b"late");
    }

    #[test]
    fn a_flipped_bit_of_a_body_is_damage_and_its_neighbours_are_read() {
        let (storage, journal) = written(10);
        journal.close().unwrap();
        let name = file_name(1);
        let mut bytes = storage.content(&name).unwrap();
        bytes[HEADER_BYTES as usize + 8192 + 3000] ^= 1;
        storage.replace(&name, bytes);
        let mut lookup = Lookup::new(storage);
        assert!(matches!(lookup.record(4), Err(LookupError::Damaged { sequence: 4, .. })));
        assert!(lookup.record(3).unwrap().is_some());
        assert!(lookup.record(7).unwrap().is_some());
    }
}
