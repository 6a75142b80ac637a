//! What only the operator asks of the node itself. Signed by the operator's key, on `oikos.<economy>.operator`.

use crate::wire::receipt::Refusal;
use crate::wire::text::{Lasting, Nanos};
use serde::{Deserialize, Serialize};

/// What is asked of the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OperatorAsk {
    /// Moves the clock forward for good; in development only. What falls due on the way happens in order.
    Clock {
        /// By how much; at most 365 days.
        forward: Lasting,
    },
    /// Makes a signed checkpoint and a snapshot now.
    Snapshot {},
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OperatorAnswer {
    /// It is done and in the journal.
    Clock {
        /// The node's clock.
        now: Nanos,
        /// Economy time.
        t: Nanos,
        /// The sequence of the entry that moved it.
        seq: u64,
    },
    /// They are on disk.
    Snapshot {
        /// The sequence of the state that was kept; the checkpoint's entry stands behind it.
        seq: u64,
    },
    /// Nothing was done.
    Refused(Refusal),
}
