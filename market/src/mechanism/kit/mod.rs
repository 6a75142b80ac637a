//! The property kit: every claim of every mechanism, checked; and a counter-example for what is not claimed.
//!
//! Each mechanism has scenes: small auctions whose bidders have private values on a grid. The kit goes through the
//! whole grid and then draws values from a seed. A claim that holds must not be violated in any scene; a claim under
//! a condition must hold in the scenes within it and be violated in one outside; what is not claimed must be
//! violated somewhere. The search is deterministic, so a counter-example found once is found again.
//! Absent on purpose: equilibrium. The kit compares bids with the truth, not strategies with each other.
//! Start at [`check`].

mod probe;
mod scene;

pub use scene::{SCENES, Scene};

use super::{Claim, MECHANISMS, Mechanism};
use alloc::string::String;
use alloc::vec::Vec;

/// What was found out about one property of one mechanism.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The mechanism.
    pub mechanism: &'static str,
    /// The property.
    pub property: &'static str,
    /// What is claimed.
    pub claim: Claim,
    /// How many comparisons were made within the claim's condition.
    pub cases: u64,
    /// The first violation within the condition: the claim is false, or nothing is claimed and this is why.
    pub violation: Option<String>,
    /// The first violation outside the condition: why the condition is needed.
    pub outside: Option<String>,
}

impl Finding {
    /// Whether what was found is what was claimed.
    #[must_use]
    pub const fn as_claimed(&self) -> bool {
        match self.claim {
            // A claim without a condition has to hold in every scene.
            Claim::Holds => self.violation.is_none() && self.outside.is_none(),
            Claim::When(_) => self.violation.is_none() && self.outside.is_some(),
            Claim::Fails => self.violation.is_some(),
            Claim::NotAsked(_) => true,
        }
    }

    /// The example that shows why no more is claimed, if there is one.
    #[must_use]
    pub fn counter_example(&self) -> Option<&str> {
        self.outside.as_deref().or(self.violation.as_deref())
    }
}

/// How hard to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Seed of the lots and of the random search.
    pub seed: u64,
    /// How many seeds of lots the whole grid is gone through with.
    pub grids: u32,
    /// How many random cases a scene gets.
    pub draws: u32,
}

impl Effort {
    /// A second or so in an optimised build.
    pub const USUAL: Self = Self { seed: 1, grids: 2, draws: 2000 };
    /// Enough for the tests of every day.
    pub const SHORT: Self = Self { seed: 1, grids: 1, draws: 100 };
}

/// Checks all properties of one mechanism.
#[must_use]
pub fn check(mechanism: &dyn Mechanism, effort: Effort) -> Vec<Finding> {
    let claims = mechanism.properties().named();
    let mut findings: Vec<Finding> = claims
        .into_iter()
        .chain([("order_of_arrival", arrival(mechanism)), ("scales_with_money", Claim::Holds)])
        .map(|(property, claim)| Finding {
            mechanism: mechanism.name(),
            property,
            claim,
            cases: 0,
            violation: None,
            outside: None,
        })
        .collect();
    for scene in SCENES.iter().filter(|scene| scene.mechanism == mechanism.name()) {
        probe::run(mechanism, scene, effort, &mut findings);
    }
    findings
}

/// Checks all properties of all mechanisms.
#[must_use]
pub fn check_all(effort: Effort) -> Vec<Finding> {
    MECHANISMS.iter().flat_map(|mechanism| check(*mechanism, effort)).collect()
}

/// The order of arrival decides nothing, but where time is the rule.
fn arrival(mechanism: &dyn Mechanism) -> Claim {
    if mechanism.name() == "double-auction" { Claim::Fails } else { Claim::Holds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_holds_and_whatever_is_not_claimed_has_a_counter_example() {
        let mut wrong = Vec::new();
        for finding in check_all(Effort::SHORT) {
            if !finding.as_claimed() {
                wrong.push(finding);
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn every_mechanism_has_a_scene() {
        for mechanism in MECHANISMS {
            assert!(SCENES.iter().any(|scene| scene.mechanism == mechanism.name()), "{}", mechanism.name());
        }
    }

    /// The kit itself can fail: a rule that pays the second price and says it is the first.
    #[test]
    fn a_false_claim_is_found_out() {
        struct Liar;
        impl Mechanism for Liar {
            fn name(&self) -> &'static str {
                "first-price"
            }
            fn source(&self) -> &'static str {
                "nowhere"
            }
            fn properties(&self) -> super::super::Properties {
                let honest = super::super::first_price::FirstPrice.properties();
                super::super::Properties { truthful: Claim::Holds, ..honest }
            }
            fn needs_lots(&self, auction: &super::super::Auction<'_>) -> bool {
                super::super::first_price::FirstPrice.needs_lots(auction)
            }
            fn clear(
                &self,
                auction: &super::super::Auction<'_>,
            ) -> Result<super::super::Clearing, super::super::ClearError> {
                super::super::first_price::FirstPrice.clear(auction)
            }
        }
        let findings = check(&Liar, Effort::SHORT);
        let truthful = findings.iter().find(|finding| finding.property == "truthful").unwrap();
        assert!(!truthful.as_claimed() && truthful.violation.is_some());
    }
}
