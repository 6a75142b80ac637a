//! What happened to participants.

use crate::command::participant::{ParticipantKind, SetMandate, WorkingWeek};
use crate::id::{Capability, Hash32, ParticipantId};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What happened to a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantEvent {
    /// It was taken in.
    Registered {
        /// Its number.
        participant: ParticipantId,
        /// What it is.
        kind: ParticipantKind,
        /// On whose behalf it acts.
        principal: Option<ParticipantId>,
        /// The salted hash of its name.
        name: Hash32,
        /// What it can do or has.
        capabilities: Vec<Capability>,
        /// When it works.
        calendar: Option<WorkingWeek>,
    },
    /// Its mandate was set.
    MandateSet(SetMandate),
}
