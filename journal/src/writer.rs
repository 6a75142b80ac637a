//! The journal for writing: one group, one write, one `fdatasync`.
//!
//! Invariants: one write is in flight at a time. A failed write or sync poisons the journal: it
//! refuses everything from then on and never tries again, for the kernel may have dropped the
//! pages, and a second sync that "works" proves nothing. A full disk is no failure: it is met when
//! a segment is made, before anything of the group was written, and the group may come again.
//! Rotation: the next segment gets its header (which names the link of the frame that will end
//! the current one) → fdatasync → rename → folder fsync → that frame → fdatasync. So a segment
//! that ends in such a frame has a successor for certain, and a lost file is noticed.
//! Start at [`Journal::open`]; [`crate::GroupCommit`] is the same for many threads.

use crate::frame::{FrameHeader, Kind, Stamp};
use crate::group::{FramePlace, Group};
use crate::link::{Boundary, Link};
use crate::options::{Options, SyncMode};
use crate::prepare::Preparer;
use crate::recovery::{OpenError, Recovered, Recovery, Tail, block_of, recover};
use crate::segment::{self, HEADER_BYTES, SegmentHeader, records_end, salt};
use crate::storage::{Handle, Storage};
use std::io;
use std::sync::Arc;

/// Why a group was not committed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// A write or a sync failed, now or earlier. Whether this group is on disk is unknown; open
    /// the journal again to find out.
    #[error("the journal is poisoned: {operation} failed: {reason}")]
    Poisoned {
        /// What failed first.
        operation: &'static str,
        /// What the disk said then.
        reason: String,
    },
    /// The disk is full and nothing was written; the same group may be appended later.
    #[error("there is no space on the disk for the next segment")]
    NoSpace,
    /// The group has no records.
    #[error("an empty group cannot be committed")]
    EmptyGroup,
    /// The group does not fit into a segment.
    #[error("a group of {bytes} bytes does not fit into a segment, which holds {bytes_max}")]
    GroupTooLarge {
        /// The group's length on disk.
        bytes: u64,
        /// The most a segment can hold.
        bytes_max: u64,
    },
}

/// The journal's end is below what somebody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{claimant} stands at sequence {claimed} and the journal ends at {end}")]
pub struct ClaimAboveEnd {
    /// Who claims.
    pub claimant: String,
    /// The sequence it claims.
    pub claimed: u64,
    /// The journal's last sequence.
    pub end: u64,
}

/// A group that is in the journal: durable, if the mode is [`SyncMode::Every`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The sequence of its first record.
    pub first: u64,
    /// Where it ends.
    pub boundary: Boundary,
}

impl Committed {
    /// The sequence of its last record.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.boundary.sequence
    }
}

/// A journal open for writing. Dropping it without [`Journal::close`] leaves it open on disk, as a
/// crash would.
#[derive(Debug)]
pub struct Journal {
    storage: Arc<dyn Storage>,
    options: Options,
    current: Segment,
    link: Link,
    end: Boundary,
    stamp: Stamp,
    preparer: Preparer,
    poison: Option<AppendError>,
}

#[derive(Debug)]
struct Segment {
    file: Box<dyn Handle>,
    number: u64,
    segment_bytes: u64,
    salt: u32,
    offset: u64,
    /// Written since it was opened: how many frames, and their bytes.
    frames: u64,
    frame_bytes: u64,
}

impl Journal {
    /// Opens the journal in `storage`, or begins one where there is none. Says what was found.
    ///
    /// # Errors
    /// [`OpenError::Damaged`] names the place, and nothing was changed.
    pub fn open(storage: Arc<dyn Storage>, options: Options) -> Result<(Self, Recovery), OpenError> {
        let Recovered { recovery, link, tail } = recover(&storage, &options)?;
        let mut preparer = Preparer::new(Arc::clone(&storage), options);
        let (current, link) = match tail {
            Tail::In { file, number, segment_bytes, salt, offset } => {
                (Segment { file, number, segment_bytes, salt, offset, frames: 0, frame_bytes: 0 }, link)
            }
            Tail::Next { number } => {
                let header = SegmentHeader {
                    journal: options.journal,
                    segment_bytes: options.segment_bytes,
                    number,
                    first_sequence: recovery.end.sequence + 1,
                    previous: link,
                };
                let file = preparer.take(number)?;
                segment::publish(&*storage, &*file, &header)?;
                storage.sync_directory()?;
                (Segment::after(&header, file), header.link())
            }
        };
        preparer.begin(current.number + 1, options.fill);
        let (end, stamp) = (recovery.end, recovery.stamp);
        Ok((Self { storage, options, current, link, end, stamp, preparer, poison: None }, recovery))
    }

    /// Commits `group`. The group stays as it was; [`Group::clear`] makes it ready for the next.
    ///
    /// # Errors
    /// After [`AppendError::Poisoned`] the journal is of no more use; after the others it is as before.
    pub fn append(&mut self, group: &mut Group) -> Result<Committed, AppendError> {
        if let Some(poison) = &self.poison {
            return Err(poison.clone());
        }
        if group.is_empty() {
            return Err(AppendError::EmptyGroup);
        }
        let frame_bytes = group.frame_bytes();
        let bytes_max = self.group_bytes_max();
        if frame_bytes > bytes_max {
            return Err(AppendError::GroupTooLarge { bytes: frame_bytes, bytes_max });
        }
        if frame_bytes > self.room_bytes() {
            self.rotate()?;
        }
        let first = self.end.sequence + 1;
        let Segment { file, number, salt, offset, .. } = &self.current;
        let place = FramePlace { segment: *number, first_sequence: first, previous: self.link, salt: *salt };
        let written = group.with_frame(&place, |frame, link| file.write_at(frame, *offset).map(|()| link));
        let link = written.map_err(|error| self.poison("the write of a group", &error))?;
        if self.options.sync == SyncMode::Every {
            self.sync_current("the sync of a group")?;
        }
        self.current.offset += frame_bytes;
        self.current.frames += 1;
        self.current.frame_bytes += frame_bytes;
        self.link = link;
        self.stamp = group.stamp();
        self.end = Boundary { sequence: self.end.sequence + group.count() as u64, link };
        Ok(Committed { first, boundary: self.end })
    }

    /// The last record and the link that stands for all before it.
    #[must_use]
    pub fn end(&self) -> Boundary {
        self.end
    }

    /// The stamp of the last group.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The most a group may take on disk ([`Group::frame_bytes`]).
    #[must_use]
    pub fn group_bytes_max(&self) -> u64 {
        records_end(self.options.segment_bytes) - HEADER_BYTES
    }

    /// Whether the next segment could not be made because the disk is full. Writes should be
    /// refused then, while the current segment still has room. Does not wait.
    pub fn is_full(&mut self) -> bool {
        self.preparer.is_full()
    }

    /// Tries again to make the next segment, if the disk was full.
    pub fn try_space_again(&mut self) {
        self.preparer.try_again();
    }

    /// Refuses a claim above the end: an index, checkpoint or snapshot that knows more than the
    /// journal shows that committed records were lost.
    ///
    /// # Errors
    /// [`ClaimAboveEnd`].
    pub fn require(&self, claimant: &str, sequence: u64) -> Result<(), ClaimAboveEnd> {
        if sequence <= self.end.sequence {
            return Ok(());
        }
        Err(ClaimAboveEnd { claimant: claimant.to_owned(), claimed: sequence, end: self.end.sequence })
    }

    /// Ends the journal with a closing frame and cuts the file behind it, so that no flipped bit
    /// and no cut can pass for a crash. It can be opened again, and goes on in a new segment.
    ///
    /// # Errors
    /// [`AppendError::Poisoned`]; everything committed before is as safe as it was.
    pub fn close(mut self) -> Result<Boundary, AppendError> {
        if let Some(poison) = &self.poison {
            return Err(poison.clone());
        }
        self.preparer.abandon();
        // The frame vouches for all before it, so all before it is made durable first.
        self.sync_current("the sync before closing")?;
        self.write_end(Kind::Closed)?;
        let end = self.current.offset;
        let cut = self.current.file.set_length(end);
        cut.map_err(|error| self.poison("the cut behind the closing frame", &error))?;
        self.sync_current("the sync after closing")?;
        Ok(self.end)
    }

    fn room_bytes(&self) -> u64 {
        records_end(self.current.segment_bytes).saturating_sub(self.current.offset)
    }

    fn rotate(&mut self) -> Result<(), AppendError> {
        if self.options.sync == SyncMode::OnRotateAndClose {
            self.sync_current("the sync of a full segment")?;
        }
        let number = self.current.number + 1;
        let file = match self.preparer.take(number) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::StorageFull => return Err(AppendError::NoSpace),
            Err(error) => return Err(self.poison("the making of a segment", &error)),
        };
        let seal = self.end_frame(Kind::Rotated);
        let header = SegmentHeader {
            journal: self.options.journal,
            segment_bytes: self.options.segment_bytes,
            number,
            first_sequence: self.end.sequence + 1,
            previous: Link::of(&seal.encode(self.current.salt)),
        };
        match segment::publish(&*self.storage, &*file, &header) {
            Ok(()) => {}
            // Nothing has its final name yet: the file is made anew when there is space.
            Err(error) if error.kind() == io::ErrorKind::StorageFull => return Err(AppendError::NoSpace),
            Err(error) => return Err(self.poison("the header of a segment", &error)),
        }
        self.storage.sync_directory().map_err(|error| self.poison("the sync of the folder", &error))?;
        self.write_end(Kind::Rotated)?;
        self.link = header.link();
        let fill = self.options.fill.after(self.current.frame_bytes, self.current.frames);
        self.current = Segment::after(&header, file);
        self.preparer.begin(number + 1, fill);
        Ok(())
    }

    fn end_frame(&self, kind: Kind) -> FrameHeader {
        FrameHeader::seal(kind, self.stamp, self.current.number, self.end.sequence + 1, self.link)
    }

    fn write_end(&mut self, kind: Kind) -> Result<(), AppendError> {
        let seal = self.end_frame(kind);
        let block = block_of(&seal, self.current.salt);
        let written = self.current.file.write_at(&block, self.current.offset);
        written.map_err(|error| self.poison("the write of an ending frame", &error))?;
        self.sync_current("the sync of an ending frame")?;
        self.current.offset += seal.frame_bytes();
        Ok(())
    }

    fn sync_current(&mut self, operation: &'static str) -> Result<(), AppendError> {
        self.current.file.sync().map_err(|error| self.poison(operation, &error))
    }

    fn poison(&mut self, operation: &'static str, error: &io::Error) -> AppendError {
        let poison = AppendError::Poisoned { operation, reason: error.to_string() };
        self.poison.get_or_insert(poison).clone()
    }
}

impl Segment {
    fn after(header: &SegmentHeader, file: Box<dyn Handle>) -> Self {
        Self {
            file,
            number: header.number,
            segment_bytes: header.segment_bytes,
            salt: salt(header.link()),
            offset: HEADER_BYTES,
            frames: 0,
            frame_bytes: 0,
        }
    }
}
