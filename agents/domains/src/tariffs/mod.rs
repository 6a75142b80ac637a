//! Choosing an electricity tariff for a week that was measured hour by hour.

mod agent;
mod exam;
mod gateway;
mod inputs;
mod schema;

pub use schema::{Choice, Cost, Household, Tariff};

use crate::dice::Dice;
use crate::trade::{Flaw, Manner, Question, Trade};

/// The trade.
#[derive(Debug, Clone, Copy)]
pub struct Tariffs;

impl Trade for Tariffs {
    const CAPABILITY: &'static str = "energy.tariff/v1";
    const TITLE: &'static str = "choosing a tariff";
    type Input = Household;
    type Deliverable = Choice;

    fn input(dice: &mut Dice) -> Household {
        inputs::draw(dice)
    }

    fn work(input: &Household, manner: Manner) -> Result<Choice, String> {
        agent::work(input, manner)
    }

    fn check(input: &Household, deliverable: &Choice) -> Result<(), Flaw> {
        gateway::check(input, deliverable)
    }

    fn exam() -> Vec<Question<Self>> {
        exam::questions()
    }
}
