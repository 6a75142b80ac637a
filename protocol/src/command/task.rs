//! Tasks: what is to be done, for how much, by which rules and deadlines; all frozen when it is posted.

use crate::command::scoring::Scoring;
use crate::id::{AssetId, Capability, Hash32, ParticipantId, TaskId};
use crate::money::{Amount, Share};
use crate::time::{Span, Timestamp};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// All there is to know about a task before anybody bids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSpec {
    /// The money it is paid in.
    pub asset: AssetId,
    /// *B*: the most the poster pays, reserved when the task opens. Above zero.
    pub budget: Amount,
    /// A salted hash of what is to be worked on.
    pub input: Hash32,
    /// What a bidder must be able to do; checked when it bids.
    pub requires: Vec<Capability>,
    /// What a winner must have besides; checked when bids are compared, and part of the explanation.
    pub constraints: Vec<Capability>,
    /// The least reputation of a bidder, as [`crate::money::Share`] of 1; none where it is zero.
    pub reputation_min: Share,
    /// The rule that turns bids into an award.
    pub mechanism: MechanismKind,
    /// The posted price, or the reserve: no award costs more. The budget where it is absent; at most the budget.
    pub reserve: Option<Amount>,
    /// Who sees bids before they close.
    pub sealing: Sealing,
    /// Who picks the winner.
    pub selection: Selection,
    /// *d*: what a bidder puts down, as a share of its bid (of the reserve where bids are commitments).
    pub bid_deposit: Share,
    /// *b_w*: what the worker puts down on acceptance, as a share of the award's price.
    pub performance_bond: Share,
    /// What a defaulting worker loses of its bond at the most, as a share of the award's price.
    pub damages_max: Share,
    /// Paid to the bidders in equal parts if the poster cancels when there are bids; at most the budget.
    pub cancel_fee: Amount,
    /// Who must let the task go on, even within the poster's mandate; above it the mandate's approver is asked instead.
    pub approver: Option<ParticipantId>,
    /// An award above this price waits for the approver's word as well.
    pub confirm_above: Option<Amount>,
    /// Who may accept besides the poster.
    pub evaluator: Option<ParticipantId>,
    /// What happens to a deliverable that nobody reviews in time.
    pub review_default: ReviewDefault,
    /// The parts it is delivered and paid in: at least one, their shares making a whole.
    pub milestones: Vec<Milestone>,
    /// How long each step may take.
    pub windows: Windows,
    /// The hard end: whatever is not earned by then goes back.
    pub ends_at: Timestamp,
}

/// The rule that turns bids into an award. See `docs/mechanisms.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MechanismKind {
    /// A lot among those who accept the posted price.
    PostedPrice,
    /// A lot among eligible bids, paid as bid.
    Lottery,
    /// The lowest bid wins and is paid as bid.
    FirstPrice,
    /// The lowest bid wins and is paid the second lowest.
    SecondPrice,
    /// The best score wins and is paid as bid.
    ScoringFirst(Scoring),
    /// The best score wins and is paid what brings its score down to the second best.
    ScoringSecond(Scoring),
}

impl MechanismKind {
    /// Every rule a task can have, by name.
    pub const NAMES: [&'static str; 6] =
        ["first-price", "second-price", "posted-price", "lottery", "scoring-first", "scoring-second"];

    /// The rule of this name; one that scores needs to be told what counts.
    #[must_use]
    pub fn named(name: &str, scoring: Option<Scoring>) -> Option<Self> {
        Some(match name {
            "first-price" => Self::FirstPrice,
            "second-price" => Self::SecondPrice,
            "posted-price" => Self::PostedPrice,
            "lottery" => Self::Lottery,
            "scoring-first" => Self::ScoringFirst(scoring?),
            "scoring-second" => Self::ScoringSecond(scoring?),
            _ => return None,
        })
    }

    /// What it counts besides the price, where it scores.
    #[must_use]
    pub const fn scoring(&self) -> Option<Scoring> {
        match self {
            Self::ScoringFirst(scoring) | Self::ScoringSecond(scoring) => Some(*scoring),
            Self::PostedPrice | Self::Lottery | Self::FirstPrice | Self::SecondPrice => None,
        }
    }

    /// Its name, as in MECHANISMS and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PostedPrice => "posted-price",
            Self::Lottery => "lottery",
            Self::FirstPrice => "first-price",
            Self::SecondPrice => "second-price",
            Self::ScoringFirst(_) => "scoring-first",
            Self::ScoringSecond(_) => "scoring-second",
        }
    }
}

/// Who sees bids before they close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sealing {
    /// The node keeps bids closed until bidding ends.
    Sealed,
    /// Everybody sees every bid.
    Open,
    /// Bids are commitments; whoever does not reveal in time forfeits the deposit to the poster.
    CommitReveal {
        /// How long bidders have to reveal.
        reveal: Span,
    },
}

/// Who picks the winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// The mechanism, as soon as bids are closed.
    Automatic,
    /// The poster, within a window; then the mechanism.
    Manual {
        /// How long the poster may take.
        select: Span,
    },
}

/// What happens to a deliverable that nobody reviews in time. Bidders see it before they bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewDefault {
    /// Silence is consent.
    Accept,
    /// The evaluator gets as much time again; then silence is consent.
    Evaluator,
    /// The worker gets this share of the milestone, the poster the rest.
    Split(Share),
}

/// A part that is delivered, accepted and paid on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Milestone {
    /// Its share of the price; cents that do not divide go by largest remainder.
    pub share: Share,
    /// How long the worker has, from acceptance of the award or of the milestone before.
    pub deliver: Span,
}

/// How long each step may take. None may be zero but `grace` and `retention`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// For the approver; then the task is rejected.
    pub approve: Span,
    /// For bids, from the opening.
    pub bid: Span,
    /// For the winner to take the contract; then it counts as declined.
    pub accept: Span,
    /// After a missed delivery, before it counts as default.
    pub grace: Span,
    /// For the review; working time where the reviewer is a human with a calendar.
    pub review: Span,
    /// After the last acceptance, before bonds go back.
    pub retention: Span,
}

/// Opens a draft for bids, or puts it before its approver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PublishTask {
    /// Which draft.
    pub task: TaskId,
}

/// Lets a task go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ApproveTask {
    /// Which task.
    pub task: TaskId,
}

/// Stops a task before it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RefuseTask {
    /// Which task.
    pub task: TaskId,
    /// A salted hash of the reason.
    pub reason: Hash32,
}

/// Takes an open task back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelTask {
    /// Which task.
    pub task: TaskId,
}
