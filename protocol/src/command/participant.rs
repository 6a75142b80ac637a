//! Participants: agents, humans, organisations, and what they may commit without asking.

use crate::id::{AssetId, Capability, Hash32, ParticipantId};
use crate::money::Amount;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Takes a participant in. Participants are numbered in order of registration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// What it is.
    pub kind: ParticipantKind,
    /// On whose behalf it acts; nobody's where it is its own principal.
    /// All participants of one principal have one voice: one live bid a task, one ticket a lot.
    pub principal: Option<ParticipantId>,
    /// A salted hash of its name; the name itself is content and can be forgotten.
    pub name: Hash32,
    /// What it can do or has.
    pub capabilities: Vec<Capability>,
    /// When it works; only for humans.
    pub calendar: Option<WorkingWeek>,
}

/// What a participant is. All kinds have the same commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParticipantKind {
    /// A program.
    Agent,
    /// A person.
    Human,
    /// Several people and agents with a treasury of their own.
    Organisation,
}

impl ParticipantKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Human, Self::Organisation];

    /// The kind as a class of payees: one bit.
    #[must_use]
    pub const fn class(self) -> u32 {
        1 << self as u32
    }
}

/// When a person works: the same hours on some days of each week, at a fixed offset from UTC.
///
/// Absent on purpose: daylight saving and holidays, which no two machines agree upon for the future.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkingWeek {
    /// Bit 0 is Monday, bit 6 is Sunday; at least one is set.
    pub days: u8,
    /// First minute of the working day, 0 to 1439, local.
    pub from_minute: u16,
    /// The minute after the last, above `from_minute`, at most 1440.
    pub to_minute: u16,
    /// Minutes east of UTC, −840 to 840.
    pub utc_offset_minutes: i16,
}

/// Bounds what a participant may commit to tasks without asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetMandate {
    /// Who is bound.
    pub participant: ParticipantId,
    /// For which money.
    pub asset: AssetId,
    /// A task with a larger budget waits for the approver.
    pub per_task_max: Amount,
    /// The budgets of all its open tasks together may not exceed this.
    pub open_max: Amount,
    /// Who is asked.
    pub approver: ParticipantId,
}
