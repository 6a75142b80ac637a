//! A task's life: one table, one transition a file.
//!
//! Owns the states, the table of what may happen in each, and for every transition the decision and its events.
//! Invariants: every state that is not terminal has exactly one deadline; nothing leaves a terminal state;
//! in a terminal state hold, escrow, deposits and bond are gone. Start at `lifecycle.rs`.
//! Source: `docs/lifecycle.md`.

pub(crate) mod accept;
pub(crate) mod accept_award;
pub(crate) mod approve;
pub(crate) mod award;
pub(crate) mod bid;
pub(crate) mod cancel;
pub(crate) mod close;
pub(crate) mod decline;
pub(crate) mod default;
pub(crate) mod draft;
pub(crate) mod due;
pub(crate) mod evolve;
pub(crate) mod expire;
pub mod lifecycle;
pub(crate) mod milestone;
pub(crate) mod publish;
pub(crate) mod refund;
pub(crate) mod reveal;
pub(crate) mod score;
pub(crate) mod select;
pub(crate) mod settle;
pub(crate) mod state;
pub(crate) mod submit;
pub(crate) mod tasks;

pub use state::{BidView, TaskView};
