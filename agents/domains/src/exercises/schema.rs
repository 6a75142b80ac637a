//! What is asked: equations `a x + b = c x + d` and what a pupil answered. What is delivered: points.
//!
//! A right answer has all points; a right one that is not in lowest terms loses one point, down to none. The answer
//! is a whole number or a fraction such as `-3/4`, with a sign only in front; anything else is wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The exercises, with the answers.
    pub exercises: Vec<Exercise>,
    /// So many points pass.
    pub pass: u32,
}

/// One exercise: find x in a x + b = c x + d, where a and c differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// In front of x on the left.
    pub a: i32,
    /// Beside it.
    pub b: i32,
    /// In front of x on the right.
    pub c: i32,
    /// Beside it.
    pub d: i32,
    /// What it is worth.
    pub points: u32,
    /// What the pupil wrote.
    pub answer: String,
}

/// The points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Graded {
    /// For each exercise.
    pub points: Vec<u32>,
    /// All together.
    pub total: u32,
    /// Whether that passes.
    pub passed: bool,
}

impl Sheet {
    /// Whether the order can be understood.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn checked(&self) -> Result<&Self, String> {
        if self.exercises.len() > 1_000 || self.exercises.iter().any(|exercise| exercise.points > 1_000) {
            return Err("at most 1,000 exercises of at most 1,000 points".to_owned());
        }
        match self.exercises.iter().position(|exercise| exercise.a == exercise.c) {
            Some(index) => Err(format!("exercise {index} has no answer, or any: x stands equally on both sides")),
            None => Ok(self),
        }
    }
}
