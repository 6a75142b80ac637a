//! AwardOffered → AwardOffered (the next), Evaluating or NoAward: the winner does not take it.
//!
//! Declining is no free option: the decliner pays what it makes the poster's next choice dearer, up to its
//! deposit; where the task scores, what a bid brings counts against its price. Where nobody is left, the reserve
//! stands for the price the poster has to fear.

use super::accept_award::{Offered, offered_to};
use super::award::{self, Compared};
use super::refund::Mover;
use super::score;
use super::state::Task;
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::award::DeclineAward;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::event::task::{Cause, TaskEvent};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::time::Timestamp;

/// The winner says no.
pub(crate) fn decide(
    ask: &DeclineAward,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let Offered { task, price, .. } = offered_to(ask.task, economy, by)?;
    decline(ask.task, task, economy, by, price, Cause::Participant(by), now, out);
    Ok(Reply::Done)
}

/// T_accept: silence counts as a decline; an award that its approver did not confirm ends without blame.
pub(crate) fn overdue(id: TaskId, task: &Task, economy: &Economy, now: Timestamp, out: &mut Vec<Event>) {
    let Ok(Offered { bidder, price, accepted, .. }) = super::accept_award::offered(id, economy) else { return };
    if !accepted {
        return decline(id, task, economy, bidder, price, Cause::Clock, now, out);
    }
    let mover = Mover::new(id, task, economy);
    mover.bond_back(bidder, mover.bond(), out);
    mover.moved(Purse::Escrow(id), Purse::Hold(id), price, MoneyReason::Award, out);
    award::nobody(id, task, economy, 0, out);
}

#[expect(clippy::too_many_arguments, reason = "the parts of one event, with the money it moves")]
fn decline(
    id: TaskId,
    task: &Task,
    economy: &Economy,
    bidder: ParticipantId,
    price: Amount,
    by: Cause,
    now: Timestamp,
    out: &mut Vec<Event>,
) {
    let mover = Mover::new(id, task, economy);
    out.push(Event::Task(TaskEvent::AwardDeclined { task: id, bidder, by }));
    mover.moved(Purse::Escrow(id), Purse::Hold(id), price, MoneyReason::Award, out);
    let next = award::compare(id, task, economy, Some(bidder), None, out);
    let scoring = task.spec.mechanism.scoring();
    let promised = task.bid(bidder).and_then(|bid| bid.terms?.promised);
    let gone = score::cost(scoring.as_ref(), price, promised);
    let feared = match next {
        Compared::Winner { cost, .. } | Compared::NeedsLots { best: cost } => cost,
        Compared::Nobody { .. } => score::cost(None, task.reserve(), None),
    };
    let deposit = task.bid(bidder).map_or(Amount::ZERO, |bid| mover.deposit(bid));
    let lost = deposit.min(Amount((feared - gone).max(0).unsigned_abs()));
    mover.deposit_lost(bidder, lost, out);
    mover.deposit_back(bidder, deposit.saturating_sub(lost), out);
    // All other deposits went back with the first offer, so that none is left to return.
    match next {
        Compared::Winner { bidder: next, price, ground, .. } => {
            award::offer(id, task, economy, now, next, price, ground, out);
        }
        Compared::NeedsLots { .. } => award::wait_for_lots(id, economy, now, out),
        Compared::Nobody { compared } => {
            mover.hold_back(task.spec.budget, out);
            out.push(Event::Task(TaskEvent::NoAward { task: id, compared }));
        }
    }
}
