//! The fast order book against the slow one, on random messages.

use crate::slow::{SlowBook, Told};
use oikos_market::math::draw::Draw;
use oikos_market::mechanism::Side;
use oikos_market::order_book::feed::{Message, Mix, feed};
use oikos_market::order_book::{Book, Event, Kind, Order, Phase, SelfTrade};
use oikos_protocol::time::Timestamp;
use std::collections::BTreeMap;

/// The levels of a side: price to quantity and orders.
fn depth(book: &SlowBook, side: Side) -> BTreeMap<u128, (u64, u32)> {
    let mut depth = BTreeMap::new();
    for order in book.orders.iter().filter(|order| order.side == side) {
        let level: &mut (u64, u32) = depth.entry(order.price.0).or_default();
        *level = (level.0 + order.quantity, level.1 + 1);
    }
    depth
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
        let (mut ours, mut theirs) = (Told::new(), Told::new());
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
        let level =
            |side| slow.best(side).map(|n| (slow.orders[n].price, depth(&slow, side)[&slow.orders[n].price.0].0));
        assert_eq!(top, (level(Side::Buy), level(Side::Sell)), "{number}: top after {message:?}");
        if number % 256 == 0 {
            fast.check().unwrap();
            for side in [Side::Buy, Side::Sell] {
                assert_eq!(folded[usize::from(side == Side::Sell)], depth(&slow, side), "{number}: depth of {side:?}");
                let listed = fast.depth(side).map(|(price, quantity, orders)| (price.0, (quantity, orders))).collect();
                assert_eq!(depth(&slow, side), listed, "{number}");
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
