//! The lens: which rows a snapshot holds, and in which order.

use serde::Serialize;

/// What of a model a snapshot is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lens {
    /// Rows of each list.
    pub rows_max: usize,
    /// Only tasks whose line has this in it.
    pub tasks: String,
    /// Only participants whose line has this in it.
    pub people: String,
    /// Only movements whose line has this in it.
    pub moves: String,
    /// Only events whose line has this in it.
    pub log: String,
    /// The order of tasks.
    pub task_order: TaskOrder,
    /// The order of participants.
    pub people_order: PeopleOrder,
}

impl Default for Lens {
    fn default() -> Self {
        let none = String::new();
        Self {
            rows_max: 200,
            tasks: none.clone(),
            people: none.clone(),
            moves: none.clone(),
            log: none,
            task_order: TaskOrder::Newest,
            people_order: PeopleOrder::Earned,
        }
    }
}

/// The order of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskOrder {
    /// The newest first, those under way before those that are over.
    Newest,
    /// The nearest deadline first.
    Deadline,
    /// The largest budget first.
    Budget,
    /// The most bids first.
    Bids,
}

/// The order of participants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeopleOrder {
    /// Who earned most first.
    Earned,
    /// The best reputation first.
    Reputation,
    /// Who wins most of its bids first.
    WinRate,
    /// Most free money first.
    Balance,
    /// By number.
    Number,
}
