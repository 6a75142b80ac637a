//! An agent.

pub mod fault;
pub mod program;
pub mod strategy;

pub use fault::Fault;
