//! Shops as a foreman sees them: each job on every machine once, and a deadline that has been kept before: the best of
//! thirty plans drawn at random, and a tenth on top.

use super::agent::place;
use super::schema::{Operation, Shop};
use crate::dice::Dice;

/// Draws an order.
pub(super) fn draw(dice: &mut Dice) -> Shop {
    let (machines, jobs) = (dice.range(3, 6), dice.range(4, 8));
    let mut job = || {
        let mut route: Vec<u32> = (0..machines).collect();
        dice.shuffle(&mut route);
        route.into_iter().map(|machine| Operation { machine, minutes: dice.range(5, 60) }).collect()
    };
    let jobs: Vec<Vec<Operation>> = (0..jobs).map(|_| job()).collect();
    let mut shop = Shop { machines, jobs, makespan_max: u32::MAX };
    let mut turns: Vec<usize> = (0..shop.jobs.len()).flat_map(|job| vec![job; machines as usize]).collect();
    let mut best = u32::MAX;
    for _ in 0..30 {
        dice.shuffle(&mut turns);
        best = best.min(place(&shop, turns.iter().copied()).makespan);
    }
    shop.makespan_max = best + best / 10;
    shop
}
