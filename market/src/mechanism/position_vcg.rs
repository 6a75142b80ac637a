//! `position-vcg`: slots by the price of a click; each pays the clicks that it takes from those below, at their bids.
//!
//! Claims: truthful, nobody loses, efficient.
//! Example: clicks 200 and 100, bids 10, 4, 2. Without the first, the second would have 100 clicks more at 4 and
//! the third 100 at 2: the first pays 600. Without the second, the third would have 100 at 2: it pays 200.
//! Source: Edelman, Ostrovsky and Schwarz 2007; Varian 2007, "Position auctions".
//! Answer: clicks 200, 100; values 10, 4, 2 → 600 + 200.

use super::ranking::Ranking;
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason, slots};
use oikos_protocol::money::Amount;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositionVcg;

impl Mechanism for PositionVcg {
    fn name(&self) -> &'static str {
        "position-vcg"
    }

    fn source(&self) -> &'static str {
        "Varian 2007, Position auctions"
    }

    fn properties(&self) -> Properties {
        Properties { truthful: Claim::Holds, ..Properties::ONE_SIDED }
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        slots::tie(&Ranking::by_price(auction), auction.terms.clicks)
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        let ranking = slots::rank(auction, self.name())?;
        let mut clearing = Clearing::empty();
        ranking.explain_reserve(&mut clearing);
        let clicks = auction.terms.clicks;
        let taken = clicks.len().min(ranking.len());
        // From the last slot up: what a slot pays is what the next pays, and the clicks between them at the next bid.
        let mut price = 0u128;
        for slot in (0..taken).rev() {
            let below = if slot + 1 < taken { clicks[slot + 1] } else { 0 };
            price += u128::from(clicks[slot] - below) * slots::offer(auction, &ranking, slot + 1).0;
            let bid = ranking.bid(slot);
            clearing.winners.push(Award { bid, units: clicks[slot], price: Amount(price) });
            let worth = auction.bids[bid].price.0 * u128::from(clicks[slot]);
            clearing.objective = clearing.objective.saturating_add(worth as i128);
        }
        clearing.winners.reverse();
        for (slot, award) in clearing.winners.iter().enumerate() {
            let click = Amount(award.price.0.checked_div(u128::from(award.units)).unwrap_or(0));
            clearing.explanation.push(Reason::GetsSlot { bid: award.bid, slot, click });
        }
        clearing.ranking = ranking.certain();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Bid, Side};
    use oikos_protocol::id::ParticipantId;

    #[test]
    fn clicks_200_and_100_and_values_10_4_2_pay_600_and_200() {
        let bids = [2u128, 4, 10].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        let mut auction = Auction::new(Side::Sell, &bids);
        auction.terms.clicks = &[200, 100];
        let clearing = PositionVcg.clear(&auction).unwrap();
        let paid = [Award { bid: 2, units: 200, price: Amount(600) }, Award { bid: 1, units: 100, price: Amount(200) }];
        assert_eq!(clearing.winners[..], paid);
    }

    #[test]
    fn slots_of_equal_clicks_need_no_lots_among_those_who_get_one() {
        let bids = [4u128, 4].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        let mut auction = Auction::new(Side::Sell, &bids);
        auction.terms.clicks = &[100, 100];
        assert!(!PositionVcg.needs_lots(&auction));
        auction.terms.clicks = &[100, 99];
        assert!(PositionVcg.needs_lots(&auction));
    }
}
