//! Why an auction cannot be cleared: an answer to whoever posed it, with the field at fault.

use super::auction::{PRICE_MAX, UNITS_MAX};
use oikos_protocol::id::ParticipantId;

/// In order of precedence; where several hold, the first is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClearError {
    /// More bids than are cleared at once.
    #[error("{bids} bids; at most {allowed} are cleared at once")]
    TooManyBids {
        /// How many there are.
        bids: usize,
        /// How many are allowed.
        allowed: usize,
    },
    /// The reserve is above [`PRICE_MAX`].
    #[error("the reserve is above {PRICE_MAX} minor units")]
    ReserveTooLarge,
    /// No units, or too many.
    #[error("{units} units; expected 1 to {UNITS_MAX}")]
    Units {
        /// How many were asked for.
        units: u64,
    },
    /// A price above [`PRICE_MAX`].
    #[error("the price of bid {bid} is above {PRICE_MAX} minor units")]
    PriceTooLarge {
        /// The bid.
        bid: usize,
    },
    /// A bid for no units, or too many.
    #[error("the quantity of bid {bid} is {quantity}; expected 1 to {UNITS_MAX}")]
    Quantity {
        /// The bid.
        bid: usize,
        /// Its quantity.
        quantity: u64,
    },
    /// Two bids of one participant, where one ticket each is the rule.
    #[error("participant {bidder} has two bids; one is allowed")]
    SecondBid {
        /// The participant.
        bidder: ParticipantId,
    },
    /// A term that this mechanism cannot do without.
    #[error("`{term}` is missing; {mechanism} needs it")]
    Missing {
        /// The mechanism.
        mechanism: &'static str,
        /// The term.
        term: &'static str,
    },
    /// The mechanism works for the other side only.
    #[error("`side` does not fit: {mechanism} {expected}")]
    Side {
        /// The mechanism.
        mechanism: &'static str,
        /// What it expects of the poster.
        expected: &'static str,
    },
    /// A term out of its range.
    #[error("`{term}` is out of range: expected {expected}")]
    Term {
        /// The term.
        term: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// A field of a bid out of its range.
    #[error("`{field}` of bid {bid} is out of range: expected {expected}")]
    Field {
        /// The bid.
        bid: usize,
        /// The field.
        field: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// The instance would take more room than a clearing may.
    #[error("the auction is too large for {mechanism}: {size} cells of work, at most {allowed}")]
    TooLarge {
        /// The mechanism.
        mechanism: &'static str,
        /// How large it is.
        size: u128,
        /// How large it may be.
        allowed: u128,
    },
    /// A tie or a lottery decides, and there is no seed.
    #[error("`seed` is missing: a tie or a lottery decides, and only lots may decide it")]
    LotsNeeded,
}

impl ClearError {
    /// Its stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyBids { .. } => "too_many_bids",
            Self::ReserveTooLarge => "reserve_too_large",
            Self::Units { .. } => "units",
            Self::PriceTooLarge { .. } => "price_too_large",
            Self::Quantity { .. } => "quantity",
            Self::SecondBid { .. } => "second_bid",
            Self::Missing { .. } => "missing_term",
            Self::Side { .. } => "side",
            Self::Term { .. } => "term",
            Self::Field { .. } => "bid_field",
            Self::TooLarge { .. } => "too_large",
            Self::LotsNeeded => "lots_needed",
        }
    }
}
