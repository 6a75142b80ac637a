//! The check of a plan: it plans nothing. It sorts what each machine is said to do by its beginning and looks whether
//! anything overlaps, whether any job is at two places at once, and whether the end is where it is said to be.

use super::schema::{Plan, Shop};
use crate::trade::Flaw;

/// Checks a deliverable.
pub(super) fn check(shop: &Shop, plan: &Plan) -> Result<(), Flaw> {
    let shop = shop.checked().map_err(|why| Flaw::new("input", why))?;
    if !shop.jobs.iter().map(Vec::len).eq(plan.starts.iter().map(Vec::len)) {
        return Err(Flaw::new("starts", "not one beginning for each operation"));
    }
    let mut machines: Vec<Vec<(u64, u64)>> = vec![Vec::new(); shop.machines as usize];
    let mut end = 0;
    for (index, (job, starts)) in shop.jobs.iter().zip(&plan.starts).enumerate() {
        let mut before = 0;
        for (step, &start) in job.iter().zip(starts) {
            let (from, to) = (u64::from(start), u64::from(start) + u64::from(step.minutes));
            if from < before {
                return Err(Flaw::new(
                    format!("starts.{index}"),
                    "an operation begins before the one in front is over",
                ));
            }
            before = to;
            machines[step.machine as usize].push((from, to));
        }
        end = end.max(before);
    }
    for (machine, busy) in machines.iter_mut().enumerate() {
        busy.sort_unstable();
        if busy.windows(2).any(|pair| pair[1].0 < pair[0].1) {
            return Err(Flaw::new(format!("machine {machine}"), "does two things at once"));
        }
    }
    if end != u64::from(plan.makespan) {
        return Err(Flaw::differs("makespan", end, plan.makespan));
    }
    if plan.makespan > shop.makespan_max {
        return Err(Flaw::new("makespan", format!("over at {}, later than {}", plan.makespan, shop.makespan_max)));
    }
    Ok(())
}
