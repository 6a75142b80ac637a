//! Simulated economies: scenarios, virtual time, populations, metrics, runs.

pub mod attack;
