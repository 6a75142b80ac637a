//! How an economy begins: its name, its limits and the commitment of its lots. The first entry of every journal.

use crate::id::Hash32;
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// The first entry of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The economy's id; 128 random bits, or those of a simulation's seed.
    pub economy: u128,
    /// The civil time of economy time zero, in nanoseconds since 1970-01-01 UTC.
    /// Only working weeks are computed from it.
    pub epoch_unix_ns: u64,
    /// The last link of the beacon's chain, which commits to all links before it.
    pub beacon_anchor: Hash32,
    /// How many links can be revealed.
    pub beacon_links: u64,
    /// How long a lot may wait for the beacon; then the task ends without award.
    pub beacon_window: Span,
    /// What one participant or one task may take up.
    pub limits: Limits,
}

/// Every limit of the core; each is a count or a length of time, never a speed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How far ahead a request may expire, and so how long its id is remembered.
    pub remember: Span,
    /// Assets of an economy.
    pub assets_max: u32,
    /// Capabilities of a participant, and of a task.
    pub capabilities_max: u32,
    /// Live bids of a task.
    pub bids_max: u32,
    /// Milestones of a task.
    pub milestones_max: u32,
    /// Members of a team.
    pub team_max: u32,
    /// Transfers of a batch.
    pub transfers_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            remember: Span::hours(24),
            assets_max: 1_024,
            capabilities_max: 256,
            bids_max: 1_024,
            milestones_max: 64,
            team_max: 64,
            transfers_max: 8_190,
        }
    }
}
