//! Welfare of the customers: what fit deliveries are worth to them, less what they paid.
//!
//! A delivery is worth the task's budget if the winner has all items and all amenities, else nothing. What was paid
//! is read from the ledger: what a customer began with less what it has at the end. A customer that sells as well
//! has its earnings counted against what it paid.
//! Source: Bansal et al. 2025, "Magentic Marketplace", `baseline_utilities.json`.

use super::figures::{Row, TaskEnd};
use crate::engine::Finished;
use crate::engine::plan::{ASSET, Plan, PlannedTask, id};
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
    plan.tasks.iter().zip(ends).map(|(task, end)| worth_of_task(task, end)).sum()
}

fn worth_of_task(task: &PlannedTask, end: &TaskEnd) -> i128 {
    let settled = end.phase == Some(Phase::Settled);
    let winner = |business: u32| Some(id(business)) == end.winner;
    let fit = task.candidates.iter().any(|candidate| winner(candidate.business) && candidate.fit);
    if settled && fit { task.spec.budget.0 as i128 } else { 0 }
}

/// What a task brought its poster: its worth less what it cost, damages of a default and all.
#[must_use]
pub fn of_task(task: &PlannedTask, end: &TaskEnd) -> i128 {
    worth_of_task(task, end) - end.cost
}

/// Welfare up to the end of each step, from the tasks that were over by then. The last is the welfare of the run unless
/// customers sell as well, whose earnings no task of theirs brought.
#[must_use]
pub fn by_step(plan: &Plan<'_>, run: &Finished) -> Vec<i128> {
    let rows = &run.figures.rows;
    let mut gained = vec![0; rows.len()];
    let width = run.figures.width().0;
    for (task, end) in plan.tasks.iter().zip(&run.ends) {
        let Some(at) = end.ended_at else { continue };
        let place = rows.partition_point(|Row { step, .. }| *step < at.0 / width);
        if let Some(gained) = gained.get_mut(place) {
            *gained += of_task(task, end);
        }
    }
    let mut welfare = 0;
    gained.iter_mut().for_each(|gained| {
        welfare += *gained;
        *gained = welfare;
    });
    gained
}
