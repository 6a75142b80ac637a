//! `first-price`: the best bid within the reserve wins and is settled at its own price.
//!
//! Claims: nobody who bids truthfully loses (the price is one's own), and what is paid is what is received.
//! Not truthful: whoever is alone in front gains by moving towards the second.
//! Example: sellers ask 3, 5, 9 with reserve 8: the first wins at 3.
//! Source: Vickrey 1961, "Counterspeculation, auctions, and competitive sealed tenders". Answer: with values
//! uniform on `[0,1]` and the equilibrium bid v(n−1)/n the seller's revenue is (n−1)/(n+1).

use super::ranking::{Ranking, tie_for_first};
use super::{Auction, Award, ClearError, Clearing, Mechanism, Properties, Reason};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstPrice;

impl Mechanism for FirstPrice {
    fn name(&self) -> &'static str {
        "first-price"
    }

    fn source(&self) -> &'static str {
        "Vickrey 1961, Counterspeculation, auctions, and competitive sealed tenders"
    }

    fn properties(&self) -> Properties {
        Properties::BALANCED
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        tie_for_first(auction)
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check_single_bids()?;
        let ranking = Ranking::by_price(auction);
        let mut clearing = Clearing::empty();
        ranking.explain_reserve(&mut clearing);
        if let Some(bid) = ranking.first()? {
            let price = auction.bids[bid].price;
            ranking.explain_first(&mut clearing);
            clearing.explanation.push(Reason::PaysOwnBid { bid });
            clearing.winners.push(Award { bid, units: 1, price });
            clearing.objective = price.0 as i128; // At most `PRICE_MAX`.
        }
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
    fn the_lowest_ask_within_the_reserve_wins_at_its_own_price() {
        let bids = [bid(1, 5), bid(2, 3), bid(3, 9)];
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.reserve = Some(Amount(8));
        let clearing = FirstPrice.clear(&auction).unwrap();
        assert_eq!(clearing.winners[..], [Award { bid: 1, units: 1, price: Amount(3) }]);
        assert_eq!(clearing.ranking[..], [1, 0]);
        assert_eq!((clearing.objective, clearing.optimal), (3, true));
        let why = [Reason::OutsideReserve { bid: 2 }, Reason::BestPrice { bid: 1 }, Reason::PaysOwnBid { bid: 1 }];
        assert_eq!(clearing.explanation[..], why);
    }

    #[test]
    fn the_highest_offer_wins_when_the_poster_sells() {
        let bids = [bid(1, 5), bid(2, 3)];
        let clearing = FirstPrice.clear(&Auction::new(Side::Sell, &bids)).unwrap();
        assert_eq!(clearing.winners[..], [Award { bid: 0, units: 1, price: Amount(5) }]);
    }

    #[test]
    fn a_tie_for_first_asks_for_lots_and_a_tie_behind_it_does_not() {
        let behind = [bid(1, 3), bid(2, 5), bid(3, 5)];
        let auction = Auction::new(Side::Buy, &behind);
        assert!(!FirstPrice.needs_lots(&auction));
        assert_eq!(FirstPrice.clear(&auction).unwrap().ranking[..], [0], "the tie behind is left open");

        let ahead = [bid(1, 5), bid(2, 3), bid(3, 3)];
        let mut auction = Auction::new(Side::Buy, &ahead);
        assert!(FirstPrice.needs_lots(&auction));
        assert_eq!(FirstPrice.clear(&auction), Err(ClearError::LotsNeeded));
        auction.lots = Some(Lots::from_seed([7; 32]));
        let clearing = FirstPrice.clear(&auction).unwrap();
        assert!(matches!(clearing.explanation[0], Reason::WonLot { among: 2, .. }));
    }

    #[test]
    fn without_the_winner_the_rest_keep_the_order_of_their_lots() {
        let bids = [bid(1, 3), bid(2, 3), bid(3, 3), bid(4, 3)];
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.lots = Some(Lots::from_seed([1; 32]));
        let order = FirstPrice.clear(&auction).unwrap().ranking;
        let rest: alloc::vec::Vec<_> = (0..4).filter(|&n| n != order[0]).collect();
        let rest_bids: alloc::vec::Vec<_> = rest.iter().map(|&n| bids[n]).collect();
        auction.bids = &rest_bids;
        let again: alloc::vec::Vec<_> =
            FirstPrice.clear(&auction).unwrap().ranking.iter().map(|&place| rest[place]).collect();
        assert_eq!(again[..], order[1..]);
    }
}
