//! `discriminatory`: the best bids share the units, each winner at its own price ("pay as bid").
//!
//! Prices are for a unit; a bid may be filled in part; equals who cannot all be filled draw lots.
//! Claims: nobody loses, efficient by what is bid. Not truthful, as first price.
//! Example: costs 1, 2, 3, 4 and two units: the first two sell at 1 and 2.
//! Source: Vickrey 1962, "Auctions and bidding games"; US Treasury bill auctions until 1998.
//! Answer: costs 1, 2, 3, 4, k = 2 → total 3.

use super::ranking::Ranking;
use super::uniform::fill;
use super::{Auction, ClearError, Clearing, Mechanism, Properties};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discriminatory;

impl Mechanism for Discriminatory {
    fn name(&self) -> &'static str {
        "discriminatory"
    }

    fn source(&self) -> &'static str {
        "Vickrey 1962, Auctions and bidding games"
    }

    fn properties(&self) -> Properties {
        Properties::BALANCED
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        Ranking::by_price(auction).tie_for_units(auction.units)
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        let (ranking, mut clearing, _) = fill(auction)?;
        clearing.ranking = ranking.certain();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Award, Bid, Side};
    use oikos_protocol::id::ParticipantId;
    use oikos_protocol::money::Amount;

    #[test]
    fn costs_1_2_3_4_and_two_units_pay_3_in_all() {
        let bids = [1u128, 2, 3, 4].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.units = 2;
        let clearing = Discriminatory.clear(&auction).unwrap();
        let own = [Award { bid: 0, units: 1, price: Amount(1) }, Award { bid: 1, units: 1, price: Amount(2) }];
        assert_eq!(clearing.winners[..], own);
        assert_eq!(clearing.total(), Amount(3));
    }
}
