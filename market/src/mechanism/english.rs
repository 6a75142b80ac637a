//! `english`: a clock that moves against the bidders until one is left, who is settled at what it then shows.
//!
//! The price rises when the poster sells and falls when it buys. Where the last ones drop out at the same tick, a
//! lot among them decides, at the last price they had accepted. Claims: nobody loses. Truthful only up to a tick: who would be alone
//! after the next tick may drop with the second instead and draw a lot at the better price.
//! Example (forward): limits 9 and 4, tick 2: at 6 the second is gone; the first pays 6.
//! Source: Milgrom and Weber 1982, "A theory of auctions and competitive bidding". Answer: within one tick of the
//! second price.

use super::clock::ClockOf;
use super::{Auction, Award, ClearError, Clearing, Mechanism, Properties, Reason};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct English;

impl Mechanism for English {
    fn name(&self) -> &'static str {
        "english"
    }

    fn source(&self) -> &'static str {
        "Milgrom and Weber 1982, A theory of auctions and competitive bidding"
    }

    fn properties(&self) -> Properties {
        Properties { efficient: super::Claim::When("to within one tick"), ..Properties::ONE_SIDED }
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
        if let Some(bid) = ranking.first()? {
            let ticks = match (ranking.merit(0), ranking.merit(1)) {
                (_, None) => 0,
                (best, second) if best == second => second.unwrap_or_default(),
                (_, Some(second)) => second + 1,
            };
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
    use crate::mechanism::second_price::SecondPrice;
    use crate::mechanism::{Bid, Lots, Side};
    use oikos_protocol::id::ParticipantId;
    use oikos_protocol::money::Amount;

    #[test]
    fn the_price_is_within_one_tick_of_the_second_price_on_either_side() {
        for (side, reserve) in [(Side::Sell, 2), (Side::Buy, 29)] {
            for tick in [1, 2, 5] {
                for (a, b, c) in (0..30 * 30 * 30).map(|n| (n % 30, n / 30 % 30, n / 900)) {
                    let price = |n, price| Bid::new(ParticipantId(n), Amount(price), [n as u8; 16]);
                    let bids = [price(1, a), price(2, b), price(3, c)];
                    let mut auction = Auction::new(side, &bids);
                    auction.reserve = Some(Amount(reserve));
                    auction.terms.tick = Amount(tick);
                    auction.lots = Some(Lots::from_seed([1; 32]));
                    let sealed = SecondPrice.clear(&auction).unwrap();
                    let open = English.clear(&auction).unwrap();
                    assert_eq!(open.winners.len(), sealed.winners.len());
                    if let (Some(open), Some(sealed)) = (open.winners.first(), sealed.winners.first()) {
                        assert!(open.price.0.abs_diff(sealed.price.0) <= tick, "{side:?} {tick} {a} {b} {c}");
                        let own = bids[open.bid].price;
                        assert!(!side.prefers(open.price, own), "nobody pays beyond the limit");
                    }
                }
            }
        }
    }

    #[test]
    fn two_within_one_tick_drop_together_and_a_lot_decides() {
        let bids = [9, 8].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        let mut auction = Auction::new(Side::Sell, &bids);
        auction.terms.tick = Amount(5);
        assert!(English.needs_lots(&auction));
        assert_eq!(English.clear(&auction), Err(ClearError::LotsNeeded));
        auction.lots = Some(Lots::from_seed([1; 32]));
        assert_eq!(English.clear(&auction).unwrap().winners[0].price, Amount(5));
    }
}
