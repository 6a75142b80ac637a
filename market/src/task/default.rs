//! Active → Defaulted: the worker did not deliver.

use super::refund::Mover;
use super::state::{Task, TaskState};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::TaskId;

/// D_i + grace: the bond up to the cap goes to the poster, and so does what is not earned.
pub(crate) fn due(id: TaskId, task: &Task, economy: &Economy, out: &mut Vec<Event>) {
    let TaskState::Active { contract, milestone, .. } = task.state else { return };
    let mover = Mover::new(id, task, economy);
    let (bond, poster) = (mover.bond(), Purse::Available(task.poster));
    let damages = bond.min(contract.price.share_down(task.spec.damages_max));
    mover.moved(Purse::Bond(id), poster, damages, MoneyReason::Damages, out);
    mover.bond_back(contract.worker, bond.saturating_sub(damages), out);
    mover.moved(Purse::Escrow(id), poster, mover.escrow(), MoneyReason::Refund, out);
    out.push(Event::Task(TaskEvent::Defaulted { task: id, worker: contract.worker, milestone }));
}
