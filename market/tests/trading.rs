//! Two assets change hands at a desk: stories by real commands, and random days against the money that was told.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

mod town;

use oikos_market::Economy;
use oikos_protocol::command::Command;
use oikos_protocol::command::order::{CancelOrder, ClearCall, Market, OrderKind, ReplaceOrder, SelfTrade, Side};
use oikos_protocol::event::audience::Audience;
use oikos_protocol::event::money::Purse;
use oikos_protocol::event::order::{CancelReason, OrderEvent};
use oikos_protocol::event::{Dropped, Event};
use oikos_protocol::id::{AssetId, DeskId, OrderId, ParticipantId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::time::{Span, Timestamp};
use std::collections::BTreeMap;
use town::traffic::Random;
use town::*;

const MINUTE: Span = Span::seconds(60);

fn half() -> Share {
    Share::from_millionths(500_000).unwrap()
}

fn have(town: &Town, who: ParticipantId) -> [u128; 2] {
    [KWH, EUR].map(|asset| town.economy.balance(Purse::Available(who), asset).0)
}

fn apart(town: &Town, order: OrderId, who: ParticipantId) -> u128 {
    town.economy.balance(Purse::Order(order, who), EUR).0
}

fn orders(events: &[Event]) -> Vec<OrderEvent> {
    events.iter().filter_map(|event| if let Event::Order(event) = event { Some(*event) } else { None }).collect()
}

#[test]
fn two_people_trade_energy_for_euros_at_the_resting_price() {
    let mut town = Town::with_desk(Market::Continuous);
    let bid = town.order(ANN, Side::Buy, 10, limit(200));
    assert_eq!((have(&town, ANN), apart(&town, bid, ANN)), ([1_000, 98_000], 2_000));
    let from = town.events.len();
    let ask = town.order(BOB, Side::Sell, 4, limit(150));
    assert_eq!(have(&town, ANN), [1_040, 98_000]);
    assert_eq!(have(&town, BOB), [960, 100_800]);
    assert_eq!(apart(&town, bid, ANN), 1_200);
    let (desk, price) = (DESK, cents(200));
    assert_eq!(
        orders(&town.events[from..]),
        [
            OrderEvent::Placed { desk, order: ask, trader: BOB, side: Side::Sell, quantity: 4, kind: limit(150) },
            OrderEvent::Filled { desk, order: ask, trader: BOB, price, quantity: 4 },
            OrderEvent::Filled { desk, order: bid, trader: ANN, price, quantity: 4 },
            OrderEvent::Traded { desk, taker: Side::Sell, price, quantity: 4 },
            OrderEvent::Depth { desk, side: Side::Buy, price, quantity: 6, orders: 1 },
            OrderEvent::Top { desk, bid: Some((price, 6)), ask: None },
        ]
    );
    town.must(ANN, Command::CancelOrder(CancelOrder { desk, order: bid }));
    assert_eq!(have(&town, ANN), [1_040, 99_200]);
}

#[test]
fn a_smaller_order_keeps_its_place_and_a_dearer_one_trades() {
    let mut town = Town::with_desk(Market::Continuous);
    let first = town.order(ANN, Side::Buy, 10, limit(200));
    town.order(CAT, Side::Buy, 10, limit(200));
    let fewer = |order, price, quantity| {
        Command::ReplaceOrder(ReplaceOrder { desk: DESK, order, price: cents(price), quantity })
    };
    town.must(ANN, fewer(first, 200, 5));
    assert_eq!((have(&town, ANN), apart(&town, first, ANN)), ([1_000, 99_000], 1_000));
    town.order(BOB, Side::Sell, 5, OrderKind::Market);
    assert_eq!(have(&town, ANN), [1_050, 99_000], "Ann stood first and was served first");
    let ask = town.order(DAN, Side::Sell, 3, limit(300));
    town.must(DAN, fewer(ask, 200, 3));
    assert_eq!(have(&town, DAN), [970, 100_600], "the new price met Cat's bid");
}

#[test]
fn what_may_not_rest_takes_what_it_finds_or_nothing() {
    let mut town = Town::with_desk(Market::Continuous);
    town.order(ANN, Side::Sell, 5, limit(200));
    let from = town.events.len();
    town.order(BOB, Side::Buy, 6, OrderKind::FillOrKill { price: cents(200) });
    assert_eq!(have(&town, BOB), [1_000, 100_000]);
    town.order(BOB, Side::Buy, 6, OrderKind::ImmediateOrCancel { price: cents(200) });
    assert_eq!(have(&town, BOB), [1_050, 99_000]);
    let gone = orders(&town.events[from..]).into_iter().filter_map(|event| match event {
        OrderEvent::Cancelled { quantity, why, .. } => Some((quantity, why)),
        _ => None,
    });
    assert_eq!(gone.collect::<Vec<_>>(), [(6, CancelReason::Unfilled), (1, CancelReason::Unfilled)]);
}

#[test]
fn nobody_trades_with_oneself() {
    let mut town = Town::with_desk(Market::Continuous);
    let rests = town.order(ANN, Side::Sell, 5, limit(200));
    let from = town.events.len();
    let comes = town.order(ANN, Side::Buy, 5, limit(200));
    let told = orders(&town.events[from..]);
    let gone =
        OrderEvent::Cancelled { desk: DESK, order: rests, trader: ANN, quantity: 5, why: CancelReason::SelfTrade };
    assert!(told.contains(&gone), "{told:?}");
    assert_eq!((have(&town, ANN), apart(&town, comes, ANN)), ([1_000, 99_000], 1_000));
}

#[test]
fn an_order_expires_by_the_clock_at_its_moment_and_gives_back_what_was_set_apart() {
    let mut town = Town::with_desk(Market::Continuous);
    let at = |minutes: u64| Timestamp(MINUTE.0 * minutes);
    for minutes in [3, 2, 2] {
        town.order(ANN, Side::Buy, 10, OrderKind::Limit { price: cents(200), expires: at(minutes) });
    }
    assert_eq!(town.economy.next_due(), Some(at(2)));
    town.until(Timestamp(at(2).0 - 1));
    assert_eq!(have(&town, ANN), [1_000, 94_000]);
    let from = town.events.len();
    town.until(at(2));
    let gone = orders(&town.events[from..]).into_iter().filter_map(|event| match event {
        OrderEvent::Cancelled { order, why: CancelReason::Expired, .. } => Some(order),
        _ => None,
    });
    assert_eq!(gone.collect::<Vec<_>>(), [OrderId(1), OrderId(2)]);
    assert_eq!((have(&town, ANN), town.economy.next_due()), ([1_000, 98_000], Some(at(3))));
    // What is gone by another way leaves no deadline behind.
    town.must(ANN, Command::CancelOrder(CancelOrder { desk: DESK, order: OrderId(0) }));
    assert_eq!((have(&town, ANN), town.economy.next_due()), ([1_000, 100_000], None));
}

#[test]
fn a_call_collects_orders_and_clears_them_at_one_price_when_the_clock_says_so() {
    let mut town = Town::with_desk(Market::Call { every: MINUTE, split: half() });
    let opened = town.now;
    town.wait(Span::seconds(90));
    town.order(ANN, Side::Buy, 4, limit(300));
    assert_eq!(town.economy.next_due(), None, "one side alone waits for nothing");
    town.order(BOB, Side::Sell, 4, limit(100));
    town.order(CAT, Side::Buy, 4, limit(200));
    let call = Timestamp(opened.0 + 2 * MINUTE.0);
    assert_eq!(town.economy.next_due(), Some(call), "the second minute after the opening");
    town.until(Timestamp(call.0 - 1));
    assert_eq!(have(&town, BOB), [960, 100_000], "nothing trades before the call");
    let from = town.events.len();
    town.until(call);
    // Four lots clear between Cat's 2.00, which must not want to trade, and Ann's 3.00: the middle is 2.50.
    let cleared = OrderEvent::Cleared { desk: DESK, price: Some(cents(250)), quantity: 4 };
    assert_eq!(orders(&town.events[from..]).last(), Some(&cleared));
    assert_eq!((have(&town, ANN), have(&town, BOB)), ([1_040, 99_000], [960, 101_000]));
    assert_eq!(town.economy.next_due(), None);
    // The operator may call before the time.
    town.order(DAN, Side::Sell, 1, limit(200));
    town.must(OPERATOR, Command::ClearCall(ClearCall { desk: DESK }));
    assert_eq!(have(&town, DAN), [990, 100_200]);
}

#[test]
fn an_order_is_its_traders_and_what_everybody_sees_names_nobody() {
    let mut town = Town::with_desk(Market::Continuous);
    let from = town.events.len();
    town.order(ANN, Side::Buy, 10, limit(200));
    town.order(BOB, Side::Sell, 4, limit(150));
    for event in &town.events[from..] {
        let text = serde_json::to_string(event).unwrap();
        match event.audience() {
            Audience::Public => {
                assert!(!text.contains("\"trader\"") && !text.contains("\"order\":{\"placed"), "{text}")
            }
            Audience::Parties(parties) => {
                let who: Vec<_> = parties.into_iter().flatten().collect();
                assert!(!who.is_empty() && who.iter().all(|who| [ANN, BOB].contains(who)), "{text}");
            }
            Audience::Operator => panic!("{text}"),
        }
    }
    let count = |wanted| town.events[from..].iter().filter(|event| event.audience() == wanted).count();
    assert_eq!(count(Audience::Public), 5, "depth and top of the bid, then the trade, depth and top");
}

/// Every purse, from the money that was told.
#[derive(Default)]
struct Told(BTreeMap<(AssetId, Purse), i128>);

impl Told {
    fn fold(&mut self, events: &[Event]) {
        for event in events {
            if let Event::Money(moved) = event {
                let amount = i128::try_from(moved.amount.0).unwrap();
                *self.0.entry((moved.asset, moved.from)).or_default() -= amount;
                *self.0.entry((moved.asset, moved.to)).or_default() += amount;
            }
        }
        self.0.retain(|_, amount| *amount != 0);
    }

    fn compare(&self, economy: &Economy) {
        for (&(asset, purse), &amount) in self.0.iter().filter(|((_, purse), _)| *purse != Purse::Issuer) {
            assert_eq!(economy.balance(purse, asset).0 as i128, amount, "{purse:?}");
        }
    }
}

/// Random orders, cancels, changes, calls and waits at two desks, one continuous and one a call.
fn play(seed: u64, steps: usize) -> (Town, Vec<(Timestamp, oikos_protocol::command::Request)>) {
    let mut town = Town::with_desk(Market::Continuous);
    let call = OpenCall { base: EUR, quote: KWH };
    town.must(OPERATOR, call.command());
    let mut random = Random(seed);
    let mut told = Told::default();
    let (mut folded, mut asked, mut sent) = (0, Vec::new(), 0u64);
    for _ in 0..steps {
        let who = random.of(&[ANN, BOB, CAT, DAN]);
        let desk = DeskId(random.below(2) as u32);
        let order = OrderId(random.below(sent + 1).max(sent.saturating_sub(12)));
        let side = random.of(&[Side::Buy, Side::Sell]);
        let price = if desk == DESK {
            cents(5 * (30 + u128::from(random.below(8))))
        } else {
            Amount(1 + u128::from(random.below(6)))
        };
        let quantity = 1 + random.below(20);
        let soon = town.now.after(Span(1 + random.below(3 * MINUTE.0)));
        let expires = random.of(&[Timestamp::NEVER, soon]);
        let command = match random.below(20) {
            0 => {
                town.wait(Span(random.below(2 * MINUTE.0)));
                continue;
            }
            1 => Command::ClearCall(ClearCall { desk }),
            2..6 => Command::CancelOrder(CancelOrder { desk, order }),
            6..9 => Command::ReplaceOrder(ReplaceOrder { desk, order, price, quantity }),
            kind => {
                sent += 1;
                let kind = match kind {
                    9 => OrderKind::Market,
                    10 => OrderKind::ImmediateOrCancel { price },
                    11 => OrderKind::FillOrKill { price },
                    _ => OrderKind::Limit { price, expires },
                };
                Command::PlaceOrder(oikos_protocol::command::order::PlaceOrder { desk, side, quantity, kind })
            }
        };
        let by = if matches!(command, Command::ClearCall(_)) { OPERATOR } else { who };
        let request = town.request(by, command);
        asked.push((town.now, request.clone()));
        town.send(&request);
        told.fold(&town.events[folded..]);
        folded = town.events.len();
        told.compare(&town.economy);
    }
    (town, asked)
}

struct OpenCall {
    base: AssetId,
    quote: AssetId,
}

impl OpenCall {
    fn command(&self) -> Command {
        let market = Market::Call { every: MINUTE, split: half() };
        let mut terms = desk(market);
        (terms.base, terms.quote, terms.tick) = (self.base, self.quote, Amount(1));
        terms.self_trade = SelfTrade::CancelBoth;
        terms.orders_max = 5;
        Command::OpenDesk(terms)
    }
}

#[test]
fn on_random_days_every_purse_is_what_was_told_and_a_copy_goes_on_as_the_original() {
    let steps = 1_500;
    let (town, asked) = play(7, steps);
    let traded = orders(&town.events).iter().filter(|event| matches!(event, OrderEvent::Traded { .. })).count();
    let cleared =
        orders(&town.events).iter().filter(|event| matches!(event, OrderEvent::Cleared { price: Some(_), .. })).count();
    assert!(traded > 100 && cleared > 5, "{traded} trades, {cleared} calls: says little");
    // The same requests again; half-way the economy is stored and read back.
    let mut again = Town::with_desk(Market::Continuous);
    again.must(OPERATOR, OpenCall { base: EUR, quote: KWH }.command());
    for (number, (at, request)) in asked.iter().enumerate() {
        again.until(*at);
        again.send(request);
        if number % 100 == 50 {
            let bytes = postcard::to_allocvec(&again.economy).unwrap();
            let copy: Economy = postcard::from_bytes(&bytes).unwrap();
            assert_eq!(copy.digest(), again.economy.digest());
            again.economy = copy;
        }
    }
    again.until(town.now);
    assert_eq!(again.events, town.events);
    assert_eq!(again.economy.digest(), town.economy.digest());
    let mut sink = Dropped;
    let later = town.now.after(HOUR);
    let (mut one, mut other) = (town.economy, again.economy);
    while let oikos_market::Progress::More = one.advance(later, 1, &mut sink) {}
    while let oikos_market::Progress::More = other.advance(later, 1_000, &mut sink) {}
    assert_eq!(one.digest(), other.digest());
    one.audit().unwrap();
}
