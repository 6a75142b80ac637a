//! `scoring-second`: the best announced score wins and may ask what brings its score down to the second best.
//!
//! The price is one's own plus the lead in score, bounded by the reserve. Claims: truthful in the price of what is
//! offered, nobody loses, the best score wins.
//! Example: quality worth 10 a point; offers (price 8, quality 1) and (price 3, quality 0.4): scores 2 and 1; the
//! first wins at 9, where its score is 1.
//! Source: Che 1993, "Design competition through multidimensional auctions". Answer: V = 2√q, cost θq, θ 1 and
//! 1.25 → quality 1, payment 1.2, profit 0.2.

use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason, Side, score};
use oikos_protocol::money::Amount;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoringSecond;

impl Mechanism for ScoringSecond {
    fn name(&self) -> &'static str {
        "scoring-second"
    }

    fn source(&self) -> &'static str {
        "Che 1993, Design competition through multidimensional auctions"
    }

    fn properties(&self) -> Properties {
        Properties { truthful: Claim::Holds, ..Properties::ONE_SIDED }
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        score::tie(auction, self.name())
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        let ranking = score::rank(auction, self.name())?;
        let mut clearing = Clearing::empty();
        ranking.explain_reserve(&mut clearing);
        if let (Some(bid), Some(score)) = (ranking.first()?, ranking.merit(0)) {
            let among = ranking.tied(0);
            clearing.explanation.extend((among > 1).then_some(Reason::WonLot { bid, among }));
            clearing.explanation.push(Reason::BestScore { bid, score });
            let own = auction.bids[bid].price;
            let (price, why) = match (ranking.merit(1), auction.reserve) {
                (Some(second), reserve) => {
                    let lead = Amount((score - second).unsigned_abs());
                    let price = match auction.side {
                        Side::Buy => Amount(own.0 + lead.0),
                        Side::Sell => own.saturating_sub(lead),
                    };
                    let bounded = reserve.map_or(price, |reserve| auction.side.better(price, reserve));
                    (bounded, Reason::ScoreToMeet { score: second })
                }
                (None, Some(reserve)) => (reserve, Reason::PriceSetByReserve { price: reserve }),
                (None, None) => (own, Reason::NoOtherBid),
            };
            clearing.explanation.push(why);
            clearing.winners.push(Award { bid, units: 1, price });
            clearing.objective = score;
        }
        clearing.ranking = ranking.certain();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::Bid;
    use crate::mechanism::terms::{ScoringTerm, Shape};
    use oikos_protocol::id::ParticipantId;

    /// V = 2√q, cost θq: the offer of greatest score has q = 1/θ² and costs 1/θ. In millionths of a unit.
    #[test]
    fn che_s_example_gives_quality_1_payment_1_2_and_profit_0_2() {
        let rule = [ScoringTerm { worth: 2_000_000, shape: Shape::Root }];
        let mut bids =
            [1_000_000u128, 800_000].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        bids[0].attributes = &[1_000_000];
        bids[1].attributes = &[640_000];
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.terms.scoring = &rule;
        let clearing = ScoringSecond.clear(&auction).unwrap();
        let Award { bid, price, .. } = clearing.winners[0];
        assert_eq!((bid, bids[bid].attributes[0], price), (0, 1_000_000, Amount(1_200_000)));
        assert_eq!(price.0 - bids[bid].price.0, 200_000, "profit");
        auction.reserve = Some(Amount(1_100_000));
        assert_eq!(ScoringSecond.clear(&auction).unwrap().total(), Amount(1_100_000), "bounded by the reserve");
    }

    #[test]
    fn a_selling_poster_never_pays_the_winner() {
        let rule = [ScoringTerm { worth: 100, shape: Shape::Linear }];
        let mut bids = [5u128, 3].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        bids[0].attributes = &[1_000_000];
        bids[1].attributes = &[0];
        let mut auction = Auction::new(Side::Sell, &bids);
        auction.terms.scoring = &rule;
        assert_eq!(ScoringSecond.clear(&auction).unwrap().total(), Amount::ZERO);
    }
}
