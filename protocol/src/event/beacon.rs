//! What happened to the beacon.

use crate::id::Hash32;
use serde::{Deserialize, Serialize};

/// The next link is known; the lots that waited for it are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeaconRevealed {
    /// The link.
    pub link: Hash32,
    /// How many links are left.
    pub left: u64,
    /// How many tasks waited for it.
    pub waiting: u64,
}
