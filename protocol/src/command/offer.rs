//! Offers: a seller's standing price, taken and paid in one step.

use crate::id::{AssetId, Capability, OfferId, ParticipantId};
use crate::money::Amount;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Puts an offer up. Offers are numbered in order of publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishOffer {
    /// What is sold; one of the seller's capabilities.
    pub capability: Capability,
    /// The money it is paid in.
    pub asset: AssetId,
    /// The price of one unit, above zero.
    pub price: Amount,
    /// How many units; above zero.
    pub units: u32,
    /// The only participant who may take it; anyone where it is absent.
    pub buyer: Option<ParticipantId>,
    /// From this moment on it can't be taken.
    pub expires: Timestamp,
}

/// Takes an offer back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WithdrawOffer {
    /// Which offer.
    pub offer: OfferId,
}

/// Takes units of an offer and pays for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakeOffer {
    /// Which offer.
    pub offer: OfferId,
    /// How many units; above zero.
    pub units: u32,
    /// The unit price the buyer saw; another price is refused, so nobody pays what it did not read.
    pub price: Amount,
}
