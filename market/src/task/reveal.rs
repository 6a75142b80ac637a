//! Evaluating → Evaluating: a bidder opens its commitment.

use super::state::{Task, TaskState};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::bid::{RevealBid, seal};
use oikos_protocol::event::Event;
use oikos_protocol::event::task::{Stage, TaskEvent};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::bid::BidRejection;

/// Writes the event, or says why not. A price above the reserve is revealed like any other, and then not compared.
pub(crate) fn decide(
    ask: &RevealBid,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let phase = economy.tasks.phase(id).ok_or(BidRejection::UnknownTask { task: id })?;
    let Some(task @ Task { state: TaskState::Evaluating { stage: Stage::Reveal, .. }, .. }) = economy.tasks.open(id)
    else {
        return Err(BidRejection::NotRevealing { task: id, phase }.into());
    };
    let bid = task.bid(by).ok_or(BidRejection::NoBid { task: id })?;
    if bid.terms.is_some() {
        return Err(BidRejection::AlreadyRevealed { task: id }.into());
    }
    if seal(id, by, ask.price, &ask.nonce) != bid.seal {
        return Err(BidRejection::NotTheCommitment {}.into());
    }
    out.push(Event::Task(TaskEvent::BidOpened { task: id, bidder: by, price: ask.price, nonce: ask.nonce }));
    Ok(Reply::Done)
}
