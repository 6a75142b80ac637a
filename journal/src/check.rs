//! Checking a folder without changing it: what is there, how far it can be trusted, and where not.

use crate::damage::{Damage, Place};
use crate::frame::Stamp;
use crate::link::Boundary;
use crate::recovery::walk_all;
use crate::snapshot;
use crate::storage::{FileStorage, Storage};
use crate::walk::Ending;
use serde::Serialize;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The verdict on the whole.
    pub verdict: Verdict,
    /// The first record that is here: 1, unless older segments were archived behind a snapshot.
    pub first_sequence: u64,
    /// The end of what can be read and trusted.
    pub end: Boundary,
    /// The stamp of the last whole group.
    pub stamp: Stamp,
    /// How many whole groups there are.
    pub groups: u64,
    /// How many segments there are.
    pub segments: u64,
    /// How many whole snapshots there are.
    pub snapshots: u64,
}

/// The verdict of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Verdict {
    /// There is no journal in the folder.
    Nothing,
    /// Closed, and whole to the last bit.
    Clean,
    /// Not closed, and whole as far as it was written.
    Open,
    /// Not closed, and the last write did not finish; opening it will clear that write away.
    TornTail(Place),
    /// Damaged.
    Damaged(Damage),
}

impl Verdict {
    /// Whether nothing was lost or changed: an open journal is as sound as a closed one.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        matches!(self, Self::Nothing | Self::Clean | Self::Open)
    }
}

/// Checks the journal in `folder`.
///
/// # Errors
/// What the disk said; that there is no journal is a verdict.
pub fn check(folder: impl AsRef<Path>) -> io::Result<Report> {
    check_storage(&(Arc::new(FileStorage::existing(folder)?) as Arc<dyn Storage>))
}

/// Checks the journal in `storage`.
///
/// # Errors
/// What the disk said.
pub fn check_storage(storage: &Arc<dyn Storage>) -> io::Result<Report> {
    let mut claims = snapshot::claims(&**storage)?;
    let (walk, ending) = walk_all(storage, &claims.good)?;
    let is_empty = walk.segments().is_empty();
    let verdict = match ending {
        _ if is_empty && claims.good.iter().all(|claim| claim.at.sequence == 0) && claims.bad.is_empty() => {
            Verdict::Nothing
        }
        Ending::Damaged(damage) => Verdict::Damaged(damage),
        // Last, so that a damaged record is named before a damaged snapshot of it.
        _ if !claims.bad.is_empty() => Verdict::Damaged(claims.bad.swap_remove(0)),
        Ending::Torn(torn) => Verdict::TornTail(torn.place),
        Ending::Open => Verdict::Open,
        Ending::Closed => Verdict::Clean,
    };
    Ok(Report {
        verdict,
        first_sequence: walk.first_sequence,
        end: walk.boundary,
        stamp: walk.stamp,
        groups: walk.frames,
        segments: walk.segments().len() as u64,
        snapshots: claims.good.len() as u64,
    })
}
