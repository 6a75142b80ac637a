//! An order comes in: it trades, rests or goes, and its trader could pay for all of it beforehand.

use super::desks::OpenedDesk;
use super::{refusal, settled, tell};
use crate::economy::Economy;
use crate::mechanism::auction::PRICE_MAX;
use crate::order_book::{Kind, Order};
use alloc::vec::Vec;
use oikos_protocol::command::order::{OrderKind, PlaceOrder, Side};
use oikos_protocol::event::Event;
use oikos_protocol::event::order::OrderEvent;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::order::OrderRejection;
use oikos_protocol::time::Timestamp;

/// Takes an order in.
pub(super) fn apply(
    ask: &PlaceOrder,
    economy: &mut Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let PlaceOrder { desk, side, quantity, kind } = *ask;
    let id = economy.desks.next_order();
    let order = Order { id: id.0, trader: by, side, quantity, kind };
    check(ask, &order, economy, now)?;
    let before = economy.expiry_of(desk);
    let Some(open) = economy.desks.get_mut(desk) else {
        return Err(OrderRejection::UnknownDesk { desk }.into()); // Was looked at by `check`.
    };
    out.push(Event::Order(OrderEvent::Placed { desk, order: id, trader: by, side, quantity, kind }));
    let done = open.desk.take_in(&order, &mut economy.ledger, now, &mut |told| tell::tell(told, desk, by, out));
    economy.broken = economy.broken.take().or(settled(done));
    economy.desks.count_order();
    economy.set_desk_timers(desk, before);
    Ok(Reply::Order(id))
}

fn check(ask: &PlaceOrder, order: &Order, economy: &Economy, now: Timestamp) -> Result<(), Rejection> {
    let desk = ask.desk;
    let open = economy.desks.get(desk).ok_or(OrderRejection::UnknownDesk { desk })?;
    check_size(open, ask.quantity, order.limit())?;
    if let OrderKind::Limit { expires, .. } = ask.kind
        && expires <= now
    {
        return Err(OrderRejection::ExpiresInThePast { expires, now }.into());
    }
    let rests = matches!(order.kind, Kind::Limit { .. });
    let max = open.terms.orders_max;
    // A limit order may come to rest. The book itself counts to 2^28, which no ledger here reaches.
    if rests && open.desk.resting(order.trader) >= max {
        return Err(OrderRejection::TooMany { max }.into());
    }
    // Whoever is bound in what it would pay with pays under a limit only.
    let pays = if order.side == Side::Buy { open.terms.quote } else { open.terms.base };
    economy.must_be_unbound(order.trader, pays)?;
    open.desk
        .check_place(order, &economy.ledger)
        .map_err(|why| refusal(why, desk, economy.desks.next_order(), order.trader))
}

/// Whether quantity and price are what the desk trades in.
pub(super) fn check_size(open: &OpenedDesk, quantity: u64, price: Option<Amount>) -> Result<(), Rejection> {
    let max = open.terms.quantity_max;
    if !(1..=max).contains(&quantity) {
        return Err(OrderRejection::BadQuantity { given: quantity, max }.into());
    }
    let Some(given) = price else { return Ok(()) };
    let tick = open.terms.tick;
    if given.is_zero() || !given.0.is_multiple_of(tick.0) {
        return Err(OrderRejection::BadPrice { given, tick }.into());
    }
    if given > PRICE_MAX {
        return Err(OrderRejection::PriceTooHigh { given, max: PRICE_MAX }.into());
    }
    Ok(())
}
