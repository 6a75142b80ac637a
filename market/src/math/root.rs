//! Square roots of whole numbers, rounded down.

/// The largest whole number whose square is at most `n`.
#[must_use]
pub const fn root_down(n: u128) -> u128 {
    n.isqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_squared_is_at_most_the_number_and_the_next_is_more() {
        for n in [0, 1, 2, 3, 4, 99, 100, 101, u128::from(u64::MAX), (1 << 100) + 12_345] {
            let root = root_down(n);
            assert!(root * root <= n && n < (root + 1) * (root + 1), "{n}");
        }
        assert_eq!(root_down(u128::MAX), u128::from(u64::MAX));
    }
}
