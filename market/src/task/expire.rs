//! Any open state → Expired: the hard end.

use super::refund::Mover;
use super::state::{Task, TaskState};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::TaskId;

/// What is not earned goes back to the poster, bonds and deposits to those who laid them down.
pub(crate) fn due(id: TaskId, task: &Task, economy: &Economy, out: &mut Vec<Event>) {
    let mover = Mover::new(id, task, economy);
    mover.hold_back(mover.hold(), out);
    let poster = Purse::Available(task.poster);
    mover.moved(Purse::Escrow(id), poster, mover.escrow(), MoneyReason::Refund, out);
    mover.deposits_back(|_| true, out);
    let worker = match task.state {
        TaskState::AwardOffered { bidder, .. } => Some(bidder),
        _ => task.state.contract().map(|contract| contract.worker),
    };
    if let Some(worker) = worker {
        mover.bond_back(worker, mover.bond(), out);
    }
    out.push(Event::Task(TaskEvent::Expired { task: id, phase: task.state.phase() }));
}
