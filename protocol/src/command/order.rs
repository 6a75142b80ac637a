//! Desks and orders: one asset traded for another, continuously or in calls, settled in the ledger.
//!
//! Quantities are whole lots of the base asset; prices are minor units of the quote asset for one lot.

use crate::id::{AssetId, DeskId, OrderId};
use crate::money::{Amount, Share};
use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Which side of the trade somebody is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Pays. As the poster's side this is procurement: sellers bid, the lowest wins.
    Buy,
    /// Is paid. As the poster's side this is a forward auction: buyers bid, the highest wins.
    Sell,
}

impl Side {
    /// The other side of the trade.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// Whether the poster on this side would rather have `price` than `than`.
    #[must_use]
    pub const fn prefers(self, price: Amount, than: Amount) -> bool {
        match self {
            Self::Buy => price.0 < than.0,
            Self::Sell => price.0 > than.0,
        }
    }

    /// The price of the two that is better for the poster.
    #[must_use]
    pub const fn better(self, one: Amount, other: Amount) -> Amount {
        if self.prefers(one, other) { one } else { other }
    }
}

/// What happens when an order meets one of the same trader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SelfTrade {
    /// The resting order is cancelled, and the incoming one goes on.
    #[default]
    CancelResting,
    /// What is left of the incoming order is cancelled.
    CancelIncoming,
    /// Both are cancelled.
    CancelBoth,
}

/// When orders trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Market {
    /// At once, at the resting order's price.
    Continuous,
    /// Together, at one price: a double auction each time the clock, or the operator, calls it.
    Call {
        /// The moments of the call: the opening of the desk and multiples of this after it.
        every: Span,
        /// Where the price lies between the lowest and the highest that clear the same units.
        split: Share,
    },
}

/// Opens a desk for a pair of assets. Desks are numbered in order of opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenDesk {
    /// The asset that is bought and sold.
    pub base: AssetId,
    /// The asset it is paid in.
    pub quote: AssetId,
    /// How many minor units of the base asset one lot is; above zero.
    pub lot: u64,
    /// Prices are whole multiples of this; above zero.
    pub tick: Amount,
    /// The most lots of one order.
    pub quantity_max: u64,
    /// The most orders that one trader may leave resting.
    pub orders_max: u32,
    /// What happens when an order meets one of the same trader.
    pub self_trade: SelfTrade,
    /// When orders trade.
    pub market: Market,
}

/// What an order may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// Trades up to its price and rests with what is left, until it expires.
    Limit {
        /// The worst price it takes.
        price: Amount,
        /// When its time is up; [`Timestamp::NEVER`] for never.
        expires: Timestamp,
    },
    /// Trades at any price; what is left is cancelled.
    Market,
    /// Trades up to its price; what is left is cancelled ("immediate or cancel").
    ImmediateOrCancel {
        /// The worst price it takes.
        price: Amount,
    },
    /// Trades all of its quantity up to its price, or nothing ("fill or kill").
    FillOrKill {
        /// The worst price it takes.
        price: Amount,
    },
}

/// Sends an order. Orders are numbered in order of arrival, over all desks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceOrder {
    /// To which desk.
    pub desk: DeskId,
    /// Whether it buys or sells the base asset.
    pub side: Side,
    /// How many lots; above zero.
    pub quantity: u64,
    /// What it may do.
    pub kind: OrderKind,
}

/// Cancels a resting order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// At which desk.
    pub desk: DeskId,
    /// Which order.
    pub order: OrderId,
}

/// Changes a resting order. With the same price and fewer lots it keeps its place; all else goes to the back, and may trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplaceOrder {
    /// At which desk.
    pub desk: DeskId,
    /// Which order.
    pub order: OrderId,
    /// Its new price.
    pub price: Amount,
    /// How many lots it has from now on; above zero.
    pub quantity: u64,
}

/// Clears a call before its time (operator).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClearCall {
    /// At which desk.
    pub desk: DeskId,
}
