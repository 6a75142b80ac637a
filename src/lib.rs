//! The parts of the `oikos` command that tests and benches drive without a process of their own.

pub mod bench;
pub mod care;
#[cfg(feature = "dashboard")]
pub mod dashboard;
pub mod demo;
pub mod history;
pub mod home;
pub mod node;
pub mod text;
