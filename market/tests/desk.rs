//! Orders settled in the ledger: random traders against the slow book and a tiny model of their money.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops where its input is not as expected")]

mod slow;

use oikos_ledger::{AccountSpec, Ledger};
use oikos_market::available_account;
use oikos_market::math::draw::Draw;
use oikos_market::mechanism::Side;
use oikos_market::order_book::feed::{Message, Mix, feed};
use oikos_market::order_book::{
    CancelReason, Desk, DeskError, DeskEvent, Event, Kind, Order, OrderError, Pair, Phase, SelfTrade,
};
use oikos_protocol::command::account::AccountFlags;
use oikos_protocol::event::money::Purse;
use oikos_protocol::id::{AccountId, AssetId, OrderId, ParticipantId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::time::Timestamp;
use slow::{SlowBook, Told};
use std::collections::BTreeMap;

const BASE: AssetId = AssetId(1);
const QUOTE: AssetId = AssetId(2);
const PAIR: Pair = Pair { base: BASE, quote: QUOTE, lot: 10 };
const NOW: Timestamp = Timestamp(1);

const ANN: ParticipantId = ParticipantId(1);
const BOB: ParticipantId = ParticipantId(2);

type Money = BTreeMap<(ParticipantId, AssetId), u128>;

/// A ledger in which the issuers gave each trader what `money` says.
fn ledger(money: &Money) -> Ledger {
    let mut ledger = Ledger::new();
    let open = |ledger: &mut Ledger, id, asset, flags| {
        let spec = AccountSpec { id, asset, code: 1, flags, user_data_128: 0, user_data_64: 0, user_data_32: 0 };
        ledger.open_account(NOW, spec).unwrap();
    };
    let issuer = |asset: AssetId| AccountId(asset.0.into());
    open(&mut ledger, issuer(BASE), BASE, AccountFlags(0));
    open(&mut ledger, issuer(QUOTE), QUOTE, AccountFlags(0));
    for (&(trader, asset), &amount) in money.iter().filter(|(_, amount)| **amount > 0) {
        let account = available_account(trader, asset);
        open(&mut ledger, account, asset, AccountFlags::DEBITS_MUST_NOT_EXCEED_CREDITS);
        ledger.pay(issuer(asset), account, Amount(amount)).unwrap();
    }
    ledger
}

/// The asset that an order puts at stake, and how much.
fn stake(side: Side, price: Amount, quantity: u64) -> (AssetId, u128) {
    match side {
        Side::Buy => (QUOTE, price.0 * u128::from(quantity)),
        Side::Sell => (BASE, u128::from(quantity) * u128::from(PAIR.lot)),
    }
}

/// What everybody owns, and what of it the slow book's orders set apart.
struct Model {
    owned: Money,
    book: SlowBook,
}

impl Model {
    fn free(&self, trader: ParticipantId, asset: AssetId) -> u128 {
        let apart = self.book.orders.iter().filter(|order| order.trader == trader);
        let apart = apart.map(|order| stake(order.side, order.price, order.quantity));
        let apart: u128 = apart.filter(|(of, _)| *of == asset).map(|(_, amount)| amount).sum();
        self.owned.get(&(trader, asset)).copied().unwrap_or(0).checked_sub(apart).expect("nobody owes anything")
    }

    /// The most a message can cost its sender, and what it has for it.
    fn affords(&self, message: &Message) -> bool {
        let (trader, (asset, needed), held) = match *message {
            Message::Submit(order @ Order { trader, side, quantity, .. }) => match order.kind {
                Kind::Limit { price, .. } => (trader, stake(side, price, quantity), 0),
                _ => {
                    let mut told = Told::new();
                    self.book.clone().submit(&order, &mut told);
                    let (asset, mut needed) = stake(side, Amount(0), 0);
                    for event in told {
                        if let Event::Traded { price, quantity, .. } = event {
                            needed += stake(side, price, quantity).1;
                        }
                    }
                    (trader, (asset, needed), 0)
                }
            },
            Message::Cancel { .. } => return true,
            Message::Replace { id, trader, price, quantity } => {
                let Some(n) = self.book.find(id, trader) else { return true };
                let old = self.book.orders[n];
                (trader, stake(old.side, price, quantity), stake(old.side, old.price, old.quantity).1)
            }
        };
        needed <= self.free(trader, asset) + held
    }

    fn settle(&mut self, told: &Told) {
        for event in told {
            let Event::Traded { taker_trader, maker_trader, taker_side, price, quantity, .. } = *event else {
                continue;
            };
            let (buyer, seller) =
                if taker_side == Side::Buy { (taker_trader, maker_trader) } else { (maker_trader, taker_trader) };
            for (from, to, side) in [(buyer, seller, Side::Buy), (seller, buyer, Side::Sell)] {
                let (asset, amount) = stake(side, price, quantity);
                *self.owned.get_mut(&(from, asset)).unwrap() -= amount;
                *self.owned.entry((to, asset)).or_default() += amount;
            }
        }
    }
}

/// Every purse, folded from what the desk told about money.
#[derive(Default)]
struct Purses(BTreeMap<(AssetId, Purse), u128>);

impl Purses {
    fn follow(&mut self, event: &DeskEvent) {
        if let DeskEvent::Moved { asset, amount, from, to } = *event {
            assert!(!amount.is_zero(), "{event:?}");
            let left = self.0.get_mut(&(asset, from)).unwrap_or_else(|| panic!("{event:?} out of nothing"));
            *left = left.checked_sub(amount.0).unwrap_or_else(|| panic!("{event:?} overdraws"));
            *self.0.entry((asset, to)).or_default() += amount.0;
        }
    }
}

fn trade(seed: u64, messages: usize, mode: SelfTrade) {
    const TRADERS: u64 = 8;
    let mix = Mix { cancels: 90, replaces: 40, takers: 30, spread: 12, traders: TRADERS, resting: 40 };
    let mut messages = feed(seed, messages, mix);
    let mut draw = Draw::new(seed ^ 0x5eed);
    // Some are rich, some can pay for a few orders only, and the last has no base asset at all.
    let mut owned = Money::new();
    for trader in (1..=TRADERS).map(ParticipantId) {
        owned.insert((trader, QUOTE), if trader.0.is_multiple_of(2) { 20_000_000 } else { 1_000_000_000 });
        let base = if trader.0.is_multiple_of(3) { 3_000 } else { 100_000 };
        owned.insert((trader, BASE), if trader.0 == TRADERS { 0 } else { base });
    }
    let supply =
        |money: &Money, asset| -> u128 { money.iter().filter(|((_, of), _)| *of == asset).map(|(_, n)| n).sum() };
    let supplies = [supply(&owned, BASE), supply(&owned, QUOTE)];
    let mut ledger = ledger(&owned);
    let mut desk = Desk::open(PAIR, mode, Phase::Continuous, &mut ledger, NOW).unwrap();
    let mut purses = Purses::default();
    purses.0.extend(owned.iter().map(|(&(trader, asset), &amount)| ((asset, Purse::Available(trader)), amount)));
    let mut model = Model { owned, book: SlowBook { orders: Vec::new(), mode } };
    let (mut trades, mut poor) = (0, 0);
    for (number, message) in messages.iter_mut().enumerate() {
        let now = Timestamp(number as u64 + 1);
        if let Message::Submit(Order { kind: Kind::Limit { expires, .. }, .. }) = message
            && draw.below(4) == 0
        {
            *expires = Timestamp(number as u64 + 2 + draw.below(200));
        }
        let (mut ours, mut theirs) = (Told::new(), Told::new());
        let mut tell = |event: DeskEvent| {
            purses.follow(&event);
            match event {
                DeskEvent::Book(Event::Depth { .. } | Event::Top { .. }) | DeskEvent::Moved { .. } => {}
                DeskEvent::Book(event) => ours.push(event),
            }
        };
        desk.expire(now, &mut ledger, &mut tell).unwrap();
        model.book.expire(now, &mut theirs);
        let answer = match *message {
            Message::Submit(ref order) => desk.place(order, &mut ledger, now, &mut tell),
            Message::Cancel { id, trader } => desk.cancel(id, trader, &mut ledger, &mut tell),
            Message::Replace { id, trader, price, quantity } => {
                desk.replace(id, trader, price, quantity, &mut ledger, &mut tell)
            }
        };
        match answer {
            Err(DeskError::InsufficientFunds { .. }) => {
                assert!(!model.affords(message), "{number}: {message:?}: {answer:?}");
                poor += 1;
            }
            Err(DeskError::Order(OrderError::Unknown { .. })) => {}
            Err(other) => panic!("{number}: {message:?}: {other}"),
            Ok(()) => {
                assert!(model.affords(message), "{number}: {message:?} is beyond its sender's means");
                model.book.play(message, &mut theirs);
            }
        }
        assert_eq!(ours, theirs, "{number}: {message:?}");
        trades += theirs.iter().filter(|event| matches!(event, Event::Traded { .. })).count();
        model.settle(&theirs);
        ledger.check_invariants().unwrap();
        for &(trader, asset) in model.owned.keys() {
            let free = ledger.available(available_account(trader, asset)).0;
            assert_eq!(free, model.free(trader, asset), "{number}: {trader} {asset} after {message:?}");
            assert_eq!(free, purses.0.get(&(asset, Purse::Available(trader))).copied().unwrap_or(0), "{number}: told");
        }
        assert_eq!([supply(&model.owned, BASE), supply(&model.owned, QUOTE)], supplies, "{number}");
        if number % 128 == 0 {
            desk.check(&ledger).unwrap();
            ledger.audit().unwrap();
            // From here on the desk is one that was stored and read again.
            let bytes = serde_json::to_vec(&desk).unwrap();
            desk = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(serde_json::to_vec(&desk).unwrap(), bytes, "{number}");
        }
    }
    assert!(
        trades * 20 > messages.len() && poor * 50 > messages.len(),
        "{trades} trades, {poor} too poor: says little"
    );
    let left: Vec<_> = model.book.orders.iter().map(|order| (order.id, order.trader)).collect();
    for (id, trader) in left {
        desk.cancel(id, trader, &mut ledger, &mut |event| purses.follow(&event)).unwrap();
    }
    desk.check(&ledger).unwrap();
    assert!(desk.book().is_empty());
    let apart: u128 = purses.0.iter().filter(|((_, of), _)| matches!(of, Purse::Order(..))).map(|(_, n)| n).sum();
    assert_eq!(apart, 0, "nothing is set apart when no order rests");
    for (&(trader, asset), &amount) in &model.owned {
        assert_eq!(ledger.available(available_account(trader, asset)).0, amount);
    }
}

#[test]
fn every_trade_is_settled_and_every_unit_accounted_for_whoever_trades() {
    trade(1, 4_000, SelfTrade::CancelResting);
    trade(2, 2_000, SelfTrade::CancelIncoming);
    trade(3, 2_000, SelfTrade::CancelBoth);
}

#[test]
#[ignore = "the long run: cargo test --release -p oikos-market --test desk -- --ignored"]
fn every_trade_is_settled_on_a_million_messages() {
    trade(4, 600_000, SelfTrade::CancelResting);
    trade(5, 200_000, SelfTrade::CancelIncoming);
    trade(6, 200_000, SelfTrade::CancelBoth);
}

/// Ann has 1,000 of the base asset and Bob 10,000 of the other.
fn floor(phase: Phase) -> (Desk, Ledger) {
    let mut ledger = ledger(&Money::from([((ANN, BASE), 1_000), ((BOB, QUOTE), 10_000)]));
    let desk = Desk::open(PAIR, SelfTrade::default(), phase, &mut ledger, NOW).unwrap();
    (desk, ledger)
}

fn order(id: u64, trader: ParticipantId, side: Side, quantity: u64, kind: Kind) -> Order {
    Order { id, trader, side, quantity, kind }
}

const fn limit(price: u128) -> Kind {
    Kind::Limit { price: Amount(price), expires: Timestamp::NEVER }
}

fn free(ledger: &Ledger, trader: ParticipantId) -> [u128; 2] {
    [BASE, QUOTE].map(|asset| ledger.available(available_account(trader, asset)).0)
}

#[test]
fn a_buyer_pays_the_price_that_rested_and_keeps_the_rest_of_its_limit_apart() {
    let (mut desk, mut ledger) = floor(Phase::Continuous);
    desk.place(&order(1, ANN, Side::Sell, 6, limit(100)), &mut ledger, NOW, &mut |_| {}).unwrap();
    assert_eq!((free(&ledger, ANN), desk.reserved(1, &ledger)), ([940, 0], Some(Amount(60))));
    desk.place(&order(2, BOB, Side::Buy, 10, limit(120)), &mut ledger, NOW, &mut |_| {}).unwrap();
    // Six lots of ten at 100; four at 120 stay apart.
    assert_eq!(free(&ledger, ANN), [940, 600]);
    assert_eq!((free(&ledger, BOB), desk.reserved(2, &ledger)), ([60, 10_000 - 600 - 480], Some(Amount(480))));
    desk.replace(2, BOB, Amount(120), 1, &mut ledger, &mut |_| {}).unwrap();
    assert_eq!((free(&ledger, BOB), desk.reserved(2, &ledger)), ([60, 10_000 - 600 - 120], Some(Amount(120))));
    desk.cancel(2, BOB, &mut ledger, &mut |_| {}).unwrap();
    assert_eq!(free(&ledger, BOB), [60, 9_400]);
    desk.check(&ledger).unwrap();
    ledger.audit().unwrap();
}

#[test]
fn in_a_call_the_one_price_is_paid_and_what_was_set_apart_above_it_is_free_again() {
    let (mut desk, mut ledger) = floor(Phase::Call);
    desk.place(&order(1, BOB, Side::Buy, 5, limit(100)), &mut ledger, NOW, &mut |_| {}).unwrap();
    desk.place(&order(2, ANN, Side::Sell, 3, limit(60)), &mut ledger, NOW, &mut |_| {}).unwrap();
    assert_eq!((free(&ledger, BOB), free(&ledger, ANN)), ([0, 9_500], [970, 0]));
    let mut moved = Vec::new();
    let half = Share::from_millionths(500_000).unwrap();
    let cross = desk.uncross(half, &mut ledger, &mut |event| moved.push(event)).unwrap().unwrap();
    // What did not trade of Bob's order still bids 100, so that 100 clears as well as 60 does not.
    assert_eq!((cross.price, cross.quantity), (Amount(100), 3));
    assert_eq!((free(&ledger, BOB), free(&ledger, ANN)), ([30, 9_500], [970, 300]));
    desk.cancel(1, BOB, &mut ledger, &mut |_| {}).unwrap();
    desk.open_call();
    desk.place(&order(3, BOB, Side::Buy, 1, limit(100)), &mut ledger, NOW, &mut |_| {}).unwrap();
    desk.place(&order(4, ANN, Side::Sell, 1, limit(60)), &mut ledger, NOW, &mut |_| {}).unwrap();
    let cross = desk.uncross(half, &mut ledger, &mut |event| moved.push(event)).unwrap().unwrap();
    assert_eq!((cross.price, cross.quantity), (Amount(80), 1));
    let spared = DeskEvent::Moved {
        asset: QUOTE,
        amount: Amount(20),
        from: Purse::Order(OrderId(3), BOB),
        to: Purse::Available(BOB),
    };
    assert!(moved.contains(&spared), "{moved:?}");
    assert_eq!((free(&ledger, BOB), free(&ledger, ANN)), ([40, 9_620], [960, 380]));
    assert!(desk.book().is_empty());
    desk.check(&ledger).unwrap();
}

#[test]
fn what_cannot_be_paid_is_refused_before_anything_happens() {
    let (mut desk, mut ledger) = floor(Phase::Continuous);
    desk.place(&order(1, ANN, Side::Sell, 100, limit(101)), &mut ledger, NOW, &mut |_| {}).unwrap();
    let before = ledger.digest();
    let poor = |asset, needed, available| {
        Err(DeskError::InsufficientFunds { asset, needed: Amount(needed), available: Amount(available) })
    };
    let mut quiet = |event| panic!("{event:?}");
    for (side, quantity, kind, expected) in [
        (Side::Buy, 100, limit(101), poor(QUOTE, 10_100, 10_000)),
        (Side::Buy, 100, Kind::Market, poor(QUOTE, 10_100, 10_000)),
        (Side::Buy, 100, Kind::FillOrKill { price: Amount(200) }, poor(QUOTE, 10_100, 10_000)),
        (Side::Buy, 1, limit(0), Err(DeskError::ZeroPrice)),
        (Side::Buy, 0, limit(1), Err(DeskError::Order(OrderError::Quantity { quantity: 0 }))),
        (Side::Sell, 1, limit(5), poor(BASE, 10, 0)),
    ] {
        assert_eq!(desk.place(&order(2, BOB, side, quantity, kind), &mut ledger, NOW, &mut quiet), expected);
    }
    assert_eq!(desk.replace(1, ANN, Amount(101), 101, &mut ledger, &mut quiet), poor(BASE, 1_010, 1_000));
    assert_eq!(desk.cancel(1, BOB, &mut ledger, &mut quiet), Err(OrderError::NotYours { order: 1 }.into()));
    assert_eq!(ledger.digest(), before);
    // What cannot be filled costs nothing, and what is found is all that has to be there.
    let kill = Kind::FillOrKill { price: Amount(100) };
    let mut told = Vec::new();
    desk.place(&order(2, BOB, Side::Buy, 4_000, kill), &mut ledger, NOW, &mut |event| told.push(event)).unwrap();
    let gone = Event::Cancelled { order: 2, trader: BOB, quantity: 4_000, why: CancelReason::Unfilled };
    assert_eq!(told[0], DeskEvent::Book(gone));
    desk.place(&order(3, BOB, Side::Buy, 99, Kind::Market), &mut ledger, NOW, &mut |_| {}).unwrap();
    assert_eq!((free(&ledger, BOB), free(&ledger, ANN)), ([990, 1], [0, 9_999]));
}

#[test]
fn a_desk_trades_two_assets_in_lots() {
    let mut ledger = ledger(&Money::new());
    for pair in [Pair { quote: BASE, ..PAIR }, Pair { lot: 0, ..PAIR }] {
        let refused = Desk::open(pair, SelfTrade::default(), Phase::Call, &mut ledger, NOW);
        assert_eq!(refused.err(), Some(DeskError::BadPair));
    }
}
