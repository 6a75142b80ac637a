//! `double-auction`: orders come one after the other and trade by price and time at the resting price.
//!
//! Bids have a side and a quantity; prices are for a unit; here alone their order in the list matters, being the
//! time they came. Two bids of one participant do not trade with each other: the resting one is cancelled. Claims:
//! nobody loses, balanced. Not truthful, not efficient: whom one meets depends on when one comes.
//! Example: a sale at 4 rests, a purchase at 10 comes: they trade at 4.
//! Source: Smith 1962, "An experimental study of competitive market behavior"; Gode and Sunder 1993. Answer: Smith's
//! chart 1 (values 325…75, costs 75…325, step 25): price 200, 5–6 trades, surplus 750.

use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason};
use crate::order_book::{Book, Event, Kind, Order};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoubleAuction;

impl Mechanism for DoubleAuction {
    fn name(&self) -> &'static str {
        "double-auction"
    }

    fn source(&self) -> &'static str {
        "Smith 1962, An experimental study of competitive market behavior"
    }

    fn properties(&self) -> Properties {
        Properties { efficient: Claim::Fails, monotone: Claim::Holds, ..Properties::BALANCED }
    }

    fn is_two_sided(&self) -> bool {
        true
    }

    fn needs_lots(&self, _: &Auction<'_>) -> bool {
        false
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check()?;
        let mut clearing = Clearing::default();
        let mut book = Book::default();
        for (number, bid) in auction.bids.iter().enumerate() {
            let kind = Kind::Limit { price: bid.price, expires: Timestamp::NEVER };
            let order = Order { id: number as u64, trader: bid.bidder, side: bid.side, quantity: bid.quantity, kind };
            let told = book.submit(&order, &mut |event| {
                if let Event::Traded { taker, maker, taker_side, price, quantity, .. } = event {
                    let (taker, maker) = (taker as usize, maker as usize); // Indices of `bids`.
                    let (buyer, seller) = match taker_side {
                        super::Side::Buy => (taker, maker),
                        super::Side::Sell => (maker, taker),
                    };
                    clearing.explanation.push(Reason::Traded { buyer, seller, units: quantity, price });
                    let total = Amount(price.0 * u128::from(quantity)); // 88 + 32 bits.
                    clearing.winners.push(Award { bid: buyer, units: quantity, price: total });
                    clearing.winners.push(Award { bid: seller, units: quantity, price: total });
                    let gain = auction.bids[buyer].price.0 - auction.bids[seller].price.0; // The buyer's is no less.
                    clearing.objective = clearing.objective.saturating_add((gain * u128::from(quantity)) as i128);
                }
            });
            debug_assert_eq!(told, Ok(()), "sizes were checked and numbers are unique");
        }
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Bid, Side};
    use alloc::vec::Vec;
    use oikos_protocol::id::ParticipantId;

    fn orders(list: &[(Side, u128)]) -> Vec<Bid<'static>> {
        let bid = |(n, &(side, price))| Bid { side, ..Bid::new(ParticipantId(n), Amount(price), [n as u8; 16]) };
        (0..).zip(list).map(bid).collect()
    }

    #[test]
    fn a_purchase_trades_at_the_price_that_rests() {
        let bids = orders(&[(Side::Sell, 4), (Side::Buy, 10)]);
        let clearing = DoubleAuction.clear(&Auction::new(Side::Buy, &bids)).unwrap();
        assert!(clearing.winners.iter().all(|award| award.price == Amount(4)));
        assert_eq!((clearing.winners.len(), clearing.objective), (2, 6));
    }

    /// Whoever gains at 200 names 200, in the order of Smith's chart: the competitive outcome.
    #[test]
    fn smith_s_chart_1_at_the_competitive_price_has_six_trades_and_surplus_750() {
        let (mut list, mut limits) = (Vec::new(), Vec::new());
        for step in 0..11u128 {
            for (side, limit) in [(Side::Buy, 325 - 25 * step), (Side::Sell, 75 + 25 * step)] {
                let gains = match side {
                    Side::Buy => limit >= 200,
                    Side::Sell => limit <= 200,
                };
                list.push((side, if gains { 200 } else { limit }));
                limits.push(limit);
            }
        }
        let bids = orders(&list);
        let clearing = DoubleAuction.clear(&Auction::new(Side::Buy, &bids)).unwrap();
        let trades: Vec<_> = clearing.winners.chunks(2).map(|pair| (pair[0].bid, pair[1].bid, pair[0].price)).collect();
        assert_eq!(trades.len(), 6);
        assert!(trades.iter().all(|&(.., price)| price == Amount(200)));
        let surplus: u128 = trades.iter().map(|&(buyer, seller, _)| limits[buyer] - limits[seller]).sum();
        assert_eq!(surplus, 750);
    }

    #[test]
    fn truthful_orders_in_any_order_never_gain_more_than_750() {
        let mut draw = crate::math::draw::Draw::new(1);
        let mut list: Vec<(Side, u128)> = (0..11).map(|n| (Side::Buy, 325 - 25 * n)).collect();
        list.extend((0..11).map(|n| (Side::Sell, 75 + 25 * n)));
        let mut best = 0;
        for _ in 0..2000 {
            for place in (1..list.len()).rev() {
                list.swap(place, draw.below(place as u64 + 1) as usize);
            }
            let bids = orders(&list);
            let clearing = DoubleAuction.clear(&Auction::new(Side::Buy, &bids)).unwrap();
            best = best.max(clearing.objective);
        }
        assert!((700..=750).contains(&best), "{best}");
    }
}
