//! Tables that other programs read.

pub mod csv;
