//! Exchanges: an amount of one asset for an amount of another, both legs or none.

use crate::id::{AssetId, ExchangeId, ParticipantId};
use crate::money::Amount;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Offers an exchange. Nothing is set apart: whoever takes it finds out whether both can pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferExchange {
    /// What its maker gives.
    pub give: Leg,
    /// What its maker gets for it.
    pub get: Leg,
    /// The only participant who may take it; anyone where it is absent.
    pub taker: Option<ParticipantId>,
    /// From this moment on it can't be taken.
    pub expires: Timestamp,
}

/// One side of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// Of what.
    pub asset: AssetId,
    /// How much, above zero.
    pub amount: Amount,
}

/// Takes an exchange: both legs are paid, in one chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TakeExchange {
    /// Which.
    pub exchange: ExchangeId,
}

/// Takes an offer of an exchange back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WithdrawExchange {
    /// Which.
    pub exchange: ExchangeId,
}
