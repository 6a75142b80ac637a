//! PendingApproval → Open or Rejected: the approver decides, or is silent.

use super::state::{Task, TaskState};
use super::{draft, publish};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::task::{ApproveTask, RefuseTask};
use oikos_protocol::event::Event;
use oikos_protocol::event::task::{Cause, TaskEvent};
use oikos_protocol::id::{Hash32, ParticipantId, TaskId};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::task::TaskRejection;
use oikos_protocol::time::Timestamp;

/// The approver says yes.
pub(crate) fn approve(
    ask: &ApproveTask,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let task = pending(ask.task, economy, by)?;
    draft::check_end(&task.spec, economy, task.poster, now)?;
    publish::open(ask.task, &task.spec, economy, task.poster, Cause::Participant(by), now, out)?;
    Ok(Reply::Done)
}

/// The approver says no.
pub(crate) fn refuse(
    ask: &RefuseTask,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    pending(ask.task, economy, by)?;
    out.push(Event::Task(TaskEvent::Rejected { task: ask.task, by: Cause::Participant(by), reason: ask.reason }));
    Ok(Reply::Done)
}

/// The approver was silent: nobody's money is reserved without a word.
pub(crate) fn overdue(task: TaskId, out: &mut Vec<Event>) {
    out.push(Event::Task(TaskEvent::Rejected { task, by: Cause::Clock, reason: Hash32::ZERO }));
}

fn pending(id: TaskId, economy: &Economy, by: ParticipantId) -> Result<&Task, Rejection> {
    let phase = economy.tasks.phase(id).ok_or(TaskRejection::Unknown { task: id })?;
    match economy.tasks.open(id) {
        Some(task @ Task { state: TaskState::PendingApproval { approver, .. }, .. }) => {
            if *approver == by {
                Ok(task)
            } else {
                Err(TaskRejection::NotTheApprover { task: id, by }.into())
            }
        }
        _ => Err(TaskRejection::NotPendingApproval { task: id, phase }.into()),
    }
}
