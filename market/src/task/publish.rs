//! Draft → Open or PendingApproval: the budget is reserved, or somebody is asked first.

use super::draft;
use crate::economy::Economy;
use alloc::sync::Arc;
use alloc::vec::Vec;
use oikos_protocol::command::task::{PublishTask, TaskSpec};
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::event::task::{Cause, Phase, TaskEvent};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::task::TaskRejection;
use oikos_protocol::time::Timestamp;

/// Rows 1 and 2 or 3 in one step.
pub(crate) fn post(
    spec: &Arc<TaskSpec>,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let task = economy.tasks.next();
    let reply = draft::decide(spec, economy, by, now, out)?;
    publish(task, spec, economy, by, now, out)?;
    Ok(reply)
}

/// Rows 2 and 3.
pub(crate) fn decide(
    ask: &PublishTask,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let phase = economy.tasks.phase(id).ok_or(TaskRejection::Unknown { task: id })?;
    let Some(task) = economy.tasks.open(id).filter(|_| phase == Phase::Draft) else {
        return Err(TaskRejection::NotDraft { task: id, phase }.into());
    };
    if task.poster != by {
        return Err(TaskRejection::NotThePoster { task: id, by }.into());
    }
    draft::check_end(&task.spec, economy, by, now)?;
    publish(id, &task.spec, economy, by, now, out)?;
    Ok(Reply::Done)
}

fn publish(
    task: TaskId,
    spec: &Arc<TaskSpec>,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<(), Rejection> {
    let poster = economy.participants.get(by);
    let mandate = poster.and_then(|poster| poster.mandate(spec.asset));
    if let (Some(poster), Some(mandate)) = (poster, mandate) {
        let left = mandate.open_max.saturating_sub(poster.committed(spec.asset));
        if spec.budget > left {
            return Err(TaskRejection::AboveMandate { budget: spec.budget, left }.into());
        }
    }
    let asked = mandate.filter(|mandate| spec.budget > mandate.per_task_max).map(|mandate| mandate.approver);
    // Who bounds the poster comes first: naming a friend as approver is no way around a mandate.
    match asked.or(spec.approver) {
        Some(approver) => {
            let (spec, approve_by) = (Arc::clone(spec), now.after(spec.windows.approve));
            out.push(Event::Task(TaskEvent::ApprovalAsked { task, poster: by, approver, spec, approve_by }));
            Ok(())
        }
        None => open(task, spec, economy, by, Cause::Participant(by), now, out),
    }
}

/// The budget is reserved and bidding begins.
pub(crate) fn open(
    task: TaskId,
    spec: &Arc<TaskSpec>,
    economy: &Economy,
    poster: ParticipantId,
    by: Cause,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<(), Rejection> {
    let TaskSpec { asset, budget, .. } = **spec;
    let available = economy.available(poster, asset);
    if budget > available {
        return Err(TaskRejection::InsufficientFunds { budget, available }.into());
    }
    let bid_by = now.after(spec.windows.bid);
    out.push(Event::Task(TaskEvent::Opened { task, poster, by, spec: Arc::clone(spec), bid_by }));
    out.push(Event::Money(MoneyMoved {
        asset,
        amount: budget,
        from: Purse::Available(poster),
        to: Purse::Hold(task),
        reason: MoneyReason::Budget,
    }));
    Ok(())
}
