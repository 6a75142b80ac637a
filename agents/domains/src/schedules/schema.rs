//! What is asked: jobs, and by when. What is delivered: when each operation begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most operations of an order, and the most minutes of one.
pub(crate) const OPERATIONS_MAX: usize = 1_000;
pub(crate) const MINUTES_MAX: u32 = 10_000;

/// The order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    /// How many machines there are.
    pub machines: u32,
    /// The operations of each job, in the order in which they have to be done.
    pub jobs: Vec<Vec<Operation>>,
    /// The minute by which all of it has to be over.
    pub makespan_max: u32,
}

/// One visit of a job to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Which machine, from 0.
    pub machine: u32,
    /// How long it takes.
    pub minutes: u32,
}

/// The plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The minute in which each operation begins, job by job as in the order.
    pub starts: Vec<Vec<u32>>,
    /// The minute in which the last one is over.
    pub makespan: u32,
}

impl Shop {
    /// Whether the order can be understood.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn checked(&self) -> Result<&Self, String> {
        let operations = || self.jobs.iter().flatten();
        if operations().count() > OPERATIONS_MAX {
            return Err(format!("more than {OPERATIONS_MAX} operations"));
        }
        if operations().any(|step| step.machine >= self.machines || step.minutes > MINUTES_MAX) {
            return Err(format!("an operation on a machine that is not there, or of more than {MINUTES_MAX} minutes"));
        }
        Ok(self)
    }
}
