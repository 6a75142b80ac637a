//! What can be wrong with a journal, and where: the names that `check` and recovery answer with.

use crate::link::Link;
use serde::Serialize;
use std::fmt;

/// A place in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name in the journal's folder.
    pub file: String,
    /// The segment's number; absent for a snapshot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<u64>,
    /// The offset in bytes of the header, frame, padding or gap.
    pub offset: u64,
    /// The first sequence that cannot be read; everything below it can.
    pub sequence: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} (sequence {})", self.file, self.offset, self.sequence)
    }
}

/// Bytes that no crash of ours can have left behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Damage {
    /// Where.
    pub place: Place,
    /// What.
    pub what: What,
}

/// The kinds of damage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// A segment's header fails its checksum.
    #[error("the segment's header fails its checksum")]
    HeaderUnreadable,
    /// A frame's header fails its checksum, and what follows shows that it was once whole.
    #[error("the frame's header fails its checksum, and later bytes show that it was once whole")]
    FrameUnreadable,
    /// The records of a frame differ from what its header says of them.
    #[error("the records differ from the hash in their frame's header")]
    BodyChanged,
    /// The zeros behind a frame are not zeros.
    #[error("the padding of the frame is not zero")]
    PaddingNotZero,
    /// Bytes follow the frame that ends the segment.
    #[error("bytes follow the frame that ends the segment")]
    NotZeroAfterEnd,
    /// A whole frame stands where another belongs.
    #[error("a whole frame with sequence {found} stands where {expected} belongs")]
    OutOfOrder {
        /// The sequence that belongs here.
        expected: u64,
        /// The sequence that stands here.
        found: u64,
    },
    /// A whole header names another previous link than the one before it has.
    #[error("the chain breaks: the previous link is {found} and not {expected}")]
    ChainBroken {
        /// The link of what stands before.
        expected: Link,
        /// The link that the header names.
        found: Link,
    },
    /// A whole segment header stands in a file of another number.
    #[error("the file holds the header of segment {found}")]
    SegmentOutOfPlace {
        /// The number in the header.
        found: u64,
    },
    /// A segment belongs to another journal.
    #[error("the segment belongs to another journal")]
    OtherJournal,
    /// The file ends too early.
    #[error("the file is cut: it ends at byte {found_bytes}, before the frame that ends the segment")]
    Cut {
        /// The length that is there.
        found_bytes: u64,
    },
    /// The file has a length that no segment has.
    #[error("the file has {found_bytes} bytes, which no segment has")]
    WrongLength {
        /// The length that is there.
        found_bytes: u64,
    },
    /// The segment ends without the frame that says that another follows.
    #[error("the segment does not end with the frame that announces the next one")]
    EndMissing,
    /// A segment that must be there is not.
    #[error("the segment is missing")]
    SegmentMissing,
    /// The first segments are gone and no snapshot stands for them.
    #[error("the segments before this one are gone and no snapshot stands for them")]
    HeadMissing,
    /// A format this version does not know, with a good checksum.
    #[error("format {format} is not known to this version")]
    UnknownFormat {
        /// The format's number.
        format: u16,
    },
    /// A frame is whole and makes no sense.
    #[error("the frame is whole and makes no sense")]
    Malformed,
    /// A snapshot fails its hash, or its length is wrong.
    #[error("the snapshot fails its hash")]
    SnapshotUnreadable,
    /// A snapshot knows more than the journal.
    #[error("the snapshot stands at sequence {claimed} and the journal ends at {end}")]
    SnapshotAboveEnd {
        /// The snapshot's sequence.
        claimed: u64,
        /// The journal's last sequence.
        end: u64,
    },
    /// A snapshot names another link at its sequence than the journal has there.
    #[error("the snapshot belongs to another history")]
    SnapshotOfAnotherHistory,
}
