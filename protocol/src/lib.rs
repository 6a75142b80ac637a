//! What may be said to an economy and what it answers: plain data that checks its own validity.
//!
//! One type serves the sender, the node and the journal. Nothing here has behaviour beyond
//! checking, converting and printing itself; deciding is the business of `market` and `ledger`.
//! Absent on purpose: helpers, I/O, time of day, floats.
#![no_std]
#![deny(clippy::float_arithmetic)]
extern crate alloc;

pub mod checkpoint;
pub mod command;
pub mod decimal;
pub mod entry;
pub mod event;
pub mod genesis;
pub mod id;
pub mod money;
pub mod outcome;
pub mod query;
pub mod record;
pub mod rejection;
pub mod time;
pub mod wire;
