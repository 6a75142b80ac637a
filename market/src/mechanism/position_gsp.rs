//! `position-gsp`: slots by the price of a click; each pays for a click what the next one bids.
//!
//! Claims: nobody loses, efficient by what is bid. Not truthful: a lower slot at a much lower price can gain more.
//! Example: clicks 200 and 100, bids 10, 4, 2: the first pays 4 a click, 800; the second 2 a click, 200.
//! Source: Edelman, Ostrovsky and Schwarz 2007, "Internet advertising and the generalized second-price auction".
//! Answer: clicks 200, 100; values 10, 4, 2 → 800 + 200.

use super::ranking::Ranking;
use super::{Auction, Award, ClearError, Clearing, Mechanism, Properties, Reason, slots};
use oikos_protocol::money::Amount;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PositionGsp;

impl Mechanism for PositionGsp {
    fn name(&self) -> &'static str {
        "position-gsp"
    }

    fn source(&self) -> &'static str {
        "Edelman, Ostrovsky and Schwarz 2007, Internet advertising and the generalized second-price auction"
    }

    fn properties(&self) -> Properties {
        Properties::ONE_SIDED
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        slots::tie(&Ranking::by_price(auction), auction.terms.clicks)
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        let ranking = slots::rank(auction, self.name())?;
        let mut clearing = Clearing::empty();
        ranking.explain_reserve(&mut clearing);
        for (slot, &clicks) in auction.terms.clicks.iter().enumerate().take(ranking.len()) {
            let (bid, click) = (ranking.bid(slot), slots::offer(auction, &ranking, slot + 1));
            clearing.explanation.push(Reason::GetsSlot { bid, slot, click });
            let price = Amount(click.0 * u128::from(clicks)); // 88 + 32 bits.
            clearing.winners.push(Award { bid, units: clicks, price });
            let worth = auction.bids[bid].price.0 * u128::from(clicks);
            clearing.objective = clearing.objective.saturating_add(worth as i128);
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
    fn clicks_200_and_100_and_values_10_4_2_pay_800_and_200() {
        let bids = [4u128, 10, 2].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        let mut auction = Auction::new(Side::Sell, &bids);
        assert!(matches!(PositionGsp.clear(&auction), Err(ClearError::Missing { term: "clicks", .. })));
        auction.terms.clicks = &[200, 100];
        let clearing = PositionGsp.clear(&auction).unwrap();
        let paid = [Award { bid: 1, units: 200, price: Amount(800) }, Award { bid: 0, units: 100, price: Amount(200) }];
        assert_eq!(clearing.winners[..], paid);
        assert_eq!(clearing.objective, 2400);
    }

    #[test]
    fn the_last_in_a_slot_pays_the_reserve_where_nobody_follows() {
        let bids = [Bid::new(ParticipantId(1), Amount(10), [0; 16])];
        let mut auction = Auction::new(Side::Sell, &bids);
        auction.terms.clicks = &[200, 100];
        auction.reserve = Some(Amount(3));
        assert_eq!(PositionGsp.clear(&auction).unwrap().total(), Amount(600));
    }

    #[test]
    fn slots_out_of_order_and_a_buying_poster_are_refused() {
        let mut auction = Auction::new(Side::Sell, &[]);
        auction.terms.clicks = &[100, 200];
        assert!(matches!(PositionGsp.clear(&auction), Err(ClearError::Term { term: "clicks", .. })));
        auction.side = Side::Buy;
        assert!(matches!(PositionGsp.clear(&auction), Err(ClearError::Side { .. })));
    }
}
