//! Contracts: delivering and accepting, milestone by milestone.

use crate::id::{Hash32, MilestoneId, TaskId};
use serde::{Deserialize, Serialize};

/// Hands a milestone in. The deliverable passed its domain's schema and validator before it was sequenced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SubmitDeliverable {
    /// Of which task.
    pub task: TaskId,
    /// Which part.
    pub milestone: MilestoneId,
    /// A salted hash of what is delivered; not zero.
    pub deliverable: Hash32,
}

/// Accepts a milestone and pays it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptDeliverable {
    /// Of which task.
    pub task: TaskId,
    /// Which part.
    pub milestone: MilestoneId,
}
