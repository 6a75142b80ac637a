//! Presence: a lease that a heartbeat renews, published on `oikos.<economy>.presence.<participant>`.
//!
//! Unsigned and not journaled: it says who is likely to answer, and nothing depends on it.

use crate::id::Capability;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// "I am here, for so long, and can do this."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// For how long, in milliseconds; zero is a good-bye, at most 120,000.
    pub lease_ms: u64,
    /// What it can do now. What it may bid for is the registered list.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// How many more contracts it would take.
    #[serde(default)]
    pub capacity: u32,
}
