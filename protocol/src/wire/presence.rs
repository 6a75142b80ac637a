//! Presence: a lease that a heartbeat renews, published on `oikos.<economy>.presence.<participant>`.
//!
//! Unsigned and not journaled: it says who is likely to answer, and nothing depends on it.

use crate::id::{Capability, Hash32};
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
    /// Of some of its capabilities: what they take and give.
    #[serde(default)]
    pub domains: Vec<CapabilityDomain>,
}

/// What one capability takes and gives: content of the media type `application/json` with the two JSON Schemas
/// `input` and `output`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CapabilityDomain {
    /// Which capability.
    pub capability: Capability,
    /// The salted hash of its domain.
    pub domain: Hash32,
}
