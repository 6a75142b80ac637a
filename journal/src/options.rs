//! How a journal is kept: by whom, in what sizes, and when it is made durable.

use crate::segment::{Fill, SEGMENT_BYTES, is_segment_length};

/// When a group counts as committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncMode {
    /// After the `fdatasync` of every group. The only mode for a live economy.
    Every,
    /// At once; the disk is synced when a segment is full and when the journal is closed. For a
    /// simulation, which can be run again. After a power cut such a journal may be damaged and not
    /// only short, because several writes may have been in flight.
    OnRotateAndClose,
}

/// When the next segment is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prepare {
    /// Ahead, in a thread of its own.
    Background,
    /// Ahead, by the caller; the same calls in the same order every time, for tests.
    Inline,
    /// When it is needed.
    OnDemand,
}

/// The options of [`crate::Journal::open`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Which journal this is (an economy's id); a folder of another journal is refused.
    pub journal: [u8; 16],
    /// The length of new segments: a multiple of 4 KiB between 16 KiB and 16 GiB. A group must
    /// fit into one.
    pub segment_bytes: u64,
    /// When a group counts as committed.
    pub sync: SyncMode,
    /// When the next segment is made.
    pub prepare: Prepare,
    /// How its bytes come into being.
    pub fill: Fill,
}

impl Options {
    /// For a live economy: 64 MiB, synced at every group, zeroed ahead while groups are small and reserved while they are
    /// large.
    #[must_use]
    pub const fn live(journal: [u8; 16]) -> Self {
        Self {
            journal,
            segment_bytes: SEGMENT_BYTES,
            sync: SyncMode::Every,
            prepare: Prepare::Background,
            fill: Fill::Zeros,
        }
    }

    /// For a simulation's run folder: nothing is made ahead, synced when full and when closed.
    /// Groups of 64 KiB and more keep the padding below a few per cent.
    #[must_use]
    pub const fn simulation(journal: [u8; 16]) -> Self {
        Self {
            journal,
            segment_bytes: SEGMENT_BYTES,
            sync: SyncMode::OnRotateAndClose,
            prepare: Prepare::OnDemand,
            fill: Fill::Sparse,
        }
    }

    pub(crate) const fn is_valid(&self) -> bool {
        is_segment_length(self.segment_bytes)
    }
}
