//! What the operator sets for all: public, journaled, the same live and simulated.

use crate::money::Share;
use serde::{Deserialize, Serialize};

/// Sets the fee that workers pay to the treasury from each accepted milestone of tasks posted from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SetFee {
    /// The fee as a share of each payment, rounded down.
    pub fee: Share,
}
