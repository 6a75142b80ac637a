//! `scoring-first`: the best announced score over price, time, quality and reputation wins at its own price.
//!
//! Claims: nobody loses, the best score wins. Not truthful, as first price.
//! Example: quality worth 10 a point; offers (price 8, quality 1) and (price 3, quality 0.4): scores 2 and 1; the
//! first wins at 8.
//! Source: Che 1993, "Design competition through multidimensional auctions".

use super::{Auction, Award, ClearError, Clearing, Mechanism, Properties, Reason, score};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoringFirst;

impl Mechanism for ScoringFirst {
    fn name(&self) -> &'static str {
        "scoring-first"
    }

    fn source(&self) -> &'static str {
        "Che 1993, Design competition through multidimensional auctions"
    }

    fn properties(&self) -> Properties {
        Properties::BALANCED
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
            clearing.explanation.extend([Reason::BestScore { bid, score }, Reason::PaysOwnBid { bid }]);
            clearing.winners.push(Award { bid, units: 1, price: auction.bids[bid].price });
            clearing.objective = score;
        }
        clearing.ranking = ranking.certain();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::terms::{ScoringTerm, Shape};
    use crate::mechanism::{Bid, Side};
    use oikos_protocol::id::ParticipantId;
    use oikos_protocol::money::Amount;

    #[test]
    fn the_best_score_wins_at_its_own_price() {
        let rule = [ScoringTerm { worth: 10, shape: Shape::Linear }];
        let mut bids = [8u128, 3].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        bids[0].attributes = &[1_000_000];
        bids[1].attributes = &[400_000];
        let mut auction = Auction::new(Side::Buy, &bids);
        assert!(matches!(ScoringFirst.clear(&auction), Err(ClearError::Missing { term: "scoring", .. })));
        auction.terms.scoring = &rule;
        let clearing = ScoringFirst.clear(&auction).unwrap();
        assert_eq!(clearing.winners[..], [Award { bid: 0, units: 1, price: Amount(8) }]);
        assert_eq!(clearing.objective, 2);
        bids[1].attributes = &[];
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.terms.scoring = &rule;
        assert!(matches!(ScoringFirst.clear(&auction), Err(ClearError::Field { bid: 1, field: "attributes", .. })));
    }
}
