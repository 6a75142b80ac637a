//! The economy: who may do what, by when, for how much.
#![no_std]
extern crate alloc;

pub mod math;
pub mod mechanism;
pub mod order_book;
