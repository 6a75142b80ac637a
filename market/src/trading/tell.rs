//! What a desk told, as events of the economy: to each trader what became of its orders and its money, to everybody
//! trades and depth without names.

use crate::order_book::{DeskEvent, Event as BookEvent};
use alloc::vec::Vec;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::event::order::{CancelReason, OrderEvent};
use oikos_protocol::id::{DeskId, OrderId, ParticipantId};

/// Appends the events that say what the desk told. `sender` is whose message it was.
pub(super) fn tell(told: DeskEvent, desk: DeskId, sender: ParticipantId, out: &mut Vec<Event>) {
    let event = match told {
        DeskEvent::Moved { asset, amount, from, to } => {
            let reason = match (from, to) {
                (Purse::Available(_), Purse::Order(order, _)) => MoneyReason::Order(order),
                (Purse::Order(order, owner), Purse::Available(to)) if owner == to => MoneyReason::Order(order),
                _ => MoneyReason::Trade(desk),
            };
            out.push(Event::Money(MoneyMoved { asset, amount, from, to, reason }));
            return;
        }
        DeskEvent::Book(event) => event,
    };
    let event = match event {
        BookEvent::Traded { taker, maker, taker_trader, maker_trader, taker_side, price, quantity } => {
            let filled = |order, trader| {
                Event::Order(OrderEvent::Filled { desk, order: OrderId(order), trader, price, quantity })
            };
            out.push(filled(taker, taker_trader));
            out.push(filled(maker, maker_trader));
            OrderEvent::Traded { desk, taker: taker_side, price, quantity }
        }
        BookEvent::Rested { order, price, quantity, .. } => {
            OrderEvent::Rested { desk, order: OrderId(order), trader: sender, price, quantity }
        }
        // Told as the change that it is, before the desk does it.
        BookEvent::Reduced { .. } | BookEvent::Cancelled { why: CancelReason::Replaced, .. } => return,
        BookEvent::Cancelled { order, trader, quantity, why } => {
            OrderEvent::Cancelled { desk, order: OrderId(order), trader, quantity, why }
        }
        BookEvent::Depth { side, price, quantity, orders } => OrderEvent::Depth { desk, side, price, quantity, orders },
        BookEvent::Top { bid, ask } => OrderEvent::Top { desk, bid, ask },
    };
    out.push(Event::Order(event));
}
