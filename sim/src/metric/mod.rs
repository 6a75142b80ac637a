//! Metrics: what a run came to, and whether it adds up.

pub mod checks;
pub mod figures;
pub mod inequality;
pub mod sample;
pub mod series;
pub mod welfare;
