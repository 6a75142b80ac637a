//! `oikos desk`: markets for pairs of assets; the operator opens them, and clears a call before its time.

use super::asset::code;
use super::connection::{ConnectArgs, as_operator};
use super::failure::Failure;
use oikos_agents::Client;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::command::order::{ClearCall, SelfTrade};
use oikos_protocol::money::Share;
use oikos_protocol::time::Span;
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::order::{DeskRow, WireDesk, WireMarket};
use oikos_protocol::wire::query::{Found, WireQuery};
use oikos_protocol::wire::text::{Decimal, Lasting, Nanos};
use serde_json::json;

/// Options of `oikos desk`.
#[derive(Debug, clap::Args)]
pub struct DeskArgs {
    /// What to do
    #[command(subcommand)]
    pub what: DeskCommand,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

/// What can be done with desks.
#[derive(Debug, clap::Subcommand)]
pub enum DeskCommand {
    /// Opens a desk (operator)
    Open(Open),
    /// Shows the desk of a pair, or all
    Show {
        /// Such as `KWH/OIK`
        #[arg(value_parser = pair)]
        pair: Option<Pair>,
    },
    /// Clears a call before its time (operator)
    Clear {
        /// Such as `KWH/OIK`
        #[arg(value_parser = pair)]
        pair: Pair,
    },
}

/// Options of `oikos desk open`.
#[derive(Debug, clap::Args)]
pub struct Open {
    /// What is traded, and in what it is paid, such as `KWH/OIK`
    #[arg(value_parser = pair)]
    pub pair: Pair,
    /// How much of the first asset one lot is
    #[arg(long, value_name = "AMOUNT", default_value = "1")]
    pub lot: String,
    /// Prices of a lot are multiples of this
    #[arg(long, value_name = "AMOUNT", default_value = "0.01")]
    pub tick: String,
    /// The most lots of one order
    #[arg(long, value_name = "LOTS", default_value_t = 1_000_000)]
    pub quantity_max: u64,
    /// The most orders that one trader may leave resting
    #[arg(long, value_name = "ORDERS", default_value_t = 1_000)]
    pub orders_max: u32,
    /// What happens when an order meets one of the same trader: cancel-resting, cancel-incoming or cancel-both
    #[arg(long, value_name = "MODE", default_value = "cancel-resting", value_parser = self_trade)]
    pub self_trade: SelfTrade,
    /// Collect orders, and let them trade together at one price each time this has passed
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub call: Option<Span>,
    /// Where a call's price lies between the lowest and the highest that clear the same lots, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub split: u32,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A pair of assets as people write it: `KWH/OIK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// What is bought and sold.
    pub base: AssetCode,
    /// What it is paid in.
    pub quote: AssetCode,
}

impl std::fmt::Display for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.base, self.quote)
    }
}

/// Reads a pair.
///
/// # Errors
/// What was expected.
pub fn pair(text: &str) -> Result<Pair, String> {
    let (base, quote) =
        text.split_once('/').ok_or("a pair is written like `KWH/OIK`: what is traded, and what it is paid in")?;
    Ok(Pair { base: code(base)?, quote: code(quote)? })
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).map_err(|why| why.to_string())
}

fn self_trade(text: &str) -> Result<SelfTrade, String> {
    match text {
        "cancel-resting" => Ok(SelfTrade::CancelResting),
        "cancel-incoming" => Ok(SelfTrade::CancelIncoming),
        "cancel-both" => Ok(SelfTrade::CancelBoth),
        _ => Err("expected cancel-resting, cancel-incoming or cancel-both".to_owned()),
    }
}

/// The desk of a pair, and economy time.
///
/// # Errors
/// A [`Failure`] where there is none.
pub async fn desk_of(client: &Client, pair: Pair, levels: u32) -> Result<(DeskRow, Nanos), Failure> {
    let query = WireQuery::Desks { base: Some(pair.base), quote: Some(pair.quote), desk: None, levels: Some(levels) };
    let answer = client.ask(query).await?;
    let row = match answer.answer {
        Found::Desks(rows) => rows.into_iter().next(),
        _ => None,
    };
    let row = row.ok_or_else(|| {
        Failure::refused("order.unknown_desk", format!("no desk trades {pair}"))
            .hint("`oikos desk show` lists the desks; the operator opens one with `oikos desk open`")
    })?;
    Ok((row, answer.t))
}

/// One line about a desk.
#[must_use]
pub fn line(row: &DeskRow) -> String {
    let WireDesk { base, quote, lot, tick, market, .. } = &row.terms;
    let market = match market {
        WireMarket::Continuous => "continuous".to_owned(),
        WireMarket::Call { every, .. } => format!("a call every {}", every.0),
    };
    let best = |level: Option<&oikos_protocol::wire::order::Level>| {
        level.map_or_else(|| "–".to_owned(), |level| format!("{} × {}", level.price, level.quantity))
    };
    let last = row.trades.first().map_or_else(|| "–".to_owned(), |trade| trade.price.to_string());
    format!(
        "{} {base}/{quote} · lots of {lot} {base}, ticks of {tick} {quote} · {market} · bid {} · ask {} · last {last}",
        row.desk,
        best(row.bids.first()),
        best(row.asks.first()),
    )
}

impl DeskArgs {
    /// Runs it.
    ///
    /// # Errors
    /// A [`Failure`], for example `desk.pair_taken`.
    pub async fn run(self) -> Result<(), Failure> {
        let voice = self.at.voice();
        match self.what {
            DeskCommand::Open(open) => {
                let client = as_operator(&self.at).connect().await?;
                let pair = open.pair;
                let split = Share::from_millionths(open.split * (Share::WHOLE / 100)).unwrap_or_default();
                let market =
                    open.call.map_or(WireMarket::Continuous, |every| WireMarket::Call { every: Lasting(every), split });
                let terms = WireDesk {
                    base: pair.base,
                    quote: pair.quote,
                    lot: Decimal(open.lot),
                    tick: Decimal(open.tick),
                    quantity_max: open.quantity_max,
                    orders_max: open.orders_max,
                    self_trade: open.self_trade,
                    market,
                };
                if open.dry_run {
                    voice.data(&format!("dry run: would open a desk for {pair}; nothing was sent"))?;
                    voice.object(&json!({"dry_run": true, "terms": terms}))?;
                    return Ok(());
                }
                let done = client.command(WireCommand::OpenDesk(terms.clone())).await?;
                let desk = done.reply.desk;
                let number = desk.map(|desk| desk.to_string()).unwrap_or_default();
                voice.data(&format!("desk {number} trades {pair} · receipt seq {}", done.seq))?;
                voice.object(&json!({"desk": desk, "terms": terms, "seq": done.seq}))?;
            }
            DeskCommand::Show { pair } => {
                let client = self.at.connect().await?;
                let (base, quote) = (pair.map(|pair| pair.base), pair.map(|pair| pair.quote));
                let query = WireQuery::Desks { base, quote, desk: None, levels: Some(1) };
                let Found::Desks(rows) = client.ask(query).await?.answer else { return Ok(()) };
                if let (Some(pair), true) = (pair, rows.is_empty()) {
                    desk_of(&client, pair, 1).await?;
                }
                for row in &rows {
                    voice.data(&line(row))?;
                }
                voice.object(&json!({"desks": rows}))?;
            }
            DeskCommand::Clear { pair } => {
                let client = as_operator(&self.at).connect().await?;
                let (row, _) = desk_of(&client, pair, 1).await?;
                let done = client.command(WireCommand::ClearCall(ClearCall { desk: row.desk })).await?;
                voice.data(&format!("desk {} cleared · receipt seq {}", row.desk, done.seq))?;
                voice.object(&json!({"desk": row.desk, "seq": done.seq}))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_two_codes_with_a_stroke_between() {
        assert_eq!(pair("KWH/OIK").map(|pair| pair.to_string()), Ok("KWH/OIK".to_owned()));
        for wrong in ["KWH", "KWH/", "/OIK", "kwh/OIK", "A/B/C", "\u{1b}[2J/OIK"] {
            assert!(pair(wrong).is_err(), "{wrong:?}");
        }
    }
}
