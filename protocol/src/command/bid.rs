//! Bids: what a worker, or the lead of a team, asks for a task.

use crate::id::{Hash32, ParticipantId, TaskId};
use crate::money::Amount;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A first bid, or one in place of the sender's earlier bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceBid {
    /// For which task.
    pub task: TaskId,
    /// The price, or a commitment to it.
    pub terms: BidTerms,
    /// Who shares the pay, the sender included; empty where the sender works alone.
    pub team: Vec<TeamShare>,
}

/// The price, or a commitment to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BidTerms {
    /// A price that the node keeps closed, or that is open at once, as the task says.
    Priced {
        /// What the bidder asks.
        price: Amount,
        /// The bidder's part in the seed of the lots; its own ticket.
        nonce: Nonce,
    },
    /// [`seal`] of a price, to be revealed after bidding ends.
    Committed {
        /// The seal.
        commitment: Hash32,
    },
}

/// Sixteen bytes that a bidder chooses and nobody else knows before bids close.
pub type Nonce = [u8; 16];

/// One member's part of a team's pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TeamShare {
    /// Who.
    pub member: ParticipantId,
    /// In proportion to the other weights; above zero.
    pub weight: u32,
}

/// Takes the sender's bid back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WithdrawBid {
    /// From which task.
    pub task: TaskId,
}

/// Opens the sender's commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevealBid {
    /// For which task.
    pub task: TaskId,
    /// The price that was committed to.
    pub price: Amount,
    /// The nonce that was committed to.
    pub nonce: Nonce,
}

/// The seal of a bid: BLAKE3 over `"oikos.bid.1"`, task, bidder, price (16 bytes) and nonce, numbers big-endian.
#[must_use]
pub fn seal(task: TaskId, bidder: ParticipantId, price: Amount, nonce: &Nonce) -> Hash32 {
    let mut bytes = [0; 59];
    let (domain, rest) = bytes.split_at_mut(11);
    domain.copy_from_slice(b"oikos.bid.1");
    rest[..8].copy_from_slice(&task.0.to_be_bytes());
    rest[8..16].copy_from_slice(&bidder.0.to_be_bytes());
    rest[16..32].copy_from_slice(&price.0.to_be_bytes());
    rest[32..].copy_from_slice(nonce);
    Hash32::of(&bytes)
}
