//! Bids: what a worker, or the lead of a team, asks for a task.

use crate::command::scoring::Promise;
use crate::id::{Hash32, ParticipantId, TaskId};
use crate::money::{Amount, Share};
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
    /// [`seal`] of a price, or [`seal_scored`] of a price and a promise, to be revealed after bidding ends.
    Committed {
        /// The seal.
        commitment: Hash32,
    },
    /// A price with what the task's score counts besides.
    Scored {
        /// What the bidder asks.
        price: Amount,
        /// The bidder's part in the seed of the lots; its own ticket.
        nonce: Nonce,
        /// What it promises.
        promise: Promise,
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

/// Opens the sender's commitment to a price and a promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevealScoredBid {
    /// For which task.
    pub task: TaskId,
    /// The price that was committed to.
    pub price: Amount,
    /// The nonce that was committed to.
    pub nonce: Nonce,
    /// The promise that was committed to.
    pub promise: Promise,
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

/// The seal of a bid with a promise: BLAKE3 over `"oikos.bid.2"`, task, bidder, price (16 bytes), nonce, quality and
/// time. Numbers are big-endian; quality and time are a byte 1 and four bytes of millionths each, or five zero bytes.
#[must_use]
pub fn seal_scored(
    task: TaskId,
    bidder: ParticipantId,
    price: Amount,
    nonce: &Nonce,
    Promise { quality, time }: Promise,
) -> Hash32 {
    let mut bytes = Vec::with_capacity(69);
    bytes.extend_from_slice(b"oikos.bid.2");
    bytes.extend_from_slice(&task.0.to_be_bytes());
    bytes.extend_from_slice(&bidder.0.to_be_bytes());
    bytes.extend_from_slice(&price.0.to_be_bytes());
    bytes.extend_from_slice(nonce);
    for share in [quality, time] {
        bytes.push(u8::from(share.is_some()));
        bytes.extend_from_slice(&share.map_or(0, Share::millionths).to_be_bytes());
    }
    Hash32::of(&bytes)
}

/// The seal of a bid, with a promise or without.
#[must_use]
pub fn seal_of(task: TaskId, bidder: ParticipantId, price: Amount, nonce: &Nonce, promise: Option<Promise>) -> Hash32 {
    match promise {
        None => seal(task, bidder, price, nonce),
        Some(promise) => seal_scored(task, bidder, price, nonce, promise),
    }
}
