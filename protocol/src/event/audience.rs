//! Who may see an event. A sealed bid is a hash to everyone else until the rule opens it.

use super::Event;
use super::asset::AssetEvent;
use super::ledger::LedgerEvent;
use super::money::Purse;
use super::offer::OfferEvent;
use super::participant::ParticipantEvent;
use super::task::TaskEvent;
use super::transfer::{TransferCreated, TransferExpired};
use crate::id::ParticipantId;
use serde::{Deserialize, Serialize};

/// Who may see an event. The operator sees all but the prices of bids that are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everybody.
    Public,
    /// The participants it names, and those they act for.
    Parties([Option<ParticipantId>; 2]),
    /// The operator alone.
    Operator,
}

impl Audience {
    const fn one(party: ParticipantId) -> Self {
        Self::Parties([Some(party), None])
    }
}

impl Event {
    /// Who may see this event.
    #[must_use]
    pub fn audience(&self) -> Audience {
        match self {
            Self::Asset(
                AssetEvent::Defined { .. }
                | AssetEvent::Issued { .. }
                | AssetEvent::FeeSet { .. }
                | AssetEvent::Burned { .. },
            )
            | Self::Participant(ParticipantEvent::Registered { .. })
            | Self::Beacon(_) => Audience::Public,
            Self::Asset(
                AssetEvent::Deposited { issuer, to: whose, .. } | AssetEvent::Withdrawn { issuer, from: whose, .. },
            ) => Audience::Parties([Some(*issuer), Some(*whose)]),
            Self::Asset(AssetEvent::CreditSet { steward, member, .. }) => {
                Audience::Parties([Some(*steward), Some(*member)])
            }
            Self::Participant(ParticipantEvent::MandateSet(mandate)) => {
                Audience::Parties([Some(mandate.participant), Some(mandate.approver)])
            }
            Self::Task(event) => event.audience(),
            // A deposit's amount would betray the price of a sealed bid: only its owner sees it move.
            Self::Money(moved) => match (moved.from, moved.to) {
                (Purse::Available(one), Purse::Available(other)) => Audience::Parties([Some(one), Some(other)]),
                // A forfeit is the loser's to see as well.
                (Purse::Deposit(_, one), Purse::Available(other)) => Audience::Parties([Some(one), Some(other)]),
                (Purse::Order(_, one), Purse::Available(other)) => Audience::Parties([Some(one), Some(other)]),
                (Purse::Available(one), _) | (_, Purse::Available(one)) => Audience::one(one),
                (Purse::Deposit(_, one), _) | (_, Purse::Deposit(_, one)) => Audience::one(one),
                _ => Audience::Operator,
            },
            Self::Order(event) => match event.trader() {
                Some(trader) => Audience::one(trader),
                None => Audience::Public,
            },
            Self::Ledger(event) => match &**event {
                LedgerEvent::TransferCreated(TransferCreated { transfer, .. })
                | LedgerEvent::TransferExpired(TransferExpired { transfer, .. }) => {
                    match [transfer.debit_account_id.owner(), transfer.credit_account_id.owner()] {
                        [None, None] => Audience::Operator,
                        parties => Audience::Parties(parties),
                    }
                }
                LedgerEvent::AccountOpened(_) => Audience::Operator,
            },
            Self::Limit(event) => Audience::Parties(event.parties()),
            Self::Stream(event) => Audience::Parties(event.parties()),
            Self::Exchange(event) => event.parties().map_or(Audience::Public, Audience::Parties),
            Self::Offer(event) => match event {
                OfferEvent::Published { terms, seller, .. } => match terms.buyer {
                    Some(buyer) => Audience::Parties([Some(*seller), Some(buyer)]),
                    None => Audience::Public,
                },
                OfferEvent::Taken { .. } | OfferEvent::Withdrawn { .. } | OfferEvent::Expired { .. } => {
                    Audience::Public
                }
            },
        }
    }
}

impl TaskEvent {
    const fn audience(&self) -> Audience {
        match self {
            Self::Drafted { poster, .. } => Audience::one(*poster),
            Self::ApprovalAsked { poster, approver, .. } => Audience::Parties([Some(*poster), Some(*approver)]),
            Self::BidPriced { open: false, bidder, .. } | Self::BidPromised { open: false, bidder, .. } => {
                Audience::one(*bidder)
            }
            Self::BidPriced { .. }
            | Self::BidPromised { .. }
            | Self::Rejected { .. }
            | Self::Opened { .. }
            | Self::BidPlaced { .. }
            | Self::BidWithdrawn { .. }
            | Self::Cancelled { .. }
            | Self::BidsClosed { .. }
            | Self::BidOpened { .. }
            | Self::BidExcluded { .. }
            | Self::StageEntered { .. }
            | Self::NoAward { .. }
            | Self::AwardOffered { .. }
            | Self::AwardAccepted { .. }
            | Self::AwardDeclined { .. }
            | Self::Activated { .. }
            | Self::Submitted { .. }
            | Self::ReviewPassed { .. }
            | Self::DeliverableAccepted { .. }
            | Self::Retained { .. }
            | Self::Settled { .. }
            | Self::Defaulted { .. }
            | Self::Expired { .. } => Audience::Public,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AssetId, TaskId};
    use crate::money::Amount;

    const ANN: ParticipantId = ParticipantId(1);

    #[test]
    fn a_sealed_price_is_its_bidders_alone() {
        let priced = |open| {
            Event::Task(TaskEvent::BidPriced { task: TaskId(1), bidder: ANN, price: Amount(5), nonce: [0; 16], open })
        };
        assert_eq!(priced(false).audience(), Audience::one(ANN));
        assert_eq!(priced(true).audience(), Audience::Public);
    }

    #[test]
    fn a_deposit_moves_unseen_by_others_because_it_betrays_the_price() {
        let moved = Event::Money(super::super::money::MoneyMoved {
            asset: AssetId(0),
            amount: Amount(5),
            from: Purse::Available(ANN),
            to: Purse::Deposit(TaskId(1), ANN),
            reason: super::super::money::MoneyReason::Deposit,
        });
        assert_eq!(moved.audience(), Audience::one(ANN));
    }
}
