//! Open → Evaluating: bidding is over, and what the node kept closed is opened.

use super::award;
use super::refund::Mover;
use super::state::{Promised, Task, Terms};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::task::{Sealing, Selection};
use oikos_protocol::event::Event;
use oikos_protocol::event::task::{Stage, TaskEvent};
use oikos_protocol::id::TaskId;
use oikos_protocol::time::Timestamp;

/// T_bid: opens the bids, and waits for reveals or the poster's choice, or clears at once.
pub(crate) fn due(id: TaskId, task: &Task, economy: &Economy, now: Timestamp, out: &mut Vec<Event>) {
    let bids = task.bids.len() as u32; // At most `bids_max`.
    out.push(Event::Task(TaskEvent::BidsClosed { task: id, bids }));
    if task.spec.sealing == Sealing::Sealed {
        for bid in &task.bids {
            let bidder = bid.bidder;
            let Some(Terms { price, nonce, promised }) = bid.terms else { continue };
            out.push(Event::Task(TaskEvent::BidOpened { task: id, bidder, price, nonce }));
            if let Some(Promised { promise, reputation }) = promised {
                out.push(Event::Task(TaskEvent::BidPromised { task: id, bidder, promise, reputation, open: true }));
            }
        }
    }
    match task.spec.sealing {
        Sealing::CommitReveal { reveal } if bids > 0 => {
            let (stage, until) = (Stage::Reveal, now.after(reveal));
            out.push(Event::Task(TaskEvent::StageEntered { task: id, stage, until }));
        }
        _ => after_reveal(id, task, economy, now, out),
    }
}

/// T_reveal: who did not reveal loses its deposit to the poster.
pub(crate) fn forfeit_unrevealed(id: TaskId, task: &Task, economy: &Economy, out: &mut Vec<Event>) {
    let mover = Mover::new(id, task, economy);
    for bid in task.bids.iter().filter(|bid| bid.terms.is_none()) {
        mover.deposit_lost(bid.bidder, mover.deposit(bid), out);
    }
}

/// The bids are known: waits for the poster's choice where the task says so, else clears.
pub(crate) fn after_reveal(id: TaskId, task: &Task, economy: &Economy, now: Timestamp, out: &mut Vec<Event>) {
    match task.spec.selection {
        Selection::Manual { select } if task.bids.iter().any(|bid| bid.terms.is_some()) => {
            let (stage, until) = (Stage::Selection, now.after(select));
            out.push(Event::Task(TaskEvent::StageEntered { task: id, stage, until }));
        }
        _ => award::evaluate(id, task, economy, now, None, out),
    }
}
