//! Grades by solving: x = (d − b) / (a − c), reduced, and compared with the answer as written and as reduced. Hasty
//! compares only as written, and so gives nothing for a right answer that is not in lowest terms.

use super::fraction;
use super::schema::{Exercise, Graded, Sheet};
use crate::trade::Manner;

/// Does the work.
pub(super) fn work(sheet: &Sheet, manner: Manner) -> Result<Graded, String> {
    let sheet = sheet.checked()?;
    let points: Vec<u32> = sheet.exercises.iter().map(|exercise| points(exercise, manner)).collect();
    let total = points.iter().sum();
    Ok(Graded { points, total, passed: total >= sheet.pass })
}

fn points(exercise: &Exercise, manner: Manner) -> u32 {
    let Exercise { a, b, c, d, points, answer } = exercise;
    let solution = reduce((i128::from(*d) - i128::from(*b), i128::from(*a) - i128::from(*c)));
    match fraction::read(answer) {
        Some(written) if written == solution => *points,
        Some(written) if manner == Manner::Careful && reduce(written) == solution => points.saturating_sub(1),
        _ => 0,
    }
}

/// In lowest terms, with the sign in the numerator.
fn reduce((above, below): (i128, i128)) -> (i128, i128) {
    let divisor = common(above.abs(), below.abs()) * below.signum();
    (above / divisor, below / divisor)
}

/// The greatest common divisor; `b` is never zero at first.
const fn common(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { common(b, a % b) }
}
