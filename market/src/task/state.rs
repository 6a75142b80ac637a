//! What a task is while it lives: one variant a state, each with the deadline that ends it.

use crate::capability::CapabilityNumber;
use crate::purse::Purses;
use alloc::sync::Arc;
use alloc::vec::Vec;
use oikos_protocol::command::bid::{Nonce, TeamShare};
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::command::task::TaskSpec;
use oikos_protocol::event::task::{Phase, Stage};
use oikos_protocol::id::{Hash32, HoldId, MilestoneId, ParticipantId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// A task that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) poster: ParticipantId,
    pub(crate) spec: Arc<TaskSpec>,
    /// The fee at the time of posting.
    pub(crate) fee: Share,
    pub(crate) requires: SmallVec<[CapabilityNumber; 4]>,
    pub(crate) constraints: SmallVec<[CapabilityNumber; 4]>,
    pub(crate) state: TaskState,
    /// Sorted by bidder, so that the order of arrival is nowhere in the state.
    pub(crate) bids: SmallVec<[Bid; 4]>,
    pub(crate) purses: Purses,
    /// The seed of the lots, once they are drawn: whoever remains after a decline keeps its place.
    pub(crate) lots: Option<Hash32>,
    /// What the worker earned so far, fees included.
    pub(crate) earned: Amount,
}

/// A live bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bid {
    pub(crate) bidder: ParticipantId,
    pub(crate) seal: Hash32,
    #[serde(with = "written")]
    pub(crate) terms: Option<Terms>,
    pub(crate) team: Vec<TeamShare>,
    pub(crate) deposit: Option<HoldId>,
    /// Not to be compared (any more): unfit, not revealed, or declined.
    pub(crate) excluded: bool,
}

/// What a bid asks and promises, as far as the node knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) price: Amount,
    pub(crate) nonce: Nonce,
    /// Where the task scores.
    pub(crate) promised: Option<Promised>,
}

/// What counts besides the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Promised {
    pub(crate) promise: Promise,
    /// The bidder's reputation when the terms became known to the node.
    pub(crate) reputation: Share,
}

/// Terms in binary: those without a promise as they were before there were promises, so that digests stay.
mod written {
    use super::{Amount, Nonce, Promised, Terms};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    enum Written {
        Unknown,
        Priced { price: Amount, nonce: Nonce },
        Scored { price: Amount, nonce: Nonce, promised: Promised },
    }

    pub(super) fn serialize<S: Serializer>(terms: &Option<Terms>, to: S) -> Result<S::Ok, S::Error> {
        match *terms {
            None => Written::Unknown,
            Some(Terms { price, nonce, promised: None }) => Written::Priced { price, nonce },
            Some(Terms { price, nonce, promised: Some(promised) }) => Written::Scored { price, nonce, promised },
        }
        .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Terms>, D::Error> {
        Ok(match Written::deserialize(from)? {
            Written::Unknown => None,
            Written::Priced { price, nonce } => Some(Terms { price, nonce, promised: None }),
            Written::Scored { price, nonce, promised } => Some(Terms { price, nonce, promised: Some(promised) }),
        })
    }
}

/// Where a task stands, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TaskState {
    Draft,
    PendingApproval {
        approver: ParticipantId,
        approve_by: Timestamp,
    },
    Open {
        bid_by: Timestamp,
    },
    Evaluating {
        stage: Stage,
        until: Timestamp,
    },
    AwardOffered {
        bidder: ParticipantId,
        price: Amount,
        accept_by: Timestamp,
        /// The winner took it; the approver has not confirmed it yet.
        accepted: bool,
    },
    Active {
        contract: Contract,
        milestone: MilestoneId,
        deliver_by: Timestamp,
    },
    Submitted {
        contract: Contract,
        milestone: MilestoneId,
        review_by: Timestamp,
        /// The poster was silent; the evaluator has the word.
        passed: bool,
    },
    Accepted {
        contract: Contract,
        until: Timestamp,
    },
}

/// Who works, for how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Contract {
    pub(crate) worker: ParticipantId,
    pub(crate) price: Amount,
}

impl TaskState {
    pub(crate) const fn phase(&self) -> Phase {
        match self {
            Self::Draft => Phase::Draft,
            Self::PendingApproval { .. } => Phase::PendingApproval,
            Self::Open { .. } => Phase::Open,
            Self::Evaluating { .. } => Phase::Evaluating,
            Self::AwardOffered { .. } => Phase::AwardOffered,
            Self::Active { .. } => Phase::Active,
            Self::Submitted { .. } => Phase::Submitted,
            Self::Accepted { .. } => Phase::Accepted,
        }
    }

    /// The contract, once there is one.
    pub(crate) const fn contract(&self) -> Option<Contract> {
        match self {
            Self::Active { contract, .. } | Self::Submitted { contract, .. } | Self::Accepted { contract, .. } => {
                Some(*contract)
            }
            _ => None,
        }
    }
}

impl Task {
    /// When this state's own default happens.
    pub(crate) fn own_deadline(&self) -> Timestamp {
        match self.state {
            TaskState::Draft => self.spec.ends_at,
            TaskState::PendingApproval { approve_by, .. } => approve_by,
            TaskState::Open { bid_by } => bid_by,
            TaskState::Evaluating { until, .. } | TaskState::Accepted { until, .. } => until,
            TaskState::AwardOffered { accept_by, .. } => accept_by,
            TaskState::Active { deliver_by, .. } => deliver_by.after(self.spec.windows.grace),
            TaskState::Submitted { review_by, .. } => review_by,
        }
    }

    /// When the clock acts: at this state's own deadline, or at the hard end if that comes first.
    pub(crate) fn deadline(&self) -> Timestamp {
        self.own_deadline().min(self.spec.ends_at)
    }

    pub(crate) fn reserve(&self) -> Amount {
        self.spec.reserve.unwrap_or(self.spec.budget)
    }

    pub(crate) fn bid(&self, bidder: ParticipantId) -> Option<&Bid> {
        self.place(bidder).ok().map(|index| &self.bids[index])
    }

    pub(crate) fn bid_mut(&mut self, bidder: ParticipantId) -> Option<&mut Bid> {
        self.place(bidder).ok().map(|index| &mut self.bids[index])
    }

    /// Where the bid of this bidder stands, or would stand.
    pub(crate) fn place(&self, bidder: ParticipantId) -> Result<usize, usize> {
        self.bids.binary_search_by_key(&bidder, |bid| bid.bidder)
    }

    /// Whether its money is all gone, as it must be in a terminal state.
    pub(crate) fn is_empty_handed(&self) -> bool {
        self.purses == Purses::default() && self.bids.iter().all(|bid| bid.deposit.is_none())
    }
}

/// A task as a reader sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskView<'a> {
    /// Whose it is.
    pub poster: ParticipantId,
    /// Its rules.
    pub spec: &'a TaskSpec,
    /// Where it stands.
    pub phase: Phase,
    /// When the clock acts next.
    pub deadline: Timestamp,
    /// How many live bids it has.
    pub bids: usize,
    /// Who works on it, or has been offered it, and for how much.
    pub award: Option<(ParticipantId, Amount)>,
    /// The milestone that is due or under review.
    pub milestone: Option<MilestoneId>,
    /// What the worker earned so far, fees included.
    pub earned: Amount,
}

/// A bid as the node knows it. While it is closed, its price is for its bidder alone: whoever answers has to see to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BidView {
    /// Whose it is.
    pub bidder: ParticipantId,
    /// Its price, as far as it is known.
    pub price: Option<Amount>,
    /// Whether it is not compared (any more).
    pub excluded: bool,
}

impl Task {
    pub(crate) fn view(&self) -> TaskView<'_> {
        let award = match self.state {
            TaskState::AwardOffered { bidder, price, .. } => Some((bidder, price)),
            _ => self.state.contract().map(|contract| (contract.worker, contract.price)),
        };
        let milestone = match self.state {
            TaskState::Active { milestone, .. } | TaskState::Submitted { milestone, .. } => Some(milestone),
            _ => None,
        };
        TaskView {
            poster: self.poster,
            spec: &self.spec,
            phase: self.state.phase(),
            deadline: self.deadline(),
            bids: self.bids.len(),
            award,
            milestone,
            earned: self.earned,
        }
    }
}
