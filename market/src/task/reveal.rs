//! Evaluating → Evaluating: a bidder opens its commitment, to a price alone or with a promise.

use super::bid::check_promise;
use super::state::{Task, TaskState};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::bid::{Nonce, RevealBid, RevealScoredBid, seal_of};
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::event::Event;
use oikos_protocol::event::task::{Stage, TaskEvent};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::bid::BidRejection;

/// Opens a price.
pub(crate) fn decide(
    ask: &RevealBid,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    open(ask.task, ask.price, ask.nonce, None, economy, by, out)
}

/// Opens a price and a promise.
pub(crate) fn decide_scored(
    ask: &RevealScoredBid,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    open(ask.task, ask.price, ask.nonce, Some(ask.promise), economy, by, out)
}

/// Writes the events, or says why not. A price above the reserve is revealed like any other, and then not compared.
fn open(
    id: TaskId,
    price: Amount,
    nonce: Nonce,
    promise: Option<Promise>,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let phase = economy.tasks.phase(id).ok_or(BidRejection::UnknownTask { task: id })?;
    let Some(task @ Task { state: TaskState::Evaluating { stage: Stage::Reveal, .. }, .. }) = economy.tasks.open(id)
    else {
        return Err(BidRejection::NotRevealing { task: id, phase }.into());
    };
    let bid = task.bid(by).ok_or(BidRejection::NoBid { task: id })?;
    if bid.terms.is_some() {
        return Err(BidRejection::AlreadyRevealed { task: id }.into());
    }
    if seal_of(id, by, price, &nonce, promise) != bid.seal {
        return Err(BidRejection::NotTheCommitment {}.into());
    }
    check_promise(promise, task)?;
    out.push(Event::Task(TaskEvent::BidOpened { task: id, bidder: by, price, nonce }));
    if let Some(promise) = promise {
        let reputation = economy.participants.reputation(by);
        out.push(Event::Task(TaskEvent::BidPromised { task: id, bidder: by, promise, reputation, open: true }));
    }
    Ok(Reply::Done)
}
