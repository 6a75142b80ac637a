//! What the clock does to a task: the default of its state, or its hard end.

use super::state::{Task, TaskState};
use super::{accept, approve, award, close, decline, default, expire, settle};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::event::Event;
use oikos_protocol::event::task::Stage;
use oikos_protocol::id::{Hash32, TaskId};
use oikos_protocol::time::Timestamp;

/// The deadline of a task has come.
pub(crate) fn due(id: TaskId, task: &Task, economy: &Economy, now: Timestamp, out: &mut Vec<Event>) {
    if task.own_deadline() > now || matches!(task.state, TaskState::Draft) {
        return expire::due(id, task, economy, out);
    }
    match task.state {
        TaskState::Draft => {}
        TaskState::PendingApproval { .. } => approve::overdue(id, out),
        TaskState::Open { .. } => close::due(id, task, economy, now, out),
        TaskState::Evaluating { stage, .. } => evaluation_due(id, task, economy, stage, now, out),
        TaskState::AwardOffered { .. } => decline::overdue(id, task, economy, now, out),
        TaskState::Active { .. } => default::due(id, task, economy, out),
        TaskState::Submitted { .. } => accept::overdue(id, task, economy, now, out),
        TaskState::Accepted { .. } => settle::due(id, task, economy, out),
    }
}

fn evaluation_due(id: TaskId, task: &Task, economy: &Economy, stage: Stage, now: Timestamp, out: &mut Vec<Event>) {
    match stage {
        Stage::Reveal => {
            close::forfeit_unrevealed(id, task, economy, out);
            close::after_reveal(id, task, economy, now, out);
        }
        Stage::Selection | Stage::Clearing => award::evaluate(id, task, economy, now, None, out),
        // The beacon did not come: nobody may be chosen by anything else.
        Stage::Lots => award::nobody(id, task, economy, 0, out),
    }
}

/// The beacon has come for a task that waits for it.
pub(crate) fn draw(id: TaskId, task: &Task, economy: &Economy, link: Hash32, now: Timestamp, out: &mut Vec<Event>) {
    award::evaluate(id, task, economy, now, Some(link), out);
}
