//! An order's time is up: it is cancelled, one order a deadline, so that a step stays small.

use super::{settled, tell};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::event::Event;
use oikos_protocol::id::{DeskId, ParticipantId};

/// Cancels the order of a desk whose time is up first.
pub(crate) fn due(desk: DeskId, economy: &mut Economy, out: &mut Vec<Event>) {
    let (before, now) = (economy.expiry_of(desk), economy.now);
    let Some(open) = economy.desks.get_mut(desk) else { return };
    let operator = ParticipantId::OPERATOR;
    let done = open.desk.expire_one(now, &mut economy.ledger, &mut |told| tell::tell(told, desk, operator, out));
    economy.broken = economy.broken.take().or(settled(done));
    economy.set_desk_timers(desk, before);
}
