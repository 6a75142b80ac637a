//! Reputation: only from settled, paid work.
//!
//! The mean of a beta distribution, (good + 1) / (good + bad + 2), in millionths, rounded down.
//! Source: Jøsang and Ismail 2002, "The Beta Reputation System". Answer: 8 good, 2 bad → 0.75.

use oikos_protocol::money::Share;
use serde::{Deserialize, Serialize};

/// What a participant has earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reputation {
    /// Contracts settled.
    pub good: u32,
    /// Contracts defaulted.
    pub bad: u32,
}

impl Reputation {
    /// The expected share of contracts that go well; one half for a newcomer.
    #[must_use]
    pub fn share(self) -> Share {
        let (good, bad) = (u64::from(self.good), u64::from(self.bad));
        let millionths = (good + 1) * u64::from(Share::WHOLE) / (good + bad + 2);
        // A proper fraction of a million fits.
        u32::try_from(millionths).ok().and_then(Share::from_millionths).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_good_and_two_bad_are_three_quarters_and_a_newcomer_is_a_half() {
        assert_eq!(Reputation { good: 8, bad: 2 }.share().millionths(), 750_000);
        assert_eq!(Reputation::default().share().millionths(), 500_000);
        assert_eq!(Reputation { good: u32::MAX, bad: 0 }.share().millionths(), 999_999);
    }
}
