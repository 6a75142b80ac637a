//! `oikos clear book FEED.csv`: plays a feed of orders on a book and prints the trades.
//!
//! Columns, in any order and named in the first line: `action,order,trader,side,price,quantity`. Actions: `limit`,
//! `market`, `ioc`, `fok`, `cancel`, `replace`. Orders and traders have any names. A price is a decimal number; a trade
//! is printed at the resting order's price as the feed wrote it. A message that the book refuses (cancelling what has
//! traded, say) is counted and the first few are told; the feed goes on.

use super::answer::write_json;
use super::read::{decimals, malformed, money, shown};
use super::{ClearFailure, Verdict, read};
use oikos_market::mechanism::Side;
use oikos_market::order_book::{Book, Event, Kind, Order, OrderError};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

/// How many refusals are told one by one.
const TOLD_MAX: u64 = 5;

/// A line of the feed.
#[derive(Debug, Deserialize)]
struct Row {
    action: String,
    order: String,
    trader: String,
    side: String,
    price: String,
    quantity: String,
}

/// A trade as it is printed.
#[derive(Debug, Serialize)]
struct Trade {
    taker_order: String,
    maker_order: String,
    price: String,
    quantity: u64,
}

/// All that is printed as one object.
#[derive(Debug, Serialize)]
struct Summary {
    messages: u64,
    refused: u64,
    resting: usize,
    trades: Vec<Trade>,
}

/// Why a message is refused, of the order that its line names.
fn why(error: OrderError) -> String {
    match error {
        OrderError::Duplicate { .. } => "an order of this name rests already".to_owned(),
        OrderError::Unknown { .. } => "no order of this name rests".to_owned(),
        OrderError::NotYours { .. } => "it is another trader's".to_owned(),
        other => other.to_string(),
    }
}

/// Names to numbers, in the order they come up.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u64>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u64 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as u64;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn name(&self, number: u64) -> String {
        usize::try_from(number).ok().and_then(|number| self.names.get(number)).cloned().unwrap_or_default()
    }
}

pub(super) fn run(
    path: &Path,
    json: bool,
    out: &mut impl Write,
    talk: &mut impl Write,
) -> Result<Verdict, ClearFailure> {
    let text = read::text(path)?;
    let mut rows = Vec::new();
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    for row in reader.deserialize::<Row>() {
        rows.push(row.map_err(|error| malformed(path, error.to_string()))?);
    }
    let exact = rows.iter().map(|row| decimals(&row.price)).max().unwrap_or(0).min(Scale::MAX);
    let scale = Scale::new(exact).ok_or_else(|| malformed(path, "price: more than 18 decimals"))?;

    let (mut book, mut orders, mut traders) = (Book::default(), Names::default(), Names::default());
    // The price of each order as it was last written.
    let mut prices: Vec<&str> = Vec::new();
    let mut trades: Vec<Trade> = Vec::new();
    let mut refused = 0;
    if !json {
        writeln!(out, "taker_order,maker_order,price,quantity")?;
    }
    for (line, row) in (2..).zip(&rows) {
        let field = |name: &str| format!("line {line}, {name}");
        let (id, trader) = (orders.number(&row.order), ParticipantId(traders.number(&row.trader)));
        let before = prices.get(id as usize).copied(); // A number of `orders`.
        prices.resize(orders.names.len(), "");
        if !row.price.is_empty() && row.action != "cancel" {
            prices[id as usize] = &row.price;
        }
        let mut tell = |event| {
            if let Event::Traded { taker, maker, quantity, .. } = event {
                let price = prices.get(maker as usize).copied().unwrap_or_default().to_owned();
                trades.push(Trade {
                    taker_order: orders.name(taker),
                    maker_order: orders.name(maker),
                    price,
                    quantity,
                });
            }
        };
        let price = || money(path, scale, &field("price"), &row.price);
        let quantity = || {
            let wrong =
                || malformed(path, format!("{}: `{}` is not a whole number", field("quantity"), shown(&row.quantity)));
            row.quantity.parse::<u64>().map_err(|_| wrong())
        };
        let submit = |kind: Result<Kind, ClearFailure>| -> Result<Order, ClearFailure> {
            let side = match row.side.as_str() {
                "buy" => Side::Buy,
                "sell" => Side::Sell,
                other => {
                    let message = format!("{}: `{}` is neither `buy` nor `sell`", field("side"), shown(other));
                    return Err(malformed(path, message));
                }
            };
            Ok(Order { id, trader, side, quantity: quantity()?, kind: kind? })
        };
        let limit = |price: Amount| Kind::Limit { price, expires: Timestamp::NEVER };
        let answer = match row.action.as_str() {
            "limit" => book.submit(&submit(price().map(limit))?, &mut tell),
            "market" => book.submit(&submit(Ok(Kind::Market))?, &mut tell),
            "ioc" => book.submit(&submit(price().map(|price| Kind::ImmediateOrCancel { price }))?, &mut tell),
            "fok" => book.submit(&submit(price().map(|price| Kind::FillOrKill { price }))?, &mut tell),
            "cancel" => book.cancel(id, trader, &mut tell),
            "replace" => book.replace(id, trader, price()?, quantity()?, &mut tell),
            other => {
                let expected = "limit, market, ioc, fok, cancel or replace";
                return Err(malformed(path, format!("{}: `{}`; expected {expected}", field("action"), shown(other))));
            }
        };
        if let Err(error) = answer {
            refused += 1;
            if refused <= TOLD_MAX {
                writeln!(talk, "line {line}: {} `{}` is refused: {}", row.action, shown(&row.order), why(error))?;
            }
            // What was refused changes nothing, and an order that rests keeps its price.
            if let Some(before) = before {
                prices[id as usize] = before;
            }
        }
        if !json && !trades.is_empty() {
            let mut lines = csv::WriterBuilder::new().has_headers(false).from_writer(&mut *out);
            for trade in trades.drain(..) {
                lines.serialize(trade).map_err(std::io::Error::other)?;
            }
            lines.flush()?;
        }
    }
    if refused > TOLD_MAX {
        writeln!(talk, "{refused} messages are refused in all")?;
    }
    if json {
        let summary = Summary { messages: rows.len() as u64, refused, resting: book.len(), trades };
        write_json(out, &summary)?;
    }
    Ok(Verdict::Done)
}
