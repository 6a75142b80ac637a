//! Order books: depth, top and last trades of every desk, and each trader's own orders, from the events of desks.
//!
//! The book is folded from what everybody is told; a trader's orders from what only it is told. Of orders that are over
//! the last [`OVER_MAX`] of each trader are kept, of trades the last [`TRADES_MAX`] of each desk.

use crate::fold::{Fold, Position};
use oikos_protocol::command::order::{OpenDesk, OrderKind, Side};
use oikos_protocol::event::Event;
use oikos_protocol::event::order::{CancelReason, OrderEvent};
use oikos_protocol::id::{DeskId, OrderId, ParticipantId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Orders that are over, kept for each trader.
pub const OVER_MAX: usize = 100;
/// Trades kept for each desk.
pub const TRADES_MAX: usize = 1_000;

/// A trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// When.
    pub at: Position,
    /// The side of the order that came in; in a call, the buyer's.
    pub taker: Side,
    /// The price of a lot.
    pub price: Amount,
    /// How many lots.
    pub quantity: u64,
}

/// A best price with its lots.
pub type Best = Option<(Amount, u64)>;

/// The book of a desk as everybody knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicBook {
    /// What it trades, and how.
    pub terms: OpenDesk,
    /// The best bid and the best ask, as last told.
    pub top: (Best, Best),
    bids: BTreeMap<Amount, (u64, u32)>,
    asks: BTreeMap<Amount, (u64, u32)>,
    trades: VecDeque<Trade>,
}

impl PublicBook {
    /// The prices of a side, best first, with their lots and orders.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = (Amount, u64, u32)> {
        let (bids, asks) = match side {
            Side::Buy => (Some(self.bids.iter().rev()), None),
            Side::Sell => (None, Some(self.asks.iter())),
        };
        let both = bids.into_iter().flatten().chain(asks.into_iter().flatten());
        both.map(|(&price, &(quantity, orders))| (price, quantity, orders))
    }

    /// The last trades, the newest first.
    pub fn trades(&self) -> impl Iterator<Item = &Trade> {
        self.trades.iter().rev()
    }
}

/// A trader's own order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnOrder {
    /// At which desk.
    pub desk: DeskId,
    /// Its side.
    pub side: Side,
    /// How many lots it was sent, or last changed, to have.
    pub quantity: u64,
    /// How many traded.
    pub filled: u64,
    /// What they cost, or brought.
    pub turnover: u128,
    /// How many rest, and at which price.
    pub rests: Option<(Amount, u64)>,
    /// When its time is up.
    pub expires: Timestamp,
    /// Why what was left of it went.
    pub gone: Option<CancelReason>,
}

/// All desks, and whose orders are where.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderBooks {
    desks: BTreeMap<DeskId, PublicBook>,
    resting: BTreeMap<ParticipantId, BTreeMap<OrderId, OwnOrder>>,
    over: BTreeMap<ParticipantId, VecDeque<(OrderId, OwnOrder)>>,
}

impl OrderBooks {
    /// The book of a desk.
    #[must_use]
    pub fn get(&self, desk: DeskId) -> Option<&PublicBook> {
        self.desks.get(&desk)
    }

    /// All books, in order of opening.
    pub fn all(&self) -> impl Iterator<Item = (DeskId, &PublicBook)> {
        self.desks.iter().map(|(&desk, book)| (desk, book))
    }

    /// A trader's orders, the newest first, those that rest before those that are over.
    pub fn of_trader(&self, trader: ParticipantId) -> impl Iterator<Item = (OrderId, &OwnOrder)> {
        let resting = self.resting.get(&trader).into_iter().flatten().rev().map(|(&id, order)| (id, order));
        let over = self.over.get(&trader).into_iter().flatten().rev().map(|(id, order)| (*id, order));
        resting.chain(over)
    }

    fn change(&mut self, trader: ParticipantId, id: OrderId, change: impl FnOnce(&mut OwnOrder)) {
        let orders = self.resting.entry(trader).or_default();
        let Some(order) = orders.get_mut(&id) else { return };
        change(order);
        let over = order.gone.is_some() || order.filled == order.quantity;
        if over && let Some(order) = orders.remove(&id) {
            let kept = self.over.entry(trader).or_default();
            if kept.len() >= OVER_MAX {
                kept.pop_front();
            }
            kept.push_back((id, order));
        }
    }
}

impl Fold for OrderBooks {
    fn fold(&mut self, at: Position, event: &Event) {
        let Event::Order(event) = event else { return };
        match *event {
            OrderEvent::DeskOpened { desk, terms } => {
                let (bids, asks, trades) = (BTreeMap::new(), BTreeMap::new(), VecDeque::new());
                self.desks.insert(desk, PublicBook { terms, top: (None, None), bids, asks, trades });
            }
            OrderEvent::Placed { desk, order, trader, side, quantity, kind } => {
                let expires = match kind {
                    OrderKind::Limit { expires, .. } => expires,
                    _ => Timestamp::NEVER,
                };
                let new = OwnOrder { desk, side, quantity, filled: 0, turnover: 0, rests: None, expires, gone: None };
                self.resting.entry(trader).or_default().insert(order, new);
            }
            OrderEvent::Rested { order, trader, price, quantity, .. } => {
                self.change(trader, order, |order| order.rests = Some((price, quantity)));
            }
            OrderEvent::Replaced { order, trader, price, quantity, kept_place, .. } => {
                self.change(trader, order, |order| {
                    order.quantity = order.filled + quantity;
                    order.rests = kept_place.then_some((price, quantity));
                });
            }
            OrderEvent::Filled { order, trader, price, quantity, .. } => {
                self.change(trader, order, |order| {
                    order.filled += quantity;
                    order.turnover = order.turnover.saturating_add(price.0.saturating_mul(quantity.into()));
                    order.rests =
                        order.rests.and_then(|(at, left)| Some((at, left.checked_sub(quantity).filter(|&n| n > 0)?)));
                });
            }
            OrderEvent::Cancelled { order, trader, why, .. } => {
                self.change(trader, order, |order| (order.rests, order.gone) = (None, Some(why)));
            }
            OrderEvent::Traded { desk, taker, price, quantity } => {
                if let Some(book) = self.desks.get_mut(&desk) {
                    if book.trades.len() >= TRADES_MAX {
                        book.trades.pop_front();
                    }
                    book.trades.push_back(Trade { at, taker, price, quantity });
                }
            }
            OrderEvent::Depth { desk, side, price, quantity, orders } => {
                if let Some(book) = self.desks.get_mut(&desk) {
                    let levels = if side == Side::Buy { &mut book.bids } else { &mut book.asks };
                    if orders == 0 {
                        levels.remove(&price);
                    } else {
                        levels.insert(price, (quantity, orders));
                    }
                }
            }
            OrderEvent::Top { desk, bid, ask } => {
                if let Some(book) = self.desks.get_mut(&desk) {
                    book.top = (bid, ask);
                }
            }
            OrderEvent::Cleared { .. } => {}
        }
    }
}
