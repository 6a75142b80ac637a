//! Events as they cross the wire: whole, numbered, with amounts as decimal texts beside their asset's code.
//!
//! The names are those of the core's events; `show.rs` makes one of the other.

use crate::command::asset::AssetCode;
use crate::command::bid::TeamShare;
use crate::command::participant::{ParticipantKind, WorkingWeek};
use crate::command::scoring::Promise;
use crate::event::money::MoneyReason;
use crate::event::task::{Cause, Exclusion, Phase, Stage};
use crate::id::{Capability, Hash32, MilestoneId, OfferId, OrderId, ParticipantId, StreamId, TaskId, TransferId};
use crate::money::{Scale, Share};
use crate::wire::command::{WireRegime, WireTask};
use crate::wire::exchange::WireExchangeEvent;
use crate::wire::limit::WireLimitEvent;
use crate::wire::order::WireOrderEvent;
use crate::wire::stream::WireStreamEvent;
use crate::wire::text::{Decimal, Nanos};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// An event with its number. Delivery is at least once, in order; what was seen is dropped by (seq, index).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Numbered {
    /// The sequence of the entry that made it happen.
    pub seq: u64,
    /// Its place among the events of that entry, from 0.
    pub index: u32,
    /// Economy time.
    pub t: Nanos,
    /// What happened.
    pub event: WireEvent,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WireEvent {
    /// To an asset or a policy.
    Asset(WireAssetEvent),
    /// To a participant.
    Participant(WireParticipantEvent),
    /// To a task, its bids, its contract.
    Task(WireTaskEvent),
    /// Money moved.
    Money(WireMoved),
    /// In the book of transfers.
    Transfer(WireTransfer),
    /// To an offer.
    Offer(WireOfferEvent),
    /// At a desk.
    Order(WireOrderEvent),
    /// The beacon's next link is known.
    Beacon {
        /// The link.
        link: Hash32,
        /// How many are left.
        left: u64,
        /// How many tasks waited for it.
        waiting: u64,
    },
    /// To a limit.
    Limit(WireLimitEvent),
    /// To a stream.
    Stream(WireStreamEvent),
    /// To an exchange.
    Exchange(WireExchangeEvent),
}

impl WireEvent {
    /// The third token of its subject: `oikos.<economy>.evt.<kind>.<of>`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Asset(_) => "asset",
            Self::Participant(_) => "participant",
            Self::Task(_) => "task",
            Self::Money(_) => "money",
            Self::Transfer(_) => "transfer",
            Self::Offer(_) => "offer",
            Self::Order(_) => "order",
            Self::Beacon { .. } => "beacon",
            Self::Limit(_) => "limit",
            Self::Stream(_) => "stream",
            Self::Exchange(_) => "exchange",
        }
    }
}

/// What happened to an asset or a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names and types say what they are; each variant is described")]
pub enum WireAssetEvent {
    /// An asset was declared.
    Defined { asset: AssetCode, scale: Scale, regime: WireRegime },
    /// Money was created.
    Issued { asset: AssetCode, amount: Decimal, reference: Hash32 },
    /// The fee of tasks posted from now on changed, in millionths.
    FeeSet { fee: Share },
    /// Money came from outside.
    Deposited { asset: AssetCode, issuer: ParticipantId, to: ParticipantId, amount: Decimal, reference: Hash32 },
    /// Money left for outside, where its issuer owes it.
    Withdrawn { asset: AssetCode, issuer: ParticipantId, from: ParticipantId, amount: Decimal, reference: Hash32 },
    /// An issuer destroyed money of its own.
    Burned { asset: AssetCode, issuer: ParticipantId, amount: Decimal, reference: Hash32 },
    /// A member's line of mutual credit changed.
    CreditSet { asset: AssetCode, steward: ParticipantId, member: ParticipantId, from: Decimal, to: Decimal },
}

/// What happened to a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names and types say what they are; each variant is described")]
pub enum WireParticipantEvent {
    /// It was taken in; its name is content, asked for with the query `participants`.
    Registered {
        participant: ParticipantId,
        kind: ParticipantKind,
        principal: Option<ParticipantId>,
        capabilities: Vec<Capability>,
        calendar: Option<WorkingWeek>,
    },
    /// Its mandate was set.
    MandateSet {
        participant: ParticipantId,
        asset: AssetCode,
        per_task_max: Decimal,
        open_max: Decimal,
        approver: ParticipantId,
    },
}

/// What happened to a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names and types say what they are; each variant is described")]
pub enum WireTaskEvent {
    /// It was written down, with its rules frozen. `fee` in millionths.
    Drafted { task: TaskId, poster: ParticipantId, spec: Box<WireTask>, fee: Share },
    /// It waits for its approver.
    ApprovalAsked {
        task: TaskId,
        poster: ParticipantId,
        approver: ParticipantId,
        spec: Box<WireTask>,
        approve_by: Nanos,
    },
    /// The approver said no, or nothing.
    Rejected { task: TaskId, by: Cause, reason: Hash32 },
    /// It takes bids.
    Opened { task: TaskId, poster: ParticipantId, by: Cause, spec: Box<WireTask>, bid_by: Nanos },
    /// A bid came in; its price is told apart.
    BidPlaced { task: TaskId, bidder: ParticipantId, seal: Hash32, revised: bool, team: Vec<TeamShare> },
    /// The price of a bid: the bidder's alone until bids are opened.
    BidPriced { task: TaskId, bidder: ParticipantId, price: Decimal, nonce: String, open: bool },
    /// A bid was taken back.
    BidWithdrawn { task: TaskId, bidder: ParticipantId },
    /// The poster took it back.
    Cancelled { task: TaskId },
    /// Bids are closed.
    BidsClosed { task: TaskId, bids: u32 },
    /// A bid's price and nonce are public.
    BidOpened { task: TaskId, bidder: ParticipantId, price: Decimal, nonce: String },
    /// A bid was not compared with the others.
    BidExcluded { task: TaskId, bidder: ParticipantId, why: Exclusion },
    /// The evaluation waits for somebody.
    StageEntered { task: TaskId, stage: Stage, until: Nanos },
    /// Nobody gets it.
    NoAward { task: TaskId, compared: u32 },
    /// A contract is offered.
    AwardOffered { task: TaskId, bidder: ParticipantId, price: Decimal, ground: WireGround, accept_by: Nanos },
    /// The winner took it; the approver has to confirm.
    AwardAccepted { task: TaskId, worker: ParticipantId },
    /// The winner did not take it.
    AwardDeclined { task: TaskId, bidder: ParticipantId, by: Cause },
    /// Work has begun on a milestone.
    Activated { task: TaskId, worker: ParticipantId, milestone: MilestoneId, deliver_by: Nanos },
    /// A milestone was handed in.
    Submitted { task: TaskId, worker: ParticipantId, milestone: MilestoneId, deliverable: Hash32, review_by: Nanos },
    /// The poster was silent; the evaluator has the word.
    ReviewPassed { task: TaskId, milestone: MilestoneId, evaluator: ParticipantId, review_by: Nanos },
    /// A milestone was accepted, by a share in millionths.
    DeliverableAccepted { task: TaskId, worker: ParticipantId, milestone: MilestoneId, by: Cause, share: Share },
    /// All milestones are accepted; bonds are kept until then.
    Retained { task: TaskId, worker: ParticipantId, until: Nanos },
    /// Delivered, accepted, paid, over.
    Settled { task: TaskId, worker: ParticipantId, paid: Decimal },
    /// The worker did not deliver.
    Defaulted { task: TaskId, worker: ParticipantId, milestone: MilestoneId },
    /// The hard end came first.
    Expired { task: TaskId, phase: Phase },
    /// What a bid promises besides its price, with the bidder's reputation then: the bidder's alone until bids are opened.
    BidPromised { task: TaskId, bidder: ParticipantId, promise: Promise, reputation: Share, open: bool },
}

/// Why a contract was offered to this bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WireGround {
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

/// Money left one purse and came into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WireMoved {
    /// Of what.
    pub asset: AssetCode,
    /// How much.
    pub amount: Decimal,
    /// Out of.
    pub from: WirePurse,
    /// Into.
    pub to: WirePurse,
    /// Why.
    pub reason: MoneyReason,
}

/// Where money can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WirePurse {
    /// Where issued money comes from.
    Issuer,
    /// A participant's free money.
    Available(ParticipantId),
    /// A task's reserved budget.
    Hold(TaskId),
    /// A task's award money that is not earned yet.
    Escrow(TaskId),
    /// A bidder's deposit.
    Deposit {
        /// On which task.
        task: TaskId,
        /// Whose.
        bidder: ParticipantId,
    },
    /// A task's performance bond.
    Bond(TaskId),
    /// The operator's fees.
    Treasury,
    /// What a trader set apart for a resting order.
    Order {
        /// Which.
        order: OrderId,
        /// Whose.
        trader: ParticipantId,
    },
    /// What is set apart for a stream.
    Stream(StreamId),
}

/// A payment between participants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WireTransfer {
    /// Its id.
    pub transfer: TransferId,
    /// Of what.
    pub asset: AssetCode,
    /// How much.
    pub amount: Decimal,
    /// Who paid; absent where it is no participant's free money.
    pub from: Option<ParticipantId>,
    /// Who was paid.
    pub to: Option<ParticipantId>,
    /// What it was.
    pub kind: TransferKind,
}

/// What a transfer was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Made at once.
    Made,
    /// Reserved.
    Pending,
    /// A reserved amount, paid.
    Posted,
    /// A reserved amount, given back.
    Voided,
    /// A reserved amount, given back because its time passed.
    Expired,
}

/// What happened to an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names and types say what they are; each variant is described")]
pub enum WireOfferEvent {
    /// It was put up.
    Published {
        offer: OfferId,
        seller: ParticipantId,
        capability: Capability,
        asset: AssetCode,
        price: Decimal,
        units: u32,
        buyer: Option<ParticipantId>,
        expires: Nanos,
    },
    /// Units were taken.
    Taken { offer: OfferId, buyer: ParticipantId, units: u32, left: u32 },
    /// Its seller took it back.
    Withdrawn { offer: OfferId },
    /// Its time is over.
    Expired { offer: OfferId },
}

impl WireTaskEvent {
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
}
