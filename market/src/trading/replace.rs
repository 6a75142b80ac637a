//! A trader changes price or quantity of a resting order; fewer lots at the same price keep the place in the queue.

use super::cancel::check_resting;
use super::place::check_size;
use super::{refusal, settled, tell};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::order::ReplaceOrder;
use oikos_protocol::event::Event;
use oikos_protocol::event::order::OrderEvent;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::order::OrderRejection;

/// Changes a resting order.
pub(super) fn apply(
    ask: &ReplaceOrder,
    economy: &mut Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let ReplaceOrder { desk, order, price, quantity } = *ask;
    check_resting(desk, order, economy, by)?;
    let before = economy.expiry_of(desk);
    let Some(open) = economy.desks.get_mut(desk) else {
        return Err(OrderRejection::UnknownDesk { desk }.into()); // Was looked at just now.
    };
    check_size(open, quantity, Some(price))?;
    let checked = open.desk.check_replace(order.0, by, price, quantity, &economy.ledger);
    checked.map_err(|why| refusal(why, desk, order, by))?;
    let kept_place = open.desk.book().order(order.0).is_some_and(|(_, _, at, lots)| at == price && quantity <= lots);
    out.push(Event::Order(OrderEvent::Replaced { desk, order, trader: by, price, quantity, kept_place }));
    let ledger = &mut economy.ledger;
    let done = open.desk.replace(order.0, by, price, quantity, ledger, &mut |told| tell::tell(told, desk, by, out));
    economy.broken = economy.broken.take().or(settled(done));
    economy.set_desk_timers(desk, before);
    Ok(Reply::Done)
}
