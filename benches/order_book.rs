//! How many messages a second does the order book take in memory, half of them cancels? And with every order's money
//! reserved and every trade settled in the ledger?
//!
//! Workload: `feed(42, 2_000_000, HALF_CANCELS)`: 100,000 orders first, not timed, then the messages; every event
//! folded into a count and, once, into a digest that proves the work. Floor: the same loop with the book left out.
//! Settled: the same feed at a desk, 1,000 traders, holds and trades in a ledger; without ids, memory or a journal, which
//! are the node's. After each round every order's hold is checked and the ledger audited. Small run: `-- --test` (20,000 messages).
//! Command: `cargo bench --bench order_book`.

use oikos_ledger::{AccountSpec, Ledger};
use oikos_market::available_account;
use oikos_market::order_book::feed::{HALF_CANCELS, Message, feed};
use oikos_market::order_book::{Book, Desk, DeskEvent, Event, Pair, Phase, SelfTrade};
use oikos_protocol::command::account::AccountFlags;
use oikos_protocol::id::{AccountId, AssetId, ParticipantId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

/// Plays messages on a book; how many were refused.
fn play(book: &mut Book, feed: &[Message], tell: &mut impl FnMut(Event)) -> u64 {
    let mut refused = 0;
    for message in feed {
        let answer = match *message {
            Message::Submit(ref order) => book.submit(order, tell),
            Message::Cancel { id, trader } => book.cancel(id, trader, tell),
            Message::Replace { id, trader, price, quantity } => book.replace(id, trader, price, quantity, tell),
        };
        refused += u64::from(answer.is_err());
    }
    refused
}

const PAIR: Pair = Pair { base: AssetId(1), quote: AssetId(2), lot: 1 };
const NOW: Timestamp = Timestamp(1);

/// A desk, and a ledger in which every trader has more than all its orders can cost.
fn town() -> Option<(Desk, Ledger)> {
    let mut ledger = Ledger::new();
    for asset in [PAIR.base, PAIR.quote] {
        let issuer = AccountId(asset.0.into());
        let spec =
            |id, flags| AccountSpec { id, asset, code: 1, flags, user_data_128: 0, user_data_64: 0, user_data_32: 0 };
        ledger.open_account(NOW, spec(issuer, AccountFlags(0))).ok()?;
        for trader in 1..=HALF_CANCELS.traders {
            let account = available_account(ParticipantId(trader), asset);
            ledger.open_account(NOW, spec(account, AccountFlags::DEBITS_MUST_NOT_EXCEED_CREDITS)).ok()?;
            ledger.pay(issuer, account, Amount(1 << 60)).ok()?;
        }
    }
    let desk = Desk::open(PAIR, SelfTrade::default(), Phase::Continuous, &mut ledger, NOW).ok()?;
    Some((desk, ledger))
}

/// Plays messages at a desk; how many were refused.
fn settle(desk: &mut Desk, ledger: &mut Ledger, feed: &[Message], tell: &mut impl FnMut(DeskEvent)) -> u64 {
    let mut refused = 0;
    for message in feed {
        let answer = match *message {
            Message::Submit(ref order) => desk.place(order, ledger, NOW, tell),
            Message::Cancel { id, trader } => desk.cancel(id, trader, ledger, tell),
            Message::Replace { id, trader, price, quantity } => desk.replace(id, trader, price, quantity, ledger, tell),
        };
        refused += u64::from(answer.is_err());
    }
    refused
}

fn main() -> std::io::Result<()> {
    let small = std::env::args().any(|argument| argument == "--test");
    let (messages, rounds) = if small { (20_000, 1) } else { (2_000_000, 7) };
    let feed = feed(42, messages, HALF_CANCELS);
    let (filling, feed) = feed.split_at(HALF_CANCELS.resting);
    let mut filled = Book::default();
    play(&mut filled, filling, &mut |_| {});
    let cancels = feed.iter().filter(|message| matches!(message, Message::Cancel { .. })).count();

    let mut digest = blake3::Hasher::new();
    let (mut events, mut trades) = (0u64, 0u64);
    let mut book = filled.clone();
    let refused = play(&mut book, feed, &mut |event| {
        events += 1;
        trades += u64::from(matches!(event, Event::Traded { .. }));
        digest.update(format!("{event:?}\n").as_bytes());
    });

    let mut rates = Vec::new();
    for _ in 0..rounds {
        let mut book = filled.clone();
        let mut told = 0u64;
        let start = Instant::now();
        play(&mut book, feed, &mut |event| {
            told += u64::from(!matches!(black_box(event), Event::Rested { quantity: 0, .. }))
        });
        rates.push(messages as f64 / start.elapsed().as_secs_f64() / 1e6);
        assert_eq!(told, events, "every round does the same work");
    }
    rates.sort_by(f64::total_cmp);

    let start = Instant::now();
    feed.iter().for_each(|message| {
        black_box(message);
    });
    let floor = messages as f64 / start.elapsed().as_secs_f64() / 1e6;

    let (mut settled, mut moved) = (Vec::new(), 0u64);
    for _ in 0..rounds {
        let (mut desk, mut ledger) = town().ok_or(std::io::ErrorKind::InvalidData)?;
        settle(&mut desk, &mut ledger, filling, &mut |_| {});
        let mut told = 0u64;
        moved = 0;
        let start = Instant::now();
        let answer = settle(&mut desk, &mut ledger, feed, &mut |event| match black_box(event) {
            DeskEvent::Book(_) => told += 1,
            DeskEvent::Moved { .. } => moved += 1,
        });
        settled.push(messages as f64 / start.elapsed().as_secs_f64() / 1e6);
        assert_eq!((told, answer), (events, refused), "the desk's book does what the book alone does");
        assert_eq!(desk.check(&ledger), Ok(()));
        assert!(ledger.audit().is_ok(), "debits equal credits");
    }
    settled.sort_by(f64::total_cmp);

    let mut out = std::io::stdout().lock();
    writeln!(out, "messages  {messages}, {cancels} of them cancels; {refused} refused (already traded)")?;
    writeln!(out, "book      {} orders rest before and {} after", filled.len(), book.len())?;
    writeln!(out, "work      {events} events, {trades} trades, digest {}", digest.finalize())?;
    let (least, median, most) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
    writeln!(out, "rate      {median:.2} M messages/s (median of {rounds}; {least:.2} to {most:.2})")?;
    let (least, median, most) = (settled[0], settled[settled.len() / 2], settled[settled.len() - 1]);
    writeln!(out, "settled   {median:.2} M messages/s ({least:.2} to {most:.2}), {moved} movements of money")?;
    writeln!(out, "floor     {floor:.0} M messages/s for the loop without a book")
}
