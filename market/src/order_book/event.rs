//! What a book tells: trades, orders that rest or go, levels that change, the top of the book; and what it refuses.
//!
//! Depth and top are derived: whoever folds [`Event::Depth`] has every level, and [`Event::Top`] alone is enough for
//! a ticker. Quantities are whole units, prices minor units for a unit.

use crate::mechanism::Side;
pub use oikos_protocol::event::order::CancelReason;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;

/// Something that happened in a book, in the order it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Two orders traded at the resting order's price (in a call: at the one price).
    Traded {
        /// The order that came in; in a call, the buyer's.
        taker: u64,
        /// The order that rested; in a call, the seller's.
        maker: u64,
        /// Who sent the first.
        taker_trader: ParticipantId,
        /// Who sent the second.
        maker_trader: ParticipantId,
        /// Which side the first is on.
        taker_side: Side,
        /// The price of a unit.
        price: Amount,
        /// How many units.
        quantity: u64,
    },
    /// An order rests at the back of its level.
    Rested {
        /// The order.
        order: u64,
        /// Its side.
        side: Side,
        /// Its price.
        price: Amount,
        /// What is left of it.
        quantity: u64,
    },
    /// An order was made smaller and kept its place.
    Reduced {
        /// The order.
        order: u64,
        /// What is left of it.
        quantity: u64,
    },
    /// An order, or what was left of it, is gone without a trade.
    Cancelled {
        /// The order.
        order: u64,
        /// Whose it was.
        trader: ParticipantId,
        /// How many units went.
        quantity: u64,
        /// Why.
        why: CancelReason,
    },
    /// A level changed; all zero when it is gone.
    Depth {
        /// The side.
        side: Side,
        /// The price of the level.
        price: Amount,
        /// How many units rest there.
        quantity: u64,
        /// How many orders.
        orders: u32,
    },
    /// The best price of a side, or its quantity, changed.
    Top {
        /// The highest bid and its quantity.
        bid: Option<(Amount, u64)>,
        /// The lowest ask and its quantity.
        ask: Option<(Amount, u64)>,
    },
}

/// Why a message is refused; the book is as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// An order of this id rests already.
    #[error("order {order} rests already")]
    Duplicate {
        /// The order.
        order: u64,
    },
    /// No order of this id rests.
    #[error("order {order} does not rest in this book")]
    Unknown {
        /// The order.
        order: u64,
    },
    /// The order is somebody else's.
    #[error("order {order} belongs to another trader")]
    NotYours {
        /// The order.
        order: u64,
    },
    /// No units, or more than a level can count.
    #[error("the quantity is {quantity}; expected 1 to 4294967295")]
    Quantity {
        /// What was given.
        quantity: u64,
    },
    /// A price beyond the price limit.
    #[error("the price is {price}; expected at most 2^88 - 1")]
    Price {
        /// What was given.
        price: Amount,
    },
    /// During a call only limit orders are collected.
    #[error("during a call only limit orders are taken")]
    InCall,
    /// The book is full.
    #[error("the book holds {orders} orders; no more fit")]
    Full {
        /// How many orders it holds.
        orders: u32,
    },
}
