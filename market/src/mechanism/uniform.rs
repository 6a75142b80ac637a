//! `uniform`: the best bids share the units, and all winners are settled at the price of the first unit that got
//! nothing.
//!
//! Prices are for a unit. Where all bids are filled the reserve sets the price, or without one the last winner's.
//! A bid may be filled in part; equals who cannot all be filled draw lots. Claims: nobody loses, efficient, truthful
//! where every bidder has one unit. With more it is not: holding a unit back can move the price of the others.
//! Example: costs 1, 2, 3, 4 and two units: the first two sell at 3 each.
//! Source: Vickrey 1961; Ausubel, Cramton and others 2014, "Demand reduction and inefficiency in multi-unit
//! auctions". Answer: costs 1, 2, 3, 4, k = 2 → 3 each.

use super::ranking::Ranking;
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason};
use oikos_protocol::money::Amount;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uniform;

impl Mechanism for Uniform {
    fn name(&self) -> &'static str {
        "uniform"
    }

    fn source(&self) -> &'static str {
        "Ausubel, Cramton, Pycia, Rostek and Weretka 2014, Demand reduction and inefficiency in multi-unit auctions"
    }

    fn properties(&self) -> Properties {
        Properties { truthful: Claim::When("every bidder has one unit"), ..Properties::ONE_SIDED }
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        Ranking::by_price(auction).tie_for_units(auction.units)
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        let (ranking, mut clearing, first_unfilled) = fill(auction)?;
        let next = ranking.get(first_unfilled).map(|bid| auction.bids[bid].price);
        let last = clearing.winners.iter().map(|award| auction.bids[award.bid].price);
        let worst = last.reduce(|a, b| if auction.side.prefers(a, b) { b } else { a });
        let (price, why) = match (next, auction.reserve, worst) {
            (Some(price), ..) => (price, Some(Reason::PriceSetByTied { price })),
            (None, Some(price), _) => (price, Some(Reason::PriceSetByReserve { price })),
            (None, None, Some(own)) => (own, Some(Reason::NoOtherBid)),
            (None, None, None) => (Amount::ZERO, None),
        };
        let named = ranking.get(first_unfilled).filter(|_| ranking.tied(first_unfilled) == 1);
        clearing.explanation.extend(named.map_or(why, |bid| Some(Reason::PriceSetBy { bid, price })));
        for award in &mut clearing.winners {
            award.price = Amount(price.0 * u128::from(award.units)); // 88 + 32 bits.
        }
        clearing.ranking = ranking.certain();
        Ok(clearing)
    }
}

/// Gives the units to the best bids; each award at its own price. Also the first place that was not filled.
pub(super) fn fill<'a>(auction: &'a Auction<'a>) -> Result<(Ranking<'a>, Clearing, usize), ClearError> {
    auction.check_single_bids()?;
    let ranking = Ranking::by_price(auction);
    ranking.need_lots(ranking.tie_for_units(auction.units))?;
    let mut clearing = Clearing::empty();
    ranking.explain_reserve(&mut clearing);
    let filled = ranking.fill(auction.units);
    for &(bid, units) in &filled.parts {
        let price = Amount(auction.bids[bid].price.0 * u128::from(units)); // 88 + 32 bits.
        clearing.explanation.push(Reason::GetsUnits { bid, units });
        clearing.winners.push(Award { bid, units, price });
        clearing.objective += price.0 as i128; // At most `UNITS_MAX` units at `PRICE_MAX` in all.
    }
    clearing.sort_by_bid();
    Ok((ranking, clearing, filled.first_unfilled))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Bid, Lots, Side};
    use oikos_protocol::id::ParticipantId;

    fn bids<const N: usize>(prices: [u128; N]) -> [Bid<'static>; N] {
        let mut n = 0;
        prices.map(|price| {
            n += 1;
            Bid::new(ParticipantId(n), Amount(price), [n as u8; 16])
        })
    }

    fn paid(clearing: &Clearing) -> alloc::vec::Vec<(usize, u64, u128)> {
        clearing.winners.iter().map(|award| (award.bid, award.units, award.price.0)).collect()
    }

    #[test]
    fn costs_1_2_3_4_and_two_units_pay_3_each() {
        let bids = bids([4, 2, 1, 3]);
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.units = 2;
        let clearing = Uniform.clear(&auction).unwrap();
        assert_eq!(paid(&clearing), [(1, 1, 3), (2, 1, 3)]);
        assert_eq!(clearing.objective, 3);
        assert_eq!(clearing.explanation.last(), Some(&Reason::PriceSetBy { bid: 3, price: Amount(3) }));
    }

    #[test]
    fn a_bid_filled_in_part_sets_the_price_itself() {
        let mut bids = bids([1, 2]);
        bids[1].quantity = 5;
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.units = 3;
        assert_eq!(paid(&Uniform.clear(&auction).unwrap()), [(0, 1, 2), (1, 2, 4)]);
    }

    #[test]
    fn where_all_are_filled_the_reserve_sets_the_price_or_the_last_winner() {
        let bids = bids([1, 2]);
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.units = 2;
        assert_eq!(paid(&Uniform.clear(&auction).unwrap()), [(0, 1, 2), (1, 1, 2)]);
        auction.reserve = Some(Amount(7));
        assert_eq!(paid(&Uniform.clear(&auction).unwrap()), [(0, 1, 7), (1, 1, 7)]);
    }

    #[test]
    fn equals_draw_lots_only_where_not_all_of_them_can_be_filled() {
        let bids = bids([1, 2, 2, 5]);
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.units = 3;
        assert!(!Uniform.needs_lots(&auction), "both twos win");
        assert_eq!(paid(&Uniform.clear(&auction).unwrap()), [(0, 1, 5), (1, 1, 5), (2, 1, 5)]);
        auction.units = 1;
        assert!(!Uniform.needs_lots(&auction), "none of the twos wins");
        auction.units = 2;
        assert!(Uniform.needs_lots(&auction));
        assert_eq!(Uniform.clear(&auction), Err(ClearError::LotsNeeded));
        auction.lots = Some(Lots::from_seed([3; 32]));
        assert_eq!(Uniform.clear(&auction).unwrap().total(), Amount(4));
    }
}
