//! `call-market`: all orders at once, the crossing quantity, one price.
//!
//! Bids have a side and a quantity; prices are for a unit. The price lies between the lowest and the highest that
//! clears, at the share k of the way from the buyer's end of the gain to the seller's: low + k (high − low), rounded
//! down. Equals who cannot all be filled draw lots. Claims: nobody loses, balanced, efficient by what is bid. Not
//! truthful: the marginal pair sets the price.
//! Example: a buyer at 10 and a seller at 4, k = ½: they trade at 7.
//! Source: Chatterjee and Samuelson 1983, "Bargaining under incomplete information"; Rustichini, Satterthwaite and
//! Williams 1994. Answer: values and costs uniform on `[0,1]`, bids of the linear equilibrium: trade 9/32, gain 9/64.

use super::ranking::{Filled, Ranking};
use super::{Auction, Award, ClearError, Clearing, Mechanism, Properties, Reason, Side};
use oikos_protocol::money::Amount;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallMarket;

/// Both sides, keenest first, and how many units cross.
struct Cross<'a> {
    buyers: Ranking<'a>,
    sellers: Ranking<'a>,
    units: u64,
}

impl<'a> Cross<'a> {
    fn of(auction: &'a Auction<'a>) -> Self {
        let (buyers, sellers) = (Ranking::of_side(auction, Side::Buy), Ranking::of_side(auction, Side::Sell));
        let (mut buyer, mut seller, mut units) = (0, 0, 0u64);
        let (mut wants, mut has) = (0, 0);
        let price = |bid: usize| auction.bids[bid].price;
        while let (Some(buy), Some(sell)) = (buyers.get(buyer), sellers.get(seller)) {
            if price(buy) < price(sell) {
                break;
            }
            let left = (auction.bids[buy].quantity - wants, auction.bids[sell].quantity - has);
            let traded = left.0.min(left.1);
            units = units.saturating_add(traded);
            (wants, has) = (wants + traded, has + traded);
            if traded == left.0 {
                (buyer, wants) = (buyer + 1, 0);
            }
            if traded == left.1 {
                (seller, has) = (seller + 1, 0);
            }
        }
        Self { buyers, sellers, units }
    }

    fn tie(&self) -> bool {
        self.units > 0 && (self.buyers.tie_for_units(self.units) || self.sellers.tie_for_units(self.units))
    }

    /// The lowest and the highest price at which exactly these units change hands.
    fn prices(&self, auction: &Auction<'_>, bought: &Filled, sold: &Filled) -> Option<(Amount, Amount)> {
        let price = |bid: usize| auction.bids[bid].price;
        let (buyer, seller) = (price(bought.parts.last()?.0), price(sold.parts.last()?.0));
        let next_buyer = self.buyers.get(bought.first_unfilled).map_or(Amount::ZERO, price);
        let next_seller = self.sellers.get(sold.first_unfilled).map_or(Amount::MAX, price);
        Some((seller.max(next_buyer), buyer.min(next_seller)))
    }
}

impl Mechanism for CallMarket {
    fn name(&self) -> &'static str {
        "call-market"
    }

    fn source(&self) -> &'static str {
        "Chatterjee and Samuelson 1983, Bargaining under incomplete information"
    }

    fn properties(&self) -> Properties {
        Properties::BALANCED
    }

    fn is_two_sided(&self) -> bool {
        true
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        Cross::of(auction).tie()
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check()?;
        let cross = Cross::of(auction);
        cross.buyers.need_lots(cross.tie())?;
        let mut clearing = Clearing::empty();
        let (bought, sold) = (cross.buyers.fill(cross.units), cross.sellers.fill(cross.units));
        let Some((low, high)) = cross.prices(auction, &bought, &sold) else {
            return Ok(clearing);
        };
        let price = Amount(low.0 + high.saturating_sub(low).share_down(auction.terms.k).0);
        clearing.explanation.push(Reason::Crossing { units: cross.units, low, high });
        for (sign, &(bid, units)) in
            bought.parts.iter().map(|part| (1, part)).chain(sold.parts.iter().map(|part| (-1, part)))
        {
            clearing.winners.push(Award { bid, units, price: Amount(price.0.saturating_mul(u128::from(units))) });
            let worth = auction.bids[bid].price.0 as i128 * i128::from(units); // 88 + 32 bits.
            clearing.objective = clearing.objective.saturating_add(sign * worth);
        }
        clearing.sort_by_bid();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Bid, Lots};
    use alloc::vec::Vec;
    use oikos_protocol::id::ParticipantId;
    use oikos_protocol::money::Share;

    fn orders(buyers: &[u128], sellers: &[u128]) -> Vec<Bid<'static>> {
        let sides = buyers.iter().map(|&p| (Side::Buy, p)).chain(sellers.iter().map(|&p| (Side::Sell, p)));
        sides
            .enumerate()
            .map(|(n, (side, price))| Bid { side, ..Bid::new(ParticipantId(n as u64), Amount(price), [n as u8; 16]) })
            .collect()
    }

    #[test]
    fn k_moves_the_price_from_the_sellers_end_to_the_buyers_end_of_the_gain() {
        let bids = orders(&[10], &[4]);
        for (millionths, price) in [(0, 4), (250_000, 5), (500_000, 7), (1_000_000, 10)] {
            let mut auction = Auction::new(Side::Buy, &bids);
            auction.terms.k = Share::from_millionths(millionths).unwrap();
            let clearing = CallMarket.clear(&auction).unwrap();
            assert!(clearing.winners.iter().all(|award| award.price == Amount(price)));
            assert_eq!((clearing.winners.len(), clearing.objective), (2, 6));
        }
    }

    #[test]
    fn smith_s_first_chart_crosses_at_200_with_surplus_750() {
        let buyers: Vec<u128> = (0..11).map(|n| 325 - 25 * n).collect();
        let sellers: Vec<u128> = (0..11).map(|n| 75 + 25 * n).collect();
        let bids = orders(&buyers, &sellers);
        let clearing = CallMarket.clear(&Auction::new(Side::Buy, &bids)).unwrap();
        assert_eq!(clearing.winners.len(), 12, "six pairs, the last of them without gain");
        assert!(clearing.winners.iter().all(|award| award.price == Amount(200)));
        assert_eq!(clearing.objective, 750);
    }

    #[test]
    fn quantities_are_filled_in_part_and_balance() {
        let mut bids = orders(&[10, 8], &[4, 9]);
        bids[0].quantity = 3;
        bids[2].quantity = 4;
        let clearing = CallMarket.clear(&Auction::new(Side::Buy, &bids)).unwrap();
        let units: Vec<_> = clearing.winners.iter().map(|award| (award.bid, award.units)).collect();
        assert_eq!(units, [(0, 3), (1, 1), (2, 4)]);
    }

    #[test]
    fn equals_who_cannot_all_trade_draw_lots() {
        let bids = orders(&[10, 10], &[4]);
        let mut auction = Auction::new(Side::Buy, &bids);
        assert!(CallMarket.needs_lots(&auction));
        assert_eq!(CallMarket.clear(&auction), Err(ClearError::LotsNeeded));
        auction.lots = Some(Lots::from_seed([1; 32]));
        let clearing = CallMarket.clear(&auction).unwrap();
        assert_eq!(clearing.winners.len(), 2);
        assert!(clearing.winners.iter().all(|award| award.price == Amount(10)), "the excluded buyer bounds the price");
    }

    #[test]
    fn nothing_crosses_and_nobody_trades() {
        let bids = orders(&[3], &[4]);
        assert!(CallMarket.clear(&Auction::new(Side::Buy, &bids)).unwrap().winners.is_empty());
    }
}
