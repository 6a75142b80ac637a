//! Orders with known answers.

use super::Exercises;
use super::schema::{Exercise, Graded, Sheet};
use crate::trade::Question;

fn exercise((a, b, c, d): (i32, i32, i32, i32), points: u32, answer: &str) -> Exercise {
    Exercise { a, b, c, d, points, answer: answer.to_owned() }
}

fn graded(points: &[u32], total: u32, passed: bool) -> Graded {
    Graded { points: points.to_vec(), total, passed }
}

pub(super) fn questions() -> Vec<Question<Exercises>> {
    // 3x + 5 = x − 7: x = −6. 2x = 1: x = 1/2. 5x + 1 = 1: x = 0.
    let plain = [exercise((3, 5, 1, -7), 2, "-6"), exercise((2, 0, 0, 1), 3, "1/2"), exercise((5, 1, 0, 1), 1, "1")];
    // −4x = 2: x = −1/2, written as −2/4; x = 6 written as 12/2; 7x = 0 written as 0/7.
    let unreduced =
        [exercise((-4, 0, 0, 2), 3, "-2/4"), exercise((1, 0, 0, 6), 1, "12/2"), exercise((7, 0, 0, 0), 2, "0/7")];
    let odd = [exercise((2, 0, 0, 1), 4, "0.5"), exercise((2, 0, 0, 1), 4, ""), exercise((2, 0, 0, 1), 4, "\u{1b}[2J")];
    vec![
        Question {
            about: "two right and one wrong",
            input: Sheet { exercises: plain.to_vec(), pass: 5 },
            right: graded(&[2, 3, 0], 5, true),
            wrong: vec![
                ("points.2", graded(&[2, 3, 1], 6, true)),
                ("total", graded(&[2, 3, 0], 6, true)),
                ("passed", graded(&[2, 3, 0], 5, false)),
                ("points", graded(&[2, 3], 5, true)),
            ],
        },
        Question {
            about: "right, and not in lowest terms",
            input: Sheet { exercises: unreduced.to_vec(), pass: 4 },
            right: graded(&[2, 0, 1], 3, false),
            wrong: vec![("points.0", graded(&[3, 0, 1], 4, true)), ("points.0", graded(&[0, 0, 0], 0, false))],
        },
        Question {
            about: "what is no answer",
            input: Sheet { exercises: odd.to_vec(), pass: 1 },
            right: graded(&[0, 0, 0], 0, false),
            wrong: vec![("points.0", graded(&[4, 0, 0], 4, true))],
        },
    ]
}
