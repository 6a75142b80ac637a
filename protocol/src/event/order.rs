//! What happened at desks: orders are their traders' business, trades and the depth of the book everybody's.

use crate::command::order::{OpenDesk, OrderKind, Side};
use crate::id::{DeskId, OrderId, ParticipantId};
use crate::money::Amount;
use serde::{Deserialize, Serialize};

/// What happened at a desk. A [`super::money::MoneyMoved`] beside it says what was set apart, paid or given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderEvent {
    /// A desk was opened.
    DeskOpened {
        /// Its number.
        desk: DeskId,
        /// What it trades, and how.
        terms: OpenDesk,
    },
    /// An order was taken in.
    Placed {
        /// Where.
        desk: DeskId,
        /// Its number.
        order: OrderId,
        /// Whose it is.
        trader: ParticipantId,
        /// Its side.
        side: Side,
        /// How many lots.
        quantity: u64,
        /// What it may do.
        kind: OrderKind,
    },
    /// An order rests at the back of its price.
    Rested {
        /// Where.
        desk: DeskId,
        /// Which.
        order: OrderId,
        /// Whose.
        trader: ParticipantId,
        /// At which price.
        price: Amount,
        /// What is left of it.
        quantity: u64,
    },
    /// An order has another price or quantity from now on.
    Replaced {
        /// Where.
        desk: DeskId,
        /// Which.
        order: OrderId,
        /// Whose.
        trader: ParticipantId,
        /// Its price.
        price: Amount,
        /// What is left of it.
        quantity: u64,
        /// Whether it kept its place in the queue.
        kept_place: bool,
    },
    /// An order traded.
    Filled {
        /// Where.
        desk: DeskId,
        /// Which.
        order: OrderId,
        /// Whose.
        trader: ParticipantId,
        /// The price of a lot.
        price: Amount,
        /// How many lots.
        quantity: u64,
    },
    /// An order, or what was left of it, is gone without a trade.
    Cancelled {
        /// Where.
        desk: DeskId,
        /// Which.
        order: OrderId,
        /// Whose.
        trader: ParticipantId,
        /// How many lots went.
        quantity: u64,
        /// Why.
        why: CancelReason,
    },
    /// Two orders traded; whose they were is theirs to know.
    Traded {
        /// Where.
        desk: DeskId,
        /// The side of the order that came in; in a call, the buyer's.
        taker: Side,
        /// The price of a lot.
        price: Amount,
        /// How many lots.
        quantity: u64,
    },
    /// A price of the book changed; all zero when nothing rests there any more.
    Depth {
        /// Where.
        desk: DeskId,
        /// Which side.
        side: Side,
        /// The price.
        price: Amount,
        /// How many lots rest there.
        quantity: u64,
        /// Of how many orders.
        orders: u32,
    },
    /// The best price of a side, or its quantity, changed.
    Top {
        /// Where.
        desk: DeskId,
        /// The highest bid and its lots.
        bid: Option<(Amount, u64)>,
        /// The lowest ask and its lots.
        ask: Option<(Amount, u64)>,
    },
    /// A call was cleared.
    Cleared {
        /// Where.
        desk: DeskId,
        /// The one price; absent where nothing crossed.
        price: Option<Amount>,
        /// How many lots changed hands.
        quantity: u64,
    },
}

/// Why an order went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Its trader asked.
    Asked,
    /// What an order that may not rest did not find.
    Unfilled,
    /// It would have traded with its own trader.
    SelfTrade,
    /// Its time was up.
    Expired,
    /// It gave up its place for another price or more lots.
    Replaced,
}

impl OrderEvent {
    /// The desk it happened at.
    #[must_use]
    pub const fn desk(&self) -> DeskId {
        match *self {
            Self::DeskOpened { desk, .. }
            | Self::Placed { desk, .. }
            | Self::Rested { desk, .. }
            | Self::Replaced { desk, .. }
            | Self::Filled { desk, .. }
            | Self::Cancelled { desk, .. }
            | Self::Traded { desk, .. }
            | Self::Depth { desk, .. }
            | Self::Top { desk, .. }
            | Self::Cleared { desk, .. } => desk,
        }
    }

    /// The trader whose business it is; none where it is everybody's.
    #[must_use]
    pub const fn trader(&self) -> Option<ParticipantId> {
        match *self {
            Self::Placed { trader, .. }
            | Self::Rested { trader, .. }
            | Self::Replaced { trader, .. }
            | Self::Filled { trader, .. }
            | Self::Cancelled { trader, .. } => Some(trader),
            Self::DeskOpened { .. }
            | Self::Traded { .. }
            | Self::Depth { .. }
            | Self::Top { .. }
            | Self::Cleared { .. } => None,
        }
    }
}
