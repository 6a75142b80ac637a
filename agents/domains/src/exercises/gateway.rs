//! The check of a grading: it solves nothing. It puts the pupil's answer into both sides of the equation and looks
//! whether they are equal, and whether any number divides both halves of the fraction.

use super::fraction;
use super::schema::{Exercise, Graded, Sheet};
use crate::trade::Flaw;

/// Checks a deliverable.
pub(super) fn check(sheet: &Sheet, graded: &Graded) -> Result<(), Flaw> {
    let sheet = sheet.checked().map_err(|why| Flaw::new("input", why))?;
    if graded.points.len() != sheet.exercises.len() {
        return Err(Flaw::new("points", "not one mark for each exercise"));
    }
    let mut total = 0;
    for (index, (exercise, &given)) in sheet.exercises.iter().zip(&graded.points).enumerate() {
        let due = match fraction::read(&exercise.answer) {
            Some(answer) if !holds(exercise, answer) => 0,
            Some(answer) if can_be_reduced(exercise, answer) => exercise.points.saturating_sub(1),
            Some(_) => exercise.points,
            None => 0,
        };
        if given != due {
            return Err(Flaw::differs(format!("points.{index}"), due, given));
        }
        total += due;
    }
    if graded.total != total {
        return Err(Flaw::differs("total", total, graded.total));
    }
    if graded.passed != (total >= sheet.pass) {
        return Err(Flaw::differs("passed", !graded.passed, graded.passed));
    }
    Ok(())
}

/// Both sides with p/q for x, times q.
fn holds(exercise: &Exercise, (p, q): (i128, i128)) -> bool {
    let [a, b, c, d] = [exercise.a, exercise.b, exercise.c, exercise.d].map(i128::from);
    a * p + b * q == c * p + d * q
}

/// Whether a number above one divides both halves of an answer that holds. In lowest terms its denominator divides
/// a − c, and is not above it; what is not above it is small enough to be taken apart by trial.
fn can_be_reduced(exercise: &Exercise, (p, q): (i128, i128)) -> bool {
    if q > (i128::from(exercise.a) - i128::from(exercise.c)).abs() {
        return true;
    }
    let (mut rest, mut factor) = (q, 2);
    while factor * factor <= rest {
        if rest % factor == 0 {
            if p % factor == 0 {
                return true;
            }
            rest /= factor;
        } else {
            factor += 1;
        }
    }
    rest > 1 && p % rest == 0
}
