//! Awards: from the choice of a bid to a contract.

use crate::id::{ParticipantId, TaskId};
use serde::{Deserialize, Serialize};

/// The poster chooses a bid by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SelectBid {
    /// For which task.
    pub task: TaskId,
    /// Whose bid.
    pub bidder: ParticipantId,
}

/// The worker takes the contract and posts its bond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AcceptAward {
    /// For which task.
    pub task: TaskId,
}

/// The approver confirms an award above the task's threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmAward {
    /// For which task.
    pub task: TaskId,
}

/// The worker does not take the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DeclineAward {
    /// For which task.
    pub task: TaskId,
}
