//! Announced scores: what a poster counts besides the price, and what a bidder promises for it.
//!
//! Source: Che 1993, "Design competition through multidimensional auctions". The price always counts in full; a
//! promise is part of the bid and of the contract.

use crate::money::{Amount, Share};
use serde::{Deserialize, Serialize};

/// What counts besides the price: at least one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scoring {
    /// The promised quality, 0 to 1.
    pub quality: Option<Criterion>,
    /// The part of the time for delivery that the bidder leaves unused, 0 to 1.
    pub time: Option<Criterion>,
    /// The bidder's reputation when it bids or reveals, 0 to 1. Nobody promises it.
    pub reputation: Option<Criterion>,
}

/// What one thing is worth to the poster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// What the whole of it is worth, in minor units of the task's asset. Above zero.
    pub worth: Amount,
    /// How the worth grows with it.
    pub shape: Shape,
}

/// How a worth grows with what is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// In proportion.
    #[default]
    Linear,
    /// With its square root; below zero it counts as zero.
    Root,
}

/// What a bidder promises: exactly what the task's score counts of quality and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// How good it is going to be, in millionths of the best.
    #[serde(default)]
    pub quality: Option<Share>,
    /// How much of every milestone's time for delivery it needs, in millionths; its deadlines are that much shorter.
    /// Above zero.
    #[serde(default)]
    pub time: Option<Share>,
}

impl Promise {
    /// Whether it says of quality and time what this score counts, and no more.
    #[must_use]
    pub fn answers(&self, scoring: &Scoring) -> bool {
        self.quality.is_some() == scoring.quality.is_some()
            && self.time.is_some() == scoring.time.is_some()
            && self.time != Some(Share::NONE)
    }
}
