//! Making a snapshot: one pass over what the lens asks for.
//!
//! Invariant: the first rows in an order are found while no more than those are kept, also of a million.

mod book;
mod filter;
mod inbox;
mod log;
mod maker;
mod people;
mod tasks;

pub use maker::of;
