//! Copying a journal up to a boundary, also while somebody writes behind it.
//!
//! Invariants: every frame that is copied was checked whole on the way; the copy is closed, so that a bit that flips in
//! it later is told from a crash; the source is read and synced, never written. The sync is what makes a frame that was
//! found written a committed one: a copy never knows more than its source after a power cut.
//! Absent on purpose: the choice of the boundary; [`crate::check_storage`] says how far a journal can be trusted.

use crate::link::Boundary;
use crate::options::{Options, Prepare, SyncMode};
use crate::recovery::OpenError;
use crate::segment::{Fill, SegmentHeader, file_name};
use crate::snapshot::Snapshot;
use crate::storage::{Handle, Storage};
use crate::walk::{Ending, Walk, segment_numbers};
use crate::writer::{AppendError, Journal};
use std::io;
use std::sync::Arc;

const PIECE_BYTES: usize = 1 << 20;

/// What was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// How many segments.
    pub segments: u64,
    /// Where the newest snapshot in the copy stands; 0 where there is none.
    pub snapshot: u64,
}

/// Why nothing usable was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The journal does not come to that boundary.
    #[error("the journal does not come whole to sequence {wanted}; it was read up to {found}")]
    NotThere {
        /// What was asked for.
        wanted: u64,
        /// How far it came.
        found: u64,
    },
    /// The disk refused.
    #[error("the disk refused")]
    Storage(#[from] io::Error),
    /// The copy cannot be opened.
    #[error("the copy cannot be opened")]
    Open(#[from] OpenError),
    /// The copy cannot be closed.
    #[error("the copy cannot be closed")]
    Close(#[from] AppendError),
}

/// Copies all frames up to `end`, and the newest snapshot at or below it, into the empty storage `to`.
///
/// # Errors
/// [`CopyError`]; what is in `to` is then of no use.
pub fn copy(from: &Arc<dyn Storage>, end: Boundary, to: &Arc<dyn Storage>) -> Result<Copied, CopyError> {
    let numbers = segment_numbers(&**from)?;
    let mut walk = Walk::begin(Arc::clone(from), numbers.clone(), 0);
    while walk.boundary.sequence < end.sequence {
        if walk.next_frame()?.is_none() {
            break;
        }
    }
    let found = walk.boundary;
    let not_there = CopyError::NotThere { wanted: end.sequence, found: found.sequence };
    let Some(segment) = walk.segment.as_ref().filter(|_| found == end && end.sequence > 0) else {
        return Err(not_there);
    };
    let (last, offset, options) = (segment.header.number, segment.offset, options_of(&segment.header));
    from.open(&file_name(last), false)?.sync()?;
    let is_closed = walk.next_frame()?.is_none() && walk.ending() == Some(&Ending::Closed);
    let mut segments = 0;
    for number in numbers.into_iter().take_while(|number| *number <= last) {
        let name = file_name(number);
        let (source, target) = (from.open(&name, false)?, to.create(&name)?);
        let cut = if number == last && !is_closed { Some(offset) } else { None };
        copy_file(&*source, &*target, cut.unwrap_or(source.length()?))?;
        if cut.is_some() {
            // An open segment has its full length, of zeros.
            target.set_length(options.segment_bytes)?;
        }
        target.sync()?;
        segments += 1;
    }
    let snapshot = Snapshot::newest(&**from, end)?;
    if let Some(snapshot) = &snapshot {
        Snapshot::write(&**to, snapshot.at, &snapshot.payload)?;
    }
    to.sync_directory()?;
    if !is_closed {
        let (journal, _) = Journal::open(Arc::clone(to), options)?;
        journal.close()?;
    }
    Ok(Copied { segments, snapshot: snapshot.map_or(0, |snapshot| snapshot.at.sequence) })
}

/// How a copy is opened to be closed: nothing is made ahead in it.
const fn options_of(header: &SegmentHeader) -> Options {
    Options {
        journal: header.journal,
        segment_bytes: header.segment_bytes,
        sync: SyncMode::Every,
        prepare: Prepare::OnDemand,
        fill: Fill::Sparse,
    }
}

fn copy_file(from: &dyn Handle, to: &dyn Handle, bytes: u64) -> io::Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut at = 0;
    while at < bytes {
        let wanted = PIECE_BYTES.min(usize::try_from(bytes - at).unwrap_or(PIECE_BYTES));
        let read = from.read_at(&mut piece[..wanted], at)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to.write_at(&piece[..read], at)?;
        at += read as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Verdict, check_storage};
    use crate::frame::Stamp;
    use crate::group::Group;
    use crate::reader::Reader;
    use crate::storage::Memory;

    fn written(groups: u64, close: bool) -> (Arc<dyn Storage>, Vec<Boundary>) {
        let storage: Arc<dyn Storage> = Arc::new(Memory::new());
        let options = Options { segment_bytes: 64 << 10, ..Options::simulation([7; 16]) };
        let (mut journal, _) = Journal::open(Arc::clone(&storage), options).unwrap();
        let mut ends = Vec::new();
        for n in 0..groups {
            let mut group = Group::new(Stamp { time_ns: n, rules: 1, term: 1 });
            (0..3).for_each(|k| group.push(&[n as u8 ^ k; 900]).unwrap());
            ends.push(journal.append(&mut group).unwrap().boundary);
        }
        Snapshot::write(&*storage, ends[2], b"early").unwrap();
        Snapshot::write(&*storage, *ends.last().unwrap(), b"late").unwrap();
        if close {
            journal.close().unwrap();
        }
        (storage, ends)
    }

    #[test]
    fn a_copy_up_to_any_frame_is_closed_and_holds_exactly_what_came_before() {
        for close in [false, true] {
            let (from, ends) = written(60, close);
            for end in ends.iter().step_by(7).chain(ends.last()) {
                let to: Arc<dyn Storage> = Arc::new(Memory::new());
                let copied = copy(&from, *end, &to).unwrap();
                let report = check_storage(&to).unwrap();
                assert_eq!((report.verdict, report.end), (Verdict::Clean, *end));
                let snapshot = if end == ends.last().unwrap() { end.sequence } else { 9 };
                assert_eq!(copied.snapshot, if end.sequence < 9 { 0 } else { snapshot });
                let (mut old, mut new) = (Reader::open(Arc::clone(&from)).unwrap(), Reader::open(to).unwrap());
                old.until(end.sequence);
                while let Some(record) = new.next_record().unwrap() {
                    assert_eq!(old.next_record().unwrap(), Some(record));
                }
                assert_eq!(old.next_record().unwrap(), None);
            }
        }
    }

    #[test]
    fn a_boundary_that_is_not_there_is_refused() {
        let (from, ends) = written(5, false);
        let wrong = Boundary { link: crate::link::Link([1; 32]), ..ends[3] };
        let beyond = Boundary { sequence: 99, ..ends[4] };
        let within = Boundary { sequence: ends[3].sequence - 1, ..ends[3] };
        for end in [wrong, beyond, within, Boundary::default()] {
            let to: Arc<dyn Storage> = Arc::new(Memory::new());
            assert!(matches!(copy(&from, end, &to), Err(CopyError::NotThere { .. })), "{end:?}");
        }
    }
}
