//! Accepted → Settled: the bond goes back, and reputation moves.

use super::refund::Mover;
use super::state::{Contract, Task, TaskState};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::event::Event;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::TaskId;
use oikos_protocol::money::Amount;

/// Retention is over.
pub(crate) fn due(id: TaskId, task: &Task, economy: &Economy, out: &mut Vec<Event>) {
    if let TaskState::Accepted { contract, .. } = task.state {
        settle(&Mover::new(id, task, economy), contract, task.earned, out);
    }
}

/// Ends the contract well.
pub(crate) fn settle(mover: &Mover<'_>, contract: Contract, paid: Amount, out: &mut Vec<Event>) {
    let worker = contract.worker;
    mover.bond_back(worker, mover.bond(), out);
    out.push(Event::Task(TaskEvent::Settled { task: mover.id, worker, paid }));
}
