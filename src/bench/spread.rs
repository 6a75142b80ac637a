//! Durations of one kind, and where their quantiles are.

use std::time::Duration;

/// Durations in the order in which they were seen.
#[derive(Debug, Clone, Default)]
pub struct Spread(Vec<Duration>);

impl Spread {
    /// One more.
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// Those of another one as well.
    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// All of them together.
    #[must_use]
    pub fn sum(&self) -> Duration {
        self.0.iter().sum()
    }

    /// The duration that `percent` of them do not exceed; zero where there is none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(place).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_durations() {
        let mut spread = Spread::default();
        assert_eq!(spread.percentile(99), Duration::ZERO);
        (1..=100).rev().for_each(|n| spread.add(Duration::from_millis(n)));
        assert_eq!(spread.percentile(50), Duration::from_millis(51));
        assert_eq!(spread.percentile(99), Duration::from_millis(100));
    }
}
