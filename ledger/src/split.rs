//! Splitting an amount in proportion to weights, to the last minor unit.
//!
//! Invariant: the parts sum to the whole. Source: Hamilton's method (largest remainder); among equal
//! remainders the earlier weight is served first, so the result is a function of the input alone.

use alloc::vec::Vec;
use oikos_protocol::money::Amount;

/// The parts of `total` in proportion to `weights`: rounded down, then one more unit each
/// for the largest remainders until nothing is left.
///
/// Without any weight above zero there is nobody to give to, and the answer is empty.
#[must_use]
pub fn largest_remainder(total: Amount, weights: &[u32]) -> Vec<Amount> {
    let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    if sum == 0 {
        return Vec::new();
    }
    // `rest` < `sum` < 2^96 for any list that fits in memory, and a weight is below 2^32: no product overflows.
    let (whole, rest) = (total.0 / sum, total.0 % sum);
    let part = |weight: u32| whole * u128::from(weight) + rest * u128::from(weight) / sum;
    let mut parts: Vec<Amount> = weights.iter().map(|&weight| Amount(part(weight))).collect();
    let given: u128 = parts.iter().map(|part| part.0).sum();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| (core::cmp::Reverse(rest * u128::from(weights[i]) % sum), i));
    for &i in order.iter().cycle().take((total.0 - given) as usize) {
        parts[i].0 += 1; // Fewer units are left than there are weights.
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn the_parts_sum_to_the_whole_and_the_largest_remainder_gets_the_odd_unit() {
        assert_eq!(largest_remainder(Amount(100), &[1, 1, 1]), vec![Amount(34), Amount(33), Amount(33)]);
        assert_eq!(largest_remainder(Amount(10), &[3, 3, 1]), vec![Amount(4), Amount(4), Amount(2)]);
        for total in 0..200 {
            let parts = largest_remainder(Amount(total), &[7, 0, 5, 1]);
            assert_eq!(parts.iter().map(|part| part.0).sum::<u128>(), total);
            assert_eq!(parts[1], Amount::ZERO);
        }
    }

    #[test]
    fn the_largest_amount_is_split_without_overflow_and_no_weight_means_nobody() {
        let parts = largest_remainder(Amount::MAX, &[u32::MAX, u32::MAX, 1]);
        assert_eq!(parts.iter().try_fold(0u128, |sum, part| sum.checked_add(part.0)), Some(u128::MAX));
        assert_eq!(largest_remainder(Amount(5), &[0, 0]), vec![]);
    }
}
