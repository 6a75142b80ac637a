//! AwardOffered → Active: the worker takes the contract, and the approver confirms it above the threshold.

use super::refund::Mover;
use super::state::{Contract, Task, TaskState};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::award::{AcceptAward, ConfirmAward};
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{MilestoneId, ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::award::AwardRejection;
use oikos_protocol::time::{Span, Timestamp};

/// An award that is offered.
pub(crate) struct Offered<'a> {
    pub(crate) task: &'a Task,
    pub(crate) bidder: ParticipantId,
    pub(crate) price: Amount,
    pub(crate) accepted: bool,
}

/// The award of a task that is offered now.
pub(crate) fn offered(id: TaskId, economy: &Economy) -> Result<Offered<'_>, AwardRejection> {
    let phase = economy.tasks.phase(id).ok_or(AwardRejection::UnknownTask { task: id })?;
    match economy.tasks.open(id) {
        Some(task @ Task { state: TaskState::AwardOffered { bidder, price, accepted, .. }, .. }) => {
            Ok(Offered { task, bidder: *bidder, price: *price, accepted: *accepted })
        }
        _ => Err(AwardRejection::NotOffered { task: id, phase }),
    }
}

/// The award, if it is offered to this participant and not taken yet.
pub(crate) fn offered_to(id: TaskId, economy: &Economy, by: ParticipantId) -> Result<Offered<'_>, AwardRejection> {
    let offered = offered(id, economy)?;
    if offered.bidder != by {
        return Err(AwardRejection::NotTheWinner { task: id, by });
    }
    if offered.accepted {
        return Err(AwardRejection::AlreadyAccepted { task: id });
    }
    Ok(offered)
}

/// The worker takes the contract and lays down its bond; the deposit counts into it.
pub(crate) fn accept(
    ask: &AcceptAward,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let Offered { task, price, .. } = offered_to(id, economy, by)?;
    let mover = Mover::new(id, task, economy);
    let deposit = task.bid(by).map_or(Amount::ZERO, |bid| mover.deposit(bid));
    let bond = price.share_down(task.spec.performance_bond);
    let (counted, more) = (deposit.min(bond), bond.saturating_sub(deposit));
    let available = economy.available(by, task.spec.asset);
    if more > available {
        return Err(AwardRejection::InsufficientBond { bond: more, available }.into());
    }
    mover.moved(Purse::Deposit(id, by), Purse::Bond(id), counted, MoneyReason::Bond, out);
    mover.moved(Purse::Available(by), Purse::Bond(id), more, MoneyReason::Bond, out);
    mover.deposit_back(by, deposit.saturating_sub(counted), out);
    if task.spec.confirm_above.is_some_and(|threshold| price > threshold) {
        out.push(Event::Task(TaskEvent::AwardAccepted { task: id, worker: by }));
    } else {
        begin(&mover, Contract { worker: by, price }, now, out);
    }
    Ok(Reply::Done)
}

/// The approver confirms what the worker took.
pub(crate) fn confirm(
    ask: &ConfirmAward,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let Offered { task, bidder, price, accepted } = offered(id, economy)?;
    if task.spec.approver != Some(by) {
        return Err(AwardRejection::NotTheApprover { task: id, by }.into());
    }
    if !accepted {
        return Err(AwardRejection::NotToConfirm { task: id }.into());
    }
    begin(&Mover::new(id, task, economy), Contract { worker: bidder, price }, now, out);
    Ok(Reply::Done)
}

/// Work begins: what the price left of the budget is the poster's again.
fn begin(mover: &Mover<'_>, contract: Contract, now: Timestamp, out: &mut Vec<Event>) {
    mover.hold_back(mover.task.spec.budget.saturating_sub(contract.price), out);
    activate(mover.id, mover.task, contract, MilestoneId(0), now, out);
}

/// The clock of a milestone starts.
pub(crate) fn activate(
    id: TaskId,
    task: &Task,
    contract: Contract,
    milestone: MilestoneId,
    now: Timestamp,
    out: &mut Vec<Event>,
) {
    let worker = contract.worker;
    let promised = task.bid(worker).and_then(|bid| bid.terms?.promised?.promise.time);
    // What was promised binds: that part of the time, rounded down, is all there is.
    let within = |time: Span| promised.map_or(time, |share| time.share_down(share));
    let deliver =
        task.spec.milestones.get(usize::from(milestone.0)).map_or(now, |part| now.after(within(part.deliver)));
    out.push(Event::Task(TaskEvent::Activated { task: id, worker, milestone, deliver_by: deliver }));
}
