//! How many messages a second does the order book take in memory, half of them cancels?
//!
//! Workload: `feed(42, 2_000_000, HALF_CANCELS)`: 100,000 orders first, not timed, then the messages; every event
//! folded into a count and, once, into a digest that proves the work. Floor: the same loop with the book left out. Small run: `-- --test` (20,000 messages).
//! Command: `cargo bench --bench order_book`.

use oikos_market::order_book::feed::{HALF_CANCELS, Message, feed};
use oikos_market::order_book::{Book, Event};
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

    let mut out = std::io::stdout().lock();
    writeln!(out, "messages  {messages}, {cancels} of them cancels; {refused} refused (already traded)")?;
    writeln!(out, "book      {} orders rest before and {} after", filled.len(), book.len())?;
    writeln!(out, "work      {events} events, {trades} trades, digest {}", digest.finalize())?;
    let (least, median, most) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
    writeln!(out, "rate      {median:.2} M messages/s (median of {rounds}; {least:.2} to {most:.2})")?;
    writeln!(out, "floor     {floor:.0} M messages/s for the loop without a book")
}
