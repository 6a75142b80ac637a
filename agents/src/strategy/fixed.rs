//! The same price for every task: right for work whose cost its owner knows.

use super::{Invitation, PriceError, Strategy, offer, parse};
use oikos_protocol::money::Amount;
use rust_decimal::Decimal;

/// Asks the same price for every task, and stays silent where that is above the reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixed(Decimal);

impl Fixed {
    /// Asks this price.
    ///
    /// # Errors
    /// [`PriceError`] where the text is no price.
    pub fn at(price: &str) -> Result<Self, PriceError> {
        parse(price).map(Self)
    }
}

impl Strategy for Fixed {
    fn price(&self, invitation: &Invitation) -> Option<Amount> {
        offer(self.0, invitation)
    }
}

#[cfg(test)]
mod tests {
    use super::super::invitation;
    use super::*;

    #[test]
    fn a_fixed_price_is_asked_up_to_the_reserve_and_not_above() {
        let fixed = Fixed::at("0.05").unwrap();
        assert_eq!(fixed.price(&invitation(5)), Some(Amount(5)));
        assert_eq!(fixed.price(&invitation(4)), None);
    }

    #[test]
    fn a_price_that_the_money_cannot_express_is_no_bid() {
        assert_eq!(Fixed::at("0.005").unwrap().price(&invitation(100)), None);
        assert_eq!(Fixed::at("0.050").unwrap().price(&invitation(100)), Some(Amount(5)));
    }

    #[test]
    fn what_is_no_price_is_refused() {
        for bad in ["", "-1", "NaN", "1e3", "0,05", "1.2.3", "\u{1b}[31m"] {
            assert!(Fixed::at(bad).is_err(), "{bad}");
        }
        assert!(!Fixed::at("\u{1b}[31m").unwrap_err().to_string().contains('\u{1b}'));
    }
}
