//! `oikos order`: what a trader sends to a desk, and what became of it.

use super::connection::ConnectArgs;
use super::desk::{Pair, desk_of, pair};
use super::failure::Failure;
use super::voice::Voice;
use oikos_agents::Client;
use oikos_protocol::command::order::{CancelOrder, Side};
use oikos_protocol::event::order::CancelReason;
use oikos_protocol::id::OrderId;
use oikos_protocol::money::Amount;
use oikos_protocol::time::{Span, Timestamp};
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::order::{DeskRow, OrderRow, WireOrder, WireOrderKind, WireReplace};
use oikos_protocol::wire::query::{Found, WireQuery};
use oikos_protocol::wire::text::{Decimal, Nanos};
use serde_json::json;

/// Options of `oikos order`.
#[derive(Debug, clap::Args)]
pub struct OrderArgs {
    /// What to do
    #[command(subcommand)]
    pub what: OrderCommand,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

/// What can be done with orders.
#[derive(Debug, clap::Subcommand)]
pub enum OrderCommand {
    /// Sends an order: with a price it may rest, without one it takes what it finds
    Place(Place),
    /// Takes a resting order back
    Cancel {
        /// Which order, such as `x7`
        #[arg(value_parser = order_id)]
        order: OrderId,
        /// Say what would happen, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Changes a resting order; fewer lots at the same price keep the place in the queue
    Replace {
        /// Which order, such as `x7`
        #[arg(value_parser = order_id)]
        order: OrderId,
        /// Its price of a lot [default: as it is]
        #[arg(long, value_name = "AMOUNT")]
        price: Option<String>,
        /// How many lots it has from now on [default: as it is]
        #[arg(long, value_name = "LOTS")]
        quantity: Option<u64>,
        /// Say what would happen, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Lists your orders, the newest first
    List {
        /// Also those that are over
        #[arg(long)]
        all: bool,
    },
}

/// Options of `oikos order place`.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// At which desk, such as `KWH/OIK`
    #[arg(value_parser = pair)]
    pub pair: Pair,
    /// `buy` or `sell`
    #[arg(value_parser = side)]
    pub side: Side,
    /// How many lots
    pub quantity: u64,
    /// The worst price of a lot that it takes; without it the order takes any price, and does not rest
    #[arg(long, value_name = "AMOUNT")]
    pub price: Option<String>,
    /// Trade what is found up to the price, and cancel the rest
    #[arg(long, requires = "price", conflicts_with = "fok")]
    pub ioc: bool,
    /// Trade all of it up to the price, or nothing
    #[arg(long, requires = "price")]
    pub fok: bool,
    /// How long it may rest [default: until it trades or is cancelled]
    #[arg(long, value_name = "TIME", requires = "price", conflicts_with_all = ["ioc", "fok"], value_parser = span)]
    pub expires: Option<Span>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).map_err(|why| why.to_string())
}

fn side(text: &str) -> Result<Side, String> {
    match text {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err("an order buys or sells: `buy` or `sell`".to_owned()),
    }
}

/// An order as people write it: `x7` or `7`.
fn order_id(text: &str) -> Result<OrderId, String> {
    let digits = text.strip_prefix('x').unwrap_or(text);
    digits.parse().map(OrderId).map_err(|_| "an order is written like `x7`; `oikos order list` lists yours".to_owned())
}

async fn own(client: &Client, order: OrderId) -> Result<OrderRow, Failure> {
    let query = WireQuery::Orders { desk: None, order: Some(order), resting: false };
    let row = match client.ask(query).await?.answer {
        Found::Orders(rows) => rows.into_iter().next(),
        _ => None,
    };
    row.ok_or_else(|| {
        Failure::refused("order.unknown", format!("{order} is no order of yours"))
            .hint("`oikos order list` lists your orders")
    })
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

/// What an order came to, in words.
fn state(row: &OrderRow) -> String {
    let mut parts = Vec::new();
    if row.filled > 0 {
        let verb = if row.side == Side::Buy { "bought" } else { "sold" };
        parts.push(format!("{verb} {} of {} for {}", row.filled, row.quantity, row.turnover));
    }
    if let Some(price) = row.price.as_ref().filter(|_| row.rests > 0) {
        parts.push(format!("{} rest at {price}", row.rests));
    }
    if let Some(gone) = row.gone {
        let left = row.quantity.saturating_sub(row.filled);
        parts.push(match gone {
            CancelReason::Asked => format!("{left} cancelled"),
            CancelReason::Unfilled => format!("{left} found no match"),
            CancelReason::SelfTrade => format!("{left} cancelled: your own order stood against it"),
            CancelReason::Expired => format!("{left} expired"),
            CancelReason::Replaced => format!("{left} replaced"),
        });
    }
    parts.join(", ")
}

impl OrderArgs {
    /// Runs it.
    ///
    /// # Errors
    /// A [`Failure`], for example `order.insufficient_funds`.
    pub async fn run(self) -> Result<(), Failure> {
        let (client, voice) = (self.at.connect().await?, self.at.voice());
        match self.what {
            OrderCommand::Place(ask) => place(&ask, &client, voice).await,
            OrderCommand::Cancel { order, dry_run } => {
                let row = own(&client, order).await?;
                if dry_run {
                    voice.data(&format!("dry run: would cancel {order} ({}); nothing was sent", state(&row)))?;
                    voice.object(&json!({"dry_run": true, "order": row}))?;
                    return Ok(());
                }
                let done = client.command(WireCommand::CancelOrder(CancelOrder { desk: row.desk, order })).await?;
                tell(&client, voice, order, done.seq).await
            }
            OrderCommand::Replace { order, price, quantity, dry_run } => {
                let row = own(&client, order).await?;
                let price = price.map(Decimal).or_else(|| row.price.clone()).ok_or_else(|| {
                    Failure::refused("order.over", format!("{order} does not rest any more: {}", state(&row)))
                })?;
                let quantity = quantity.unwrap_or(row.rests);
                if dry_run {
                    let shown = super::voice::safe(&price.0);
                    voice.data(&format!("dry run: would give {order} {quantity} lots at {shown}; nothing was sent"))?;
                    let ask = json!({"order": order, "price": price, "quantity": quantity});
                    voice.object(&json!({"dry_run": true, "replace": ask}))?;
                    return Ok(());
                }
                let ask = WireReplace { desk: row.desk, order, price, quantity };
                let done = client.command(WireCommand::ReplaceOrder(ask)).await?;
                tell(&client, voice, order, done.seq).await
            }
            OrderCommand::List { all } => {
                let query = WireQuery::Orders { desk: None, order: None, resting: !all };
                let Found::Orders(rows) = client.ask(query).await?.answer else { return Ok(()) };
                for row in &rows {
                    voice.data(&format!(
                        "{} at {} · {} {} · {}",
                        row.order,
                        row.desk,
                        word(row.side),
                        row.quantity,
                        state(row)
                    ))?;
                }
                voice.object(&json!({"orders": rows}))?;
                Ok(())
            }
        }
    }
}

async fn tell(client: &Client, voice: Voice, order: OrderId, seq: u64) -> Result<(), Failure> {
    let row = own(client, order).await?;
    voice.data(&format!("{order}: {} · receipt seq {seq}", state(&row)))?;
    voice.object(&json!({"order": row, "seq": seq}))?;
    Ok(())
}

async fn place(ask: &Place, client: &Client, voice: Voice) -> Result<(), Failure> {
    let Place { pair, side, quantity, .. } = *ask;
    let (desk, t) = desk_of(client, pair, 1_000).await?;
    let price = ask.price.clone().map(Decimal);
    let kind = match price.clone() {
        None => WireOrderKind::Market {},
        Some(price) if ask.ioc => WireOrderKind::ImmediateOrCancel { price },
        Some(price) if ask.fok => WireOrderKind::FillOrKill { price },
        Some(price) => {
            let expires = ask.expires.map(|span| Nanos::from(Timestamp::from(t).after(span)));
            WireOrderKind::Limit { price, expires }
        }
    };
    if ask.dry_run {
        let scale = client
            .scale(pair.quote)
            .ok_or_else(|| Failure::refused("unknown_asset", format!("no asset {}", pair.quote)))?;
        let parse = |text: &Decimal| scale.parse(&text.0).map_err(|why| Failure::usage(why.to_string()));
        let limit = price.as_ref().map(parse).transpose()?;
        let (lots, cost) = found(&desk, side, quantity, limit, |text| scale.parse(&text.0).unwrap_or(Amount::MAX));
        let cost = Decimal::of(cost, scale);
        voice.data(&format!(
            "dry run: would {} {quantity} lots of {pair}; {lots} would trade now for {cost} {}; nothing was sent",
            word(side),
            pair.quote
        ))?;
        let order = WireOrder { desk: desk.desk, side, quantity, kind };
        voice.object(&json!({"dry_run": true, "order": order, "trades_now": lots, "turnover": cost}))?;
        return Ok(());
    }
    let done = client.command(WireCommand::PlaceOrder(WireOrder { desk: desk.desk, side, quantity, kind })).await?;
    match done.reply.order {
        Some(order) => tell(client, voice, order, done.seq).await,
        None => Ok(()),
    }
}

/// How many lots would trade at once with the book as it is told, and for how much.
fn found(
    desk: &DeskRow,
    side: Side,
    quantity: u64,
    limit: Option<Amount>,
    parse: impl Fn(&Decimal) -> Amount,
) -> (u64, Amount) {
    let (mut lots, mut cost) = (0, 0u128);
    for level in if side == Side::Buy { &desk.asks } else { &desk.bids } {
        let price = parse(&level.price);
        if limit.is_some_and(|limit| side.prefers(limit, price)) {
            break;
        }
        let taken = level.quantity.min(quantity - lots);
        cost = cost.saturating_add(price.0.saturating_mul(taken.into()));
        lots += taken;
    }
    (lots, Amount(cost))
}
