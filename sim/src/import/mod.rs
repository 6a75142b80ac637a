//! Importing published markets as scenarios.

pub mod magentic;
