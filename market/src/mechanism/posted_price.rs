//! `posted-price`: everyone who accepts the posted price gets a ticket, and one lot decides.
//!
//! The posted price is the auction's reserve; a bid within it accepts it. All who accept are equal, so a better
//! price than the posted one buys nothing. Claims: truthful, nobody loses, balanced. Not efficient: the lot may
//! pass over whoever gains most.
//! Example: price 5, sellers with cost 3, 4 and 9: one of the first two is drawn and paid 5.
//! Source: Hagerty and Rogerson 1987, "Robust trading mechanisms". Answer: for a cost and a value uniform on `[0,1]`
//! and the price ½ the expected gain from trade is 1/8.

use super::ranking::{Ranking, several_eligible};
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostedPrice;

impl Mechanism for PostedPrice {
    fn name(&self) -> &'static str {
        "posted-price"
    }

    fn source(&self) -> &'static str {
        "Hagerty and Rogerson 1987, Robust trading mechanisms"
    }

    fn properties(&self) -> Properties {
        Properties { truthful: Claim::Holds, efficient: Claim::Fails, ..Properties::BALANCED }
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        several_eligible(auction)
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check_single_bids()?;
        let price = auction.reserve.ok_or(ClearError::Missing { mechanism: self.name(), term: "reserve" })?;
        let ranking = Ranking::by_lots(auction)?;
        let mut clearing = Clearing::empty();
        ranking.explain_reserve(&mut clearing);
        if ranking.len() > 0 {
            let bid = ranking.bid(0);
            clearing.explanation.push(ranking.drawn_by());
            clearing.explanation.push(Reason::PostedPrice { price });
            clearing.winners.push(Award { bid, units: 1, price });
            clearing.objective = price.0 as i128; // At most `PRICE_MAX`.
        }
        clearing.optimal = ranking.len() < 2; // A lot does not look for the best.
        clearing.ranking = ranking.certain();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Bid, Lots, Side};
    use oikos_protocol::id::ParticipantId;
    use oikos_protocol::money::Amount;

    fn bid(bidder: u64, price: u128) -> Bid<'static> {
        Bid::new(ParticipantId(bidder), Amount(price), [bidder as u8; 16])
    }

    #[test]
    fn one_of_those_who_accept_is_paid_the_posted_price() {
        let bids = [bid(1, 3), bid(2, 4), bid(3, 9)];
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.reserve = Some(Amount(5));
        assert!(PostedPrice.needs_lots(&auction));
        assert_eq!(PostedPrice.clear(&auction), Err(ClearError::LotsNeeded));
        let mut won = [0; 3];
        for seed in 0..100 {
            auction.lots = Some(Lots::from_seed([seed; 32]));
            let clearing = PostedPrice.clear(&auction).unwrap();
            assert_eq!(clearing.winners[0].price, Amount(5));
            won[clearing.winners[0].bid] += 1;
        }
        assert!(won[0] > 30 && won[1] > 30 && won[2] == 0, "{won:?}");
    }

    #[test]
    fn a_lone_acceptor_needs_no_lots_and_no_price_is_a_missing_term() {
        let bids = [bid(1, 3)];
        let mut auction = Auction::new(Side::Buy, &bids);
        let missing = Err(ClearError::Missing { mechanism: "posted-price", term: "reserve" });
        assert_eq!(PostedPrice.clear(&auction), missing);
        auction.reserve = Some(Amount(5));
        assert!(!PostedPrice.needs_lots(&auction));
        assert_eq!(PostedPrice.clear(&auction).unwrap().winners[0].price, Amount(5));
    }
}
