//! Quadratic funding: a project gets the square of the sum of the roots of its contributions.
//!
//! Roots are taken to 2^−16 of a minor unit, rounded down, and the total is rounded down to a whole one.
//! Source: Buterin, Hitzig and Weyl 2019, "A flexible design for funding public goods". Answer: 1, 4, 9 → 36, match
//! 22.

use super::ToolError;
use crate::math::root::root_down;
use oikos_protocol::money::Amount;

/// The largest contribution, in minor units: 2^88 − 1.
const CONTRIBUTION_MAX: u128 = (1 << 88) - 1;
/// The most contributors.
pub const CONTRIBUTORS_MAX: usize = 1 << 16;

/// What a project gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Funding {
    /// In all.
    pub total: Amount,
    /// Of that, from the matching fund: never less than nothing.
    pub matched: Amount,
}

/// Funds a project with these contributions, one a contributor.
///
/// # Errors
/// [`ToolError::Range`] where there are too many, one is too large, or the total does not fit.
pub fn fund(contributions: &[Amount]) -> Result<Funding, ToolError> {
    if contributions.len() > CONTRIBUTORS_MAX || contributions.iter().any(|amount| amount.0 > CONTRIBUTION_MAX) {
        return Err(ToolError::Range {
            field: "contributions",
            expected: "at most 65536, each below 2^88 minor units",
        });
    }
    // Each root has at most 44 + 16 bits, the sum 76: its square may not fit, which is said.
    let roots: u128 = contributions.iter().map(|amount| root_down(amount.0 << 32)).sum();
    let square = roots.checked_mul(roots);
    let paid: u128 = contributions.iter().map(|amount| amount.0).sum();
    let total =
        square.ok_or(ToolError::Range { field: "contributions", expected: "a total below 2^96 minor units" })? >> 32;
    // The square of a single rounded root may fall short of its contribution: nobody is matched below what is paid.
    let total = total.max(paid);
    Ok(Funding { total: Amount(total), matched: Amount(total - paid) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn one_four_and_nine_get_36_of_which_22_are_matched() {
        let funding = fund(&[Amount(1), Amount(4), Amount(9)]).unwrap();
        assert_eq!(funding, Funding { total: Amount(36), matched: Amount(22) });
    }

    #[test]
    fn a_single_contributor_is_not_matched_and_many_small_ones_are() {
        for amount in [1, 2, 3, 12_345, CONTRIBUTION_MAX] {
            assert_eq!(fund(&[Amount(amount)]).unwrap().matched, Amount(0), "{amount}");
        }
        assert_eq!(fund(&[Amount(1); 10]).unwrap().total, Amount(100));
        assert_eq!(fund(&[]).unwrap().total, Amount(0));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(fund(&[Amount::MAX]).is_err());
        assert!(fund(&vec![Amount(CONTRIBUTION_MAX); CONTRIBUTORS_MAX]).is_err());
    }
}
