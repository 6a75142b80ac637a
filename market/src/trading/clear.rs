//! A call is cleared: the clock, or the operator, lets all that crosses trade at one price; then orders are collected again.

use super::{settled, tell};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::order::{ClearCall, Market};
use oikos_protocol::event::Event;
use oikos_protocol::event::order::OrderEvent;
use oikos_protocol::id::{DeskId, ParticipantId};
use oikos_protocol::money::Share;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::order::DeskRejection;
use oikos_protocol::rejection::request::RequestRejection;

/// The operator clears a call before its time.
pub(super) fn apply(
    ask: &ClearCall,
    economy: &mut Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let desk = ask.desk;
    if by != ParticipantId::OPERATOR {
        return Err(RequestRejection::NotTheOperator { by }.into());
    }
    let open = economy.desks.get(desk).ok_or(DeskRejection::Unknown { desk })?;
    let Market::Call { split, .. } = open.terms.market else {
        return Err(DeskRejection::NotACall { desk }.into());
    };
    clear(desk, split, economy, out);
    Ok(Reply::Done)
}

/// The clock clears a call.
pub(crate) fn due(desk: DeskId, economy: &mut Economy, out: &mut Vec<Event>) {
    if let Some(open) = economy.desks.get(desk)
        && let Market::Call { split, .. } = open.terms.market
    {
        clear(desk, split, economy, out);
    }
}

fn clear(desk: DeskId, split: Share, economy: &mut Economy, out: &mut Vec<Event>) {
    let before = economy.expiry_of(desk);
    let Some(open) = economy.desks.get_mut(desk) else { return };
    let operator = ParticipantId::OPERATOR;
    let done = open.desk.uncross(split, &mut economy.ledger, &mut |told| tell::tell(told, desk, operator, out));
    open.desk.open_call();
    let cross = done.as_ref().ok().copied().flatten();
    economy.broken = economy.broken.take().or(settled(done.map(drop)));
    let (price, quantity) = (cross.map(|cross| cross.price), cross.map_or(0, |cross| cross.quantity));
    out.push(Event::Order(OrderEvent::Cleared { desk, price, quantity }));
    economy.set_desk_timers(desk, before);
}
