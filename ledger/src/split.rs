//! Splitting an amount in proportion to weights, and by tiers, to the last minor unit.
//!
//! Invariant: the parts sum to the whole. Source: Hamilton's method (largest remainder); among equal
//! remainders the earlier weight is served first, so the result is a function of the input alone.

use alloc::vec::Vec;
use oikos_protocol::command::split::Part;
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

/// The parts of `total` that the tiers of a waterfall give to their receivers, tier by tier, and what none took.
///
/// Each tier takes its part of what those before it left and divides it by weight. The parts and the rest sum to the
/// whole. A tier without any weight above zero takes nothing.
#[must_use]
pub fn waterfall<'a>(total: Amount, tiers: impl IntoIterator<Item = (Part, &'a [u32])>) -> (Vec<Vec<Amount>>, Amount) {
    let mut rest = total;
    let mut parts = Vec::new();
    for (part, weights) in tiers {
        let wanted = match part {
            Part::UpTo(amount) => amount,
            Part::Share(share) => total.share_down(share),
            Part::Rest => rest,
        };
        let mut given = largest_remainder(wanted.min(rest), weights);
        rest.0 -= given.iter().map(|part| part.0).sum::<u128>();
        given.resize(weights.len(), Amount::ZERO);
        parts.push(given);
    }
    (parts, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use oikos_protocol::money::Share;

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
    fn a_waterfall_fills_tier_after_tier_and_loses_nothing() {
        let half = Share::from_millionths(500_000).unwrap();
        let tiers: [(Part, &[u32]); 3] =
            [(Part::UpTo(Amount(30)), &[1, 1, 1]), (Part::Share(half), &[2, 1]), (Part::Rest, &[1])];
        let run = |total: u128| waterfall(Amount(total), tiers);
        assert_eq!(run(20).0[0], [Amount(7), Amount(7), Amount(6)]);
        let (parts, rest) = run(101);
        assert_eq!(parts, [vec![Amount(10); 3], vec![Amount(33), Amount(17)], vec![Amount(21)]]);
        assert_eq!(rest, Amount::ZERO);
        // The second tier wants half of 40, and finds 10.
        assert_eq!(run(40).0[1..], [vec![Amount(7), Amount(3)], vec![Amount(0)]]);
        assert_eq!(waterfall(Amount(9), [(Part::UpTo(Amount(5)), &[1][..])]), (vec![vec![Amount(5)]], Amount(4)));
    }

    #[test]
    fn the_largest_amount_is_split_without_overflow_and_no_weight_means_nobody() {
        let parts = largest_remainder(Amount::MAX, &[u32::MAX, u32::MAX, 1]);
        assert_eq!(parts.iter().try_fold(0u128, |sum, part| sum.checked_add(part.0)), Some(u128::MAX));
        assert_eq!(largest_remainder(Amount(5), &[0, 0]), vec![]);
    }
}
