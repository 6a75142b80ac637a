//! The economy: who may do what, by when, for how much.
//!
//! A deterministic state machine: [`Economy::advance`] fires deadlines, [`Economy::apply`] takes one command,
//! events leave through a sink. The ledger is inside. `no_std`, integers only, no clock, no I/O, no randomness.
#![no_std]
#![deny(clippy::float_arithmetic)]
extern crate alloc;

mod asset;
mod beacon;
mod calendar;
mod capability;
mod digest;
mod economy;
mod exchange;
mod invariant;
mod issue;
mod limit;
pub mod math;
pub mod mechanism;
mod memory;
mod offer;
pub mod order_book;
mod participant;
mod payment;
mod purse;
mod reputation;
mod split;
mod stream;
pub mod task;
mod timer;
pub mod toolbox;
mod trading;
pub mod verify;
mod view;

pub use asset::{Asset, SUPPLY_MAX};
pub use digest::Digests;
pub use economy::{Economy, Progress, Ready, Violation};
pub use exchange::Exchange;
pub use limit::Grant;
pub use participant::Participant;
pub use purse::{account_of, available_account};
pub use reputation::Reputation;
