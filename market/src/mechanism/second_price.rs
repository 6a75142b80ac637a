//! `second-price`: the best bid within the reserve wins and is settled at the second best, bounded by the reserve.
//!
//! Claims: truthful (one's own bid decides whether one wins, never at what price), nobody loses, efficient.
//! Example: sellers ask 3, 5, 9 with reserve 8: the first wins and is paid 5; alone it would be paid 8.
//! A lone bid without a reserve is settled at its own price, as nothing else bounds it; the claim of truth is made
//! for auctions that have a reserve or a second bid.
//! Source: Vickrey 1961, "Counterspeculation, auctions, and competitive sealed tenders". Answer: with costs
//! uniform on `[0,1]` the buyer pays 2/(n+1) on average.

use super::ranking::{Ranking, tie_for_first};
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondPrice;

impl Mechanism for SecondPrice {
    fn name(&self) -> &'static str {
        "second-price"
    }

    fn source(&self) -> &'static str {
        "Vickrey 1961, Counterspeculation, auctions, and competitive sealed tenders"
    }

    fn properties(&self) -> Properties {
        Properties { truthful: Claim::Holds, ..Properties::ONE_SIDED }
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        tie_for_first(auction)
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        clear_within(auction)
    }
}

/// The rule with the auction's reserve, whoever chose it.
pub(super) fn clear_within(auction: &Auction<'_>) -> Result<Clearing, ClearError> {
    auction.check_single_bids()?;
    let ranking = Ranking::by_price(auction);
    let mut clearing = Clearing::empty();
    ranking.explain_reserve(&mut clearing);
    if let Some(bid) = ranking.first()? {
        ranking.explain_first(&mut clearing);
        let own = auction.bids[bid].price;
        let (price, why) = match (ranking.get(1), auction.reserve) {
            (Some(second), _) => {
                let price = auction.bids[second].price;
                // Who sets the price is named only where a tie does not leave it open.
                let open = auction.lots.is_none() && ranking.tie_at(2);
                (price, if open { Reason::PriceSetByTied { price } } else { Reason::PriceSetBy { bid: second, price } })
            }
            (None, Some(reserve)) => (reserve, Reason::PriceSetByReserve { price: reserve }),
            (None, None) => (own, Reason::NoOtherBid),
        };
        clearing.explanation.push(why);
        clearing.winners.push(Award { bid, units: 1, price });
        clearing.objective = own.0 as i128; // At most `PRICE_MAX`.
    }
    clearing.ranking = ranking.certain();
    Ok(clearing)
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
    fn the_lowest_ask_is_paid_the_second_lowest() {
        let bids = [bid(1, 5), bid(2, 3), bid(3, 9)];
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.reserve = Some(Amount(8));
        let clearing = SecondPrice.clear(&auction).unwrap();
        assert_eq!(clearing.winners[..], [Award { bid: 1, units: 1, price: Amount(5) }]);
        assert_eq!(clearing.explanation.last(), Some(&Reason::PriceSetBy { bid: 0, price: Amount(5) }));
    }

    #[test]
    fn the_reserve_caps_the_price_where_the_second_is_outside_it_or_absent() {
        let bids = [bid(2, 3), bid(3, 9)];
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.reserve = Some(Amount(8));
        assert_eq!(SecondPrice.clear(&auction).unwrap().winners[0].price, Amount(8));
        auction.bids = &bids[..1];
        assert_eq!(SecondPrice.clear(&auction).unwrap().winners[0].price, Amount(8));
        auction.reserve = None;
        assert_eq!(SecondPrice.clear(&auction).unwrap().winners[0].price, Amount(3));
    }

    #[test]
    fn a_tie_for_first_is_settled_at_the_tied_price_by_lots() {
        let bids = [bid(1, 3), bid(2, 3), bid(3, 4)];
        let mut auction = Auction::new(Side::Buy, &bids);
        assert_eq!(SecondPrice.clear(&auction), Err(ClearError::LotsNeeded));
        auction.lots = Some(Lots::from_seed([7; 32]));
        assert_eq!(SecondPrice.clear(&auction).unwrap().winners[0].price, Amount(3));
    }

    #[test]
    fn nobody_within_the_reserve_is_an_answer() {
        let bids = [bid(1, 9)];
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.reserve = Some(Amount(8));
        let clearing = SecondPrice.clear(&auction).unwrap();
        assert!(clearing.winners.is_empty() && clearing.optimal);
        assert_eq!(clearing.explanation[..], [Reason::OutsideReserve { bid: 0 }, Reason::NobodyEligible]);
    }
}
