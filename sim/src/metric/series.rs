//! One run of a series in figures that fit into a line.

use super::inequality::{Incomes, LORENZ_PARTS, WHOLE};
use super::{checks, welfare};
use crate::engine::Finished;
use crate::engine::plan::{ASSET, Plan};
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::Hash32;

/// One run of a series. Money is in minor units, shares are in millionths, rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunRow {
    /// Its seed.
    pub seed: u64,
    /// Its welfare.
    pub welfare: i128,
    /// Tasks settled.
    pub settled: u64,
    /// Whether every check held.
    pub conserved: bool,
    /// The digest of its final state.
    pub digest: Hash32,
    /// Tasks that were posted.
    pub tasks: u64,
    /// What was paid to workers.
    pub volume: u128,
    /// The mean price of an award.
    pub mean_price: Option<u128>,
    /// Which part of the tasks was settled.
    pub fill_rate: Option<u32>,
    /// Which part of all income people had.
    pub human_share: Option<u32>,
    /// The Gini coefficient of incomes.
    pub gini: Option<u32>,
    /// What the poorest tenth of sellers had of all income, the poorest two, and so on.
    pub lorenz: Option<[u32; LORENZ_PARTS as usize - 1]>,
}

impl RunRow {
    /// The line of a run that is over.
    #[must_use]
    pub fn of(plan: &Plan<'_>, seed: u64, run: &Finished) -> Self {
        let figures = &run.figures;
        let settled = run.ends.iter().filter(|end| end.phase == Some(Phase::Settled)).count() as u64;
        let tasks = run.ends.iter().filter(|end| end.phase.is_some()).count() as u64;
        let (awards, awarded) =
            figures.rows.iter().fold((0, 0), |(awards, awarded), row| (awards + row.awards, awarded + row.awarded));
        let by_kind = figures.income.by_kind(ASSET);
        let incomes = Incomes::of(figures.income.sellers(ASSET).map(|(_, earned)| earned));
        let mut lorenz = [0; LORENZ_PARTS as usize - 1];
        let drawn = (1..).zip(&mut lorenz).all(|(part, at)| match incomes.lorenz(part, LORENZ_PARTS) {
            Some(share) => {
                *at = share;
                true
            }
            None => false,
        });
        Self {
            seed,
            welfare: welfare::welfare(plan, run),
            settled,
            conserved: checks::conserved(&checks::checks(plan, run)),
            digest: run.digest,
            tasks,
            volume: figures.rows.iter().map(|row| row.volume).sum(),
            mean_price: awarded.checked_div(u128::from(awards)),
            fill_rate: share(u128::from(settled), u128::from(tasks)),
            human_share: share(by_kind.humans, by_kind.total()),
            gini: incomes.gini(),
            lorenz: drawn.then_some(lorenz),
        }
    }
}

/// `part` of `whole` in millionths; nothing of nothing.
fn share(part: u128, whole: u128) -> Option<u32> {
    // Both are at most the supply, 2^100.
    (part * WHOLE).checked_div(whole).and_then(|share| u32::try_from(share).ok())
}
