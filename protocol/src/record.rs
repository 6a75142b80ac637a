//! The record of an award: all that anyone needs to compute it again.

use crate::command::bid::Nonce;
use crate::command::scoring::Promise;
use crate::command::task::MechanismKind;
use crate::event::task::Exclusion;
use crate::id::{AssetId, Hash32, ParticipantId, TaskId};
use crate::money::{Amount, Share};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What was compared, by which rule, and what came of it. Everything in it is public once bids are closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwardRecord {
    /// Which task.
    pub task: TaskId,
    /// The money of all its amounts.
    pub asset: AssetId,
    /// The rule.
    pub mechanism: MechanismKind,
    /// No award costs more.
    pub reserve: Amount,
    /// Every live bid at the close, by bidder.
    pub bids: Vec<RecordedBid>,
    /// The beacon's link, where a lot decided.
    pub beacon: Option<Hash32>,
    /// The seed of the lots, where a lot decided.
    pub seed: Option<Hash32>,
    /// Who was offered the contract, one after the other; all but the last did not take it.
    pub offers: Vec<RecordedOffer>,
}

/// A bid in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedBid {
    /// Whose.
    pub bidder: ParticipantId,
    /// The seal that was public before bids closed.
    pub seal: Hash32,
    /// Price and nonce, where they are known.
    pub opened: Option<(Amount, Nonce)>,
    /// What it promised, and its bidder's reputation then, where the task scores.
    pub promised: Option<(Promise, Share)>,
    /// Why it was not compared, where it was not.
    pub excluded: Option<Exclusion>,
}

/// An offer of the contract in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedOffer {
    /// To whom.
    pub bidder: ParticipantId,
    /// At which price.
    pub price: Amount,
    /// Whether the poster chose it by hand.
    pub selected: bool,
}
