//! Behaviours: what those who take part do, and when.

pub mod business;
pub mod working_hours;
