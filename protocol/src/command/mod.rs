//! What is asked of an economy: plain data, one file a noun. The sender and the time travel beside it.
//!
//! [`Command`] is exhaustive on purpose: a new one must break every place that forgets it.

pub mod account;
pub mod asset;
pub mod award;
pub mod beacon;
pub mod bid;
pub mod contract;
pub mod exchange;
pub(crate) mod flags;
pub mod limit;
pub mod offer;
pub mod order;
pub mod participant;
pub mod policy;
pub mod scoring;
pub mod split;
pub mod stream;
pub mod task;
pub mod transfer;

use crate::id::{CommandId, ParticipantId};
use crate::time::Timestamp;
use alloc::sync::Arc;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A command with its sender, its name and the moment after which it is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Who asks.
    pub by: ParticipantId,
    /// The command's name, kept across retries: the same id and content gets the first outcome again.
    pub id: CommandId,
    /// From this moment of economy time on the request is refused; at most 24 h ahead.
    pub expires: Timestamp,
    /// What is asked.
    pub command: Command,
}

/// All that can be asked. All change is a command; there is no back door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Declares an asset (operator).
    DefineAsset(asset::DefineAsset),
    /// Creates money of an asset whose regime has an issuer (the issuer).
    Issue(asset::Issue),
    /// Sets what every task pays to the treasury (operator).
    SetFee(policy::SetFee),
    /// Takes a participant in (operator, or the future principal).
    Register(participant::Register),
    /// Bounds what a participant may commit without asking (its principal).
    SetMandate(participant::SetMandate),
    /// Moves money between accounts of the ledger, in one batch.
    CreateTransfers(Vec<transfer::Transfer>),
    /// Rows 1 and 3 (or 2) of the life cycle in one step.
    PostTask(Arc<task::TaskSpec>),
    /// Row 1: writes a task down, with its rules frozen; nobody sees it yet.
    DraftTask(Arc<task::TaskSpec>),
    /// Rows 2 and 3: a draft is opened for bids, or waits for its approver.
    PublishTask(task::PublishTask),
    /// Row 3: the approver lets a task go on.
    ApproveTask(task::ApproveTask),
    /// Row 4: the approver stops a task.
    RefuseTask(task::RefuseTask),
    /// Row 6: the poster takes an open task back.
    CancelTask(task::CancelTask),
    /// Row 5: a first or a revised bid.
    PlaceBid(bid::PlaceBid),
    /// Row 5: a bid taken back.
    WithdrawBid(bid::WithdrawBid),
    /// Row 7: opens a bid that was placed as a commitment.
    RevealBid(bid::RevealBid),
    /// Row 9: the poster chooses by hand.
    SelectBid(award::SelectBid),
    /// Row 10: the worker takes the contract.
    AcceptAward(award::AcceptAward),
    /// Row 10: the approver confirms an award over the task's threshold.
    ConfirmAward(award::ConfirmAward),
    /// Row 11: the worker does not take the contract.
    DeclineAward(award::DeclineAward),
    /// Row 15: a milestone is delivered.
    SubmitDeliverable(contract::SubmitDeliverable),
    /// Row 17: a milestone is accepted and paid.
    AcceptDeliverable(contract::AcceptDeliverable),
    /// A seller's standing price.
    PublishOffer(offer::PublishOffer),
    /// A seller takes its offer back.
    WithdrawOffer(offer::WithdrawOffer),
    /// A buyer takes an offer and pays in one step.
    TakeOffer(offer::TakeOffer),
    /// The next link of the committed chain of lots (operator).
    RevealBeacon(beacon::RevealBeacon),
    /// Opens a desk for a pair of assets (operator).
    OpenDesk(order::OpenDesk),
    /// Sends an order to a desk.
    PlaceOrder(order::PlaceOrder),
    /// Cancels a resting order.
    CancelOrder(order::CancelOrder),
    /// Changes a resting order.
    ReplaceOrder(order::ReplaceOrder),
    /// Clears a call before its time (operator).
    ClearCall(order::ClearCall),
    /// Money that came from outside becomes money here (the asset's issuer).
    Deposit(asset::Deposit),
    /// Money leaves for outside (its owner).
    Withdraw(asset::Withdraw),
    /// An issuer destroys money of its own.
    Burn(asset::Burn),
    /// Sets a member's line of mutual credit (the asset's steward).
    SetCredit(asset::SetCredit),
    /// Lets somebody spend out of another's money, or bounds what it spends of its own.
    SetLimit(limit::SetLimit),
    /// Passes on a part of a limit.
    NarrowLimit(limit::NarrowLimit),
    /// Ends a limit and all that was passed on from it.
    RevokeLimit(limit::RevokeLimit),
    /// Pays several at once, by weight and by tiers.
    Split(split::Split),
    /// Begins to pay by time.
    OpenStream(stream::OpenStream),
    /// Sets more apart for a stream.
    TopUpStream(stream::TopUpStream),
    /// Pays what a stream has run up.
    SettleStream(stream::SettleStream),
    /// Ends a stream.
    StopStream(stream::StopStream),
    /// Offers one asset for another.
    OfferExchange(exchange::OfferExchange),
    /// Takes an exchange.
    TakeExchange(exchange::TakeExchange),
    /// Takes the offer of an exchange back.
    WithdrawExchange(exchange::WithdrawExchange),
    /// Row 7: opens a bid with a promise that was placed as a commitment.
    RevealScoredBid(bid::RevealScoredBid),
}

impl Command {
    /// The format of entries that first had such a command. New commands stand at the end, so that old ones decode.
    pub(crate) fn since(&self) -> u8 {
        match self {
            Self::DraftTask(spec) | Self::PostTask(spec) if spec.mechanism.scoring().is_some() => 4,
            Self::PlaceBid(bid::PlaceBid { terms: bid::BidTerms::Scored { .. }, .. }) | Self::RevealScoredBid(_) => 4,
            Self::DefineAsset(asset::DefineAsset { regime: asset::Regime::MutualCredit { .. }, .. })
            | Self::Deposit(_)
            | Self::Withdraw(_)
            | Self::Burn(_)
            | Self::SetCredit(_)
            | Self::SetLimit(_)
            | Self::NarrowLimit(_)
            | Self::RevokeLimit(_)
            | Self::Split(_)
            | Self::OpenStream(_)
            | Self::TopUpStream(_)
            | Self::SettleStream(_)
            | Self::StopStream(_)
            | Self::OfferExchange(_)
            | Self::TakeExchange(_)
            | Self::WithdrawExchange(_) => 3,
            _ => 1,
        }
    }
}
