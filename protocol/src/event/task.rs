//! What happened to tasks, their bids and their contracts.

use crate::command::bid::{Nonce, TeamShare};
use crate::command::scoring::Promise;
use crate::command::task::TaskSpec;
use crate::id::{Capability, Hash32, MilestoneId, ParticipantId, TaskId};
use crate::money::{Amount, Share};
use crate::time::Timestamp;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Where a task stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Written down; nobody sees it.
    Draft,
    /// Waits for its approver.
    PendingApproval,
    /// Takes bids.
    Open,
    /// Bids are closed; the winner is being found.
    Evaluating,
    /// Waits for the winner to take it.
    AwardOffered,
    /// Is being worked on.
    Active,
    /// Waits for a review.
    Submitted,
    /// Accepted; bonds are kept for a while.
    Accepted,
    /// Terminal: the approver said no, or nothing.
    Rejected,
    /// Terminal: taken back by its poster.
    Cancelled,
    /// Terminal: nobody got it.
    NoAward,
    /// Terminal: the worker did not deliver.
    Defaulted,
    /// Terminal: delivered, accepted, paid.
    Settled,
    /// Terminal: its hard end came first.
    Expired,
}

impl Phase {
    /// Every phase, in the order of a task's life.
    pub const ALL: [Self; 14] = [
        Self::Draft,
        Self::PendingApproval,
        Self::Open,
        Self::Evaluating,
        Self::AwardOffered,
        Self::Active,
        Self::Submitted,
        Self::Accepted,
        Self::Rejected,
        Self::Cancelled,
        Self::NoAward,
        Self::Defaulted,
        Self::Settled,
        Self::Expired,
    ];

    /// Whether nothing leaves it.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Rejected | Self::Cancelled | Self::NoAward | Self::Defaulted | Self::Settled | Self::Expired
        )
    }

    /// Its name, as in LIFECYCLE.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::PendingApproval => "PendingApproval",
            Self::Open => "Open",
            Self::Evaluating => "Evaluating",
            Self::AwardOffered => "AwardOffered",
            Self::Active => "Active",
            Self::Submitted => "Submitted",
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
            Self::Cancelled => "Cancelled",
            Self::NoAward => "NoAward",
            Self::Defaulted => "Defaulted",
            Self::Settled => "Settled",
            Self::Expired => "Expired",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who or what made something happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A participant's command.
    Participant(ParticipantId),
    /// A deadline.
    Clock,
}

/// Why a bid was not compared with the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Exclusion {
    /// The bidder lacks something the task is constrained to.
    Lacks(Capability),
    /// The commitment was not revealed.
    NotRevealed,
    /// What was revealed is above the reserve.
    AboveReserve,
}

/// Why a contract was offered to this bid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwardGround {
    /// The mechanism named it.
    Mechanism {
        /// How many bids were compared.
        compared: u32,
        /// The seed of the lots, where a lot decided.
        lots: Option<Hash32>,
    },
    /// The poster chose it.
    Selected,
}

/// What happened to a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names and types say what they are; each variant is described")]
pub enum TaskEvent {
    /// It was written down, with its rules frozen.
    Drafted { task: TaskId, poster: ParticipantId, spec: Arc<TaskSpec>, fee: Share },
    /// It waits for its approver; its budget counts under the mandate.
    ApprovalAsked {
        task: TaskId,
        poster: ParticipantId,
        approver: ParticipantId,
        spec: Arc<TaskSpec>,
        approve_by: Timestamp,
    },
    /// The approver said no, or nothing.
    Rejected { task: TaskId, by: Cause, reason: Hash32 },
    /// It takes bids.
    Opened { task: TaskId, poster: ParticipantId, by: Cause, spec: Arc<TaskSpec>, bid_by: Timestamp },
    /// A bid came in, or took the place of the same bidder's earlier one. Its price is told apart.
    BidPlaced { task: TaskId, bidder: ParticipantId, seal: Hash32, revised: bool, team: Vec<TeamShare> },
    /// The price of a bid: the bidder's alone until bids are opened.
    BidPriced { task: TaskId, bidder: ParticipantId, price: Amount, nonce: Nonce, open: bool },
    /// A bid was taken back.
    BidWithdrawn { task: TaskId, bidder: ParticipantId },
    /// The poster took it back.
    Cancelled { task: TaskId },
    /// Bids are closed, and what was sealed by the node is public from here on.
    BidsClosed { task: TaskId, bids: u32 },
    /// A bid's price and nonce are public.
    BidOpened { task: TaskId, bidder: ParticipantId, price: Amount, nonce: Nonce },
    /// A bid was not compared with the others.
    BidExcluded { task: TaskId, bidder: ParticipantId, why: Exclusion },
    /// The evaluation waits for somebody.
    StageEntered { task: TaskId, stage: Stage, until: Timestamp },
    /// Nobody gets it.
    NoAward { task: TaskId, compared: u32 },
    /// A contract is offered.
    AwardOffered { task: TaskId, bidder: ParticipantId, price: Amount, ground: AwardGround, accept_by: Timestamp },
    /// The winner took it; the approver has to confirm.
    AwardAccepted { task: TaskId, worker: ParticipantId },
    /// The winner did not take it.
    AwardDeclined { task: TaskId, bidder: ParticipantId, by: Cause },
    /// Work has begun on a milestone.
    Activated { task: TaskId, worker: ParticipantId, milestone: MilestoneId, deliver_by: Timestamp },
    /// A milestone was handed in.
    Submitted { task: TaskId, worker: ParticipantId, milestone: MilestoneId, deliverable: Hash32, review_by: Timestamp },
    /// The poster was silent; the evaluator has the word.
    ReviewPassed { task: TaskId, milestone: MilestoneId, evaluator: ParticipantId, review_by: Timestamp },
    /// A milestone was accepted, whole or by a share.
    DeliverableAccepted { task: TaskId, worker: ParticipantId, milestone: MilestoneId, by: Cause, share: Share },
    /// All milestones are accepted; bonds are kept until then.
    Retained { task: TaskId, worker: ParticipantId, until: Timestamp },
    /// Delivered, accepted, paid, over.
    Settled { task: TaskId, worker: ParticipantId, paid: Amount },
    /// The worker did not deliver.
    Defaulted { task: TaskId, worker: ParticipantId, milestone: MilestoneId },
    /// The hard end came first.
    Expired { task: TaskId, phase: Phase },
    /// What a bid promises besides its price, with the bidder's reputation then: the bidder's alone until bids are opened.
    BidPromised { task: TaskId, bidder: ParticipantId, promise: Promise, reputation: Share, open: bool },
}

/// What an evaluation waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// For nobody: the mechanism answers at once.
    Clearing,
    /// For bidders to reveal.
    Reveal,
    /// For the poster to choose.
    Selection,
    /// For the beacon, to draw lots.
    Lots,
}

impl TaskEvent {
    /// The task it is about.
    #[must_use]
    pub const fn task(&self) -> TaskId {
        match self {
            Self::Drafted { task, .. }
            | Self::ApprovalAsked { task, .. }
            | Self::Rejected { task, .. }
            | Self::Opened { task, .. }
            | Self::BidPlaced { task, .. }
            | Self::BidPriced { task, .. }
            | Self::BidWithdrawn { task, .. }
            | Self::Cancelled { task }
            | Self::BidsClosed { task, .. }
            | Self::BidOpened { task, .. }
            | Self::BidExcluded { task, .. }
            | Self::StageEntered { task, .. }
            | Self::NoAward { task, .. }
            | Self::AwardOffered { task, .. }
            | Self::AwardAccepted { task, .. }
            | Self::AwardDeclined { task, .. }
            | Self::Activated { task, .. }
            | Self::Submitted { task, .. }
            | Self::ReviewPassed { task, .. }
            | Self::DeliverableAccepted { task, .. }
            | Self::Retained { task, .. }
            | Self::Settled { task, .. }
            | Self::Defaulted { task, .. }
            | Self::Expired { task, .. }
            | Self::BidPromised { task, .. } => *task,
        }
    }

    /// The phase that the task is in from this event on; none where it stays where it is.
    #[must_use]
    pub const fn enters(&self) -> Option<Phase> {
        match self {
            Self::Drafted { .. } => Some(Phase::Draft),
            Self::ApprovalAsked { .. } => Some(Phase::PendingApproval),
            Self::Rejected { .. } => Some(Phase::Rejected),
            Self::Opened { .. } => Some(Phase::Open),
            Self::Cancelled { .. } => Some(Phase::Cancelled),
            Self::BidsClosed { .. } | Self::StageEntered { .. } | Self::AwardDeclined { .. } => Some(Phase::Evaluating),
            Self::NoAward { .. } => Some(Phase::NoAward),
            Self::AwardOffered { .. } | Self::AwardAccepted { .. } => Some(Phase::AwardOffered),
            Self::Activated { .. } => Some(Phase::Active),
            Self::Submitted { .. } | Self::ReviewPassed { .. } => Some(Phase::Submitted),
            Self::Retained { .. } => Some(Phase::Accepted),
            Self::Settled { .. } => Some(Phase::Settled),
            Self::Defaulted { .. } => Some(Phase::Defaulted),
            Self::Expired { .. } => Some(Phase::Expired),
            Self::BidPlaced { .. }
            | Self::BidPriced { .. }
            | Self::BidWithdrawn { .. }
            | Self::BidOpened { .. }
            | Self::BidPromised { .. }
            | Self::BidExcluded { .. }
            | Self::DeliverableAccepted { .. } => None,
        }
    }
}
