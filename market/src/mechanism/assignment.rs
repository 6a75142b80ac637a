//! `assignment`: items to bidders with capacities, for the greatest gain.
//!
//! A bid names one item (`bundle`), what it takes of the bidder's capacity (`quantity`) and a price; a bidder may
//! bid for many items and win several, within its capacity. Gain as in `combinatorial`. Settled at what each
//! bidder's presence costs the others, its discount taken off its bids in the order of items, or at own bids where the
//! terms say so. Claims: efficient where proven; nobody loses; truthful where priced by externality and proven.
//! Example (forward): one of capacity 3; items at 5 and 4, each taking 2: the first is assigned.
//! Source: Ross and Soland 1975, "A branch and bound algorithm for the generalized assignment problem".
//! Answers: the OR-Library problems gap1 to gap6.

use super::knapsacks::{Assigned, Choice, assign, cells};
use super::terms::Pricing;
use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason, Side};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;

/// The most cells of work that one bound may take.
pub const CELLS_MAX: u128 = 1 << 22;

/// The most that bidders times cells may be where each bidder's externality is searched for.
pub const EXTERNALITIES_MAX: u128 = 1 << 24;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment;

/// The problem of an auction.
struct Problem {
    /// The bids that gain, in the order of their tickets.
    order: Vec<usize>,
    choices: Vec<Choice>,
    bidders: Vec<ParticipantId>,
    capacities: Vec<u64>,
    items: usize,
}

impl Problem {
    fn of(auction: &Auction<'_>) -> Result<Self, ClearError> {
        auction.check()?;
        if auction.side == Side::Buy && auction.reserve.is_none() {
            return Err(ClearError::Missing { mechanism: Assignment.name(), term: "reserve" });
        }
        if auction.terms.capacities.is_empty() {
            return Err(ClearError::Missing { mechanism: Assignment.name(), term: "capacities" });
        }
        if let Some(bid) = auction.bids.iter().position(|bid| bid.bundle.len() != 1) {
            return Err(ClearError::Field { bid, field: "bundle", expected: "one item" });
        }
        let mut order: Vec<usize> = (0..auction.bids.len()).filter(|&bid| gain(auction, bid) > 0).collect();
        if order.len() > 1 {
            let lots = auction.lots.ok_or(ClearError::LotsNeeded)?;
            order.sort_by_cached_key(|&bid| {
                let bid = &auction.bids[bid];
                (lots.rank(bid.bidder, &bid.nonce), bid.bundle, bid.price, bid.quantity)
            });
        }
        let mut numbers = BTreeMap::new();
        let (mut bidders, mut capacities) = (Vec::new(), Vec::new());
        for &(bidder, capacity) in auction.terms.capacities {
            if numbers.insert(bidder, bidders.len()).is_some() {
                return Err(ClearError::Term { term: "capacities", expected: "each bidder once" });
            }
            bidders.push(bidder);
            capacities.push(capacity);
        }
        let mut items = BTreeMap::new();
        let mut choices = Vec::new();
        order.retain(|&bid| {
            let Some(&agent) = numbers.get(&auction.bids[bid].bidder) else { return false };
            let next = items.len();
            let item = *items.entry(auction.bids[bid].bundle[0]).or_insert(next);
            choices.push(Choice { agent, item, weight: auction.bids[bid].quantity, profit: gain(auction, bid) });
            true
        });
        let size = cells(&capacities, &choices);
        if size > CELLS_MAX {
            return Err(ClearError::TooLarge { mechanism: Assignment.name(), size, allowed: CELLS_MAX });
        }
        Ok(Self { order, choices, bidders, capacities, items: items.len() })
    }

    fn best(&self, nodes_max: u64) -> Assigned {
        assign(self.items, &self.capacities, &self.choices, &[], nodes_max)
    }

    /// The best assignment without one bidder, given the best with it.
    fn best_without(&self, agent: usize, with: &Assigned, nodes_max: u64) -> Assigned {
        let others: Vec<usize> = (0..self.choices.len()).filter(|&n| self.choices[n].agent != agent).collect();
        let choices: Vec<Choice> = others.iter().map(|&n| self.choices[n]).collect();
        let start: Vec<usize> = with.chosen.iter().filter_map(|n| others.binary_search(n).ok()).collect();
        assign(self.items, &self.capacities, &choices, &start, nodes_max)
    }
}

/// What a bid adds; nothing where the reserve keeps it out. At most 2^88.
fn gain(auction: &Auction<'_>, bid: usize) -> i128 {
    let (price, reserve) = (auction.bids[bid].price, auction.reserve.unwrap_or_default());
    let gain = match auction.side {
        Side::Sell => price.saturating_sub(reserve),
        Side::Buy => reserve.saturating_sub(price),
    };
    gain.0 as i128
}

impl Mechanism for Assignment {
    fn name(&self) -> &'static str {
        "assignment"
    }

    fn source(&self) -> &'static str {
        "Ross and Soland 1975, A branch and bound algorithm for the generalized assignment problem"
    }

    fn properties(&self) -> Properties {
        Properties {
            truthful: Claim::When("proven optimal and priced by externality"),
            efficient: Claim::When("proven optimal"),
            monotone: Claim::When("proven optimal"),
            ..Properties::ONE_SIDED
        }
    }

    fn prices_are_for_a_unit(&self) -> bool {
        false
    }

    /// Whether several bids gain: to find out that no two assignments are equally good costs as much as clearing.
    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        auction.lots.is_none() && matches!(Problem::of(auction), Err(ClearError::LotsNeeded))
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        let problem = Problem::of(auction)?;
        let nodes_max = auction.terms.nodes_max;
        let size = problem.bidders.len() as u128 * cells(&problem.capacities, &problem.choices);
        if auction.terms.pricing == Pricing::Externality && size > EXTERNALITIES_MAX {
            return Err(ClearError::TooLarge { mechanism: self.name(), size, allowed: EXTERNALITIES_MAX });
        }
        let best = problem.best(nodes_max);
        let mut clearing =
            Clearing { objective: best.profit, optimal: best.profit == best.bound, ..Clearing::default() };
        if !clearing.optimal {
            clearing.explanation.push(Reason::NotProven { bound: best.bound });
        }
        for agent in 0..problem.bidders.len() {
            let mut won: Vec<usize> =
                best.chosen.iter().filter(|&&n| problem.choices[n].agent == agent).map(|&n| problem.order[n]).collect();
            // The discount is taken off in the order of the items, not of arrival.
            won.sort_unstable_by_key(|&bid| (auction.bids[bid].bundle, auction.bids[bid].price));
            let Some(&first) = won.first() else { continue };
            let mut discount = 0;
            if auction.terms.pricing == Pricing::Externality {
                let without = problem.best_without(agent, &best, nodes_max);
                clearing.optimal &= without.profit == without.bound;
                discount = (best.profit - without.profit).max(0);
                clearing.explanation.push(Reason::Externality {
                    bid: first,
                    with: best.profit,
                    without: without.profit,
                });
            }
            for bid in won {
                let own = auction.bids[bid].price;
                let off = discount.min(gain(auction, bid));
                discount -= off;
                let price = match auction.side {
                    Side::Sell => own.saturating_sub(Amount(off.unsigned_abs())),
                    Side::Buy => Amount(own.0 + off.unsigned_abs()),
                };
                clearing.explanation.push(Reason::InBestAllocation { bid });
                clearing.winners.push(Award { bid, units: 1, price });
            }
        }
        clearing.sort_by_bid();
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Bid, Lots};

    fn bid(bidder: u64, price: u128, item: &[u32], quantity: u64) -> Bid<'_> {
        let nonce = [(bidder * 16 + u64::from(item[0])) as u8; 16];
        Bid { bundle: item, quantity, ..Bid::new(ParticipantId(bidder), Amount(price), nonce) }
    }

    #[test]
    fn a_bidder_wins_what_its_capacity_holds_and_pays_what_the_others_miss() {
        let bids = [bid(1, 5, &[0], 2), bid(1, 4, &[1], 2), bid(2, 3, &[0], 1), bid(2, 1, &[1], 1)];
        let mut auction = Auction { lots: Some(Lots::from_seed([1; 32])), ..Auction::new(Side::Sell, &bids) };
        assert!(matches!(Assignment.clear(&auction), Err(ClearError::Missing { term: "capacities", .. })));
        let capacities = [(ParticipantId(1), 3), (ParticipantId(2), 1)];
        auction.terms.capacities = &capacities;
        let clearing = Assignment.clear(&auction).unwrap();
        // 4 + 3 beats 5 + 1. Without the first the second has 3; without the second the first takes 5.
        let paid = [Award { bid: 1, units: 1, price: Amount(0) }, Award { bid: 2, units: 1, price: Amount(1) }];
        assert_eq!(clearing.winners[..], paid);
        assert_eq!((clearing.objective, clearing.optimal), (7, true));
        auction.terms.pricing = Pricing::OwnBid;
        assert_eq!(Assignment.clear(&auction).unwrap().total(), Amount(7));
    }

    #[test]
    fn a_bidder_without_a_capacity_takes_on_nothing_and_twice_the_same_is_refused() {
        let bids = [bid(7, 5, &[0], 2)];
        let mut auction = Auction::new(Side::Sell, &bids);
        let capacities = [(ParticipantId(1), 3), (ParticipantId(1), 1)];
        auction.terms.capacities = &capacities[..1];
        assert!(Assignment.clear(&auction).unwrap().winners.is_empty());
        auction.terms.capacities = &capacities;
        assert!(matches!(Assignment.clear(&auction), Err(ClearError::Term { term: "capacities", .. })));
    }
}
