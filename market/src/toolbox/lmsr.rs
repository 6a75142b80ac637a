//! The logarithmic market scoring rule: a market maker that always quotes and can lose only so much.
//!
//! With q shares out on each outcome the maker has been paid b ln Σ exp(q / b); a purchase costs the difference, the
//! price of an outcome is exp(q / b) over the sum. All in fixed point with an error below 2^−40 of b.
//! Source: Hanson 2003, "Combinatorial information market design". Answers: b = 100, two outcomes: 50 shares cost
//! 28.0930, price then 0.62246, worst loss 69.3147.

use super::ToolError;
use crate::math::exp::{exp, ln};
use crate::math::fixed::Fixed;
use alloc::vec::Vec;

/// The largest b, and the most shares of an outcome either way.
pub const SIZE_MAX: i64 = 1 << 40;
/// The most outcomes.
pub const OUTCOMES_MAX: usize = 4096;

/// A market maker and what it has sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    b: i64,
    shares: Vec<i64>,
}

impl Maker {
    /// A maker with liquidity `b` that has sold so many shares on each outcome.
    ///
    /// # Errors
    /// [`ToolError::Range`] where `b`, the shares or the number of outcomes are out of bounds.
    pub fn new(b: i64, shares: Vec<i64>) -> Result<Self, ToolError> {
        if !(1..=SIZE_MAX).contains(&b) {
            return Err(ToolError::Range { field: "b", expected: "1 to 2^40" });
        }
        if !(2..=OUTCOMES_MAX).contains(&shares.len()) {
            return Err(ToolError::Range { field: "shares", expected: "2 to 4096 outcomes" });
        }
        if shares.iter().any(|&shares| shares.abs() > SIZE_MAX) {
            return Err(ToolError::Range { field: "shares", expected: "at most 2^40 either way" });
        }
        Ok(Self { b, shares })
    }

    /// Each outcome's exp((q − largest) / b): at most one, so that nothing overflows.
    fn weights(&self, shares: &[i64]) -> Option<(Vec<Fixed>, Fixed, i64)> {
        let largest = *shares.iter().max()?;
        let weight = |&shares: &i64| exp(Fixed::ratio(i128::from(shares) - i128::from(largest), self.b.into())?);
        let weights: Vec<Fixed> = shares.iter().map(weight).collect::<Option<_>>()?;
        let sum = weights.iter().try_fold(Fixed::ZERO, |sum, &weight| sum.plus(weight))?;
        Some((weights, sum, largest))
    }

    /// What has been paid for these shares in all, up to a constant.
    fn paid(&self, shares: &[i64]) -> Option<Fixed> {
        let (_, sum, largest) = self.weights(shares)?;
        Fixed::from_whole(self.b).times(ln(sum)?)?.plus(Fixed::from_whole(largest))
    }

    /// What `amount` shares of an outcome cost now; below zero where they are sold back.
    ///
    /// # Errors
    /// [`ToolError::Range`] where the outcome does not exist or the shares go out of bounds.
    pub fn cost(&self, outcome: usize, amount: i64) -> Result<Fixed, ToolError> {
        let mut after = self.shares.clone();
        let shares =
            after.get_mut(outcome).ok_or(ToolError::Range { field: "outcome", expected: "one of the market" })?;
        *shares = shares.saturating_add(amount);
        if shares.abs() > SIZE_MAX {
            return Err(ToolError::Range { field: "amount", expected: "at most 2^40 shares of an outcome" });
        }
        let difference = || self.paid(&after)?.minus(self.paid(&self.shares)?);
        difference().ok_or(ToolError::Range { field: "amount", expected: "a cost that fits fixed point" })
    }

    /// The price of one more share of an outcome: between zero and one, and one in all.
    ///
    /// # Errors
    /// [`ToolError::Range`] where the outcome does not exist.
    pub fn price(&self, outcome: usize) -> Result<Fixed, ToolError> {
        let part = || {
            let (weights, sum, _) = self.weights(&self.shares)?;
            weights.get(outcome)?.over(sum)
        };
        part().ok_or(ToolError::Range { field: "outcome", expected: "one of the market" })
    }

    /// The most that the maker can lose: b ln n.
    ///
    /// # Errors
    /// [`ToolError::Range`] where it does not fit, which no size within bounds brings about.
    pub fn worst_loss(&self) -> Result<Fixed, ToolError> {
        let loss = || Fixed::from_whole(self.b).times(ln(Fixed::from_whole(i64::try_from(self.shares.len()).ok()?))?);
        loss().ok_or(ToolError::Range { field: "b", expected: "1 to 2^40" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn fifty_shares_at_b_100_cost_28_0930_and_move_the_price_to_0_62246() {
        let maker = Maker::new(100, vec![0, 0]).unwrap();
        assert_eq!(maker.cost(0, 50).unwrap().to_millionths(), Some(28_092_980), "28.0930");
        assert_eq!(maker.worst_loss().unwrap().to_millionths(), Some(69_314_718), "69.3147");
        assert_eq!(maker.price(0).unwrap().to_millionths(), Some(500_000));
        let after = Maker::new(100, vec![50, 0]).unwrap();
        assert_eq!(after.price(0).unwrap().to_millionths(), Some(622_459), "0.62246");
        assert_eq!(after.cost(0, -50).unwrap().to_millionths(), Some(-28_092_980), "sold back at what they cost");
    }

    #[test]
    fn extremes_neither_overflow_nor_go_beyond_one() {
        let maker = Maker::new(1, vec![SIZE_MAX, -SIZE_MAX]).unwrap();
        assert_eq!(maker.price(0).unwrap(), Fixed::ONE);
        assert_eq!(maker.price(1).unwrap(), Fixed::ZERO);
        assert!(Maker::new(0, vec![0, 0]).is_err() && Maker::new(1, vec![0]).is_err());
        assert!(maker.cost(0, 1).is_err() && maker.cost(2, 1).is_err());
    }
}
