//! Reconciling invoices with a bank statement: which payment settles which invoice, and what is still open.
//!
//! A payment belongs to an invoice if its reference names the invoice's number, whatever spaces, hyphens and case the
//! payer made of it. A payment that names none, or more than one, is a stray and left for a person to look at.

mod agent;
mod exam;
mod gateway;
mod inputs;
mod schema;

pub use schema::{Books, Invoice, Line, Payment, Reconciled, State};

use crate::dice::Dice;
use crate::trade::{Flaw, Manner, Question, Trade};

/// The trade.
#[derive(Debug, Clone, Copy)]
pub struct Invoices;

impl Trade for Invoices {
    const CAPABILITY: &'static str = "invoice.reconcile/v1";
    const TITLE: &'static str = "reconciling invoices";
    type Input = Books;
    type Deliverable = Reconciled;

    fn input(dice: &mut Dice) -> Books {
        inputs::draw(dice)
    }

    fn work(input: &Books, manner: Manner) -> Result<Reconciled, String> {
        agent::work(input, manner)
    }

    fn check(input: &Books, deliverable: &Reconciled) -> Result<(), Flaw> {
        gateway::check(input, deliverable)
    }

    fn exam() -> Vec<Question<Self>> {
        exam::questions()
    }
}
