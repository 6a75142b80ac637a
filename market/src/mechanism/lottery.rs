//! `lottery`: a lot among all bids within the reserve; the winner is settled at its own price.
//!
//! Claims: nobody loses, balanced, and each of k eligible bidders wins with chance 1/k. Not truthful: as the price
//! does not change the chance, asking for more pays. Not efficient.
//! Example: sellers ask 3, 4 and 9 with reserve 5: the first wins at 3 or the second at 4.
//! Source: DESIGN section 6; Boyce 1994, "Allocation of goods by lottery".

use super::ranking::{Ranking, several_eligible};
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lottery;

impl Mechanism for Lottery {
    fn name(&self) -> &'static str {
        "lottery"
    }

    fn source(&self) -> &'static str {
        "Boyce 1994, Allocation of goods by lottery"
    }

    fn properties(&self) -> Properties {
        Properties { efficient: Claim::Fails, ..Properties::BALANCED }
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        several_eligible(auction)
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check_single_bids()?;
        let ranking = Ranking::by_lots(auction)?;
        let mut clearing = Clearing::empty();
        ranking.explain_reserve(&mut clearing);
        if ranking.len() > 0 {
            let bid = ranking.bid(0);
            let price = auction.bids[bid].price;
            clearing.explanation.push(ranking.drawn_by());
            clearing.explanation.push(Reason::PaysOwnBid { bid });
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

    #[test]
    fn each_of_four_equals_wins_a_quarter_of_the_draws() {
        let bids: [Bid<'_>; 4] = core::array::from_fn(|n| Bid::new(ParticipantId(n as u64), Amount(3), [n as u8; 16]));
        let mut auction = Auction::new(Side::Buy, &bids);
        let draws = 100_000u32;
        let mut won = [0i64; 4];
        for draw in 0..draws {
            let mut seed = [0; 32];
            seed[..4].copy_from_slice(&draw.to_le_bytes());
            auction.lots = Some(Lots::from_seed(seed));
            won[Lottery.clear(&auction).unwrap().winners[0].bid] += 1;
        }
        // One standard error of a count is sqrt(n p (1-p)) = 136.9; four are 548.
        let expected = i64::from(draws) / 4;
        assert!(won.iter().all(|&count| (count - expected).abs() <= 548), "{won:?}");
    }

    #[test]
    fn the_winner_is_settled_at_its_own_price_and_the_reserve_keeps_the_dear_out() {
        let bids = [3, 9].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.reserve = Some(Amount(5));
        assert!(!Lottery.needs_lots(&auction));
        assert_eq!(Lottery.clear(&auction).unwrap().winners[0].price, Amount(3));
    }
}
