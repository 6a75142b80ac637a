//! A job shop: every job visits machines in its own order, a machine does one thing at a time, and all of it is to be
//! over by a given minute.
//!
//! Source of the problem: Muth and Thompson 1963, "Industrial Scheduling".

mod agent;
mod exam;
mod gateway;
mod inputs;
mod schema;

pub use schema::{Operation, Plan, Shop};

use crate::dice::Dice;
use crate::trade::{Flaw, Manner, Question, Trade};

/// The trade.
#[derive(Debug, Clone, Copy)]
pub struct Schedules;

impl Trade for Schedules {
    const CAPABILITY: &'static str = "schedule.job-shop/v1";
    const TITLE: &'static str = "planning a job shop";
    type Input = Shop;
    type Deliverable = Plan;

    fn input(dice: &mut Dice) -> Shop {
        inputs::draw(dice)
    }

    fn work(input: &Shop, manner: Manner) -> Result<Plan, String> {
        agent::work(input, manner)
    }

    fn check(input: &Shop, deliverable: &Plan) -> Result<(), Flaw> {
        gateway::check(input, deliverable)
    }

    fn exam() -> Vec<Question<Self>> {
        exam::questions()
    }
}
