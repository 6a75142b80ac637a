//! Scenarios: who takes part, what they want and by which rules, as a file says it and as a run uses it.
//!
//! Owns the file's format (TOML) and the answers to its mistakes. Invariants: a [`Scenario`] has passed every check,
//! so that nothing later can fail for its sake; the order of participants and tasks in a file decides nothing,
//! since both are sorted by their names here. Absent on purpose: seeds' streams, ids, commands (see `engine`).
//! Start at [`read()`].

mod check;
mod file;
pub mod mistake;
mod set;
mod tree;

pub use file::{Overrides, read};
pub use mistake::{ScenarioError, Source};

use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::command::participant::{ParticipantKind, WorkingWeek};
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::id::Hash32;
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::time::Span;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The most participants of a scenario, and the most tasks.
pub const ENTRIES_MAX: usize = 1_000_000;
/// The longest file, in bytes.
pub const FILE_BYTES_MAX: u64 = 1 << 28;
/// The longest name of a participant, a task, an item or an amenity, in bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// The most items and amenities of one participant or one task.
pub const ITEMS_MAX: usize = 256;

/// A scenario with every default filled in. Amounts are whole minor units, spans are texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scenario {
    /// Its name, which names the run's folder.
    pub name: String,
    /// What all chance comes from.
    pub seed: u64,
    /// The rule by which tasks are awarded.
    pub award: Award,
    /// In which order bids arrive. It decides nothing; a test shows it.
    pub arrival: Arrival,
    /// What the run's journal holds.
    pub journal: JournalLevel,
    /// After how many entries the journal notes the digest of the state. Where absent, after a thousand, and further
    /// apart the longer the journal gets, since a digest takes as long as the state is large.
    pub checkpoint_every: Option<u64>,
    /// After how many entries the state is written down whole; none where absent.
    pub snapshot_every: Option<u64>,
    /// The width of a row of the metrics.
    #[serde(serialize_with = "as_text")]
    pub metrics_every: Span,
    /// The money.
    pub asset: AssetTerms,
    /// What workers pay to the treasury of each payment, in millionths.
    pub fee: Share,
    /// How long the steps of a task may take.
    pub windows: TaskWindows,
    /// What bidders and workers put down.
    pub deposits: Deposits,
    /// How long agents take.
    pub pace: Pace,
    /// Who takes part, sorted by name, principals before those who act for them.
    pub participants: Vec<Participant>,
    /// What is wanted, sorted by moment, poster and name.
    pub tasks: Vec<Task>,
}

/// The rule by which tasks are awarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Award {
    /// The lowest price among those with all items and amenities.
    Optimal,
    /// The lowest price among those with all items.
    Cheapest,
    /// A lottery among those with all items.
    Any,
    /// A lottery among those with all items and amenities.
    AnyAmenities,
}

impl Award {
    pub(crate) const WORDS: [(&'static str, Self); 4] = [
        ("optimal", Self::Optimal),
        ("cheapest", Self::Cheapest),
        ("any", Self::Any),
        ("any_amenities", Self::AnyAmenities),
    ];

    /// Whether only sellers with all amenities are compared.
    #[must_use]
    pub const fn needs_amenities(self) -> bool {
        matches!(self, Self::Optimal | Self::AnyAmenities)
    }

    /// The mechanism of a task that names none.
    #[must_use]
    pub const fn mechanism(self) -> MechanismKind {
        match self {
            Self::Optimal | Self::Cheapest => MechanismKind::FirstPrice,
            Self::Any | Self::AnyAmenities => MechanismKind::Lottery,
        }
    }
}

/// In which order bids arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// By the seed.
    Shuffled,
    /// As the bidders stand in the file.
    File,
    /// The last of the file first.
    Reversed,
}

impl Arrival {
    pub(crate) const WORDS: [(&'static str, Self); 3] =
        [("shuffled", Self::Shuffled), ("file", Self::File), ("reversed", Self::Reversed)];
}

/// What a run's journal holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JournalLevel {
    /// Every command: replay applies them again.
    Commands,
}

impl JournalLevel {
    pub(crate) const WORDS: [(&'static str, Self); 1] = [("commands", Self::Commands)];
}

/// The money of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AssetTerms {
    /// Its code.
    pub code: AssetCode,
    /// Its decimals.
    pub scale: Scale,
}

/// How long the steps of a task may take; the same for all tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the words of the life cycle, as in `oikos_protocol::command::task::Windows`")]
pub struct TaskWindows {
    #[serde(serialize_with = "as_text")]
    pub bid: Span,
    #[serde(serialize_with = "as_text")]
    pub accept: Span,
    #[serde(serialize_with = "as_text")]
    pub deliver: Span,
    #[serde(serialize_with = "as_text")]
    pub grace: Span,
    /// Working time where the reviewer is a human.
    #[serde(serialize_with = "as_text")]
    pub review: Span,
    #[serde(serialize_with = "as_text")]
    pub retention: Span,
    /// From posting to the hard end.
    #[serde(serialize_with = "as_text")]
    pub end: Span,
}

/// What bidders and workers put down, as shares in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Deposits {
    /// Of the bid.
    pub bid: Share,
    /// Of the price, by the worker.
    pub bond: Share,
    /// Of the price, the most a defaulting worker loses.
    pub damages: Share,
}

/// How long those who take part take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// From an event to the answer.
    #[serde(serialize_with = "as_text")]
    pub react: Span,
    /// From the acceptance of an award to the delivery.
    #[serde(serialize_with = "as_text")]
    pub work: Span,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Participant {
    /// Its name, unique in the scenario.
    pub name: String,
    /// What it is.
    pub kind: ParticipantKind,
    /// The organisation or person it acts for.
    pub principal: Option<String>,
    /// What it begins with.
    pub money: Amount,
    /// What it sells, at which price.
    pub sells: BTreeMap<String, Amount>,
    /// What it has besides.
    pub amenities: Vec<String>,
    /// When it works; only for humans.
    pub hours: Option<WorkingWeek>,
    /// Its place in the file, from 0.
    pub declared: u32,
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Its name, unique in the scenario.
    pub name: String,
    /// Who wants it.
    pub poster: String,
    /// When it is posted, from the beginning.
    #[serde(serialize_with = "as_text")]
    pub at: Span,
    /// What is wanted, at which reference price.
    pub items: BTreeMap<String, Amount>,
    /// What the seller should have besides.
    pub amenities: Vec<String>,
    /// The most that is paid, and what a fit delivery is worth to the poster.
    pub budget: Amount,
    /// The rule that turns bids into an award.
    pub mechanism: MechanismKind,
}

impl Scenario {
    /// The BLAKE3 hash of the configuration in its JSON form, defaults and seed included.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        // Maps here have texts for keys, which is all that JSON asks for.
        serde_json::to_vec(self).map_or(Hash32::ZERO, |json| Hash32::of(&json))
    }
}

fn as_text<S: Serializer>(span: &Span, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(span)
}
