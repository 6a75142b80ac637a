//! Balances: how much is in every purse, from the money that moved.

use crate::fold::{Fold, Position};
use oikos_protocol::command::transfer::TransferFlags;
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::Purse;
use oikos_protocol::id::AssetId;
use std::collections::BTreeMap;

/// How much is in every purse. What the issuer gave out counts as its debt, so that each asset sums to zero.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Balances(BTreeMap<(AssetId, Purse), i128>);

impl Balances {
    /// How much is in a purse, in minor units; negative for the issuer alone.
    #[must_use]
    pub fn of(&self, purse: Purse, asset: AssetId) -> i128 {
        self.0.get(&(asset, purse)).copied().unwrap_or_default()
    }

    /// The sum over all purses of an asset: zero, or money was lost or made on the way.
    #[must_use]
    pub fn sum(&self, asset: AssetId) -> i128 {
        self.0.iter().filter(|((of, _), _)| *of == asset).map(|(_, amount)| amount).sum()
    }

    /// All purses that are not empty.
    pub fn all(&self) -> impl Iterator<Item = (AssetId, Purse, i128)> {
        self.0.iter().map(|(&(asset, purse), &amount)| (asset, purse, amount))
    }

    fn add(&mut self, asset: AssetId, purse: Purse, amount: i128) {
        let balance = self.0.entry((asset, purse)).or_default();
        *balance += amount;
        if *balance == 0 {
            self.0.remove(&(asset, purse));
        }
    }

    fn moved(&mut self, asset: AssetId, from: Purse, to: Purse, amount: u128) {
        let amount = i128::try_from(amount).unwrap_or(i128::MAX); // No supply is above 2^100.
        self.add(asset, from, -amount);
        self.add(asset, to, amount);
    }
}

impl Fold for Balances {
    fn fold(&mut self, _: Position, event: &Event) {
        match event {
            Event::Money(moved) => self.moved(moved.asset, moved.from, moved.to, moved.amount.0),
            Event::Ledger(event) => {
                if let LedgerEvent::TransferCreated(created) = &**event {
                    let transfer = &created.transfer;
                    let flags = transfer.flags;
                    let posted = !flags.contains(TransferFlags::PENDING)
                        && !flags.contains(TransferFlags::VOID_PENDING_TRANSFER);
                    let owners = (transfer.debit_account_id.owner(), transfer.credit_account_id.owner());
                    if let (true, (Some(from), Some(to))) = (posted, owners) {
                        self.moved(transfer.ledger, Purse::Available(from), Purse::Available(to), transfer.amount.0);
                    }
                }
            }
            Event::Asset(_)
            | Event::Participant(_)
            | Event::Task(_)
            | Event::Offer(_)
            | Event::Beacon(_)
            | Event::Limit(_)
            | Event::Stream(_)
            | Event::Exchange(_)
            | Event::Order(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::event::money::{MoneyMoved, MoneyReason};
    use oikos_protocol::id::{ParticipantId, TaskId};
    use oikos_protocol::money::Amount;

    #[test]
    fn every_asset_sums_to_zero_and_an_event_counts_once() {
        let (asset, ann, task) = (AssetId(1), Purse::Available(ParticipantId(1)), Purse::Hold(TaskId(0)));
        let moved =
            |from, to, amount, reason| Event::Money(MoneyMoved { asset, amount: Amount(amount), from, to, reason });
        let mut follow = crate::Follow::<Balances>::default();
        let at = |seq, index| Position { seq, index };
        follow.take(at(1, 0), &moved(Purse::Issuer, ann, 100, MoneyReason::Issue));
        follow.take(at(2, 0), &moved(ann, task, 30, MoneyReason::Budget));
        follow.take(at(2, 0), &moved(ann, task, 30, MoneyReason::Budget));
        let view = follow.view();
        assert_eq!((view.of(ann, asset), view.of(task, asset), view.of(Purse::Issuer, asset)), (70, 30, -100));
        assert_eq!(view.sum(asset), 0);
        assert_eq!(follow.at(), Some(at(2, 0)));
    }
}
