//! Money that moved, with both ends and the reason.
//!
//! One event for every movement that the economy makes, so that a fold of these alone gives every balance.

use crate::id::{AssetId, DeskId, OfferId, OrderId, ParticipantId, StreamId, TaskId};
use crate::money::Amount;
use serde::{Deserialize, Serialize};

/// An amount left one purse and came into another, in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyMoved {
    /// Of what.
    pub asset: AssetId,
    /// How much, above zero.
    pub amount: Amount,
    /// Out of.
    pub from: Purse,
    /// Into.
    pub to: Purse,
    /// Why.
    pub reason: MoneyReason,
}

/// Where money can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purse {
    /// Outside: where issued money comes from.
    Issuer,
    /// A participant's free money.
    Available(ParticipantId),
    /// A task's reserved budget.
    Hold(TaskId),
    /// A task's award money that is not earned yet.
    Escrow(TaskId),
    /// A bidder's deposit on a task.
    Deposit(TaskId, ParticipantId),
    /// A task's performance bond.
    Bond(TaskId),
    /// The operator's fees.
    Treasury,
    /// What a trader set apart for a resting order.
    Order(OrderId, ParticipantId),
    /// What is set apart for a stream.
    Stream(StreamId),
}

impl Purse {
    /// The task it belongs to, if it belongs to one.
    #[must_use]
    pub const fn task(self) -> Option<TaskId> {
        match self {
            Self::Hold(task) | Self::Escrow(task) | Self::Deposit(task, _) | Self::Bond(task) => Some(task),
            Self::Issuer | Self::Available(_) | Self::Treasury | Self::Stream(_) | Self::Order(..) => None,
        }
    }
}

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MoneyReason {
    /// It was created.
    Issue,
    /// A budget was reserved.
    Budget,
    /// A bidder's deposit, laid down or given back.
    Deposit,
    /// A deposit that its owner lost: not revealed, or declined.
    Forfeit,
    /// The price of an award was set apart, or put back for the next.
    Award,
    /// A performance bond, laid down or given back.
    Bond,
    /// A milestone was paid.
    Pay,
    /// The treasury's part of a payment.
    Fee,
    /// What was not spent went back to the poster.
    Refund,
    /// The price of cancelling.
    CancelFee,
    /// A bond that went to the poster.
    Damages,
    /// An offer was taken.
    Offer(OfferId),
    /// Set apart for an order, or given back.
    Order(OrderId),
    /// One leg of a trade.
    Trade(DeskId),
    /// It came from outside.
    FromOutside,
    /// It left for outside.
    ToOutside,
    /// Its issuer destroyed it.
    Burn,
    /// A line of mutual credit became longer or shorter.
    Credit,
    /// Set apart for a stream, paid by it, or given back.
    Stream(StreamId),
}
