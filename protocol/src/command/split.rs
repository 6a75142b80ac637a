//! Splits and waterfalls: one amount to several receivers, in one atomic chain of transfers.

use crate::id::{AssetId, LimitId, ParticipantId};
use crate::money::{Amount, Share};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Pays an amount by tiers, out of the sender's free money or under a limit out of its source's.
///
/// Each tier takes its part of what the tiers before it left, and divides it by weight, odd units by largest
/// remainder. What no tier takes stays with the payer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Of what.
    pub asset: AssetId,
    /// How much, above zero.
    pub amount: Amount,
    /// In this order; a split has one, a waterfall several.
    pub tiers: Vec<Tier>,
    /// Under which limit; the sender's own money where it is absent.
    pub limit: Option<LimitId>,
}

/// A step of a waterfall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// How much of it.
    pub part: Part,
    /// To whom.
    pub to: Vec<Receiver>,
}

/// How much a tier takes; never more than is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Up to an amount.
    UpTo(Amount),
    /// A share of the whole amount, rounded down.
    Share(Share),
    /// All that is left.
    Rest,
}

/// A receiver of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// Who.
    pub to: ParticipantId,
    /// Its weight beside the others of the tier.
    pub weight: u32,
}
