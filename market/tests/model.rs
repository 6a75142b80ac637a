//! Random days in a town against a tiny model of its money and its phases, folded from the events alone.
//!
//! After every command: every purse of the model is the ledger's, nothing was lost or made on the way,
//! a task that is over holds nothing, and no task went where no row of its life leads.
//! 24,000 commands; `OIKOS_LONG=1` plays 480,000.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

mod town;

use oikos_market::available_account;
use oikos_market::task::lifecycle::permits;
use oikos_protocol::command::transfer::TransferFlags;
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::event::task::{Phase, TaskEvent};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::outcome::Outcome;
use std::collections::{BTreeMap, BTreeSet};
use town::traffic::{Traffic, play};
use town::*;

/// How much is where, and where each task stands. Obviously correct: one line a movement.
#[derive(Debug, Default)]
struct Model {
    purses: BTreeMap<Purse, i128>,
    /// What pending transfers reserve of somebody's free money.
    reserved: BTreeMap<ParticipantId, i128>,
    pending: BTreeMap<u128, (ParticipantId, i128)>,
    phases: BTreeMap<TaskId, Phase>,
    /// What came into a task's hold, and what of it went where.
    budgets: BTreeMap<TaskId, i128>,
    reasons: BTreeSet<MoneyReason>,
}

impl Model {
    fn move_money(&mut self, from: Purse, to: Purse, amount: u128) {
        let amount = i128::try_from(amount).unwrap();
        *self.purses.entry(from).or_default() -= amount;
        *self.purses.entry(to).or_default() += amount;
        self.purses.retain(|_, amount| *amount != 0);
    }

    fn fold(&mut self, event: &Event) {
        match event {
            Event::Money(moved) => {
                self.move_money(moved.from, moved.to, moved.amount.0);
                self.reasons.insert(match moved.reason {
                    MoneyReason::Offer(_) => MoneyReason::Offer(oikos_protocol::id::OfferId(0)),
                    reason => reason,
                });
                let amount = i128::try_from(moved.amount.0).unwrap();
                let in_budget = |purse| matches!(purse, Purse::Hold(_) | Purse::Escrow(_));
                if let Some(task) = moved.to.task().filter(|_| in_budget(moved.to)) {
                    *self.budgets.entry(task).or_default() += amount;
                }
                if let Some(task) = moved.from.task().filter(|_| in_budget(moved.from)) {
                    *self.budgets.entry(task).or_default() -= amount;
                }
            }
            Event::Ledger(change) => match **change {
                LedgerEvent::TransferCreated(created) => {
                    let transfer = created.transfer;
                    let people = (0..).map(ParticipantId);
                    let owner = |account| people.clone().take(20).find(|who| available_account(*who, EUR) == account);
                    let (from, to) =
                        (owner(transfer.debit_account_id).unwrap(), owner(transfer.credit_account_id).unwrap());
                    if transfer.flags.contains(TransferFlags::PENDING) {
                        let amount = i128::try_from(transfer.amount.0).unwrap();
                        self.pending.insert(transfer.id.0, (from, amount));
                        *self.reserved.entry(from).or_default() += amount;
                        return;
                    }
                    if let Some((from, amount)) = self.pending.remove(&transfer.pending_id.0) {
                        *self.reserved.entry(from).or_default() -= amount;
                    }
                    if !transfer.flags.contains(TransferFlags::VOID_PENDING_TRANSFER) {
                        self.move_money(Purse::Available(from), Purse::Available(to), transfer.amount.0);
                    }
                }
                LedgerEvent::TransferExpired(expired) => {
                    let (from, amount) = self.pending.remove(&expired.transfer.id.0).unwrap();
                    *self.reserved.entry(from).or_default() -= amount;
                }
                LedgerEvent::AccountOpened(_) => {}
            },
            Event::Task(event) => {
                if let Some(to) = event.enters() {
                    let from = self.phases.insert(event.task(), to);
                    let first = matches!(event, TaskEvent::Drafted { .. });
                    assert_eq!(from.is_none(), first, "{event:?}");
                    // What follows in one step passes through Evaluating, or accepts an award that stays offered.
                    assert!(from.is_none_or(|from| permits(from, to)), "{from:?} → {to} by {event:?}");
                }
            }
            Event::Asset(_)
            | Event::Participant(_)
            | Event::Offer(_)
            | Event::Beacon(_)
            | Event::Limit(_)
            | Event::Stream(_)
            | Event::Exchange(_)
            | Event::Order(_) => {}
        }
    }

    fn compare(&self, town: &Town) {
        for (purse, &amount) in &self.purses {
            match *purse {
                Purse::Issuer => assert_eq!(town.economy.asset(EUR).unwrap().supply.0 as i128, -amount),
                Purse::Available(who) => {
                    let reserved = self.reserved.get(&who).copied().unwrap_or_default();
                    assert_eq!(town.purse(*purse) as i128, amount - reserved, "{purse:?}");
                }
                Purse::Hold(task) | Purse::Escrow(task) | Purse::Deposit(task, _) | Purse::Bond(task) => {
                    assert_eq!(town.purse(*purse) as i128, amount, "{purse:?}");
                    assert!(!self.phases[&task].is_terminal(), "{purse:?} holds {amount} after the end");
                }
                Purse::Treasury | Purse::Stream(_) | Purse::Order(..) => assert_eq!(town.purse(*purse) as i128, amount),
            }
        }
        assert_eq!(self.purses.values().sum::<i128>(), 0, "money was lost or made");
        let in_pools: i128 = self.purses.iter().filter(|(purse, _)| purse.task().is_some()).map(|(_, n)| n).sum();
        let held: i128 = town.economy.open_tasks().map(|(task, _)| held(town, task)).sum();
        assert_eq!(in_pools, held, "the ledger holds for tasks what the events say");
    }
}

/// All that the ledger holds for a task.
fn held(town: &Town, task: TaskId) -> i128 {
    let purses = [Purse::Hold(task), Purse::Escrow(task), Purse::Bond(task)];
    let deposits = (0..9).map(|who| Purse::Deposit(task, ParticipantId(who)));
    purses.into_iter().chain(deposits).map(|purse| town.purse(purse) as i128).sum()
}

#[test]
fn random_days_keep_to_the_model_of_their_money_and_their_phases() {
    let per_seed = if std::env::var_os("OIKOS_LONG").is_some() { 120_000 } else { 6_000 };
    let (mut phases, mut reasons, mut codes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for seed in 1..=4 {
        let mut town = Town::with(100_000, Default::default());
        let mut model = Model::default();
        let mut folded = 0;
        let mut traffic = Traffic::new(seed);
        let mut n = 0;
        play(&mut town, &mut traffic, per_seed, |town, before, request, outcome| {
            for event in &town.events[folded..] {
                model.fold(event);
            }
            folded = town.events.len();
            model.compare(town);
            for (task, phase) in &model.phases {
                n += 1;
                if n % 64 == 0 || !phase.is_terminal() {
                    assert_eq!(town.economy.phase(*task), Some(*phase), "{task}");
                }
            }
            if let Outcome::Rejected(why) = outcome {
                codes.insert(why.code());
                assert_eq!(town.events.len(), before, "{request:?} was refused, and something happened");
            }
        });
        assert!(model.budgets.iter().all(|(task, left)| *left == 0 || !model.phases[task].is_terminal()));
        phases.extend(model.phases.values().copied());
        reasons.extend(model.reasons);
    }
    assert!(phases.is_superset(&Phase::ALL.into_iter().filter(|phase| phase.is_terminal()).collect()), "{phases:?}");
    assert_eq!(reasons.len(), 12, "not all reasons for money to move came up: {reasons:?}");
    assert!(codes.len() >= 45, "only {} different rejections: {codes:?}", codes.len());
}
