//! Trades: work that needs no model and can be checked by whoever pays for it.
//!
//! Owns, a folder a trade: `schema` (what is asked and delivered), `inputs` (real, varied orders from a seed), `agent`
//! (ways of doing the work, of which some are too quick for the harder orders), `gateway` (the check of a deliverable)
//! and `exam` (orders with known answers, and wrong answers that must be refused).
//! Invariants: a check looks at the order and the deliverable alone and never does the work the agent's way; a careful
//! agent passes the check on every order that `inputs` draws; the same seed draws the same orders.
//! Absent on purpose: prices, accounts, and any idea of an economy. Start at [`Trade`] or [`all`].

pub mod cents;
pub mod dice;
pub mod exercises;
pub mod forms;
pub mod invoices;
pub mod redaction;
pub mod schedules;
pub mod tariffs;
mod trade;

pub use dice::Dice;
pub use trade::{Domain, Flaw, Manner, Question, Refused, Trade, all};
