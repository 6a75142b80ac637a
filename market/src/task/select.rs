//! Evaluating → AwardOffered: the poster chooses by hand.

use super::award;
use super::state::{Task, TaskState};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::award::SelectBid;
use oikos_protocol::event::Event;
use oikos_protocol::event::task::{AwardGround, Stage};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::award::AwardRejection;
use oikos_protocol::time::Timestamp;

/// Offers the contract at the bid's own price, or says why not.
pub(crate) fn decide(
    ask: &SelectBid,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let phase = economy.tasks.phase(id).ok_or(AwardRejection::UnknownTask { task: id })?;
    let Some(task @ Task { state: TaskState::Evaluating { stage: Stage::Selection, .. }, .. }) = economy.tasks.open(id)
    else {
        return Err(AwardRejection::NotSelecting { task: id, phase }.into());
    };
    if task.poster != by {
        return Err(AwardRejection::NotThePoster { task: id, by }.into());
    }
    let bidder = ask.bidder;
    let chosen = task.bid(bidder).filter(|bid| !bid.excluded);
    let terms = chosen.and_then(|bid| award::fitness(bid, task, economy).ok());
    let terms = terms.ok_or(AwardRejection::NoSuchBid { bidder })?;
    award::first_offer(id, task, economy, now, bidder, terms.price, AwardGround::Selected, out);
    Ok(Reply::Done)
}
