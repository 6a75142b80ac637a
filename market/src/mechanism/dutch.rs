//! `dutch`: a clock that moves towards the bidders until the first claims at what it shows.
//!
//! The price falls to the reserve when the poster sells and rises to it when it buys; who claims first wins. Two
//! who claim at the same tick draw a lot. Claims: nobody loses. Not truthful: waiting is cheaper.
//! Example (forward): limits 9 and 4, reserve 0, tick 2: the first claims at 8.
//! Source: Vickrey 1961, "Counterspeculation, auctions, and competitive sealed tenders" (equivalence with first
//! price). Answer: within one tick of the first price.

use super::clock::ClockOf;
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dutch;

impl Mechanism for Dutch {
    fn name(&self) -> &'static str {
        "dutch"
    }

    fn source(&self) -> &'static str {
        "Vickrey 1961, Counterspeculation, auctions, and competitive sealed tenders"
    }

    fn properties(&self) -> Properties {
        Properties { efficient: Claim::When("to within one tick"), ..Properties::ONE_SIDED }
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        ClockOf::new(auction, self.name()).is_ok_and(|clock| clock.ranking(auction).tie_at(1))
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check_single_bids()?;
        let clock = ClockOf::new(auction, self.name())?;
        let ranking = clock.ranking(auction);
        let mut clearing = Clearing::empty();
        ranking.explain_reserve(&mut clearing);
        if let (Some(bid), Some(ticks)) = (ranking.first()?, ranking.merit(0)) {
            let price = clock.price(ticks);
            ranking.explain_first(&mut clearing);
            clearing.explanation.push(Reason::ClockStopped { price });
            clearing.winners.push(Award { bid, units: 1, price });
            clearing.objective = auction.bids[bid].price.0 as i128; // At most `PRICE_MAX`.
        }
        clearing.ranking = ranking.certain();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::first_price::FirstPrice;
    use crate::mechanism::{Bid, Lots, Side};
    use oikos_protocol::id::ParticipantId;
    use oikos_protocol::money::Amount;

    #[test]
    fn the_price_is_within_one_tick_of_the_first_price_and_never_beyond_the_limit() {
        for (side, reserve) in [(Side::Sell, 2), (Side::Buy, 29)] {
            for tick in [1, 2, 5] {
                for (a, b) in (0..900).map(|n| (n % 30, n / 30)) {
                    let bids = [a, b].map(|price| Bid::new(ParticipantId(price as u64 + 100), Amount(price), [0; 16]));
                    if a == b {
                        continue;
                    }
                    let mut auction = Auction::new(side, &bids);
                    auction.reserve = Some(Amount(reserve));
                    auction.terms.tick = Amount(tick);
                    auction.lots = Some(Lots::from_seed([1; 32]));
                    let sealed = FirstPrice.clear(&auction).unwrap();
                    let open = Dutch.clear(&auction).unwrap();
                    if let (Some(open), Some(sealed)) = (open.winners.first(), sealed.winners.first()) {
                        assert!(open.price.0.abs_diff(sealed.price.0) <= tick, "{side:?} {tick} {a} {b}");
                        assert!(!side.prefers(open.price, bids[open.bid].price));
                    }
                }
            }
        }
    }
}
