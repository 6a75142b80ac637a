//! Competitive equilibrium from equal incomes: divisible goods shared so that nobody would rather have another's
//! share.
//!
//! Tastes are linear: so much for the whole of each good. Found by proportional response (everyone spends on each
//! good in proportion to what it got from it), which converges to the equilibrium; rounds are bounded, and the answer
//! says how much envy is left. Shares of a good add up to one exactly: what rounding leaves goes to the largest.
//! Source: Varian 1974, "Equity, envy, and efficiency"; Zhang 2011, "Proportional response dynamics in the Fisher
//! market". Answer: equal linear tastes → equal split, envy 0.

use super::ToolError;
use crate::math::fixed::Fixed;
use alloc::vec;
use alloc::vec::Vec;

/// The most rounds.
const ROUNDS_MAX: u32 = 4000;
/// The most people times goods.
const CELLS_MAX: usize = 1 << 14;

/// Who gets what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// The share of each good for each person.
    pub shares: Vec<Vec<Fixed>>,
    /// The most that anybody would gain by changing places, as a part of what it values its own share at.
    pub envy: Fixed,
}

/// Divides the goods.
///
/// # Errors
/// [`ToolError`] where `tastes` is not a table of people by goods, is too large, or somebody wants nothing.
pub fn divide(tastes: &[Vec<u32>]) -> Result<Division, ToolError> {
    let goods = tastes.first().map_or(0, Vec::len);
    if goods == 0 || tastes.iter().any(|row| row.len() != goods) || tastes.len() * goods > CELLS_MAX {
        return Err(ToolError::Shape { field: "tastes", expected: "a row a person, a column a good, 16384 at most" });
    }
    if tastes.iter().any(|row| row.iter().all(|&taste| taste == 0)) {
        return Err(ToolError::Range { field: "tastes", expected: "somebody to want something" });
    }
    settle(tastes, goods).ok_or(ToolError::Range { field: "tastes", expected: "numbers that fit fixed point" })
}

fn settle(tastes: &[Vec<u32>], goods: usize) -> Option<Division> {
    // Everyone has one unit of income, and begins by spending it in proportion to taste.
    let mut spent = vec![vec![Fixed::ZERO; goods]; tastes.len()];
    for (row, taste) in spent.iter_mut().zip(tastes) {
        let all: i128 = taste.iter().map(|&taste| i128::from(taste)).sum();
        for (bid, &taste) in row.iter_mut().zip(taste) {
            *bid = Fixed::ratio(taste.into(), all)?;
        }
    }
    for _ in 0..ROUNDS_MAX {
        let shares = shares_of(&spent, goods)?;
        let before = spent.clone();
        for (person, row) in spent.iter_mut().enumerate() {
            let got = |good: usize| shares[person][good].times(Fixed::from_whole(tastes[person][good].into()));
            let worth = (0..goods).try_fold(Fixed::ZERO, |sum, good| sum.plus(got(good)?))?;
            for (good, bid) in row.iter_mut().enumerate() {
                *bid = got(good)?.over(worth)?;
            }
        }
        if spent == before {
            break;
        }
    }
    let shares = shares_of(&spent, goods)?;
    let envy = envy(tastes, &shares)?;
    Some(Division { shares, envy })
}

/// Everyone's part of what is spent on each good; a good that nobody wants is split evenly.
fn shares_of(spent: &[Vec<Fixed>], goods: usize) -> Option<Vec<Vec<Fixed>>> {
    let mut shares = vec![vec![Fixed::ZERO; goods]; spent.len()];
    for good in 0..goods {
        let price = spent.iter().try_fold(Fixed::ZERO, |sum, row| sum.plus(row[good]))?;
        let mut left = Fixed::ONE;
        for (share, row) in shares.iter_mut().zip(spent) {
            let part = if price == Fixed::ZERO {
                Fixed::ratio(1, i128::try_from(spent.len()).ok()?)?
            } else {
                row[good].over(price)?
            };
            share[good] = part;
            left = left.minus(part)?;
        }
        let largest = (0..spent.len()).max_by_key(|&person| (shares[person][good], core::cmp::Reverse(person)))?;
        shares[largest][good] = shares[largest][good].plus(left)?;
    }
    Some(shares)
}

/// The most that anybody would gain by changing places, as a part of what it values its own share at.
fn envy(tastes: &[Vec<u32>], shares: &[Vec<Fixed>]) -> Option<Fixed> {
    let value = |taste: &[u32], share: &[Fixed]| {
        let worth = |(&taste, share): (&u32, &Fixed)| share.times(Fixed::from_whole(taste.into()));
        taste.iter().zip(share).try_fold(Fixed::ZERO, |sum, pair| sum.plus(worth(pair)?))
    };
    let mut most = Fixed::ZERO;
    for (taste, own) in tastes.iter().zip(shares) {
        let mine = value(taste, own)?;
        for other in shares {
            most = most.max(value(taste, other)?.minus(mine)?.over(mine).unwrap_or(Fixed::ZERO));
        }
    }
    Some(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_tastes_split_equally_without_envy() {
        let division = divide(&vec![vec![3, 1, 2]; 4]).unwrap();
        let quarter = Fixed::ratio(1, 4).unwrap();
        assert!(division.shares.iter().flatten().all(|&share| share == quarter));
        assert_eq!(division.envy, Fixed::ZERO);
    }

    #[test]
    fn opposite_tastes_take_what_they_want() {
        let division = divide(&[vec![1, 0], vec![0, 1]]).unwrap();
        assert_eq!(division.shares, [[Fixed::ONE, Fixed::ZERO], [Fixed::ZERO, Fixed::ONE]]);
    }

    #[test]
    fn random_tastes_leave_envy_below_a_hundredth_and_each_good_is_given_away_exactly() {
        let mut draw = crate::math::draw::Draw::new(5);
        for _ in 0..3 {
            let tastes: Vec<Vec<u32>> = (0..3).map(|_| (0..3).map(|_| 1 + draw.below(9) as u32).collect()).collect();
            let division = divide(&tastes).unwrap();
            assert!(division.envy < Fixed::ratio(1, 100).unwrap(), "{tastes:?}: {:?}", division.envy.to_millionths());
            for good in 0..3 {
                let sum = division.shares.iter().map(|share| share[good].raw()).sum();
                assert_eq!(Fixed::from_raw(sum), Fixed::ONE);
            }
        }
    }

    #[test]
    fn a_crooked_table_and_a_person_who_wants_nothing_are_refused() {
        assert!(matches!(divide(&[vec![1, 2], vec![1]]), Err(ToolError::Shape { .. })));
        assert!(matches!(divide(&[]), Err(ToolError::Shape { .. })));
        assert!(matches!(divide(&[vec![0, 0]]), Err(ToolError::Range { .. })));
    }
}
