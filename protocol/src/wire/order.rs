//! Desks and orders as they cross the wire: the core's, with prices as decimal texts and assets by code.
//!
//! Quantities are whole lots and JSON integers, at most 2^32 − 1; a price is for one lot.

use crate::command::asset::AssetCode;
use crate::command::order::{SelfTrade, Side};
use crate::event::order::CancelReason;
use crate::id::{DeskId, OrderId, ParticipantId};
use crate::money::Share;
use crate::wire::text::{Decimal, Lasting, Nanos};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Opens a desk. What is absent has the default named here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireDesk {
    /// The asset that is bought and sold.
    pub base: AssetCode,
    /// The asset it is paid in.
    pub quote: AssetCode,
    /// How much of the base asset one lot is.
    pub lot: Decimal,
    /// Prices of a lot are multiples of this.
    pub tick: Decimal,
    /// The most lots of one order; 1,000,000.
    #[serde(default = "quantity_max")]
    pub quantity_max: u64,
    /// The most orders that one trader may leave resting; 1,000.
    #[serde(default = "orders_max")]
    pub orders_max: u32,
    /// What happens when an order meets one of the same trader; the resting one is cancelled.
    #[serde(default)]
    pub self_trade: SelfTrade,
    /// When orders trade; continuously.
    #[serde(default)]
    pub market: WireMarket,
}

const fn quantity_max() -> u64 {
    1_000_000
}

const fn orders_max() -> u32 {
    1_000
}

/// When orders trade.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WireMarket {
    /// At once.
    #[default]
    Continuous,
    /// Together, at one price, each time the clock or the operator calls it.
    Call {
        /// The interval.
        every: Lasting,
        /// Where the price lies between the lowest and the highest that clear the same lots, in millionths; the middle.
        #[serde(default = "middle")]
        split: Share,
    },
}

fn middle() -> Share {
    Share::from_millionths(Share::WHOLE / 2).unwrap_or_default()
}

/// Sends an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireOrder {
    /// To which desk.
    pub desk: DeskId,
    /// Whether it buys or sells the base asset.
    pub side: Side,
    /// How many lots.
    pub quantity: u64,
    /// What it may do.
    pub kind: WireOrderKind,
}

/// What an order may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WireOrderKind {
    /// Trades up to its price and rests with what is left.
    Limit {
        /// The worst price it takes.
        price: Decimal,
        /// When its time is up, in economy time; never.
        #[serde(default)]
        expires: Option<Nanos>,
    },
    /// Trades at any price; what is left is cancelled.
    Market {},
    /// Trades up to its price; what is left is cancelled.
    ImmediateOrCancel {
        /// The worst price it takes.
        price: Decimal,
    },
    /// Trades all of it up to its price, or nothing.
    FillOrKill {
        /// The worst price it takes.
        price: Decimal,
    },
}

/// Changes a resting order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireReplace {
    /// At which desk.
    pub desk: DeskId,
    /// Which order.
    pub order: OrderId,
    /// Its new price.
    pub price: Decimal,
    /// How many lots it has from now on.
    pub quantity: u64,
}

/// A price of the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Level {
    /// The price of a lot.
    pub price: Decimal,
    /// How many lots rest there.
    pub quantity: u64,
    /// Of how many orders; absent where the top alone is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<u32>,
}

/// What happened at a desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names and types say what they are; each variant is described")]
pub enum WireOrderEvent {
    /// A desk was opened.
    DeskOpened { desk: DeskId, terms: WireDesk },
    /// An order was taken in.
    Placed { desk: DeskId, order: OrderId, trader: ParticipantId, side: Side, quantity: u64, kind: WireOrderKind },
    /// It rests at the back of its price.
    Rested { desk: DeskId, order: OrderId, trader: ParticipantId, price: Decimal, quantity: u64 },
    /// It has another price or quantity from now on.
    Replaced { desk: DeskId, order: OrderId, trader: ParticipantId, price: Decimal, quantity: u64, kept_place: bool },
    /// It traded.
    Filled { desk: DeskId, order: OrderId, trader: ParticipantId, price: Decimal, quantity: u64 },
    /// It, or what was left of it, is gone without a trade.
    Cancelled { desk: DeskId, order: OrderId, trader: ParticipantId, quantity: u64, why: CancelReason },
    /// Two orders traded; `taker` is the side of the one that came in, in a call the buyer's.
    Traded { desk: DeskId, taker: Side, price: Decimal, quantity: u64 },
    /// A price of the book changed; all zero when nothing rests there any more.
    Depth { desk: DeskId, side: Side, price: Decimal, quantity: u64, orders: u32 },
    /// The best price of a side, or its quantity, changed.
    Top { desk: DeskId, bid: Option<Level>, ask: Option<Level> },
    /// A call was cleared.
    Cleared { desk: DeskId, price: Option<Decimal>, quantity: u64 },
}

impl WireOrderEvent {
    /// The desk it happened at.
    #[must_use]
    pub const fn desk(&self) -> DeskId {
        match self {
            Self::DeskOpened { desk, .. }
            | Self::Placed { desk, .. }
            | Self::Rested { desk, .. }
            | Self::Replaced { desk, .. }
            | Self::Filled { desk, .. }
            | Self::Cancelled { desk, .. }
            | Self::Traded { desk, .. }
            | Self::Depth { desk, .. }
            | Self::Top { desk, .. }
            | Self::Cleared { desk, .. } => *desk,
        }
    }
}

/// A desk as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeskRow {
    /// Its number.
    pub desk: DeskId,
    /// What it trades, and how.
    pub terms: WireDesk,
    /// The highest bids, best first.
    pub bids: Vec<Level>,
    /// The lowest asks, best first.
    pub asks: Vec<Level>,
    /// The last trades, the newest first.
    pub trades: Vec<TradeRow>,
}

/// A trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TradeRow {
    /// The sequence of the entry that made it.
    pub seq: u64,
    /// The side of the order that came in; in a call, the buyer's.
    pub taker: Side,
    /// The price of a lot.
    pub price: Decimal,
    /// How many lots.
    pub quantity: u64,
}

/// One of the asking participant's orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OrderRow {
    /// Its number.
    pub order: OrderId,
    /// At which desk.
    pub desk: DeskId,
    /// Whether it buys or sells.
    pub side: Side,
    /// How many lots it was sent, or last changed, to have.
    pub quantity: u64,
    /// How many of its lots traded.
    pub filled: u64,
    /// What they cost, or brought, together, in the quote asset.
    pub turnover: Decimal,
    /// How many lots rest.
    pub rests: u64,
    /// At which price; absent where nothing rests.
    pub price: Option<Decimal>,
    /// When its time is up, in economy time; absent where never.
    pub expires: Option<Nanos>,
    /// Why what was left of it went; absent where it rests or was filled.
    pub gone: Option<CancelReason>,
}
