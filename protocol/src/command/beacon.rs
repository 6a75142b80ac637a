//! The beacon: a reverse hash chain that was committed when the economy started.

use crate::id::Hash32;
use serde::{Deserialize, Serialize};

/// Reveals the next link: the value whose BLAKE3 hash is the last known link.
/// It seeds the lots of the tasks whose bids closed before it was revealed, and of no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RevealBeacon {
    /// The link.
    pub link: Hash32,
}
