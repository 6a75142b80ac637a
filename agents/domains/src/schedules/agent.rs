//! Plans a shop: hasty takes the jobs one after another; careful tries the priority rule "most work left" and then
//! some hundreds of drawn orders, and keeps the best.

use super::schema::{Plan, Shop};
use crate::dice::Dice;
use crate::trade::Manner;

/// How many orders a careful planner tries.
const TRIES: u32 = 400;

/// Does the work.
pub(super) fn work(shop: &Shop, manner: Manner) -> Result<Plan, String> {
    let shop = shop.checked()?;
    if manner == Manner::Hasty {
        return Ok(by_turns(shop));
    }
    let mut best = by_work_left(shop);
    let mut dice = Dice::new(u64::from(shop.makespan_max), "planner");
    let mut turns: Vec<usize> = turns(shop).collect();
    for _ in 0..TRIES {
        if best.makespan <= shop.makespan_max {
            break;
        }
        dice.shuffle(&mut turns);
        let plan = place(shop, turns.iter().copied());
        if plan.makespan < best.makespan {
            best = plan;
        }
    }
    Ok(best)
}

/// Each job as often as it has operations.
fn turns(shop: &Shop) -> impl Iterator<Item = usize> {
    shop.jobs.iter().zip(0..).flat_map(|(job, index)| job.iter().map(move |_| index))
}

/// The first operation of every job, then the second of every job, and so on.
fn by_turns(shop: &Shop) -> Plan {
    let longest = shop.jobs.iter().map(Vec::len).max().unwrap_or(0);
    let rounds = (0..longest).flat_map(|round| (0..shop.jobs.len()).filter(move |&job| shop.jobs[job].len() > round));
    place(shop, rounds)
}

fn by_work_left(shop: &Shop) -> Plan {
    let mut left: Vec<u32> = shop.jobs.iter().map(|job| job.iter().map(|step| step.minutes).sum()).collect();
    let mut next = vec![0; shop.jobs.len()];
    let order = core::iter::from_fn(|| {
        let open = (0..shop.jobs.len()).filter(|&job| next[job] < shop.jobs[job].len());
        let job = open.max_by_key(|&job| (left[job], core::cmp::Reverse(job)))?;
        left[job] -= shop.jobs[job][next[job]].minutes;
        next[job] += 1;
        Some(job)
    });
    place(shop, order)
}

/// Places one operation a turn, in the first gap of its machine that takes it.
pub(super) fn place(shop: &Shop, turns: impl Iterator<Item = usize>) -> Plan {
    let mut starts: Vec<Vec<u32>> = vec![Vec::new(); shop.jobs.len()];
    let mut ready = vec![0; shop.jobs.len()];
    let mut busy: Vec<Vec<(u32, u32)>> = vec![Vec::new(); shop.machines as usize];
    for job in turns {
        let step = shop.jobs[job][starts[job].len()];
        let busy = &mut busy[step.machine as usize];
        let (mut start, mut place) = (ready[job], busy.len());
        for (index, &(from, to)) in busy.iter().enumerate() {
            if start + step.minutes <= from {
                place = index;
                break;
            }
            start = start.max(to);
        }
        busy.insert(place, (start, start + step.minutes));
        starts[job].push(start);
        ready[job] = start + step.minutes;
    }
    Plan { starts, makespan: ready.into_iter().max().unwrap_or(0) }
}
