//! Redacting personal data: e-mail addresses, telephone numbers and bank accounts leave the text, and nothing else does.
//!
//! What counts is written down in [`schema`], so that a poster and a worker cannot mean different things by it.

mod agent;
mod exam;
mod gateway;
mod inputs;
pub mod schema;

pub use schema::{Counts, Letter, Redacted};

use crate::dice::Dice;
use crate::trade::{Flaw, Manner, Question, Trade};

/// The trade.
#[derive(Debug, Clone, Copy)]
pub struct Redaction;

impl Trade for Redaction {
    const CAPABILITY: &'static str = "text.redact/v1";
    const TITLE: &'static str = "redacting personal data";
    type Input = Letter;
    type Deliverable = Redacted;

    fn input(dice: &mut Dice) -> Letter {
        inputs::draw(dice)
    }

    fn work(input: &Letter, manner: Manner) -> Result<Redacted, String> {
        agent::work(input, manner)
    }

    fn check(input: &Letter, deliverable: &Redacted) -> Result<(), Flaw> {
        gateway::check(input, deliverable)
    }

    fn exam() -> Vec<Question<Self>> {
        exam::questions()
    }
}
