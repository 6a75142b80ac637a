//! Pure functions of mechanism design that no task's life uses by itself: division, matching, funding, trust.
//!
//! Numbers are whole or fixed point, rounding is declared, work is bounded by counts. Absent on purpose: economy
//! state; who wants to act upon an answer does so by commands. Each file names its source and a worked answer.

pub mod beta;
pub mod ceei;
pub mod drf;
pub mod eigentrust;
pub mod lmsr;
pub mod quadratic_funding;
pub mod shapley;
pub mod stable_matching;

/// Why a tool has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// A table whose rows do not fit together, or are missing.
    #[error("`{field}` has the wrong shape: expected {expected}")]
    Shape {
        /// The table.
        field: &'static str,
        /// What was expected.
        expected: &'static str,
    },
    /// A number out of its range.
    #[error("`{field}` is out of range: expected {expected}")]
    Range {
        /// The number.
        field: &'static str,
        /// What was expected.
        expected: &'static str,
    },
}
