//! Streams: pay by time, out of money that is set apart so that the payee can rely on it.

use crate::id::{AssetId, ParticipantId, StreamId};
use crate::money::Amount;
use crate::time::Span;
use serde::{Deserialize, Serialize};

/// Begins to pay by time. The stream ends when its cap is paid, when what was set apart is used up, or when it is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenStream {
    /// To whom.
    pub to: ParticipantId,
    /// Of what.
    pub asset: AssetId,
    /// How fast.
    pub rate: Rate,
    /// How much is set apart at once, above zero.
    pub hold: Amount,
    /// The most that is ever paid; no bound where it is absent.
    pub cap: Option<Amount>,
}

/// An amount by a length of time: an exact fraction, never a rounded number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// So much, above zero and below 2^64 minor units.
    pub amount: Amount,
    /// In so long, above zero.
    pub per: Span,
}

/// Sets more apart for a stream (its payer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopUpStream {
    /// Which.
    pub stream: StreamId,
    /// How much, above zero.
    pub amount: Amount,
}

/// Pays what has run up until now (either side).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SettleStream {
    /// Which.
    pub stream: StreamId,
}

/// Pays what has run up until now and gives the rest back to the payer (either side).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StopStream {
    /// Which.
    pub stream: StreamId,
}
