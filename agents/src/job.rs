//! A job: one contract being worked on, as a skill sees it.

use crate::program::lines::Told;
use oikos_protocol::id::{Capability, ParticipantId, TaskId};
use rust_decimal::Decimal;
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};

/// What a skill knows of its contract, and where it tells how far it is. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Job {
    /// Which task.
    pub task: TaskId,
    /// What is to be done.
    pub capability: Capability,
    /// For whom.
    pub poster: ParticipantId,
    told: Arc<Mutex<Record>>,
}

/// What was told about a job.
#[derive(Debug, Default)]
struct Record {
    cost: Option<Decimal>,
}

impl Job {
    pub(crate) fn new(task: TaskId, capability: Capability, poster: ParticipantId) -> Self {
        Self { task, capability, poster, told: Arc::default() }
    }

    /// Tells how far it is.
    pub fn progress(&self, progress: impl Into<Value>) {
        self.tell(Told::Progress(progress.into()));
    }

    /// Tells what the job has cost so far, in the worker's own money; a strategy may learn from it.
    pub fn cost(&self, cost: Decimal) {
        self.tell(Told::Cost(cost.to_string()));
    }

    /// Takes in what a program told.
    pub(crate) fn tell(&self, told: Told) {
        tracing::debug!(task = %self.task, ?told, "told");
        if let Told::Cost(cost) = told
            && let Ok(cost) = cost.parse::<Decimal>()
        {
            self.told.lock().unwrap_or_else(PoisonError::into_inner).cost = Some(cost);
        }
    }

    pub(crate) fn cost_told(&self) -> Option<Decimal> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).cost
    }
}
