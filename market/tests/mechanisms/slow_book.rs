//! A slow and obviously correct order book, and random messages on both.

use oikos_market::math::draw::Draw;
use oikos_market::mechanism::Side;
use oikos_market::order_book::feed::{Message, Mix, feed};
use oikos_market::order_book::{Book, CancelReason, Event, Kind, Order, Phase, SelfTrade};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;
use std::collections::BTreeMap;

#[derive(Clone, Copy)]
struct Resting {
    id: u64,
    trader: ParticipantId,
    side: Side,
    price: Amount,
    quantity: u64,
    expires: Timestamp,
}

/// All resting orders in one list, oldest first. Every question is answered by looking at all of them.
struct SlowBook {
    orders: Vec<Resting>,
    mode: SelfTrade,
}

/// What both books must tell alike: trades, what rests, what shrinks, what goes.
type Told = Vec<Event>;

impl SlowBook {
    fn best(&self, side: Side) -> Option<usize> {
        let ours = (0..self.orders.len()).filter(|&n| self.orders[n].side == side);
        // Of equal prices the first in the list is the oldest, and `min_by_key` keeps the first.
        ours.min_by_key(|&n| match side {
            Side::Buy => u128::MAX - self.orders[n].price.0,
            Side::Sell => self.orders[n].price.0,
        })
    }

    fn submit(&mut self, order: &Order, told: &mut Told) {
        let (mut left, mut barred) = (order.quantity, false);
        let takes = |price: Amount| match (order.limit(), order.side) {
            (None, _) => true,
            (Some(limit), Side::Buy) => price <= limit,
            (Some(limit), Side::Sell) => price >= limit,
        };
        if let Kind::FillOrKill { .. } = order.kind {
            // Played on a copy: only if all of it trades there does it happen here.
            let mut copy = SlowBook { orders: self.orders.clone(), mode: self.mode };
            let (mut trial, price) = (Vec::new(), order.limit().unwrap());
            copy.submit(&Order { kind: Kind::ImmediateOrCancel { price }, ..*order }, &mut trial);
            if trial.iter().any(|event| matches!(event, Event::Cancelled { order: id, .. } if *id == order.id)) {
                told.push(Event::Cancelled { order: order.id, quantity: left, why: CancelReason::Unfilled });
                return;
            }
        }
        while left > 0 && !barred {
            let Some(n) = self.best(order.side.other()).filter(|&n| takes(self.orders[n].price)) else { break };
            let maker = self.orders[n];
            let gone = Event::Cancelled { order: maker.id, quantity: maker.quantity, why: CancelReason::SelfTrade };
            if maker.trader == order.trader {
                if self.mode != SelfTrade::CancelIncoming {
                    told.push(gone);
                    self.orders.remove(n);
                }
                barred = self.mode != SelfTrade::CancelResting;
                continue;
            }
            let quantity = left.min(maker.quantity);
            left -= quantity;
            told.push(Event::Traded {
                taker: order.id,
                maker: maker.id,
                taker_trader: order.trader,
                maker_trader: maker.trader,
                taker_side: order.side,
                price: maker.price,
                quantity,
            });
            self.orders[n].quantity -= quantity;
            if self.orders[n].quantity == 0 {
                self.orders.remove(n);
            }
        }
        if left == 0 {
            return;
        }
        match order.kind {
            Kind::Limit { price, expires } if !barred => {
                let Order { id, trader, side, .. } = *order;
                self.orders.push(Resting { id, trader, side, price, quantity: left, expires });
                told.push(Event::Rested { order: id, side, price, quantity: left });
            }
            _ => {
                let why = if barred { CancelReason::SelfTrade } else { CancelReason::Unfilled };
                told.push(Event::Cancelled { order: order.id, quantity: left, why });
            }
        }
    }

    fn find(&self, id: u64, trader: ParticipantId) -> Option<usize> {
        self.orders.iter().position(|order| order.id == id && order.trader == trader)
    }

    fn play(&mut self, message: &Message, told: &mut Told) {
        match *message {
            Message::Submit(ref order) => self.submit(order, told),
            Message::Cancel { id, trader } => {
                if let Some(n) = self.find(id, trader) {
                    let Resting { quantity, .. } = self.orders.remove(n);
                    told.push(Event::Cancelled { order: id, quantity, why: CancelReason::Asked });
                }
            }
            Message::Replace { id, trader, price, quantity } => {
                let Some(n) = self.find(id, trader) else { return };
                let old = self.orders[n];
                if price == old.price && quantity <= old.quantity {
                    self.orders[n].quantity = quantity;
                    if quantity < old.quantity {
                        told.push(Event::Reduced { order: id, quantity });
                    }
                } else {
                    self.orders.remove(n);
                    told.push(Event::Cancelled { order: id, quantity: old.quantity, why: CancelReason::Asked });
                    let kind = Kind::Limit { price, expires: old.expires };
                    self.submit(&Order { id, trader, side: old.side, quantity, kind }, told);
                }
            }
        }
    }

    fn expire(&mut self, now: Timestamp, told: &mut Told) {
        let mut due: Vec<_> = self.orders.iter().filter(|order| order.expires <= now).copied().collect();
        due.sort_by_key(|order| (order.expires, order.id));
        for Resting { id, trader, quantity, .. } in due {
            let n = self.find(id, trader).unwrap();
            self.orders.remove(n);
            told.push(Event::Cancelled { order: id, quantity, why: CancelReason::Expired });
        }
    }

    fn depth(&self, side: Side) -> BTreeMap<u128, (u64, u32)> {
        let mut depth = BTreeMap::new();
        for order in self.orders.iter().filter(|order| order.side == side) {
            let level: &mut (u64, u32) = depth.entry(order.price.0).or_default();
            *level = (level.0 + order.quantity, level.1 + 1);
        }
        depth
    }
}

fn compare(seed: u64, messages: usize, mode: SelfTrade) {
    let mix = Mix { cancels: 100, replaces: 40, takers: 20, spread: 12, traders: 8, resting: 50 };
    let mut messages = feed(seed, messages, mix);
    let mut draw = Draw::new(seed ^ 0xabcd);
    let (mut fast, mut slow) = (Book::new(mode, Phase::Continuous), SlowBook { orders: Vec::new(), mode });
    let mut folded: [BTreeMap<u128, (u64, u32)>; 2] = Default::default();
    let mut top = (None, None);
    let mut trades = 0;
    for (number, message) in messages.iter_mut().enumerate() {
        let now = Timestamp(number as u64);
        if let Message::Submit(Order { kind: Kind::Limit { expires, .. }, .. }) = message
            && draw.below(4) == 0
        {
            *expires = Timestamp(number as u64 + 1 + draw.below(200));
        }
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let mut tell = |event| match event {
            Event::Depth { side, price, quantity, orders } => {
                let side = &mut folded[usize::from(side == Side::Sell)];
                if orders == 0 {
                    side.remove(&price.0)
                } else {
                    side.insert(price.0, (quantity, orders))
                };
            }
            Event::Top { bid, ask } => top = (bid, ask),
            event => ours.push(event),
        };
        fast.expire(now, &mut tell);
        slow.expire(now, &mut theirs);
        // A refusal must be one that the slow book takes for nothing.
        let refused = match *message {
            Message::Submit(ref order) => fast.submit(order, &mut tell).is_err(),
            Message::Cancel { id, trader } => fast.cancel(id, trader, &mut tell).is_err(),
            Message::Replace { id, trader, price, quantity } => {
                fast.replace(id, trader, price, quantity, &mut tell).is_err()
            }
        };
        let before = theirs.len();
        slow.play(message, &mut theirs);
        assert!(!refused || theirs.len() == before, "{number}: {message:?}");
        assert_eq!(ours, theirs, "{number}: {message:?}");
        trades += ours.iter().filter(|event| matches!(event, Event::Traded { .. })).count();
        let level = |side| slow.best(side).map(|n| (slow.orders[n].price, slow.depth(side)[&slow.orders[n].price.0].0));
        assert_eq!(top, (level(Side::Buy), level(Side::Sell)), "{number}: top after {message:?}");
        if number % 256 == 0 {
            fast.check().unwrap();
            for side in [Side::Buy, Side::Sell] {
                assert_eq!(folded[usize::from(side == Side::Sell)], slow.depth(side), "{number}: depth of {side:?}");
                let listed = fast.depth(side).map(|(price, quantity, orders)| (price.0, (quantity, orders))).collect();
                assert_eq!(slow.depth(side), listed, "{number}");
            }
        }
    }
    assert!(trades * 20 > messages.len(), "only {trades} trades: the test says little");
}

#[test]
fn the_fast_book_tells_what_the_slow_book_tells_on_a_hundred_thousand_messages() {
    compare(1, 60_000, SelfTrade::CancelResting);
    compare(2, 20_000, SelfTrade::CancelIncoming);
    compare(3, 20_000, SelfTrade::CancelBoth);
}

#[test]
#[ignore = "the long run: cargo test --release -p oikos-market --test mechanisms -- --ignored"]
fn the_fast_book_tells_what_the_slow_book_tells_on_a_million_messages() {
    compare(4, 600_000, SelfTrade::CancelResting);
    compare(5, 200_000, SelfTrade::CancelIncoming);
    compare(6, 200_000, SelfTrade::CancelBoth);
}

#[test]
fn what_rests_is_listed_in_an_order_from_which_the_book_is_built_again() {
    let mix = Mix { cancels: 100, replaces: 40, takers: 20, spread: 12, traders: 8, resting: 500 };
    let mut book = Book::default();
    for message in feed(7, 500, mix) {
        match message {
            Message::Submit(ref order) => book.submit(order, &mut |_| {}).unwrap_or(()),
            Message::Cancel { id, trader } => book.cancel(id, trader, &mut |_| {}).unwrap_or(()),
            Message::Replace { id, trader, price, quantity } => {
                book.replace(id, trader, price, quantity, &mut |_| {}).unwrap_or(());
            }
        }
    }
    let mut again = Book::new(SelfTrade::default(), Phase::Call);
    for side in [Side::Buy, Side::Sell] {
        for order in book.resting(side) {
            let kind = Kind::Limit { price: order.price, expires: order.expires };
            let order = Order { id: order.id, trader: order.trader, side, quantity: order.quantity, kind };
            again.submit(&order, &mut |_| {}).unwrap();
        }
    }
    assert!(book.len() > 100);
    for side in [Side::Buy, Side::Sell] {
        assert!(book.resting(side).eq(again.resting(side)));
    }
}
