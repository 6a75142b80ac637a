//! `combinatorial`: bundles of goods, at most one bid of a bidder wins (XOR), the exact allocation of greatest gain.
//!
//! Settled at what each winner's presence costs the others, or at own bids where the terms say so. The search is
//! bounded by nodes; where it ends early the result is the best found, `optimal` is false, and the bound is named.
//! A heavy auction comes in as a checked proposal ([`super::bundles::check_proposal`]); [`Combinatorial::greedy`] is
//! the default that it must beat. Claims: nobody loses; truthful and efficient only when proven optimal and priced
//! by externality, for bidders who want one bundle or state all they want.
//! Example (forward): a pair for 2, singles for 2 and 2: both singles win and pay 0, as without either the rest
//! would gain the same. Also the known weakness: revenue 0 although the pair offers 2.
//! Source: Sandholm 2002; Ausubel and Milgrom 2006, "The lovely but lonely Vickrey auction". Answers: the example;
//! the CATS instances with known optima.

use super::bundles::Bundles;
use super::packing::size;
use super::terms::Pricing;
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason, Side};
use oikos_protocol::money::Amount;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Combinatorial;

/// The most that winners times named goods may be where each winner's externality is searched for.
pub const EXTERNALITIES_MAX: u128 = 1 << 22;

/// The condition of its claims.
const PROVEN: Claim = Claim::When("proven optimal and priced by externality");

impl Combinatorial {
    /// The default allocation without a search: by gain per root of the bundle's size, at own bids.
    ///
    /// # Errors
    /// As [`Mechanism::clear`].
    pub fn greedy(self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        let bundles = Bundles::of(auction, self.name())?;
        let mut clearing = Clearing::default();
        for set in bundles.greedy() {
            let bid = bundles.order[set];
            clearing.winners.push(Award { bid, units: 1, price: auction.bids[bid].price });
            clearing.objective += bundles.sets[set].weight;
        }
        clearing.sort_by_bid();
        Ok(clearing)
    }
}

impl Mechanism for Combinatorial {
    fn name(&self) -> &'static str {
        "combinatorial"
    }

    fn source(&self) -> &'static str {
        "Sandholm 2002, Algorithm for optimal winner determination in combinatorial auctions"
    }

    fn properties(&self) -> Properties {
        Properties {
            truthful: PROVEN,
            efficient: Claim::When("proven optimal"),
            monotone: Claim::When("proven optimal"),
            ..Properties::ONE_SIDED
        }
    }

    fn prices_are_for_a_unit(&self) -> bool {
        false
    }

    /// Whether several bids gain: to find out that no two allocations are equally good costs as much as clearing.
    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        auction.lots.is_none() && matches!(Bundles::of(auction, self.name()), Err(ClearError::LotsNeeded))
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        let bundles = Bundles::of(auction, self.name())?;
        let nodes_max = auction.terms.nodes_max;
        let best = bundles.best(nodes_max);
        let size = best.chosen.len() as u128 * size(&bundles.sets);
        if auction.terms.pricing == Pricing::Externality && size > EXTERNALITIES_MAX {
            return Err(ClearError::TooLarge { mechanism: self.name(), size, allowed: EXTERNALITIES_MAX });
        }
        let mut clearing =
            Clearing { objective: best.weight, optimal: best.weight == best.bound, ..Clearing::default() };
        if !clearing.optimal {
            clearing.explanation.push(Reason::NotProven { bound: best.bound });
        }
        for &set in &best.chosen {
            let bid = bundles.order[set];
            let own = auction.bids[bid].price;
            clearing.explanation.push(Reason::InBestAllocation { bid });
            let price = match auction.terms.pricing {
                Pricing::OwnBid => own,
                Pricing::Externality => {
                    let without = bundles.best_without(auction, auction.bids[bid].bidder, &best, nodes_max);
                    clearing.optimal &= without.weight == without.bound;
                    clearing.explanation.push(Reason::Externality { bid, with: best.weight, without: without.weight });
                    // A search cut short may find more without the winner than with it; nobody pays beyond the bid.
                    let lead = Amount((best.weight - without.weight).max(0).unsigned_abs());
                    match auction.side {
                        Side::Sell => own.saturating_sub(lead),
                        Side::Buy => Amount(own.0 + lead.0),
                    }
                }
            };
            clearing.winners.push(Award { bid, units: 1, price });
        }
        clearing.sort_by_bid();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::super::bundles::{ProposalError, check_proposal};
    use super::*;
    use crate::mechanism::{Bid, Lots};
    use oikos_protocol::id::ParticipantId;

    fn bid(bidder: u64, price: u128, bundle: &[u32]) -> Bid<'_> {
        Bid { bundle, ..Bid::new(ParticipantId(bidder), Amount(price), [bidder as u8; 16]) }
    }

    fn sale<'a>(bids: &'a [Bid<'a>]) -> Auction<'a> {
        Auction { lots: Some(Lots::from_seed([1; 32])), ..Auction::new(Side::Sell, bids) }
    }

    #[test]
    fn a_pair_for_2_and_singles_for_2_and_2_bring_vcg_revenue_0() {
        let bids = [bid(1, 2, &[0, 1]), bid(2, 2, &[0]), bid(3, 2, &[1])];
        let mut auction = sale(&bids);
        let clearing = Combinatorial.clear(&auction).unwrap();
        let free = |bid| Award { bid, units: 1, price: Amount(0) };
        assert_eq!(clearing.winners[..], [free(1), free(2)]);
        assert_eq!((clearing.objective, clearing.optimal), (4, true));
        auction.terms.pricing = Pricing::OwnBid;
        assert_eq!(Combinatorial.clear(&auction).unwrap().total(), Amount(4));
    }

    #[test]
    fn one_bid_of_a_bidder_wins_even_where_two_would_fit() {
        let bids = [bid(1, 5, &[0]), bid(1, 4, &[1]), bid(2, 3, &[1])];
        let clearing = Combinatorial.clear(&sale(&bids)).unwrap();
        assert_eq!(clearing.winners.iter().map(|award| award.bid).collect::<alloc::vec::Vec<_>>(), [0, 2]);
        // Without bidder 1 the other gains the same 3; without bidder 2 the first still takes one good, for 5.
        assert_eq!(clearing.total(), Amount(0));
    }

    #[test]
    fn a_buyer_pays_each_seller_its_ask_and_what_it_saves() {
        let bids = [bid(1, 15, &[0, 1]), bid(2, 6, &[0]), bid(3, 7, &[1])];
        let mut auction = sale(&bids);
        auction.side = Side::Buy;
        assert!(matches!(Combinatorial.clear(&auction), Err(ClearError::Missing { term: "reserve", .. })));
        auction.reserve = Some(Amount(10));
        let clearing = Combinatorial.clear(&auction).unwrap();
        // Gain 20 − 13 = 7; without either single the pair gains 5: each gets 2 above its ask.
        let paid = [Award { bid: 1, units: 1, price: Amount(8) }, Award { bid: 2, units: 1, price: Amount(9) }];
        assert_eq!(clearing.winners[..], paid);
    }

    #[test]
    fn a_search_without_nodes_answers_with_the_best_so_far_and_says_it_is_not_proven() {
        let bids = [bid(1, 2, &[0, 1]), bid(2, 2, &[1, 2]), bid(3, 3, &[0, 2])];
        let mut auction = sale(&bids);
        auction.terms.nodes_max = 0;
        let clearing = Combinatorial.clear(&auction).unwrap();
        assert!(!clearing.optimal && clearing.winners.len() == 1);
        assert!(matches!(clearing.explanation[0], Reason::NotProven { bound } if bound > 3));
    }

    #[test]
    fn a_checked_proposal_passes_with_its_gain_and_each_fault_is_named() {
        let bids = [bid(1, 2, &[0, 1]), bid(2, 2, &[0]), bid(3, 3, &[1]), bid(3, 4, &[2])];
        let auction = sale(&bids);
        let pay = |amounts: &[u128]| amounts.iter().map(|&amount| Amount(amount)).collect::<alloc::vec::Vec<_>>();
        let check = |winners: &[usize], payments: &[u128]| check_proposal(&auction, winners, &pay(payments));
        assert_eq!(check(&[1, 2], &[2, 0]), Ok(5));
        assert_eq!(check(&[], &[]), Ok(0));
        assert_eq!(check(&[1], &[]), Err(ProposalError::Lengths { winners: 1, payments: 0 }));
        assert_eq!(check(&[9], &[0]), Err(ProposalError::UnknownBid { bid: 9 }));
        assert_eq!(check(&[2, 3], &[0, 0]), Err(ProposalError::SecondOfBidder { bid: 3 }));
        assert_eq!(check(&[1, 0], &[0, 0]), Err(ProposalError::GoodTwice { bid: 0, good: 0 }));
        assert_eq!(check(&[1], &[3]), Err(ProposalError::Payment { bid: 1 }));
        let reserved = Auction { reserve: Some(Amount(2)), ..auction };
        let outside = Err(ProposalError::OutsideReserve { bid: 1 });
        assert_eq!(check_proposal(&reserved, &[1], &pay(&[2])), outside, "it gains nothing over the reserve");
        let unordered = [bid(1, 2, &[1, 0])];
        let fault = check_proposal(&sale(&unordered), &[0], &pay(&[2]));
        assert!(matches!(fault, Err(ProposalError::Auction(ClearError::Field { field: "bundle", .. }))));
    }

    #[test]
    fn the_default_is_feasible_and_no_better_than_the_search() {
        let bids = [bid(1, 9, &[0, 1]), bid(2, 7, &[0]), bid(3, 7, &[1])];
        let auction = sale(&bids);
        let default = Combinatorial.greedy(&auction).unwrap();
        let winners: alloc::vec::Vec<_> = default.winners.iter().map(|award| award.bid).collect();
        let payments: alloc::vec::Vec<_> = default.winners.iter().map(|award| award.price).collect();
        assert_eq!(check_proposal(&auction, &winners, &payments), Ok(default.objective));
        assert!(default.objective <= Combinatorial.clear(&auction).unwrap().objective);
        assert!(!default.optimal);
    }
}
