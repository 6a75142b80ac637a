//! Inequality: the Gini coefficient and the Lorenz curve of incomes, in millionths and in whole numbers throughout.
//!
//! Source: Gini over sorted values x₁ ≤ … ≤ xₙ is (2·Σ i·xᵢ − (n+1)·Σ xᵢ) / (n·Σ xᵢ); 0 is equality, and the most that
//! n incomes can come to is (n−1)/n. Lorenz: which part of all the poorest part has. Both are rounded down.

/// A whole in millionths.
pub const WHOLE: u128 = 1_000_000;
/// Into how many equal parts of the sellers a Lorenz curve is cut in a table.
pub const LORENZ_PARTS: u64 = 10;
/// Sums above this many bits lose their last ones first, so that no product below overflows.
const BITS_MAX: u32 = 80;

/// Incomes in ascending order, ready to be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incomes {
    sorted: Vec<u128>,
    sum: u128,
}

impl Incomes {
    /// These incomes; their order does not matter.
    #[must_use]
    pub fn of(incomes: impl IntoIterator<Item = u128>) -> Self {
        let mut sorted: Vec<u128> = incomes.into_iter().collect();
        sorted.sort_unstable();
        let sum: u128 = sorted.iter().sum();
        let bits = 128 - sum.leading_zeros();
        if bits > BITS_MAX {
            sorted.iter_mut().for_each(|income| *income >>= bits - BITS_MAX);
        }
        let sum = sorted.iter().sum();
        Self { sorted, sum }
    }

    /// The Gini coefficient in millionths; nothing where nobody earned anything.
    #[must_use]
    pub fn gini(&self) -> Option<u32> {
        let n = self.sorted.len() as u128;
        if self.sum == 0 {
            return None;
        }
        let ranked: u128 = (1..).zip(&self.sorted).map(|(rank, income)| rank * income).sum();
        let above = (2 * ranked).saturating_sub((n + 1) * self.sum);
        u32::try_from(above * WHOLE / (n * self.sum)).ok()
    }

    /// What the poorest `part` of `parts` have of all, in millionths, interpolated between two incomes.
    #[must_use]
    pub fn lorenz(&self, part: u64, parts: u64) -> Option<u32> {
        if self.sum == 0 || parts == 0 {
            return None;
        }
        let place = u128::from(part.min(parts)) * self.sorted.len() as u128;
        let (whole, rest) = (place / u128::from(parts), place % u128::from(parts));
        let below: u128 = self.sorted.iter().take(whole as usize).sum();
        let next = self.sorted.get(whole as usize).copied().unwrap_or_default();
        let have = below * u128::from(parts) + rest * next;
        u32::try_from(have * WHOLE / (u128::from(parts) * self.sum)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_incomes_have_known_coefficients() {
        let gini = |incomes: &[u128]| Incomes::of(incomes.iter().copied()).gini();
        assert_eq!(gini(&[5, 5, 5, 5]), Some(0));
        assert_eq!(gini(&[0, 0, 0, 9]), Some(750_000), "(n-1)/n");
        // 1, 2, 3, 4: 2·30 − 5·10 = 10 over 40.
        assert_eq!(gini(&[4, 1, 3, 2]), Some(250_000));
        assert_eq!(gini(&[]), None);
        assert_eq!(gini(&[0, 0]), None);
        assert_eq!(gini(&[0, 1 << 100]), Some(500_000), "no overflow");
    }

    #[test]
    fn the_curve_goes_through_its_corners_and_lies_below_the_diagonal() {
        let incomes = Incomes::of([4, 1, 3, 2]);
        assert_eq!((incomes.lorenz(0, 10), incomes.lorenz(10, 10)), (Some(0), Some(1_000_000)));
        assert_eq!(incomes.lorenz(5, 10), Some(300_000), "1 + 2 of 10");
        assert_eq!(incomes.lorenz(1, 8), Some(50_000), "half of the poorest");
        assert!((1..10).all(|part| incomes.lorenz(part, 10) <= Some(part as u32 * 100_000)));
    }
}
