//! Money going back: the movements that several transitions share, as events.

use super::state::{Bid, Task};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::money::Amount;

/// A task's money on the move. Movements of nothing are no events.
pub(crate) struct Mover<'a> {
    pub(crate) id: TaskId,
    pub(crate) task: &'a Task,
    pub(crate) economy: &'a Economy,
}

impl<'a> Mover<'a> {
    pub(crate) fn new(id: TaskId, task: &'a Task, economy: &'a Economy) -> Self {
        Self { id, task, economy }
    }

    pub(crate) fn moved(&self, from: Purse, to: Purse, amount: Amount, reason: MoneyReason, out: &mut Vec<Event>) {
        if !amount.is_zero() {
            out.push(Event::Money(MoneyMoved { asset: self.task.spec.asset, amount, from, to, reason }));
        }
    }

    /// How much a bidder has laid down.
    pub(crate) fn deposit(&self, bid: &Bid) -> Amount {
        bid.deposit.and_then(|hold| self.economy.ledger.held(hold)).unwrap_or_default()
    }

    /// How much is in the performance bond.
    pub(crate) fn bond(&self) -> Amount {
        self.task.purses.bond.and_then(|hold| self.economy.ledger.held(hold)).unwrap_or_default()
    }

    /// How much of the award is not earned yet.
    pub(crate) fn escrow(&self) -> Amount {
        self.task.purses.escrow.and_then(|hold| self.economy.ledger.held(hold)).unwrap_or_default()
    }

    /// How much of the budget is reserved.
    pub(crate) fn hold(&self) -> Amount {
        self.task.purses.hold.and_then(|hold| self.economy.ledger.held(hold)).unwrap_or_default()
    }

    /// `amount` of the reserved budget goes back to the poster.
    pub(crate) fn hold_back(&self, amount: Amount, out: &mut Vec<Event>) {
        self.moved(Purse::Hold(self.id), Purse::Available(self.task.poster), amount, MoneyReason::Refund, out);
    }

    /// The deposits of these bidders go back to them.
    pub(crate) fn deposits_back(&self, of: impl Fn(&Bid) -> bool, out: &mut Vec<Event>) {
        for bid in self.task.bids.iter().filter(|bid| of(bid)) {
            self.deposit_back(bid.bidder, self.deposit(bid), out);
        }
    }

    /// `amount` of a deposit goes back to its bidder.
    pub(crate) fn deposit_back(&self, bidder: ParticipantId, amount: Amount, out: &mut Vec<Event>) {
        self.moved(Purse::Deposit(self.id, bidder), Purse::Available(bidder), amount, MoneyReason::Deposit, out);
    }

    /// `amount` of a deposit is lost to the poster.
    pub(crate) fn deposit_lost(&self, bidder: ParticipantId, amount: Amount, out: &mut Vec<Event>) {
        let poster = Purse::Available(self.task.poster);
        self.moved(Purse::Deposit(self.id, bidder), poster, amount, MoneyReason::Forfeit, out);
    }

    /// `amount` of the bond goes back to the worker.
    pub(crate) fn bond_back(&self, worker: ParticipantId, amount: Amount, out: &mut Vec<Event>) {
        self.moved(Purse::Bond(self.id), Purse::Available(worker), amount, MoneyReason::Bond, out);
    }
}
