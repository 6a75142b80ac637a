//! Whether a run adds up: each check by name, with what was compared.

use super::welfare;
use crate::engine::Finished;
use crate::engine::plan::{ASSET, Plan, id};
use oikos_market::available_account;
use oikos_protocol::command::account::AccountFlags;
use oikos_protocol::event::task::Phase;
use serde::Serialize;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// What was compared.
    pub detail: String,
}

/// All checks of a run that is over.
#[must_use]
pub fn checks(plan: &Plan<'_>, run: &Finished) -> Vec<Check> {
    vec![
        debits_equal_credits(run),
        supply(plan, run),
        nothing_held(run),
        audit(run),
        every_task_is_over(plan, run),
        one_settlement_per_award(run),
        flows_are_balances(plan, run),
        welfare_from_both_sides(plan, run),
    ]
}

/// Whether money was conserved: every check of money holds.
#[must_use]
pub fn conserved(checks: &[Check]) -> bool {
    checks.iter().all(|check| check.ok)
}

fn check(name: &'static str, ok: bool, detail: String) -> Check {
    Check { name, ok, detail }
}

fn debits_equal_credits(run: &Finished) -> Check {
    let accounts = run.economy.ledger().accounts();
    let debits: u128 = accounts.iter().map(|account| account.debits_posted.0).sum();
    let credits: u128 = accounts.iter().map(|account| account.credits_posted.0).sum();
    check("debits_equal_credits", debits == credits, format!("debits {debits}, credits {credits}"))
}

fn supply(plan: &Plan<'_>, run: &Finished) -> Check {
    let begun: u128 = plan.scenario.participants.iter().map(|participant| participant.money.0).sum();
    let declared = run.economy.asset(ASSET).map_or(0, |asset| asset.supply.0);
    // The issuer alone may owe; what all others have together is the supply.
    let held = run.economy.ledger().accounts().iter();
    let held: u128 = held.map(|account| account.credits_posted.0.saturating_sub(account.debits_posted.0)).sum();
    let detail = format!("endowments {begun}, supply {declared}, in accounts {held}");
    check("supply", begun == declared && declared == held, detail)
}

fn nothing_held(run: &Finished) -> Check {
    let pools = run.economy.ledger().accounts().iter().filter(|account| account.flags.contains(AccountFlags::POOL));
    let held: u128 = pools.map(|pool| pool.credits_posted.0 - pool.debits_posted.0).sum();
    check("nothing_held", held == 0, format!("{held} in holds, escrows, deposits and bonds"))
}

fn audit(run: &Finished) -> Check {
    match run.economy.audit() {
        Ok(()) => check("audit", true, "everything added up anew".to_owned()),
        Err(violation) => check("audit", false, violation.to_string()),
    }
}

fn every_task_is_over(plan: &Plan<'_>, run: &Finished) -> Check {
    let open = run.ends.iter().filter(|end| end.phase.is_some_and(|phase| !phase.is_terminal())).count();
    check("every_task_is_over", open == 0, format!("{open} of {} still open", plan.tasks.len()))
}

fn one_settlement_per_award(run: &Finished) -> Check {
    let wrong = run.ends.iter().filter(|end| {
        let settled = end.phase == Some(Phase::Settled);
        end.settlements != u32::from(settled) || (settled && (end.awards == 0 || end.winner.is_none()))
    });
    let (wrong, settled) = (wrong.count(), run.ends.iter().filter(|end| end.settlements > 0).count());
    check("one_settlement_per_award", wrong == 0, format!("{settled} settled, {wrong} wrongly"))
}

/// The balances of the ledger, and what the events said of every movement.
fn flows_are_balances(plan: &Plan<'_>, run: &Finished) -> Check {
    let ledger = run.economy.ledger();
    let balance = |number: u32| ledger.available(available_account(id(number), ASSET)).0 as i128;
    let wrong = (0..).zip(&run.flows).filter(|(number, flow)| balance(*number) != **flow).count();
    let detail =
        format!("{wrong} of {} balances differ from the sum of their events", plan.scenario.participants.len());
    check("flows_are_balances", wrong == 0, detail)
}

/// What customers paid by the ledger, and what the tasks of the plan were settled for.
fn welfare_from_both_sides(plan: &Plan<'_>, run: &Finished) -> Check {
    let paid = welfare::paid(plan, run);
    let earned: i128 = run.ends.iter().map(|end| end.paid.0 as i128).sum();
    // Customers that sell, and damages of defaults, are on both sides: then the two need not agree.
    let apart = plan.tasks.iter().any(|task| {
        let poster = plan.scenario.participants.get(task.poster as usize);
        poster.is_some_and(|poster| !poster.sells.is_empty())
    }) || run.ends.iter().any(|end| end.phase == Some(Phase::Defaulted));
    let detail = format!("paid by the ledger {paid}, earned by the settlements {earned}");
    check("welfare_from_both_sides", apart || paid == earned, detail)
}
