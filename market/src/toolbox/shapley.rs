//! The Shapley value: what each adds, averaged over all orders of arrival, exactly.
//!
//! The answer is a fraction with the common denominator n!, so nothing is rounded. Exact for up to 16 players: work
//! is players times coalitions.
//! Source: Shapley 1953, "A value for n-person games"; Littlechild and Owen 1973 (airport). Answers: gloves L, L, R:
//! 1/6, 1/6, 2/3; airport 10, 20, 40: 10/3, 25/3, 85/3.

use super::ToolError;
use alloc::vec;
use alloc::vec::Vec;

/// The most players.
pub const PLAYERS_MAX: usize = 16;

/// Exact values with one denominator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Values {
    /// One a player.
    pub numerators: Vec<i128>,
    /// n!.
    pub denominator: i128,
}

/// The values of a game whose coalitions are worth `worth[set]`, the set as bits; `worth[0]` is nothing.
///
/// # Errors
/// [`ToolError`] where the table does not have 2^n entries for 1 to 16 players, the empty coalition is worth
/// something, or a worth is beyond 2^64 either way.
pub fn values(worth: &[i128]) -> Result<Values, ToolError> {
    let players = worth.len().trailing_zeros() as usize;
    if !worth.len().is_power_of_two() || !(1..=PLAYERS_MAX).contains(&players) || worth[0] != 0 {
        return Err(ToolError::Shape {
            field: "worth",
            expected: "2^n coalitions of 1 to 16 players, the empty one 0",
        });
    }
    if worth.iter().any(|worth| worth.unsigned_abs() > 1 << 64) {
        return Err(ToolError::Range { field: "worth", expected: "at most 2^64 either way" });
    }
    let mut factorial = vec![1i128; players + 1];
    (1..=players).for_each(|n| factorial[n] = factorial[n - 1] * n as i128); // 16! has 45 bits.
    let mut numerators = vec![0; players];
    for (player, value) in numerators.iter_mut().enumerate() {
        for set in (0..worth.len()).filter(|set| set >> player & 1 == 0) {
            let before = set.count_ones() as usize;
            let orders = factorial[before] * factorial[players - before - 1];
            *value += orders * (worth[set | 1 << player] - worth[set]); // n! times 2^65 in all.
        }
    }
    Ok(Values { numerators, denominator: factorial[players] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn game(players: u32, worth: impl Fn(usize) -> i128) -> Values {
        values(&(0..1usize << players).map(worth).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn two_left_gloves_and_a_right_one_are_worth_a_sixth_a_sixth_and_two_thirds() {
        let gloves = game(3, |set| i128::from(set & 4 != 0 && set & 3 != 0));
        assert_eq!(gloves, Values { numerators: vec![1, 1, 4], denominator: 6 });
    }

    #[test]
    fn runways_of_10_20_and_40_cost_10_25_and_85_thirds() {
        let airport = game(3, |set| {
            [40, 20, 10].into_iter().zip([4, 2, 1]).find(|(_, bit)| set & bit != 0).map_or(0, |(cost, _)| cost)
        });
        assert_eq!(airport, Values { numerators: vec![20, 50, 170], denominator: 6 });
    }

    #[test]
    fn the_values_add_up_to_what_all_are_worth() {
        let mut draw = crate::math::draw::Draw::new(3);
        let worth: Vec<i128> = (0..1 << 10).map(|set| if set == 0 { 0 } else { draw.below(1000).into() }).collect();
        let Values { numerators, denominator } = values(&worth).unwrap();
        assert_eq!(numerators.iter().sum::<i128>(), worth[1023] * denominator);
    }

    #[test]
    fn a_table_of_another_length_and_a_worth_of_nothing_are_refused() {
        assert!(values(&[0, 1, 2]).is_err() && values(&[0]).is_err() && values(&[1, 1]).is_err());
        assert!(values(&[0, i128::MAX]).is_err());
    }
}
