//! How to bid: from an invitation to a price, or to silence.
//!
//! A strategy sees what any bidder sees, and learns what its own work cost and earned. It holds no money and sends
//! nothing; the runtime bids for it.
//! Invariants: prices are exact decimals; a price that the task's money cannot express, or above the reserve, is
//! no bid.

mod cost_plus;
mod fixed;
mod share_of_reserve;

pub use cost_plus::CostPlus;
pub use fixed::Fixed;
pub use share_of_reserve::ShareOfReserve;

use oikos_protocol::id::Capability;
use oikos_protocol::money::{Amount, Scale};
use rust_decimal::Decimal;

/// What a bidder is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What is to be done.
    pub capability: Capability,
    /// Code of the money it is paid in, such as `OIK`.
    pub asset: String,
    /// Decimals of that money.
    pub scale: Scale,
    /// The highest price that is looked at.
    pub reserve: Amount,
}

/// What became of a job, so that a strategy can learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lesson {
    /// What it cost, as the skill told.
    pub cost: Option<Decimal>,
    /// What was paid for it; none where it failed.
    pub paid: Option<Decimal>,
}

/// How to bid.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a bidding strategy",
    note = "use `Fixed::at(\"0.05\")`, `CostPlus`, or write `impl Strategy for {Self}`"
)]
pub trait Strategy: Send + Sync + 'static {
    /// The price to ask, or none to stay silent.
    fn price(&self, invitation: &Invitation) -> Option<Amount>;

    /// Takes in what became of a job.
    fn learn(&self, lesson: &Lesson) {
        _ = lesson;
    }
}

/// A text that is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a price; a price is a decimal number that is not negative, such as `0.05`")]
pub struct PriceError {
    /// What was given, escaped.
    text: String,
}

/// A price of at most 18 decimals, written as digits with at most one point.
fn parse(text: &str) -> Result<Decimal, PriceError> {
    let refused = || PriceError { text: text.chars().take(40).flat_map(char::escape_debug).collect() };
    let finest = Scale::new(Scale::MAX).ok_or_else(refused)?;
    finest.parse(text).map_err(|_| refused())?;
    text.parse().map_err(|_| refused())
}

/// This price in the invitation's money, if it can be paid in it and is not above the reserve.
fn offer(price: Decimal, invitation: &Invitation) -> Option<Amount> {
    invitation.scale.amount(price.normalize()).ok().filter(|amount| *amount <= invitation.reserve)
}

#[cfg(test)]
pub(crate) fn invitation(reserve: u128) -> Invitation {
    Invitation {
        capability: Capability::new("text.shout/v1").unwrap(),
        asset: "OIK".to_owned(),
        scale: Scale::new(2).unwrap(),
        reserve: Amount(reserve),
    }
}
