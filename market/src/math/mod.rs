//! The same numbers on every machine: fixed point, exponentials and roots in whole numbers.
//!
//! Every function declares its rounding. Floats are absent on purpose: they differ between machines.

pub mod draw;
pub mod exp;
pub mod fixed;
pub mod root;
