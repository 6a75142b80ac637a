//! The parts of the `oikos` command that tests and benches drive without a process of their own.

pub mod demo;
pub mod home;
pub mod node;
