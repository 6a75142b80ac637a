//! Sheets as they come back: mostly right, some wrong, some right but not reduced, some left empty.

use super::schema::{Exercise, Sheet};
use crate::dice::Dice;

/// Draws an order.
pub(super) fn draw(dice: &mut Dice) -> Sheet {
    let exercises: Vec<Exercise> = (0..dice.range(4, 9)).map(|_| exercise(dice)).collect();
    let all: u32 = exercises.iter().map(|exercise| exercise.points).sum();
    Sheet { exercises, pass: all / 2 }
}

fn exercise(dice: &mut Dice) -> Exercise {
    let signed = |dice: &mut Dice, max: u32| {
        i32::try_from(dice.range(0, 2 * max + 1)).unwrap_or(0) - i32::try_from(max).unwrap_or(0)
    };
    // x = p/q was thought of first; then an equation that it solves.
    let (p, q) = (signed(dice, 12), [1, 1, 1, 2, 3][dice.range(0, 5) as usize]);
    let (c, b) = (signed(dice, 9), signed(dice, 20));
    let (a, d) = (c + q, b + p);
    let written = |p: i32, q: i32| if q == 1 { p.to_string() } else { format!("{p}/{q}") };
    let lowest = if p % q == 0 { (p / q, 1) } else { (p, q) };
    let answer = match dice.range(0, 100) {
        0..70 => written(lowest.0, lowest.1),
        70..85 => written(lowest.0 + signed(dice, 3).max(1), lowest.1),
        85..92 => format!("{}/{}", lowest.0 * 2, lowest.1 * 2),
        92..96 => String::new(),
        96..98 => "0.5".to_owned(),
        _ => "=\u{1b}[5m?".to_owned(),
    };
    Exercise { a, b, c, d, points: dice.range(1, 5), answer }
}
