//! Checking a form against its rules: which fields break which rule.

mod agent;
mod exam;
mod gateway;
mod inputs;
mod schema;

pub use schema::{Entry, Field, Filled, Kind, Problem, Report, Rule};

use crate::dice::Dice;
use crate::trade::{Flaw, Manner, Question, Trade};

/// The trade.
#[derive(Debug, Clone, Copy)]
pub struct Forms;

impl Trade for Forms {
    const CAPABILITY: &'static str = "form.check/v1";
    const TITLE: &'static str = "checking forms";
    type Input = Filled;
    type Deliverable = Report;

    fn input(dice: &mut Dice) -> Filled {
        inputs::draw(dice)
    }

    fn work(input: &Filled, manner: Manner) -> Result<Report, String> {
        agent::work(input, manner)
    }

    fn check(input: &Filled, deliverable: &Report) -> Result<(), Flaw> {
        gateway::check(input, deliverable)
    }

    fn exam() -> Vec<Question<Self>> {
        exam::questions()
    }
}
