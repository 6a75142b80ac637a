//! Submitted → Active (the next milestone), Accepted or Settled: a reviewer approves, or silence decides.

use super::refund::Mover;
use super::state::{Contract, Task, TaskState};
use super::{accept_award, milestone, settle, submit};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::contract::AcceptDeliverable;
use oikos_protocol::command::task::ReviewDefault;
use oikos_protocol::event::Event;
use oikos_protocol::event::task::{Cause, TaskEvent};
use oikos_protocol::id::{MilestoneId, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::contract::ContractRejection;
use oikos_protocol::time::{Span, Timestamp};

const WHOLE: Share = match Share::from_millionths(Share::WHOLE) {
    Some(whole) => whole,
    None => Share::NONE,
};

/// The poster or the evaluator approves.
pub(crate) fn decide(
    ask: &AcceptDeliverable,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let phase = economy.tasks.phase(id).ok_or(ContractRejection::UnknownTask { task: id })?;
    let Some(task @ Task { state: TaskState::Submitted { contract, milestone, .. }, .. }) = economy.tasks.open(id)
    else {
        return Err(ContractRejection::NotSubmitted { task: id, phase }.into());
    };
    if task.poster != by && task.spec.evaluator != Some(by) {
        return Err(ContractRejection::NotAReviewer { task: id, by }.into());
    }
    if ask.milestone != *milestone {
        return Err(ContractRejection::OtherMilestone { given: ask.milestone, expected: *milestone }.into());
    }
    accepted(id, task, economy, *contract, *milestone, Cause::Participant(by), WHOLE, now, out);
    Ok(Reply::Done)
}

/// T_review: the default that was chosen at posting. A worker must not wait for ever.
pub(crate) fn overdue(id: TaskId, task: &Task, economy: &Economy, now: Timestamp, out: &mut Vec<Event>) {
    let TaskState::Submitted { contract, milestone, passed, .. } = task.state else { return };
    match (task.spec.review_default, task.spec.evaluator) {
        (ReviewDefault::Evaluator, Some(evaluator)) if !passed => {
            let review_by = submit::review_by(evaluator, task, economy, now);
            out.push(Event::Task(TaskEvent::ReviewPassed { task: id, milestone, evaluator, review_by }));
        }
        (ReviewDefault::Split(share), _) => {
            accepted(id, task, economy, contract, milestone, Cause::Clock, share, now, out);
        }
        (ReviewDefault::Accept | ReviewDefault::Evaluator, _) => {
            accepted(id, task, economy, contract, milestone, Cause::Clock, WHOLE, now, out);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one event, with the money it moves")]
fn accepted(
    id: TaskId,
    task: &Task,
    economy: &Economy,
    contract: Contract,
    milestone: MilestoneId,
    by: Cause,
    share: Share,
    now: Timestamp,
    out: &mut Vec<Event>,
) {
    let mover = Mover::new(id, task, economy);
    let worker = contract.worker;
    out.push(Event::Task(TaskEvent::DeliverableAccepted { task: id, worker, milestone, by, share }));
    milestone::pay(&mover, contract, milestone, share, out);
    if !milestone::is_last(task, milestone) {
        accept_award::activate(id, task, contract, MilestoneId(milestone.0 + 1), now, out);
    } else if task.spec.windows.retention > Span::ZERO {
        let until = now.after(task.spec.windows.retention);
        out.push(Event::Task(TaskEvent::Retained { task: id, worker, until }));
    } else {
        settle::settle(&mover, contract, earned_with(task, contract, milestone, share), out);
    }
}

fn earned_with(task: &Task, contract: Contract, last: MilestoneId, share: Share) -> Amount {
    let part = milestone::amount(task, contract.price, last).share_down(share);
    Amount(task.earned.0 + part.0) // Together at most the price.
}
