//! Faults of a skill, told apart by who pays for them.
//!
//! A skill that fails says whose doing it is: its own, the order's, or nobody's. Any error that `?` meets in a
//! skill is the worker's own, so that blaming the poster is always something a skill's author has written down.
//! Absent on purpose: panics. The runtime turns one into [`Fault::Mine`].

use core::fmt;
use core::time::Duration;

/// Why a skill has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The worker failed. It does not deliver, and the contract ends by its row: the worker pays.
    Mine(String),
    /// The order cannot be understood or done as it stands. The poster is asked; its deadline goes on.
    Order(String),
    /// Something passes by itself: the skill is run again after the pause, while there is time.
    Retry {
        /// What was in the way.
        why: String,
        /// How long to wait.
        after: Duration,
    },
}

impl Fault {
    /// The worker's own fault.
    pub fn mine(why: impl fmt::Display) -> Self {
        Self::Mine(why.to_string())
    }

    /// The order's fault.
    pub fn order(why: impl fmt::Display) -> Self {
        Self::Order(why.to_string())
    }

    /// Nobody's fault; try again after `after`.
    pub fn retry(why: impl fmt::Display, after: Duration) -> Self {
        Self::Retry { why: why.to_string(), after }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mine(why) => write!(f, "the worker failed: {why}"),
            Self::Order(why) => write!(f, "the order is unclear: {why}"),
            Self::Retry { why, after } => write!(f, "{why}; tried again after {after:?}"),
        }
    }
}

impl<E: std::error::Error> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::mine(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_in_a_skill_is_the_workers_own_fault() {
        let skill = || -> Result<u32, Fault> { Ok("seven".parse::<u32>()?) };
        assert_eq!(skill(), Err(Fault::Mine("invalid digit found in string".to_owned())));
    }
}
