//! Open → Cancelled: the poster takes the task back, and pays the declared fee if anybody has bid.

use super::refund::Mover;
use super::state::TaskState;
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_ledger::split::largest_remainder;
use oikos_protocol::command::task::CancelTask;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::task::TaskRejection;

/// Writes the events, or says why not.
pub(crate) fn decide(
    ask: &CancelTask,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let phase = economy.tasks.phase(id).ok_or(TaskRejection::Unknown { task: id })?;
    let Some(task) = economy.tasks.open(id).filter(|task| matches!(task.state, TaskState::Open { .. })) else {
        return Err(TaskRejection::NotCancellable { task: id, phase }.into());
    };
    if task.poster != by {
        return Err(TaskRejection::NotThePoster { task: id, by }.into());
    }
    let mover = Mover::new(id, task, economy);
    let weights: Vec<u32> = task.bids.iter().map(|_| 1).collect();
    let fee = if weights.is_empty() { Amount::ZERO } else { task.spec.cancel_fee };
    for (bid, part) in task.bids.iter().zip(largest_remainder(fee, &weights)) {
        mover.moved(Purse::Hold(id), Purse::Available(bid.bidder), part, MoneyReason::CancelFee, out);
    }
    mover.hold_back(task.spec.budget.saturating_sub(fee), out);
    mover.deposits_back(|_| true, out);
    out.push(Event::Task(TaskEvent::Cancelled { task: id }));
    Ok(Reply::Done)
}
