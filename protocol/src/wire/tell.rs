//! Telling: what the two parties of a running contract say to each other on the way.
//!
//! A request on `oikos.<economy>.tell.<participant>`; the node looks whether the sender is a party of a contract that
//! runs, and passes it on to the other one, on `oikos.<economy>.told.<participant>`. Unsigned, not journaled, at most
//! once: nothing is decided by it and no money moves. `V` is whatever JSON value the reader's program uses.

use crate::id::{ParticipantId, TaskId};
use crate::wire::receipt::Refusal;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What is asked of the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TellAsk<V> {
    /// Passes something on to the other party.
    Say {
        /// Whose contract it is about.
        task: TaskId,
        /// What.
        say: Say<V>,
    },
    /// The questions that wait for the asking participant's answer. A node that is started anew has forgotten them.
    Questions {},
}

/// What one party says to the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Say<V> {
    /// The worker's: how far it is, as anything that the buyer understands.
    Progress(V),
    /// The worker's: a piece of the deliverable, ahead of the whole.
    Chunk(V),
    /// The worker's: what the work has cost it so far, a decimal text in its own money.
    Cost(String),
    /// The worker's: what is unclear about the order. The contract's deadline goes on.
    Question(String),
    /// The poster's, to a question that waits.
    Answer(String),
}

/// What arrives at the other party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Told<V> {
    /// About which task.
    pub task: TaskId,
    /// Who says it.
    pub by: ParticipantId,
    /// What.
    pub say: Say<V>,
}

/// What the node answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TellAnswer<V> {
    /// It was passed on; whether anybody listened is not known.
    Said {},
    /// The questions, in order of their tasks.
    Questions(Vec<Told<V>>),
    /// It was not.
    Refused(Refusal),
}

impl<V> Say<V> {
    /// Whether it is the worker's to say; else it is the poster's.
    #[must_use]
    pub const fn is_the_workers(&self) -> bool {
        !matches!(self, Self::Answer(_))
    }
}
