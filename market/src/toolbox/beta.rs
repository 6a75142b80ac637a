//! Beta reputation: how likely the next outcome is good, after so many good and bad ones.
//!
//! The mean of the beta distribution over a uniform prior: (good + 1) / (good + bad + 2), rounded down to a
//! millionth. Without any outcome it is a half.
//! Source: Jøsang and Ismail 2002, "The beta reputation system". Answer: 8 good, 2 bad → 0.75.

use oikos_protocol::money::Share;

/// The expected share of good outcomes.
#[must_use]
pub fn expected(good: u64, bad: u64) -> Share {
    let (hits, all) = (u128::from(good) + 1, u128::from(good) + u128::from(bad) + 2);
    let millionths = hits * u128::from(Share::WHOLE) / all; // Below a whole, as hits < all.
    u32::try_from(millionths).ok().and_then(Share::from_millionths).unwrap_or(Share::NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_good_and_two_bad_make_three_quarters() {
        assert_eq!(expected(8, 2).millionths(), 750_000);
        assert_eq!(expected(0, 0).millionths(), 500_000);
        assert_eq!(expected(u64::MAX, 0).millionths(), 999_999);
        assert_eq!(expected(0, u64::MAX).millionths(), 0);
    }
}
