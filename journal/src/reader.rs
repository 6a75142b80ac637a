//! Reading: records in order, from any sequence, without touching the writer.
//!
//! Invariant: a record is handed out only after its frame was checked whole, and records before a
//! damaged place stay readable.
//! Beside a live writer, set [`Reader::until`] to the durable sequence: what lies above it may be
//! half written, is told as [`ReadError::TornTail`], and costs a look at the rest of the segment.

use crate::damage::{Damage, Place};
use crate::frame::{FrameHeader, Stamp, record_range};
use crate::link::Boundary;
use crate::proof::{Proof, ProofError};
use crate::segment::{DecodedSegment, SegmentHeader, file_name};
use crate::storage::Storage;
use crate::walk::{Ending, Walk, segment_numbers};
use crate::window::Window;
use std::io;
use std::sync::Arc;

/// Why reading stopped.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Damage; nothing behind it is read.
    #[error("the journal is damaged: {0}")]
    Damaged(Box<Damage>),
    /// The last write did not finish; nothing follows it.
    #[error("the journal ends in a write that did not finish: {0}")]
    TornTail(Place),
    /// The wanted sequence is older than the oldest segment here.
    #[error("sequence {wanted} is not here; the oldest is {oldest}")]
    Archived {
        /// What was asked for.
        wanted: u64,
        /// What there is.
        oldest: u64,
    },
    /// There is no journal in the folder.
    #[error("there is no journal here")]
    NoJournal,
    /// The disk refused.
    #[error("the disk refused to read the journal")]
    Storage(#[from] io::Error),
}

/// One record and what stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number, from 1, without gaps.
    pub sequence: u64,
    /// The stamp of its group.
    pub stamp: Stamp,
    /// Its bytes as they were appended.
    pub bytes: &'a [u8],
}

/// Reads records in order.
#[derive(Debug)]
pub struct Reader {
    walk: Walk,
    frame: Option<FrameHeader>,
    index: u32,
    from: u64,
    until: u64,
}

impl Reader {
    /// Reads from the oldest record that is here.
    ///
    /// # Errors
    /// [`ReadError::NoJournal`], or what the disk said.
    pub fn open(storage: Arc<dyn Storage>) -> Result<Self, ReadError> {
        let numbers = segment_numbers(&*storage)?;
        if numbers.is_empty() {
            return Err(ReadError::NoJournal);
        }
        Ok(Self { walk: Walk::begin(storage, numbers, 0), frame: None, index: 0, from: 0, until: u64::MAX })
    }

    /// Reads from record `sequence`; older segments are not looked at.
    ///
    /// # Errors
    /// [`ReadError::Archived`], [`ReadError::NoJournal`], or what the disk said.
    pub fn open_from(storage: Arc<dyn Storage>, sequence: u64) -> Result<Self, ReadError> {
        let numbers = segment_numbers(&*storage)?;
        if numbers.is_empty() {
            return Err(ReadError::NoJournal);
        }
        // The last segment that begins at or before the sequence. One whose header cannot be read
        // is passed over: the walk comes upon it and names the damage.
        let mut start = None;
        let mut oldest = None;
        for (index, number) in numbers.iter().enumerate() {
            let mut window = Window::new(storage.open(&file_name(*number), false)?)?;
            let block = window.get(0, crate::frame::BLOCK_BYTES)?;
            if let DecodedSegment::Good(header) = SegmentHeader::decode(block) {
                oldest = oldest.or(Some(header.first_sequence));
                if header.first_sequence <= sequence.max(1) {
                    start = Some(index);
                }
            }
        }
        match (start, oldest) {
            (None, Some(oldest)) => Err(ReadError::Archived { wanted: sequence, oldest }),
            (start, _) => {
                let walk = Walk::begin(storage, numbers, start.unwrap_or(0));
                Ok(Self { walk, frame: None, index: 0, from: sequence, until: u64::MAX })
            }
        }
    }

    /// Stops behind record `sequence`; may be moved on while reading.
    pub fn until(&mut self, sequence: u64) {
        self.until = sequence;
    }

    /// The next record; `None` at the end of an open or closed journal. A later call looks again,
    /// since a writer may have gone on.
    ///
    /// # Errors
    /// [`ReadError::Damaged`] and [`ReadError::TornTail`] name the place. All records before it
    /// have been handed out.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, ReadError> {
        loop {
            if let Some(frame) = &self.frame
                && self.index < frame.count
            {
                let sequence = frame.first_sequence + u64::from(self.index);
                if sequence > self.until {
                    return Ok(None);
                }
                self.index += 1;
                if sequence < self.from {
                    continue;
                }
                // The walk checked the ends of the whole frame, so the range is there.
                let range = record_range(self.walk.body(), frame.count, self.index - 1).unwrap_or(0..0);
                return Ok(Some(Record { sequence, stamp: frame.stamp, bytes: &self.walk.body()[range] }));
            }
            if self.walk.next_sequence() > self.until {
                return Ok(None);
            }
            match self.walk.next_frame()? {
                Some(frame) => {
                    self.frame = Some(frame);
                    self.index = 0;
                }
                None => {
                    self.frame = None;
                    return match self.walk.ending() {
                        Some(Ending::Damaged(damage)) => Err(ReadError::Damaged(Box::new(damage.clone()))),
                        Some(Ending::Torn(torn)) => Err(ReadError::TornTail(torn.place.clone())),
                        Some(Ending::Open | Ending::Closed) | None => Ok(None),
                    };
                }
            }
        }
    }

    /// The boundary behind the frame of the record handed out last.
    #[must_use]
    pub fn boundary(&self) -> Boundary {
        self.walk.boundary
    }

    /// A proof that the record handed out last stands in its frame.
    ///
    /// # Errors
    /// [`ProofError::NoRecord`] before the first record.
    pub fn prove(&self) -> Result<Proof, ProofError> {
        let (Some(_), Some(index)) = (&self.frame, self.index.checked_sub(1)) else {
            return Err(ProofError::NoRecord);
        };
        Proof::new(self.walk.header_bytes(), self.walk.body(), index)
    }
}
