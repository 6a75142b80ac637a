//! Metrics: what a run came to, and whether it adds up.

pub mod checks;
pub mod sample;
pub mod welfare;
