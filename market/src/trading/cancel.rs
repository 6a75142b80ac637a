//! A trader takes its resting order back, and with it what was set apart.

use super::{settled, tell};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::order::CancelOrder;
use oikos_protocol::event::Event;
use oikos_protocol::id::{DeskId, OrderId, ParticipantId};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::order::OrderRejection;

/// Cancels a resting order.
pub(super) fn apply(
    ask: &CancelOrder,
    economy: &mut Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let CancelOrder { desk, order } = *ask;
    check_resting(desk, order, economy, by)?;
    let before = economy.expiry_of(desk);
    let Some(open) = economy.desks.get_mut(desk) else {
        return Err(OrderRejection::UnknownDesk { desk }.into()); // Was looked at just now.
    };
    let done = open.desk.cancel(order.0, by, &mut economy.ledger, &mut |told| tell::tell(told, desk, by, out));
    economy.broken = economy.broken.take().or(settled(done));
    economy.set_desk_timers(desk, before);
    Ok(Reply::Done)
}

/// Whether an order rests at a desk and is the sender's.
pub(super) fn check_resting(
    desk: DeskId,
    order: OrderId,
    economy: &Economy,
    by: ParticipantId,
) -> Result<(), Rejection> {
    let open = economy.desks.get(desk).ok_or(OrderRejection::UnknownDesk { desk })?;
    if order >= economy.desks.next_order() {
        return Err(OrderRejection::Unknown { order }.into());
    }
    match open.desk.book().order(order.0) {
        None => Err(OrderRejection::Over { order }.into()),
        Some((trader, ..)) if trader != by => Err(OrderRejection::NotYours { order, by }.into()),
        Some(_) => Ok(()),
    }
}
