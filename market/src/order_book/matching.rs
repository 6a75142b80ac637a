//! Matching: what an order that comes in does to the book.
//!
//! Price first, then time: an order trades with the best price of the other side, and at a price with the order that
//! has rested longest, always at the resting price. What may rest goes to the back of its level.

use super::book::{Book, NONE, Phase, SelfTrade, Slot};
use super::event::{CancelReason, Event, OrderError};
use crate::mechanism::Side;
use crate::mechanism::auction::{PRICE_MAX, UNITS_MAX};
pub use oikos_protocol::command::order::OrderKind as Kind;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;

/// An order that comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Its number, unique among those that rest.
    pub id: u64,
    /// Who sent it.
    pub trader: ParticipantId,
    /// Whether it buys or sells.
    pub side: Side,
    /// How many units.
    pub quantity: u64,
    /// What it may do.
    pub kind: Kind,
}

/// What an order would find in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// How many units.
    pub quantity: u64,
    /// What they cost together.
    pub cost: Amount,
}

impl Order {
    /// The worst price it takes, if it has one.
    #[must_use]
    pub const fn limit(&self) -> Option<Amount> {
        match self.kind {
            Kind::Market => None,
            Kind::Limit { price, .. } | Kind::ImmediateOrCancel { price } | Kind::FillOrKill { price } => Some(price),
        }
    }
}

/// Whether an order on `side` with this limit takes `price`.
#[inline]
fn takes(side: Side, limit: Option<Amount>, price: Amount) -> bool {
    match (limit, side) {
        (None, _) => true,
        (Some(limit), Side::Buy) => price <= limit,
        (Some(limit), Side::Sell) => price >= limit,
    }
}

fn check_size(quantity: u64, price: Option<Amount>) -> Result<(), OrderError> {
    if quantity == 0 || quantity > UNITS_MAX {
        return Err(OrderError::Quantity { quantity });
    }
    match price {
        Some(price) if price > PRICE_MAX => Err(OrderError::Price { price }),
        _ => Ok(()),
    }
}

impl Book {
    /// Takes in an order. Its trades, what rests and what goes are told in the order they happen.
    ///
    /// # Errors
    /// [`OrderError::Quantity`], [`OrderError::Price`], [`OrderError::Duplicate`], [`OrderError::Full`],
    /// [`OrderError::InCall`]; the book is as before.
    #[inline]
    pub fn submit(&mut self, order: &Order, tell: &mut impl FnMut(Event)) -> Result<(), OrderError> {
        self.check_order(order)?;
        self.take_in(order, tell);
        Ok(())
    }

    /// Whether [`Book::submit`] would take the order.
    ///
    /// # Errors
    /// The one it would return.
    #[inline]
    pub fn check_order(&self, order: &Order) -> Result<(), OrderError> {
        check_size(order.quantity, order.limit())?;
        self.check_new(order.id)?;
        if self.phase == Phase::Call && !matches!(order.kind, Kind::Limit { .. }) {
            return Err(OrderError::InCall);
        }
        Ok(())
    }

    /// Takes in an order that [`Book::check_order`] has passed.
    #[inline]
    pub(super) fn take_in(&mut self, order: &Order, tell: &mut impl FnMut(Event)) {
        let Order { id, trader, side, quantity, kind } = *order;
        let (left, barred) = match kind {
            Kind::FillOrKill { price } if !self.can_fill(trader, side, price, quantity) => (quantity, false),
            _ if self.phase == Phase::Call => (quantity, false),
            _ => self.trade(order, tell),
        };
        match kind {
            _ if left == 0 => {}
            _ if barred => tell(Event::Cancelled { order: id, trader, quantity: left, why: CancelReason::SelfTrade }),
            Kind::Limit { price, expires } => {
                let slot = Slot { id, trader, expires, quantity: left, level: 0, ahead: NONE, behind: NONE };
                self.rest(slot, side, price, tell);
            }
            _ => tell(Event::Cancelled { order: id, trader, quantity: left, why: CancelReason::Unfilled }),
        }
        self.tell_top(tell);
    }

    /// Changes price and quantity of a resting order. At the same price with no more units it keeps its place; all
    /// else sends it to the back as a new limit order, which may trade. Its expiry stays.
    ///
    /// # Errors
    /// [`OrderError::Quantity`], [`OrderError::Price`], [`OrderError::Unknown`], [`OrderError::NotYours`].
    pub fn replace(
        &mut self,
        id: u64,
        trader: ParticipantId,
        price: Amount,
        quantity: u64,
        tell: &mut impl FnMut(Event),
    ) -> Result<(), OrderError> {
        self.check_replace(id, trader, price, quantity)?;
        let number = self.find(id, trader)?;
        let Slot { quantity: now, level, expires, .. } = self.slots[number as usize];
        let (side, at) = (self.levels[level as usize].side, self.levels[level as usize].price);
        if price == at && quantity <= now {
            if quantity < now {
                tell(Event::Reduced { order: id, quantity });
                self.reduce(number, now - quantity, tell);
            }
            self.tell_top(tell);
            return Ok(());
        }
        self.remove(number, CancelReason::Replaced, tell);
        self.submit(&Order { id, trader, side, quantity, kind: Kind::Limit { price, expires } }, tell)
    }

    /// Whether [`Book::replace`] would do it; the side of the order.
    ///
    /// # Errors
    /// The one it would return.
    pub fn check_replace(
        &self,
        id: u64,
        trader: ParticipantId,
        price: Amount,
        quantity: u64,
    ) -> Result<Side, OrderError> {
        check_size(quantity, Some(price))?;
        let slot = &self.slots[self.find(id, trader)? as usize];
        Ok(self.levels[slot.level as usize].side)
    }

    /// What an order that comes in now would find, and what that costs.
    #[must_use]
    pub fn find_now(&self, trader: ParticipantId, side: Side, limit: Option<Amount>, quantity: u64) -> Found {
        let mut found = Found { quantity: 0, cost: Amount::ZERO };
        for (slot, price) in self.slots_of(side.other()) {
            let order = &self.slots[slot as usize];
            if found.quantity == quantity || !takes(side, limit, price) {
                break;
            }
            if order.trader != trader {
                let traded = order.quantity.min(quantity - found.quantity);
                found.quantity += traded;
                found.cost.0 += price.0 * u128::from(traded); // Below 2^88 times 2^32 in all.
            } else if self.self_trade != SelfTrade::CancelResting {
                break;
            }
        }
        found
    }

    /// Trades with the other side while it is willing; what is left, and whether an order of the same trader barred
    /// the way.
    #[inline]
    fn trade(&mut self, order: &Order, tell: &mut impl FnMut(Event)) -> (u64, bool) {
        let (mut left, limit) = (order.quantity, order.limit());
        while left > 0 {
            let Some(level) = self.best(order.side.other()) else { break };
            let price = self.levels[level as usize].price;
            if !takes(order.side, limit, price) {
                break;
            }
            let slot = self.levels[level as usize].first;
            let maker = self.slots[slot as usize];
            if maker.trader == order.trader {
                if self.self_trade != SelfTrade::CancelIncoming {
                    self.remove(slot, CancelReason::SelfTrade, tell);
                }
                if self.self_trade != SelfTrade::CancelResting {
                    return (left, true);
                }
                continue;
            }
            let traded = left.min(maker.quantity);
            left -= traded;
            tell(Event::Traded {
                taker: order.id,
                maker: maker.id,
                taker_trader: order.trader,
                maker_trader: maker.trader,
                taker_side: order.side,
                price,
                quantity: traded,
            });
            self.reduce(slot, traded, tell);
        }
        (left, false)
    }

    /// Whether the other side can fill all of it now. Orders of the same trader do not count: they would be
    /// cancelled, or would stop it.
    fn can_fill(&self, trader: ParticipantId, side: Side, limit: Amount, quantity: u64) -> bool {
        let mut found = 0u64;
        for level in self.levels_of(side.other()).take_while(|level| takes(side, Some(limit), level.price)) {
            let mut slot = level.first;
            while slot != NONE {
                let order = &self.slots[slot as usize];
                if order.trader != trader {
                    found = found.saturating_add(order.quantity);
                    if found >= quantity {
                        return true;
                    }
                } else if self.self_trade != SelfTrade::CancelResting {
                    return false;
                }
                slot = order.behind;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use oikos_protocol::time::Timestamp;

    /// A book and what it told, by commands in the order they are written.
    #[derive(Default)]
    struct Floor {
        book: Book,
        told: Vec<Event>,
    }

    const ANN: ParticipantId = ParticipantId(1);
    const BOB: ParticipantId = ParticipantId(2);
    const CAT: ParticipantId = ParticipantId(3);

    const fn limit(price: u128) -> Kind {
        Kind::Limit { price: Amount(price), expires: Timestamp::NEVER }
    }

    impl Floor {
        fn send(
            &mut self,
            id: u64,
            trader: ParticipantId,
            side: Side,
            quantity: u64,
            kind: Kind,
        ) -> Vec<(u64, u64, u128, u64)> {
            let from = self.told.len();
            let told = &mut self.told;
            self.book.submit(&Order { id, trader, side, quantity, kind }, &mut |event| told.push(event)).unwrap();
            self.trades(from)
        }

        fn replace(
            &mut self,
            id: u64,
            trader: ParticipantId,
            price: u128,
            quantity: u64,
        ) -> Vec<(u64, u64, u128, u64)> {
            let from = self.told.len();
            let told = &mut self.told;
            self.book.replace(id, trader, Amount(price), quantity, &mut |event| told.push(event)).unwrap();
            self.trades(from)
        }

        fn trades(&self, from: usize) -> Vec<(u64, u64, u128, u64)> {
            self.book.check().unwrap();
            let trade = |event: &Event| match *event {
                Event::Traded { taker, maker, price, quantity, .. } => Some((taker, maker, price.0, quantity)),
                _ => None,
            };
            self.told[from..].iter().filter_map(trade).collect()
        }

        fn cancelled(&self) -> Vec<(u64, u64, CancelReason)> {
            let gone = |event: &Event| match *event {
                Event::Cancelled { order, quantity, why, .. } => Some((order, quantity, why)),
                _ => None,
            };
            self.told.iter().filter_map(gone).collect()
        }
    }

    #[test]
    fn the_best_price_trades_first_and_at_a_price_who_came_first() {
        let mut floor = Floor::default();
        floor.send(1, ANN, Side::Sell, 5, limit(101));
        floor.send(2, BOB, Side::Sell, 5, limit(100));
        floor.send(3, ANN, Side::Sell, 5, limit(100));
        assert_eq!(floor.send(4, CAT, Side::Buy, 12, limit(101)), [(4, 2, 100, 5), (4, 3, 100, 5), (4, 1, 101, 2)]);
        assert_eq!(floor.book.top(Side::Sell), Some((Amount(101), 3)));
    }

    #[test]
    fn what_a_limit_order_does_not_find_rests_and_what_the_others_do_not_find_is_cancelled() {
        let mut floor = Floor::default();
        floor.send(1, ANN, Side::Sell, 5, limit(100));
        assert_eq!(floor.send(2, BOB, Side::Buy, 7, limit(100)), [(2, 1, 100, 5)]);
        assert_eq!(floor.book.top(Side::Buy), Some((Amount(100), 2)));
        assert_eq!(floor.send(3, CAT, Side::Sell, 3, Kind::Market), [(3, 2, 100, 2)]);
        floor.send(4, ANN, Side::Sell, 5, limit(100));
        assert_eq!(floor.send(5, CAT, Side::Buy, 9, Kind::ImmediateOrCancel { price: Amount(100) }), [(5, 4, 100, 5)]);
        assert_eq!(floor.cancelled(), [(3, 1, CancelReason::Unfilled), (5, 4, CancelReason::Unfilled)]);
        assert!(floor.book.is_empty());
    }

    #[test]
    fn fill_or_kill_trades_all_or_nothing_and_does_not_count_its_own_traders_orders() {
        let mut floor = Floor::default();
        floor.send(1, ANN, Side::Sell, 5, limit(100));
        floor.send(2, BOB, Side::Sell, 5, limit(101));
        let kill = |price| Kind::FillOrKill { price: Amount(price) };
        assert_eq!(floor.send(3, CAT, Side::Buy, 6, kill(100)), []);
        assert_eq!(floor.send(4, BOB, Side::Buy, 6, kill(101)), [], "five of the ten are its own");
        assert_eq!(floor.send(5, CAT, Side::Buy, 6, kill(101)), [(5, 1, 100, 5), (5, 2, 101, 1)]);
    }

    #[test]
    fn the_same_price_and_no_more_units_keep_the_place_and_all_else_goes_to_the_back() {
        for (price, quantity, first) in [(100, 4, 1), (100, 5, 1), (100, 6, 2), (99, 4, 1)] {
            let mut floor = Floor::default();
            floor.send(1, ANN, Side::Sell, 5, limit(100));
            floor.send(2, BOB, Side::Sell, 5, limit(100));
            floor.replace(1, ANN, price, quantity);
            assert_eq!(floor.send(3, CAT, Side::Buy, 1, Kind::Market)[0].1, first, "{price} {quantity}");
        }
    }

    #[test]
    fn a_replaced_order_may_trade() {
        let mut floor = Floor::default();
        floor.send(1, ANN, Side::Sell, 5, limit(100));
        floor.send(2, BOB, Side::Buy, 5, limit(99));
        assert_eq!(floor.replace(2, BOB, 100, 3), [(2, 1, 100, 3)]);
    }

    #[test]
    fn nobody_trades_with_oneself_and_the_mode_says_who_goes() {
        let gone = |mode: SelfTrade| {
            let mut floor = Floor { book: Book::new(mode, Phase::Continuous), ..Floor::default() };
            floor.send(1, ANN, Side::Sell, 5, limit(100));
            floor.send(2, BOB, Side::Sell, 5, limit(100));
            let trades = floor.send(3, ANN, Side::Buy, 3, limit(100));
            (trades, floor.cancelled())
        };
        let why = CancelReason::SelfTrade;
        assert_eq!(gone(SelfTrade::CancelResting), ([(3, 2, 100, 3)].to_vec(), [(1, 5, why)].to_vec()));
        assert_eq!(gone(SelfTrade::CancelIncoming), (Vec::new(), [(3, 3, why)].to_vec()));
        assert_eq!(gone(SelfTrade::CancelBoth), (Vec::new(), [(1, 5, why), (3, 3, why)].to_vec()));
    }

    #[test]
    fn an_order_is_gone_at_its_time_and_not_before() {
        let mut floor = Floor::default();
        floor.send(1, ANN, Side::Sell, 5, Kind::Limit { price: Amount(100), expires: Timestamp(10) });
        assert_eq!(floor.book.next_expiry(), Some(Timestamp(10)));
        let told = &mut floor.told;
        floor.book.expire(Timestamp(9), &mut |event| told.push(event));
        assert_eq!(floor.book.len(), 1);
        floor.book.expire(Timestamp(10), &mut |event| told.push(event));
        assert_eq!(floor.cancelled(), [(1, 5, CancelReason::Expired)]);
        assert_eq!((floor.book.len(), floor.book.next_expiry()), (0, None));
    }

    #[test]
    fn depth_and_top_follow_every_change() {
        let mut floor = Floor::default();
        floor.send(1, ANN, Side::Buy, 5, limit(99));
        let depth = |quantity, orders| Event::Depth { side: Side::Buy, price: Amount(99), quantity, orders };
        assert_eq!(floor.told[1..], [depth(5, 1), Event::Top { bid: Some((Amount(99), 5)), ask: None }]);
        let from = floor.told.len();
        floor.send(2, BOB, Side::Buy, 5, limit(98));
        assert!(!floor.told[from..].iter().any(|event| matches!(event, Event::Top { .. })), "the top is as before");
        let from = floor.told.len();
        floor.send(3, CAT, Side::Sell, 5, limit(99));
        assert!(floor.told[from..].contains(&depth(0, 0)));
        assert_eq!(floor.told.last(), Some(&Event::Top { bid: Some((Amount(98), 5)), ask: None }));
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let mut floor = Floor::default();
        floor.send(1, ANN, Side::Buy, 5, limit(99));
        let book = &mut floor.book;
        let order = Order { id: 1, trader: BOB, side: Side::Sell, quantity: 5, kind: limit(99) };
        let mut quiet = |_| panic!("nothing is told");
        assert_eq!(book.submit(&order, &mut quiet), Err(OrderError::Duplicate { order: 1 }));
        let none = Order { id: 2, quantity: 0, ..order };
        assert_eq!(book.submit(&none, &mut quiet), Err(OrderError::Quantity { quantity: 0 }));
        let dear = Order { id: 2, kind: limit(u128::MAX), ..order };
        assert_eq!(book.submit(&dear, &mut quiet), Err(OrderError::Price { price: Amount::MAX }));
        assert_eq!(book.cancel(1, BOB, &mut quiet), Err(OrderError::NotYours { order: 1 }));
        assert_eq!(book.cancel(7, BOB, &mut quiet), Err(OrderError::Unknown { order: 7 }));
        assert_eq!(book.replace(7, BOB, Amount(1), 1, &mut quiet), Err(OrderError::Unknown { order: 7 }));
        book.open_call();
        let market = Order { id: 2, kind: Kind::Market, ..order };
        assert_eq!(book.submit(&market, &mut quiet), Err(OrderError::InCall));
    }
}
