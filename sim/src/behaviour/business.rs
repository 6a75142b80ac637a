//! A business: bids the sum of its list prices for a task if it sells all of its items, else abstains.
//!
//! It also abstains above the budget, which it knows, and on a task of its own principal's. A principal has one
//! voice: among those who act for one, whoever meets the task's amenities bids, then the cheapest, then the first by
//! name. So nothing depends on who comes first.
//! Source: Bansal et al. 2025, "Magentic Marketplace"; its sellers ask list prices.

use crate::scenario::{Award, Scenario, Task};
use oikos_protocol::money::Amount;
use std::collections::{BTreeMap, HashMap};

/// Somebody who bids for a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its number in the scenario.
    pub business: u32,
    /// What it asks.
    pub price: Amount,
    /// Whether it has all amenities besides all items.
    pub fit: bool,
}

/// All sellers, by what they sell.
#[derive(Debug)]
pub struct Sellers<'s> {
    scenario: &'s Scenario,
    principals: &'s [u32],
    of_item: HashMap<&'s str, Vec<u32>>,
}

impl<'s> Sellers<'s> {
    /// The sellers of a scenario; `principals` has for each participant the number of its principal.
    #[must_use]
    pub fn new(scenario: &'s Scenario, principals: &'s [u32]) -> Self {
        let mut of_item: HashMap<&str, Vec<u32>> = HashMap::new();
        for (number, participant) in (0..).zip(&scenario.participants) {
            for item in participant.sells.keys() {
                of_item.entry(item).or_default().push(number);
            }
        }
        Self { scenario, principals, of_item }
    }

    /// Who bids for a task, in order of their numbers.
    #[must_use]
    pub fn candidates(&self, task: &Task, poster: u32) -> Vec<Candidate> {
        const NOBODY: &[u32] = &[];
        // Whoever sells everything sells the item that the fewest sell.
        let sellers = task.items.keys().map(|item| self.of_item.get(item.as_str()).map_or(NOBODY, Vec::as_slice));
        let rarest = sellers.min_by_key(|sellers| sellers.len()).unwrap_or(NOBODY);
        let principal = |number: u32| self.principals.get(number as usize).copied().unwrap_or(number);
        let mut voices: BTreeMap<u32, Candidate> = BTreeMap::new();
        for &business in rarest.iter().filter(|business| principal(**business) != principal(poster)) {
            let Some(candidate) = self.ask(task, business) else { continue };
            let voice = voices.entry(principal(business)).or_insert(candidate);
            if self.rank(&candidate) < self.rank(voice) {
                *voice = candidate;
            }
        }
        let mut candidates: Vec<_> = voices.into_values().collect();
        candidates.sort_unstable_by_key(|candidate| candidate.business);
        candidates
    }

    fn rank(&self, candidate: &Candidate) -> (bool, Amount, u32) {
        let misses = matches!(self.scenario.award, Award::Optimal | Award::AnyAmenities) && !candidate.fit;
        (misses, candidate.price, candidate.business)
    }

    fn ask(&self, task: &Task, business: u32) -> Option<Candidate> {
        let seller = self.scenario.participants.get(business as usize)?;
        let prices = task.items.keys().map(|item| seller.sells.get(item).copied());
        let price = prices.into_iter().try_fold(Amount::ZERO, |sum, price| sum.checked_add(price?))?;
        let fit = task.amenities.iter().all(|amenity| seller.amenities.binary_search(amenity).is_ok());
        (price <= task.budget).then_some(Candidate { business, price, fit })
    }
}
