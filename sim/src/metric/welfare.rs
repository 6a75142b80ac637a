//! Welfare of the customers: what fit deliveries are worth to them, less what they paid.
//!
//! A delivery is worth the task's budget if the winner has all items and all amenities, else nothing. What was paid
//! is read from the ledger: what a customer began with less what it has at the end. A customer that sells as well
//! has its earnings counted against what it paid.
//! Source: Bansal et al. 2025, "Magentic Marketplace", `baseline_utilities.json`.

use crate::engine::plan::{ASSET, Plan, id};
use crate::engine::{Finished, observe::TaskEnd};
use oikos_market::available_account;
use oikos_protocol::event::task::Phase;
use oikos_protocol::money::Amount;

/// The welfare of a run in minor units; it may be negative.
#[must_use]
pub fn welfare(plan: &Plan<'_>, run: &Finished) -> i128 {
    worth(plan, &run.ends) - paid(plan, run)
}

/// What all customers paid, by the ledger.
#[must_use]
pub fn paid(plan: &Plan<'_>, run: &Finished) -> i128 {
    let mut customers: Vec<u32> = plan.tasks.iter().map(|task| task.poster).collect();
    customers.sort_unstable();
    customers.dedup();
    let of_one = |number: &u32| {
        let begun = plan.scenario.participants.get(*number as usize).map_or(Amount::ZERO, |customer| customer.money);
        let left = run.economy.ledger().available(available_account(id(*number), ASSET));
        // Both are at most the supply, 2^100.
        begun.0 as i128 - left.0 as i128
    };
    customers.iter().map(of_one).sum()
}

fn worth(plan: &Plan<'_>, ends: &[TaskEnd]) -> i128 {
    let of_one = |(task, end): (&crate::engine::plan::PlannedTask, &TaskEnd)| {
        let settled = end.phase == Some(Phase::Settled);
        let fit = task.candidates.iter().any(|candidate| Some(candidate.business) == end.winner && candidate.fit);
        if settled && fit { task.spec.budget.0 as i128 } else { 0 }
    };
    plan.tasks.iter().zip(ends).map(of_one).sum()
}
