//! Grading exercises: linear equations, with the answers of a pupil.

mod agent;
mod exam;
mod fraction;
mod gateway;
mod inputs;
mod schema;

pub use schema::{Exercise, Graded, Sheet};

use crate::dice::Dice;
use crate::trade::{Flaw, Manner, Question, Trade};

/// The trade.
#[derive(Debug, Clone, Copy)]
pub struct Exercises;

impl Trade for Exercises {
    const CAPABILITY: &'static str = "exercise.grade/v1";
    const TITLE: &'static str = "grading exercises";
    type Input = Sheet;
    type Deliverable = Graded;

    fn input(dice: &mut Dice) -> Sheet {
        inputs::draw(dice)
    }

    fn work(input: &Sheet, manner: Manner) -> Result<Graded, String> {
        agent::work(input, manner)
    }

    fn check(input: &Sheet, deliverable: &Graded) -> Result<(), Flaw> {
        gateway::check(input, deliverable)
    }

    fn exam() -> Vec<Question<Self>> {
        exam::questions()
    }
}
