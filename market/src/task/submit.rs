//! Active → Submitted: a milestone is handed in.

use super::state::{Contract, Task, TaskState};
use crate::calendar;
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::contract::SubmitDeliverable;
use oikos_protocol::event::Event;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::contract::ContractRejection;
use oikos_protocol::time::Timestamp;

/// Writes the event, or says why not. What is late is taken until the grace is over; then the clock has acted.
pub(crate) fn decide(
    ask: &SubmitDeliverable,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let phase = economy.tasks.phase(id).ok_or(ContractRejection::UnknownTask { task: id })?;
    let Some(task @ Task { state: TaskState::Active { contract, milestone, .. }, .. }) = economy.tasks.open(id) else {
        return Err(ContractRejection::NotActive { task: id, phase }.into());
    };
    let Contract { worker, .. } = *contract;
    if worker != by {
        return Err(ContractRejection::NotTheWorker { task: id, by }.into());
    }
    if ask.milestone != *milestone {
        return Err(ContractRejection::OtherMilestone { given: ask.milestone, expected: *milestone }.into());
    }
    if ask.deliverable == Hash32::ZERO {
        return Err(ContractRejection::NoDeliverable {}.into());
    }
    out.push(Event::Task(TaskEvent::Submitted {
        task: id,
        worker,
        milestone: *milestone,
        deliverable: ask.deliverable,
        review_by: review_by(task.poster, task, economy, now),
    }));
    Ok(Reply::Done)
}

/// When the review of this reviewer is over: after working time, where the reviewer is a human.
pub(crate) fn review_by(reviewer: ParticipantId, task: &Task, economy: &Economy, now: Timestamp) -> Timestamp {
    let review = task.spec.windows.review;
    match economy.participants.get(reviewer).and_then(|reviewer| reviewer.week()) {
        Some(week) => calendar::after(&week, economy.genesis.epoch_unix_ns, now, review),
        None => now.after(review),
    }
}
