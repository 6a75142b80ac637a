//! Opening a desk: the operator says which assets trade, in which lots and ticks, at once or in calls.

use crate::economy::Economy;
use crate::mechanism::auction::UNITS_MAX;
use alloc::vec::Vec;
use oikos_protocol::command::order::{Market, OpenDesk};
use oikos_protocol::event::Event;
use oikos_protocol::event::order::OrderEvent;
use oikos_protocol::id::{DeskId, ParticipantId};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::order::DeskRejection;
use oikos_protocol::rejection::request::RequestRejection;
use oikos_protocol::time::Span;

/// Desks of an economy.
const DESKS_MAX: u32 = 256;
/// Orders that one trader may leave at a desk, at the most.
const ORDERS_MAX: u32 = 1 << 20;
/// Calls follow each other no faster.
const CALL_EVERY_MIN: Span = Span::millis(1);

/// Opens a desk.
pub(crate) fn decide(
    ask: &OpenDesk,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    if by != ParticipantId::OPERATOR {
        return Err(RequestRejection::NotTheOperator { by }.into());
    }
    let OpenDesk { base, quote, lot, tick, quantity_max, orders_max, self_trade: _, market } = *ask;
    if economy.assets.get(base).is_none() {
        return Err(DeskRejection::UnknownBase { asset: base }.into());
    }
    if economy.assets.get(quote).is_none() {
        return Err(DeskRejection::UnknownQuote { asset: quote }.into());
    }
    if base == quote {
        return Err(DeskRejection::SameAsset {}.into());
    }
    if lot == 0 {
        return Err(DeskRejection::ZeroLot {}.into());
    }
    if tick.is_zero() {
        return Err(DeskRejection::ZeroTick {}.into());
    }
    if !(1..=UNITS_MAX).contains(&quantity_max) {
        return Err(DeskRejection::BadQuantityMax { given: quantity_max, max: UNITS_MAX }.into());
    }
    if !(1..=ORDERS_MAX).contains(&orders_max) {
        return Err(DeskRejection::BadOrdersMax { given: orders_max, max: ORDERS_MAX }.into());
    }
    if matches!(market, Market::Call { every, .. } if every < CALL_EVERY_MIN) {
        return Err(DeskRejection::CallTooOften { min_ns: CALL_EVERY_MIN.0 }.into());
    }
    if let Some(desk) = economy.desks.of_pair(base, quote) {
        return Err(DeskRejection::PairTaken { desk }.into());
    }
    if economy.desks.len() >= DESKS_MAX {
        return Err(DeskRejection::TooMany { max: DESKS_MAX }.into());
    }
    let desk = DeskId(economy.desks.len());
    out.push(Event::Order(OrderEvent::DeskOpened { desk, terms: *ask }));
    Ok(Reply::Desk(desk))
}
