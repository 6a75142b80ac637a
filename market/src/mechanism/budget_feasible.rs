//! `budget-feasible`: as many sellers as an equal share of the budget can pay.
//!
//! With costs in ascending order, k is the largest number with c_k ≤ B/k; each of the k is paid the lesser of B/k
//! and c_(k+1), rounded down, so the budget is never exceeded. Equals at the edge draw lots. Claims: truthful,
//! nobody loses, payments within the budget. Not efficient: a larger set may fit.
//! Example: costs 1, 2, 3, 4 and budget 6: 2 ≤ 6/2 but 3 > 6/3, so two win at the lesser of 3 and 3.
//! Source: Singer 2010, "Budget feasible mechanisms". Answers: costs 1,2,3,4, B 6 → 2 winners, 3 each;
//! 1,1,1,1,1,5, B 4 → 4, 1 each; 2,2,2, B 5 → 2, 2 each.

use super::ranking::Ranking;
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason, Side};
use oikos_protocol::money::Amount;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetFeasible;

/// The largest k with c_k ≤ B/k.
fn winners(auction: &Auction<'_>, ranking: &Ranking<'_>, budget: Amount) -> usize {
    let within = |k: &usize| auction.bids[ranking.bid(k - 1)].price.0 <= budget.0 / *k as u128;
    // Costs rise and shares fall, so the first failure is the last success's neighbour.
    (1..=ranking.len()).take_while(within).last().unwrap_or(0)
}

impl Mechanism for BudgetFeasible {
    fn name(&self) -> &'static str {
        "budget-feasible"
    }

    fn source(&self) -> &'static str {
        "Singer 2010, Budget feasible mechanisms"
    }

    fn properties(&self) -> Properties {
        Properties { truthful: Claim::Holds, efficient: Claim::Fails, ..Properties::ONE_SIDED }
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        let ranking = Ranking::by_price(auction);
        auction.terms.budget.is_some_and(|budget| ranking.tie_at(winners(auction, &ranking, budget)))
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check_single_bids()?;
        if auction.side == Side::Sell {
            return Err(ClearError::Side { mechanism: self.name(), expected: "buys: the poster's side is `buy`" });
        }
        let budget = auction.terms.budget.ok_or(ClearError::Missing { mechanism: self.name(), term: "budget" })?;
        let ranking = Ranking::by_price(auction);
        let mut clearing = Clearing::empty();
        ranking.explain_reserve(&mut clearing);
        let k = winners(auction, &ranking, budget);
        ranking.need_lots(ranking.tie_at(k))?;
        if k > 0 {
            let share = Amount(budget.0 / k as u128);
            clearing.explanation.push(Reason::ShareOfBudget { winners: k, share });
            let next = ranking.get(k).map(|bid| auction.bids[bid].price);
            let price = [next, auction.reserve].into_iter().flatten().fold(share, Amount::min);
            let set_by = ranking.get(k).filter(|_| next == Some(price));
            clearing.explanation.extend(set_by.map(|_| Reason::PriceSetByTied { price }));
            for place in 0..k {
                let bid = ranking.bid(place);
                clearing.winners.push(Award { bid, units: 1, price });
                clearing.objective += auction.bids[bid].price.0 as i128; // At most 2^20 bids of 88 bits.
            }
        }
        clearing.sort_by_bid();
        clearing.optimal = k == ranking.len();
        clearing.ranking = ranking.certain();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Bid, Lots};
    use alloc::vec::Vec;
    use oikos_protocol::id::ParticipantId;

    fn outcome(costs: &[u128], budget: u128) -> (usize, Vec<u128>) {
        let bids: Vec<_> = costs
            .iter()
            .enumerate()
            .map(|(n, &cost)| Bid::new(ParticipantId(n as u64), Amount(cost), [n as u8; 16]))
            .collect();
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.terms.budget = Some(Amount(budget));
        auction.lots = Some(Lots::from_seed([2; 32]));
        let clearing = BudgetFeasible.clear(&auction).unwrap();
        assert!(clearing.total().0 <= budget);
        (clearing.winners.len(), clearing.winners.iter().map(|award| award.price.0).collect())
    }

    #[test]
    fn singer_s_rule_pays_an_equal_share_or_the_next_cost() {
        assert_eq!(outcome(&[1, 2, 3, 4], 6), (2, [3, 3].to_vec()));
        assert_eq!(outcome(&[1, 1, 1, 1, 1, 5], 4), (4, [1; 4].to_vec()));
        assert_eq!(outcome(&[2, 2, 2], 5), (2, [2, 2].to_vec()));
        assert_eq!(outcome(&[9, 9], 5), (0, Vec::new()));
    }

    #[test]
    fn equals_at_the_edge_draw_lots() {
        let bids = [1u64, 2, 3].map(|n| Bid::new(ParticipantId(n), Amount(2), [0; 16]));
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.terms.budget = Some(Amount(5));
        assert!(BudgetFeasible.needs_lots(&auction));
        assert_eq!(BudgetFeasible.clear(&auction), Err(ClearError::LotsNeeded));
        auction.terms.budget = Some(Amount(6));
        assert!(!BudgetFeasible.needs_lots(&auction));
        assert_eq!(BudgetFeasible.clear(&auction).unwrap().winners.len(), 3);
    }
}
