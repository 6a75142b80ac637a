//! `optimal-reserve`: second price with the reserve that gains the poster most, given what it believes.
//!
//! The reserve comes from the prior where the auction names none: for values uniform on [low, high] a seller who
//! values the thing at `own` takes at least (own + high) / 2, a buyer pays at most (own + low) / 2. A half unit
//! rounds in the poster's favour. Claims: truthful, nobody loses. Not efficient: the reserve turns gains away.
//! Example (forward): prior [0, 10], own 0: reserve 5; bids 8 and 3: the first pays 5.
//! Source: Myerson 1981, "Optimal auction design". Answer: values uniform on `[0,1]` and r = ½ give revenue 1/4,
//! 5/12, 17/32 for n = 1, 2, 3.

use super::ranking::tie_for_first;
use super::second_price::clear_within;
use super::terms::Prior;
use super::{Auction, Claim, ClearError, Clearing, Mechanism, Properties, Reason, Side};
use oikos_protocol::money::Amount;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptimalReserve;

/// The reserve that gains a poster on `side` most, given its prior.
#[must_use]
pub fn reserve_for(side: Side, prior: Prior) -> Amount {
    let (own, low, high) = (prior.own.0, prior.low.0, prior.high.0);
    match side {
        Side::Sell => Amount((own + high).div_ceil(2).max(own).max(low)),
        Side::Buy => Amount(((own + low) / 2).min(own).min(high)),
    }
}

impl OptimalReserve {
    fn with_reserve<'a>(self, auction: &Auction<'a>) -> Result<Auction<'a>, ClearError> {
        if auction.reserve.is_some() {
            return Ok(*auction);
        }
        let prior = auction.terms.prior.ok_or(ClearError::Missing { mechanism: self.name(), term: "prior" })?;
        if prior.low > prior.high || prior.high.max(prior.own) > super::auction::PRICE_MAX {
            return Err(ClearError::Term {
                term: "prior",
                expected: "low at most high, and none above the price limit",
            });
        }
        Ok(Auction { reserve: Some(reserve_for(auction.side, prior)), ..*auction })
    }
}

impl Mechanism for OptimalReserve {
    fn name(&self) -> &'static str {
        "optimal-reserve"
    }

    fn source(&self) -> &'static str {
        "Myerson 1981, Optimal auction design"
    }

    fn properties(&self) -> Properties {
        Properties { truthful: Claim::Holds, efficient: Claim::Fails, ..Properties::ONE_SIDED }
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        self.with_reserve(auction).is_ok_and(|auction| tie_for_first(&auction))
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        let bounded = self.with_reserve(auction)?;
        let mut clearing = clear_within(&bounded)?;
        if let (None, Some(reserve)) = (auction.reserve, bounded.reserve) {
            clearing.explanation.insert(0, Reason::ReserveFromPrior { reserve });
        }
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::Bid;
    use oikos_protocol::id::ParticipantId;

    const UNIFORM: Prior = Prior { low: Amount(0), high: Amount(10), own: Amount(0) };

    #[test]
    fn a_uniform_prior_gives_half_the_range() {
        assert_eq!(reserve_for(Side::Sell, UNIFORM), Amount(5));
        assert_eq!(reserve_for(Side::Sell, Prior { high: Amount(9), ..UNIFORM }), Amount(5), "in the seller's favour");
        assert_eq!(reserve_for(Side::Sell, Prior { low: Amount(8), ..UNIFORM }), Amount(8));
        assert_eq!(reserve_for(Side::Buy, Prior { own: Amount(9), ..UNIFORM }), Amount(4), "in the buyer's favour");
    }

    #[test]
    fn the_price_is_the_second_or_the_reserve_whichever_is_more() {
        let bid = |bidder: u64, price: u128| Bid::new(ParticipantId(bidder), Amount(price), [0; 16]);
        for (second, price) in [(3, 5), (7, 7)] {
            let bids = [bid(1, 8), bid(2, second)];
            let mut auction = Auction::new(Side::Sell, &bids);
            assert!(matches!(OptimalReserve.clear(&auction), Err(ClearError::Missing { term: "prior", .. })));
            auction.terms.prior = Some(UNIFORM);
            assert_eq!(OptimalReserve.clear(&auction).unwrap().winners[0].price, Amount(price));
        }
    }
}
