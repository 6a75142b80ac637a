//! Dominant resource fairness: whole tasks, one at a time, to whoever's largest share of any resource is least.
//!
//! Of equals the first in the list goes first. Who cannot be served any more drops out; the others go on.
//! Source: Ghodsi and others 2011, "Dominant resource fairness: fair allocation of multiple resource types".
//! Answer: 9 CPU, 18 GB; demands (1 CPU, 4 GB) and (3 CPU, 1 GB) → 3 and 2 tasks.

use super::ToolError;
use alloc::vec;
use alloc::vec::Vec;

/// The most tasks given out in one call.
pub const TASKS_MAX: u64 = 1 << 20;

/// How many tasks each user gets.
///
/// # Errors
/// [`ToolError`] where a demand does not name every resource, asks for nothing, or there are more tasks than
/// [`TASKS_MAX`] to give out.
pub fn allocate(resources: &[u32], demands: &[Vec<u32>]) -> Result<Vec<u64>, ToolError> {
    if resources.is_empty() || demands.iter().any(|demand| demand.len() != resources.len()) {
        return Err(ToolError::Shape { field: "demands", expected: "a row a user, a column a resource" });
    }
    if demands.iter().any(|demand| demand.iter().all(|&amount| amount == 0)) {
        return Err(ToolError::Range { field: "demands", expected: "something of some resource" });
    }
    let mut free: Vec<u64> = resources.iter().map(|&amount| amount.into()).collect();
    let mut tasks = vec![0u64; demands.len()];
    let mut waiting: Vec<usize> = (0..demands.len()).collect();
    let mut given = 0;
    while !waiting.is_empty() {
        let least = (1..waiting.len()).fold(0, |best, at| {
            let (a, b) = (waiting[at], waiting[best]);
            if less(dominant(resources, &demands[a], tasks[a]), dominant(resources, &demands[b], tasks[b])) {
                at
            } else {
                best
            }
        });
        let user = waiting[least];
        if free.iter().zip(&demands[user]).all(|(&free, &amount)| free >= amount.into()) {
            free.iter_mut().zip(&demands[user]).for_each(|(free, &amount)| *free -= u64::from(amount));
            tasks[user] += 1;
            given += 1;
            if given > TASKS_MAX {
                return Err(ToolError::Range { field: "resources", expected: "room for at most 1048576 tasks" });
            }
        } else {
            waiting.remove(least);
        }
    }
    Ok(tasks)
}

/// The largest share of any resource as a fraction: amount over capacity.
fn dominant(resources: &[u32], demand: &[u32], tasks: u64) -> (u128, u128) {
    let shares = resources.iter().zip(demand).filter(|&(_, &amount)| amount > 0);
    // A demand for a resource that does not exist can never be served: its share counts as the largest.
    shares
        .map(|(&all, &amount)| (u128::from(amount) * u128::from(tasks), u128::from(all).max(1)))
        .fold((0, 1), |most, share| if less(most, share) { share } else { most })
}

fn less(a: (u128, u128), b: (u128, u128)) -> bool {
    a.0 * b.1 < b.0 * a.1 // 64 + 32 bits each.
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_cpus_and_eighteen_gigabytes_serve_three_and_two_tasks() {
        assert_eq!(allocate(&[9, 18], &[vec![1, 4], vec![3, 1]]), Ok(vec![3, 2]));
    }

    #[test]
    fn who_cannot_be_served_drops_out_and_the_other_goes_on() {
        assert_eq!(allocate(&[4, 0], &[vec![1, 1], vec![1, 0]]), Ok(vec![0, 4]));
    }

    #[test]
    fn a_crooked_table_and_an_endless_list_are_refused() {
        assert!(matches!(allocate(&[9], &[vec![1, 4]]), Err(ToolError::Shape { .. })));
        assert!(matches!(allocate(&[9], &[vec![0]]), Err(ToolError::Range { .. })));
        assert!(matches!(allocate(&[u32::MAX], &[vec![1]]), Err(ToolError::Range { .. })));
    }
}
