//! `mcafee`: pairs of buyers and sellers trade at a price that none of them set, if need be one pair fewer.
//!
//! With k crossing pairs, p = (b_(k+1) + s_(k+1)) / 2, rounded down. If s_k ≤ p ≤ b_k, k pairs trade at p; else the
//! k-th pair is left out, buyers pay b_k and sellers receive s_k, and the difference stays with the poster. One unit
//! a bid. Claims: truthful, nobody loses, no deficit. Not balanced and not efficient: the last pair may be lost.
//! Example, in cents: buyers 900, 800, 700, 400 and sellers 200, 300, 400, 500: p = 450, three trades.
//! Source: McAfee 1992, "A dominant strategy double auction". Answers: the example; buyers 1000, 600 and sellers
//! 100, 500 → one trade, pays 600, gets 500.

use super::ranking::Ranking;
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason, Side};
use oikos_protocol::money::Amount;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct McAfee;

struct Pairs<'a> {
    buyers: Ranking<'a>,
    sellers: Ranking<'a>,
    /// How many pairs trade.
    trades: usize,
    /// What a buyer pays and a seller receives.
    prices: (Amount, Amount),
    /// The pair that crosses and yet does not trade.
    left_out: Option<(usize, usize)>,
}

impl<'a> Pairs<'a> {
    fn of(auction: &'a Auction<'a>) -> Self {
        let (buyers, sellers) = (Ranking::of_side(auction, Side::Buy), Ranking::of_side(auction, Side::Sell));
        let price = |bid: usize| auction.bids[bid].price;
        let pair = |n: usize| Some((buyers.get(n)?, sellers.get(n)?));
        let crosses = |n: &usize| pair(*n).is_some_and(|(buyer, seller)| price(buyer) >= price(seller));
        let k = (0..).take_while(crosses).count();
        let last = k.checked_sub(1).and_then(pair);
        let (trades, prices, left_out) = match (last, pair(k)) {
            (None, _) => (0, (Amount::ZERO, Amount::ZERO), None),
            (Some((buyer, seller)), next) => {
                // Compared before it is rounded, so that the result does not depend on the unit of money.
                let twice = next.map(|(b, s)| price(b).0 + price(s).0);
                match twice.filter(|&twice| 2 * price(seller).0 <= twice && twice <= 2 * price(buyer).0) {
                    Some(twice) => (k, (Amount(twice / 2), Amount(twice / 2)), None),
                    None => (k - 1, (price(buyer), price(seller)), Some((buyer, seller))),
                }
            }
        };
        Self { trades, prices, left_out, buyers, sellers }
    }

    fn tie(&self) -> bool {
        self.buyers.tie_at(self.trades) || self.sellers.tie_at(self.trades)
    }
}

impl Mechanism for McAfee {
    fn name(&self) -> &'static str {
        "mcafee"
    }

    fn source(&self) -> &'static str {
        "McAfee 1992, A dominant strategy double auction"
    }

    fn properties(&self) -> Properties {
        Properties {
            truthful: Claim::Holds,
            budget_balanced: Claim::Fails,
            no_deficit: Claim::Holds,
            efficient: Claim::Fails,
            ..Properties::ONE_SIDED
        }
    }

    fn is_two_sided(&self) -> bool {
        true
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        Pairs::of(auction).tie()
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check_single_bids()?;
        if let Some(bid) = auction.bids.iter().position(|bid| bid.quantity != 1) {
            return Err(ClearError::Field { bid, field: "quantity", expected: "one unit" });
        }
        let pairs = Pairs::of(auction);
        pairs.buyers.need_lots(pairs.tie())?;
        let mut clearing = Clearing::empty();
        if let Some((buyer, seller)) = pairs.left_out {
            // Which of several equals is left out is a matter of lots, and without them it is not named.
            let known = auction.lots.is_some()
                || (pairs.buyers.tied(pairs.trades) == 1 && pairs.sellers.tied(pairs.trades) == 1);
            clearing.explanation.extend(known.then_some(Reason::PairLeftOut { buyer, seller }));
        }
        if pairs.left_out.is_none() && pairs.trades > 0 {
            clearing.explanation.push(Reason::PriceSetByNextPair { price: pairs.prices.0 });
        }
        for place in 0..pairs.trades {
            for (ranking, price, sign) in [(&pairs.buyers, pairs.prices.0, 1), (&pairs.sellers, pairs.prices.1, -1)] {
                let bid = ranking.bid(place);
                clearing.winners.push(Award { bid, units: 1, price });
                clearing.objective += sign * auction.bids[bid].price.0 as i128; // At most 2^20 bids of 88 bits.
            }
        }
        clearing.sort_by_bid();
        clearing.optimal = pairs.left_out.is_none();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::Bid;
    use alloc::vec::Vec;
    use oikos_protocol::id::ParticipantId;

    fn outcome(buyers: &[u128], sellers: &[u128]) -> Vec<(Side, u128)> {
        let sides = buyers.iter().map(|&p| (Side::Buy, p)).chain(sellers.iter().map(|&p| (Side::Sell, p)));
        let bids: Vec<_> = sides
            .enumerate()
            .map(|(n, (side, price))| Bid { side, ..Bid::new(ParticipantId(n as u64), Amount(price), [n as u8; 16]) })
            .collect();
        let clearing = McAfee.clear(&Auction::new(Side::Buy, &bids)).unwrap();
        clearing.winners.iter().map(|award| (bids[award.bid].side, award.price.0)).collect()
    }

    #[test]
    fn three_pairs_trade_at_the_middle_of_the_fourth() {
        let trades = outcome(&[900, 800, 700, 400], &[200, 300, 400, 500]);
        assert_eq!(trades, [[(Side::Buy, 450); 3], [(Side::Sell, 450); 3]].concat());
    }

    #[test]
    fn without_a_next_pair_the_last_is_left_out_and_sets_both_prices() {
        assert_eq!(outcome(&[1000, 600], &[100, 500]), [(Side::Buy, 600), (Side::Sell, 500)]);
        assert_eq!(outcome(&[1000], &[100]), []);
        assert_eq!(outcome(&[], &[100]), []);
    }
}
