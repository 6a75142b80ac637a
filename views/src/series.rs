//! Series: how the economy went over its time, in at most [`BUCKETS_MAX`] steps of equal length.
//!
//! Invariants: the steps depend on the events alone, so that two folds of the same events draw the same line; the
//! length of a step doubles when there would be too many, and two steps become one.
//! Absent on purpose: a clock. A step in which nothing happened carries the levels of the one before.

use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// More steps than this become half as many.
pub const BUCKETS_MAX: usize = 160;
/// The length of the first steps: a quarter of a second.
const STEP_NS: u64 = 250_000_000;

/// What stands at the end of a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    /// Tasks that are not over.
    pub open_tasks: u64,
    /// What was paid for settled tasks so far, in minor units.
    pub settled_value: i128,
    /// Tasks settled so far.
    pub settled: u64,
    /// Participants that are agents.
    pub agents: u64,
    /// Participants that are people.
    pub people: u64,
    /// All money there is.
    pub supply: i128,
}

/// Prices of awards within a step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub sum: i128,
    /// The lowest.
    pub low: i128,
    /// The highest.
    pub high: i128,
    /// The last.
    pub last: i128,
}

impl Prices {
    /// Takes one in.
    pub fn take(&mut self, price: i128) {
        let first = self.count == 0;
        self.low = if first { price } else { self.low.min(price) };
        self.high = if first { price } else { self.high.max(price) };
        (self.count, self.sum, self.last) = (self.count + 1, self.sum.saturating_add(price), price);
    }

    fn join(self, later: Self) -> Self {
        match (self.count, later.count) {
            (0, _) => later,
            (_, 0) => self,
            _ => Self {
                count: self.count + later.count,
                sum: self.sum.saturating_add(later.sum),
                low: self.low.min(later.low),
                high: self.high.max(later.high),
                last: later.last,
            },
        }
    }

    /// The mean, rounded down; none where there was no price.
    #[must_use]
    pub const fn mean(&self) -> Option<i128> {
        if self.count == 0 { None } else { Some(self.sum / self.count as i128) }
    }
}

/// One step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// What stood at its end.
    pub levels: Levels,
    /// What awards cost in it.
    pub prices: Prices,
    /// Events in it.
    pub events: u64,
}

/// The steps so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    step_ns: u64,
    /// The number of the first step, counted from economy time zero.
    first: u64,
    buckets: VecDeque<Bucket>,
}

impl Default for Series {
    fn default() -> Self {
        Self { step_ns: STEP_NS, first: 0, buckets: VecDeque::new() }
    }
}

impl Series {
    /// The length of a step, in nanoseconds.
    #[must_use]
    pub const fn step_ns(&self) -> u64 {
        self.step_ns
    }

    /// When the first step begins.
    #[must_use]
    pub const fn begins(&self) -> Timestamp {
        Timestamp(self.first.saturating_mul(self.step_ns))
    }

    /// The steps, the oldest first.
    pub fn buckets(&self) -> impl ExactSizeIterator<Item = &Bucket> {
        self.buckets.iter()
    }

    /// The step of a moment that is not earlier than the last one.
    pub fn at(&mut self, t: Timestamp) -> &mut Bucket {
        if self.buckets.is_empty() {
            self.first = t.0 / self.step_ns;
            self.buckets.push_back(Bucket::default());
        }
        while (t.0 / self.step_ns).saturating_sub(self.first) >= BUCKETS_MAX as u64 {
            self.halve();
        }
        let wanted = (t.0 / self.step_ns).saturating_sub(self.first) as usize;
        while self.buckets.len() <= wanted {
            let levels = self.buckets.back().map(|bucket| bucket.levels).unwrap_or_default();
            self.buckets.push_back(Bucket { levels, ..Bucket::default() });
        }
        let last = self.buckets.len() - 1;
        &mut self.buckets[last]
    }

    fn halve(&mut self) {
        let old = std::mem::take(&mut self.buckets);
        let mut halves: VecDeque<Bucket> = VecDeque::with_capacity(BUCKETS_MAX);
        let (first, begins) = (self.first, self.first / 2);
        for (number, bucket) in (first..).zip(old) {
            if number / 2 - begins == halves.len() as u64 {
                halves.push_back(bucket);
            } else if let Some(half) = halves.back_mut() {
                half.levels = bucket.levels;
                half.prices = half.prices.join(bucket.prices);
                half.events += bucket.events;
            }
        }
        (self.step_ns, self.first, self.buckets) = (self.step_ns.saturating_mul(2), begins, halves);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_history_has_few_steps_and_loses_no_price() {
        let mut series = Series::default();
        for n in 0..10_000u64 {
            let bucket = series.at(Timestamp(n * 1_000_000_000));
            bucket.prices.take(i128::from(n));
            bucket.levels.settled = n;
            bucket.events += 1;
        }
        assert!(series.buckets().len() <= BUCKETS_MAX);
        assert_eq!(series.buckets().map(|bucket| bucket.prices.count).sum::<u64>(), 10_000);
        assert_eq!(series.buckets().map(|bucket| bucket.prices.sum).sum::<i128>(), (0..10_000).sum::<i128>());
        assert_eq!(series.buckets().map(|bucket| bucket.events).sum::<u64>(), 10_000);
        assert_eq!(series.buckets().last().map(|bucket| bucket.levels.settled), Some(9_999));
    }

    #[test]
    fn a_step_without_events_carries_the_levels_and_a_leap_of_years_ends() {
        let mut series = Series::default();
        series.at(Timestamp(0)).levels.open_tasks = 7;
        assert_eq!(series.at(Timestamp(u64::MAX - 1)).levels.open_tasks, 7);
        assert!(series.buckets().len() <= BUCKETS_MAX);
    }
}
