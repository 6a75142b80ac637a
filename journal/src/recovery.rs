//! Opening a journal that may have been cut off: walk it, judge its end, make it safe to go on.
//!
//! Invariants: a damaged journal is never opened, and not a byte of it is changed. A torn tail is
//! zeroed. What is adopted is synced before anybody is served: after `kill -9` it may be in the
//! page cache only. A snapshot above the end, or of another history, is a reason to refuse.
//! Complete frames that nobody acknowledged are adopted; their senders retry with their ids.

use crate::damage::{Damage, Place, What};
use crate::frame::{BLOCK_BYTES, FrameHeader, Kind, Stamp};
use crate::link::{Boundary, Link};
use crate::options::Options;
use crate::segment::{HEADER_BYTES, file_name, salt};
use crate::snapshot::{self, Claim};
use crate::storage::{Handle, Storage};
use crate::walk::{Ending, Torn, Walk, segment_numbers};
use serde::Serialize;
use std::io;
use std::sync::Arc;

/// Why a journal was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Damage; nothing was changed.
    #[error("the journal is damaged: {0}")]
    Damaged(Box<Damage>),
    /// The folder holds another journal.
    #[error("the folder holds another journal than the one asked for")]
    OtherJournal,
    /// The length of a segment is out of range.
    #[error("a segment of {bytes} bytes is not possible: a multiple of 4096 between 16384 and 17179869184 is")]
    SegmentLength {
        /// The length asked for.
        bytes: u64,
    },
    /// The disk refused.
    #[error("the disk refused to open the journal")]
    Storage(#[from] io::Error),
}

/// What was found when a journal was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recovery {
    /// The last record and the link that stands for all before it.
    pub end: Boundary,
    /// The stamp of the last group.
    pub stamp: Stamp,
    /// How the journal had ended.
    pub found: Found,
}

/// How a journal had ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Found {
    /// There was none.
    Nothing,
    /// It was closed.
    Closed,
    /// It was not closed, and its last write was whole.
    Open,
    /// Its last write did not finish and was cleared away.
    TornTail {
        /// Where.
        place: Place,
        /// How many bytes were zeroed.
        cleared_bytes: u64,
    },
}

/// Where the writer goes on.
#[derive(Debug)]
pub(crate) enum Tail {
    /// In a new segment with this number.
    Next { number: u64 },
    /// In this segment.
    In { file: Box<dyn Handle>, number: u64, segment_bytes: u64, salt: u32, offset: u64 },
}

#[derive(Debug)]
pub(crate) struct Recovered {
    pub recovery: Recovery,
    pub link: Link,
    pub tail: Tail,
}

/// Walks all segments, calling `visit` at each boundary, and compares the snapshots' claims.
pub(crate) fn walk_all(storage: &Arc<dyn Storage>, claims: &[Claim]) -> io::Result<(Walk, Ending)> {
    let numbers = segment_numbers(&**storage)?;
    let mut walk = Walk::begin(Arc::clone(storage), numbers, 0);
    let mut disowned = None;
    while let Some(header) = walk.next_frame()? {
        if disowned.is_none() {
            // A snapshot stands behind a whole frame: its sequence falls on the boundary, or it is of another history.
            let inside = header.first_sequence..=walk.boundary.sequence;
            let is_foreign = |claim: &&Claim| inside.contains(&claim.at.sequence) && claim.at != walk.boundary;
            disowned = claims.iter().find(is_foreign).cloned();
        }
    }
    let ending = walk.ending().cloned().unwrap_or(Ending::Open);
    if let Ending::Damaged(_) = ending {
        return Ok((walk, ending));
    }
    let end = walk.boundary.sequence;
    let damage = if let Some(claim) = claims.iter().find(|claim| claim.at.sequence > end) {
        Some(claim.damage(What::SnapshotAboveEnd { claimed: claim.at.sequence, end }))
    } else if let Some(claim) = disowned {
        Some(claim.damage(What::SnapshotOfAnotherHistory))
    } else {
        missing_head(&walk, claims)
    };
    let ending = damage.map_or(ending, Ending::Damaged);
    Ok((walk, ending))
}

/// Segments may have left the folder only if a snapshot stands for them.
fn missing_head(walk: &Walk, claims: &[Claim]) -> Option<Damage> {
    let first = *walk.segments().first()?;
    if first == 1 || claims.iter().any(|claim| claim.at.sequence + 1 >= walk.first_sequence) {
        return None;
    }
    let place = Place { file: file_name(first), segment: Some(first), offset: 0, sequence: 1 };
    Some(Damage { place, what: What::HeadMissing })
}

pub(crate) fn recover(storage: &Arc<dyn Storage>, options: &Options) -> Result<Recovered, OpenError> {
    if !options.is_valid() {
        return Err(OpenError::SegmentLength { bytes: options.segment_bytes });
    }
    let claims = snapshot::claims(&**storage)?.good;
    let numbers = segment_numbers(&**storage)?;
    if numbers.is_empty() {
        if let Some(claim) = claims.iter().find(|claim| claim.at.sequence > 0) {
            let what = What::SnapshotAboveEnd { claimed: claim.at.sequence, end: 0 };
            return Err(OpenError::Damaged(Box::new(claim.damage(what))));
        }
        remove_leftovers(&**storage)?;
        let recovery = Recovery { end: Boundary::default(), stamp: Stamp::default(), found: Found::Nothing };
        return Ok(Recovered { recovery, link: Link::NONE, tail: Tail::Next { number: 1 } });
    }
    let (walk, ending) = walk_all(storage, &claims)?;
    if let Ending::Damaged(damage) = ending {
        return Err(OpenError::Damaged(Box::new(damage)));
    }
    let Some(segment) = &walk.segment else { return Err(OpenError::Storage(io::ErrorKind::NotFound.into())) };
    if segment.header.journal != options.journal {
        return Err(OpenError::OtherJournal);
    }
    remove_leftovers(&**storage)?;
    let mut link = walk.link;
    let number = segment.header.number;
    let file = storage.open(&file_name(number), true)?;
    // The frame that ends the segment before may be unsynced too, and a later one is proof of it only if it is durable.
    if let Some(before) = number.checked_sub(1).filter(|before| walk.segments().contains(before)) {
        storage.open(&file_name(before), true)?.sync()?;
    }
    let mut tail = Tail::In {
        file,
        number,
        segment_bytes: segment.header.segment_bytes,
        salt: segment.salt,
        offset: segment.offset,
    };
    let found = match ending {
        Ending::Closed => {
            sync(&tail)?;
            tail = Tail::Next { number: number + 1 };
            Found::Closed
        }
        Ending::Torn(torn) => {
            let cleared_bytes = clear(&tail, &torn)?;
            if torn.rotation {
                (tail, link) = finish_rotation(&**storage, &walk, &tail)?;
            } else {
                sync(&tail)?;
            }
            Found::TornTail { place: torn.place, cleared_bytes }
        }
        Ending::Open | Ending::Damaged(_) => {
            sync(&tail)?;
            Found::Open
        }
    };
    storage.sync_directory()?;
    Ok(Recovered { recovery: Recovery { end: walk.boundary, stamp: walk.stamp, found }, link, tail })
}

fn sync(tail: &Tail) -> io::Result<()> {
    match tail {
        Tail::In { file, .. } => file.sync(),
        Tail::Next { .. } => Ok(()),
    }
}

fn clear(tail: &Tail, torn: &Torn) -> io::Result<u64> {
    let Tail::In { file, offset, .. } = tail else { return Ok(0) };
    let zeros = vec![0; (1 << 20).min((torn.dirty_end - offset) as usize)];
    let mut at = *offset;
    while at < torn.dirty_end {
        let bytes = (torn.dirty_end - at).min(zeros.len() as u64);
        file.write_at(&zeros[..bytes as usize], at)?;
        at += bytes;
    }
    Ok(torn.dirty_end - offset)
}

/// Writes the frame that announces a segment which is already there, and goes on in that one.
fn finish_rotation(storage: &dyn Storage, walk: &Walk, old: &Tail) -> io::Result<(Tail, Link)> {
    let Tail::In { file, number, salt: old_salt, offset, .. } = old else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let seal = FrameHeader::seal(Kind::Rotated, walk.stamp, *number, walk.next_sequence(), walk.link);
    file.write_at(&block_of(&seal, *old_salt), *offset)?;
    file.sync()?;
    let next = storage.open(&file_name(number + 1), true)?;
    let mut block = [0; BLOCK_BYTES];
    next.read_at(&mut block, 0)?;
    let crate::segment::DecodedSegment::Good(header) = crate::segment::SegmentHeader::decode(&block) else {
        return Err(io::ErrorKind::InvalidData.into());
    };
    next.sync()?;
    let link = header.link();
    let (number, segment_bytes) = (header.number, header.segment_bytes);
    Ok((Tail::In { file: next, number, segment_bytes, salt: salt(link), offset: HEADER_BYTES }, link))
}

/// A frame without records, as the block it takes.
pub(crate) fn block_of(header: &FrameHeader, salt: u32) -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    let bytes = header.encode(salt);
    block[..bytes.len()].copy_from_slice(&bytes);
    block
}

/// Files under temporary names were never part of the journal.
fn remove_leftovers(storage: &dyn Storage) -> io::Result<()> {
    for name in storage.list()? {
        if name.ends_with(".segment.tmp") || name.ends_with(".snapshot.tmp") {
            storage.remove(&name)?;
        }
    }
    Ok(())
}
