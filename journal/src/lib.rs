//! Opaque bytes in order, for ever: segments, group commit, hash chain, recovery, proofs.
//!
//! Owns a folder of segment files and snapshots and everything about their being whole. A caller
//! appends a [`Group`] of records and is answered when they survive a power cut; later anybody
//! reads them in order, with the place of any damage named. Blocking I/O, no async runtime.
//! Invariants: sequences count from 1 without gaps; what was answered is never lost, doubled or
//! changed; a torn last write is told from damage; a failed sync is never tried again.
//! Absent on purpose: what a record means, a lock on the folder (whoever owns the folder holds
//! it), deletion of single records. Unix only.
//! Start at [`Journal`], [`Reader`], [`check()`]. Design and figures: `docs/` and JOURNAL.md.
//!
//! ```
//! use oikos_journal::{Group, Journal, Memory, Options, Reader, Stamp};
//! use std::sync::Arc;
//!
//! let storage = Arc::new(Memory::new());
//! let (mut journal, _) = Journal::open(storage.clone(), Options::simulation([7; 16]))?;
//! let mut group = Group::new(Stamp { time_ns: 1, rules: 1, term: 1 });
//! group.push(b"first")?;
//! group.push(b"second")?;
//! assert_eq!(journal.append(&mut group)?.last(), 2);
//! journal.close()?;
//!
//! let mut reader = Reader::open_from(storage, 2)?;
//! let record = reader.next_record()?.expect("two were appended");
//! assert_eq!((record.sequence, record.bytes), (2, &b"second"[..]));
//! assert!(reader.next_record()?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod copy;
mod damage;
mod frame;
mod group;
mod group_commit;
mod link;
mod lookup;
mod options;
mod prepare;
mod proof;
mod reader;
mod recovery;
mod segment;
mod snapshot;
pub mod storage;
pub mod tree;
mod walk;
mod window;
mod writer;

pub use check::{Report, Verdict, check, check_storage};
pub use copy::{Copied, CopyError, copy};
pub use damage::{Damage, Place, What};
pub use frame::{BLOCK_BYTES, FORMAT, FRAME_HEADER_BYTES, Stamp};
pub use group::{GROUP_BYTES_MAX, Group, GroupFull};
pub use group_commit::{GroupCommit, Limits, SubmitError};
pub use link::{Boundary, Link};
pub use lookup::{Lookup, LookupError};
pub use options::{Options, Prepare, SyncMode};
pub use proof::{Proof, ProofError, Proven};
pub use reader::{ReadError, Reader, Record};
pub use recovery::{Found, OpenError, Recovery};
pub use segment::{Fill, SEGMENT_BYTES, SEGMENT_BYTES_MAX, SEGMENT_BYTES_MIN};
pub use snapshot::{SNAPSHOTS_KEPT, Snapshot, SnapshotWriter};
pub use storage::{FileStorage, Handle, Memory, Storage};
pub use tree::{Leaves, Tree, TreeError, TreeHash};
pub use writer::{AppendError, ClaimAboveEnd, Committed, Journal};
