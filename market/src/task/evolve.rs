//! What an event does to a task. Nothing here decides, and nothing here can fail.

use super::lifecycle::permits;
use super::state::{Bid, Contract, Promised, Task, TaskState, Terms};
use crate::economy::{Economy, Violation};
use crate::purse::Purses;
use crate::timer::TimerKind;
use oikos_protocol::event::task::{AwardGround, Phase, Stage, TaskEvent};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use smallvec::SmallVec;

impl Economy {
    pub(crate) fn evolve_task(&mut self, event: &TaskEvent) {
        match *event {
            TaskEvent::Drafted { poster, ref spec, fee, .. } => {
                let names = &mut self.names;
                let task = Task {
                    poster,
                    fee,
                    requires: spec.requires.iter().map(|name| names.number(name)).collect(),
                    constraints: spec.constraints.iter().map(|name| names.number(name)).collect(),
                    spec: spec.clone(),
                    state: TaskState::Draft,
                    bids: SmallVec::new(),
                    purses: Purses::default(),
                    lots: None,
                    earned: Amount::ZERO,
                };
                let id = self.tasks.next();
                self.timers.set((task.deadline(), TimerKind::Task, id.0));
                self.tasks.push(task);
            }
            TaskEvent::ApprovalAsked { task, approver, approve_by, .. } => {
                self.commit(task);
                self.enter(task, TaskState::PendingApproval { approver, approve_by });
            }
            TaskEvent::Opened { task, bid_by, .. } => {
                if self.tasks.phase(task) == Some(Phase::Draft) {
                    self.commit(task);
                }
                self.enter(task, TaskState::Open { bid_by });
            }
            TaskEvent::BidPlaced { task, bidder, seal, ref team, .. } => {
                if let Some(task) = self.tasks.open_mut(task) {
                    let new = |deposit| Bid { bidder, seal, terms: None, team: team.clone(), deposit, excluded: false };
                    match task.place(bidder) {
                        Ok(place) => task.bids[place] = new(task.bids[place].deposit),
                        Err(place) => task.bids.insert(place, new(None)),
                    }
                }
            }
            TaskEvent::BidPriced { task, bidder, price, nonce, .. }
            | TaskEvent::BidOpened { task, bidder, price, nonce } => {
                self.change_bid(task, bidder, |bid| bid.terms = Some(Terms { price, nonce, promised: None }));
            }
            TaskEvent::BidPromised { task, bidder, promise, reputation, .. } => {
                self.change_bid(task, bidder, |bid| {
                    let promised = Some(Promised { promise, reputation });
                    bid.terms = bid.terms.map(|terms| Terms { promised, ..terms });
                });
            }
            TaskEvent::BidWithdrawn { task, bidder } => {
                if let Some(task) = self.tasks.open_mut(task)
                    && let Ok(place) = task.place(bidder)
                {
                    task.bids.remove(place);
                }
            }
            TaskEvent::BidExcluded { task, bidder, .. } => self.change_bid(task, bidder, |bid| bid.excluded = true),
            TaskEvent::BidsClosed { task, .. } => {
                self.enter(task, TaskState::Evaluating { stage: Stage::Clearing, until: self.now });
            }
            TaskEvent::StageEntered { task, stage, until } => {
                self.enter(task, TaskState::Evaluating { stage, until });
                if stage == Stage::Lots {
                    self.beacon.wait(task);
                }
            }
            TaskEvent::AwardOffered { task, bidder, price, ground, accept_by } => {
                self.enter(task, TaskState::AwardOffered { bidder, price, accept_by, accepted: false });
                if let AwardGround::Mechanism { lots: Some(seed), .. } = ground
                    && let Some(task) = self.tasks.open_mut(task)
                {
                    task.lots = Some(seed);
                }
            }
            TaskEvent::AwardAccepted { task, .. } => {
                if let Some(task) = self.tasks.open_mut(task)
                    && let TaskState::AwardOffered { accepted, .. } = &mut task.state
                {
                    *accepted = true;
                }
            }
            TaskEvent::AwardDeclined { task, bidder, .. } => {
                self.change_bid(task, bidder, |bid| bid.excluded = true);
                self.enter(task, TaskState::Evaluating { stage: Stage::Clearing, until: self.now });
            }
            TaskEvent::Activated { task, worker, milestone, deliver_by } => {
                let contract = self.contract(task, worker);
                self.enter(task, TaskState::Active { contract, milestone, deliver_by });
            }
            TaskEvent::Submitted { task, worker, milestone, review_by, .. } => {
                let contract = self.contract(task, worker);
                self.enter(task, TaskState::Submitted { contract, milestone, review_by, passed: false });
            }
            TaskEvent::ReviewPassed { task, milestone, review_by, .. } => {
                if let Some(contract) = self.tasks.open(task).and_then(|task| task.state.contract()) {
                    self.enter(task, TaskState::Submitted { contract, milestone, review_by, passed: true });
                }
            }
            TaskEvent::DeliverableAccepted { task, milestone, share, .. } => {
                if let Some(task) = self.tasks.open_mut(task)
                    && let Some(contract) = task.state.contract()
                {
                    let part = super::milestone::amount(task, contract.price, milestone).share_down(share);
                    task.earned.0 += part.0; // All parts together are at most the price.
                }
            }
            TaskEvent::Retained { task, worker, until } => {
                let contract = self.contract(task, worker);
                self.enter(task, TaskState::Accepted { contract, until });
            }
            TaskEvent::Settled { task, worker, .. } => {
                self.rate(worker, true);
                self.end(task, Phase::Settled);
            }
            TaskEvent::Defaulted { task, worker, .. } => {
                self.rate(worker, false);
                self.end(task, Phase::Defaulted);
            }
            TaskEvent::Rejected { task, .. } => self.end(task, Phase::Rejected),
            TaskEvent::Cancelled { task } => self.end(task, Phase::Cancelled),
            TaskEvent::NoAward { task, .. } => self.end(task, Phase::NoAward),
            TaskEvent::Expired { task, .. } => self.end(task, Phase::Expired),
        }
    }

    /// The contract that is in force, or that begins with the award on offer.
    fn contract(&self, task: TaskId, worker: ParticipantId) -> Contract {
        let price = self.tasks.open(task).and_then(|task| task.view().award).map(|(_, price)| price);
        Contract { worker, price: price.unwrap_or_default() }
    }

    fn change_bid(&mut self, task: TaskId, bidder: ParticipantId, change: impl FnOnce(&mut Bid)) {
        if let Some(bid) = self.tasks.open_mut(task).and_then(|task| task.bid_mut(bidder)) {
            change(bid);
        }
    }

    /// The task is in another state from here on, with another deadline.
    fn enter(&mut self, id: TaskId, state: TaskState) {
        let Some(task) = self.tasks.open_mut(id) else { return };
        let (from, to) = (task.state.phase(), state.phase());
        // A lap through Evaluating is the inside of one transition of the table: Open or AwardOffered → the next.
        if !permits(from, to) {
            self.broken = Some(Violation::Transition { task: id, from, to });
        }
        let before = task.deadline();
        let waited = matches!(task.state, TaskState::Evaluating { stage: Stage::Lots, .. });
        task.state = state;
        let after = task.deadline();
        if waited {
            self.beacon.leave(id);
        }
        if before != after {
            self.timers.clear((before, TimerKind::Task, id.0));
            self.timers.set((after, TimerKind::Task, id.0));
        }
    }

    /// The task is over.
    fn end(&mut self, id: TaskId, phase: Phase) {
        let Some(task) = self.tasks.end(id, phase) else { return };
        let from = task.state.phase();
        if !permits(from, phase) {
            self.broken = Some(Violation::Transition { task: id, from, to: phase });
        }
        if !task.is_empty_handed() {
            self.broken = Some(Violation::MoneyLeft { task: id, phase });
        }
        self.timers.clear((task.deadline(), TimerKind::Task, id.0));
        if matches!(task.state, TaskState::Evaluating { stage: Stage::Lots, .. }) {
            self.beacon.leave(id);
        }
        if from != Phase::Draft
            && let Some(poster) = self.participants.get_mut(task.poster)
        {
            let committed = poster.committed_mut(task.spec.asset);
            *committed = committed.saturating_sub(task.spec.budget);
        }
    }

    fn commit(&mut self, id: TaskId) {
        if let Some(task) = self.tasks.open(id)
            && let Some(poster) = self.participants.get_mut(task.poster)
        {
            poster.committed_mut(task.spec.asset).0 += task.spec.budget.0; // Budgets are below 2^88.
        }
    }

    fn rate(&mut self, worker: ParticipantId, good: bool) {
        if let Some(worker) = self.participants.get_mut(worker) {
            let count = if good { &mut worker.reputation.good } else { &mut worker.reputation.bad };
            *count = count.saturating_add(1);
        }
    }

    /// Whether the deadline of every open task is among the timers, once.
    pub(crate) fn timers_are_those_of_tasks(&self) -> bool {
        self.tasks.all_open().all(|(id, task)| self.timers.has((task.deadline(), TimerKind::Task, id.0)))
            && self.desks.calls_are_those_of_crossed_books()
            && self.desks.deadlines().all(|deadline| self.timers.has(deadline))
            && self.tasks.all_open().count()
                + self.offers.open()
                + self.desks.deadlines().count()
                + self.exchanges.open().count()
                == self.timers.len()
    }
}
