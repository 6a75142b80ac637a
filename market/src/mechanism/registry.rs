//! The mechanisms by name. `docs/mechanisms.md` is compared with this list by a test.

use super::Mechanism;
use super::assignment::Assignment;
use super::budget_feasible::BudgetFeasible;
use super::call_market::CallMarket;
use super::combinatorial::Combinatorial;
use super::contract_net::ContractNet;
use super::discriminatory::Discriminatory;
use super::double_auction::DoubleAuction;
use super::dutch::Dutch;
use super::english::English;
use super::first_price::FirstPrice;
use super::lottery::Lottery;
use super::mcafee::McAfee;
use super::optimal_reserve::OptimalReserve;
use super::position_gsp::PositionGsp;
use super::position_vcg::PositionVcg;
use super::posted_price::PostedPrice;
use super::scoring_first::ScoringFirst;
use super::scoring_second::ScoringSecond;
use super::second_price::SecondPrice;
use super::uniform::Uniform;
use super::vcg::Vcg;

/// All mechanisms, in the order of `docs/mechanisms.md`.
pub static MECHANISMS: &[&dyn Mechanism] = &[
    &PostedPrice,
    &Lottery,
    &FirstPrice,
    &SecondPrice,
    &OptimalReserve,
    &English,
    &Dutch,
    &Uniform,
    &Discriminatory,
    &Vcg,
    &Combinatorial,
    &PositionGsp,
    &PositionVcg,
    &ScoringFirst,
    &ScoringSecond,
    &BudgetFeasible,
    &Assignment,
    &DoubleAuction,
    &CallMarket,
    &McAfee,
    &ContractNet,
];

/// The mechanism of this name, such as `second-price`.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Mechanism> {
    MECHANISMS.iter().copied().find(|mechanism| mechanism.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_its_mechanism_and_no_name_twice() {
        for mechanism in MECHANISMS {
            assert_eq!(by_name(mechanism.name()).map(Mechanism::name), Some(mechanism.name()));
            assert_eq!(MECHANISMS.iter().filter(|other| other.name() == mechanism.name()).count(), 1);
        }
        assert!(by_name("third-price").is_none());
    }
}
