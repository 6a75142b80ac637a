//! Questions and answers. An answer says at which sequence it stands, and shows what the asking participant may see.
//!
//! A request on `oikos.<economy>.query.<participant>`.

use crate::command::asset::AssetCode;
use crate::command::participant::ParticipantKind;
use crate::command::scoring::Promise;
use crate::event::task::Phase;
use crate::id::{
    Capability, DeskId, ExchangeId, Hash32, LimitId, MilestoneId, OfferId, OrderId, ParticipantId, StreamId, TaskId,
};
use crate::money::Share;
use crate::wire::command::WireTask;
use crate::wire::event::Numbered;
use crate::wire::limit::WireTerms;
use crate::wire::order::{DeskRow, OrderRow};
use crate::wire::presence::Heartbeat;
use crate::wire::receipt::{Money, Refusal};
use crate::wire::stream::WireRate;
use crate::wire::text::{Decimal, Nanos};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// What is asked.
    pub query: WireQuery,
    /// Wait, for at most two seconds, until this sequence is applied: the `seq` of a receipt, to read what was written.
    #[serde(default)]
    pub at_least: u64,
}

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WireQuery {
    /// The asking participant's money, asset by asset.
    Balance {
        /// As it was then; now where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Moment>,
    },
    /// The asking participant's money movements, the newest first.
    Statement {
        /// At most so many.
        #[serde(default)]
        limit: Option<u32>,
        /// Those up to then; all where absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Moment>,
    },
    /// Participants: those with this name, this number, this capability; all where none is given.
    Participants {
        /// By name.
        #[serde(default)]
        name: Option<String>,
        /// By number.
        #[serde(default)]
        participant: Option<ParticipantId>,
        /// By registered capability, whether present or not.
        #[serde(default)]
        capability: Option<Capability>,
        /// Only those whose lease has not run out.
        #[serde(default)]
        present: bool,
    },
    /// Tasks that are not drafts of others, the newest first.
    Tasks {
        /// In this phase.
        #[serde(default)]
        phase: Option<Phase>,
        /// That ask for this capability.
        #[serde(default)]
        capability: Option<Capability>,
        /// That the asking participant posted, bids on, works on, approves or evaluates.
        #[serde(default)]
        mine: bool,
        /// At most so many.
        #[serde(default)]
        limit: Option<u32>,
    },
    /// One task with its story: the events the asking participant may see.
    Task {
        /// Which.
        task: TaskId,
    },
    /// Who was eligible, who passed and why, the lots: of a task whose bids are closed.
    Explain {
        /// Which.
        task: TaskId,
    },
    /// What waits for the asking participant's decision, and what happens if it does nothing.
    Inbox {},
    /// Offers that can be taken.
    Offers {
        /// Of this capability.
        #[serde(default)]
        capability: Option<Capability>,
    },
    /// Desks with their books: that of a pair, that of a number, or all; depth and trades as far as `levels` says.
    Desks {
        /// The asset that is traded.
        #[serde(default)]
        base: Option<AssetCode>,
        /// The asset it is paid in.
        #[serde(default)]
        quote: Option<AssetCode>,
        /// By number.
        #[serde(default)]
        desk: Option<DeskId>,
        /// At most so many prices of a side, and so many trades; 10.
        #[serde(default)]
        levels: Option<u32>,
    },
    /// The asking participant's orders, the newest first: those that rest, and the last hundred that are over.
    Orders {
        /// At this desk.
        #[serde(default)]
        desk: Option<DeskId>,
        /// This one.
        #[serde(default)]
        order: Option<OrderId>,
        /// Only those that rest.
        #[serde(default)]
        resting: bool,
    },
    /// Limits that the asking participant holds, passed on, or that are on its money.
    Limits {},
    /// Open streams that the asking participant pays or is paid by.
    Streams {},
    /// Exchanges that the asking participant made or may take.
    Exchanges {},
    /// How the economy stands: sequence, digest, counts. The digest costs a walk over all state.
    Book {},
    /// Where the money is, and how many take part: sums alone, cheap enough to be asked every second.
    Totals {},
    /// The events that the asking participant may see, in order: history by pages.
    Events {
        /// Behind the event of this sequence, and of this place in it; from the first where absent.
        #[serde(default)]
        after: Option<EventNumber>,
        /// At most so many; at most 1000.
        #[serde(default)]
        limit: Option<u32>,
    },
}

/// The number of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EventNumber {
    /// The sequence of the entry.
    pub seq: u64,
    /// Its place among the events of that entry, from 0.
    pub index: u32,
}

/// A moment of an economy: right after an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// After the entry of this sequence.
    Seq(u64),
    /// After the last entry that was sequenced by then, in nanoseconds since 1970 by the node's clock.
    Time(Nanos),
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum QueryAnswered {
    /// It was not answered.
    Refused {
        /// Why.
        refused: Refusal,
    },
    /// It was.
    Answer(QueryAnswer),
}

impl From<Refusal> for QueryAnswered {
    fn from(refused: Refusal) -> Self {
        Self::Refused { refused }
    }
}

/// An answer with where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QueryAnswer {
    /// All entries up to this one are in it, and none behind it.
    pub seq: u64,
    /// Economy time.
    pub t: Nanos,
    /// The answer.
    pub answer: Found,
}

/// What was found; the variant is that of the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The asking participant's money.
    Balance(Vec<BalanceRow>),
    /// Its money movements, the newest first.
    Statement(Vec<Numbered>),
    /// Participants.
    Participants(Vec<ParticipantRow>),
    /// Tasks.
    Tasks(Vec<TaskRow>),
    /// One task; absent where there is none that the asker may see.
    Task(Option<Box<TaskStory>>),
    /// Why a task was awarded as it was; absent while bids are open.
    Explain(Option<Box<Explanation>>),
    /// What waits for a decision, the most urgent first.
    Inbox(Vec<InboxItem>),
    /// Offers.
    Offers(Vec<OfferRow>),
    /// Desks, in order of opening.
    Desks(Vec<DeskRow>),
    /// Orders.
    Orders(Vec<OrderRow>),
    /// Limits, by number.
    Limits(Vec<LimitRow>),
    /// Open streams, by number.
    Streams(Vec<StreamRow>),
    /// Exchanges that can be taken, by number.
    Exchanges(Vec<ExchangeRow>),
    /// How the economy stands.
    Book(BookRow),
    /// Where the money is, and how many take part.
    Totals(TotalsRow),
    /// A page of events.
    Events(EventsPage),
}

/// A participant's money of one asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BalanceRow {
    /// Of what.
    pub asset: AssetCode,
    /// What it can spend.
    pub available: Decimal,
    /// Reserved budgets and escrow of its tasks, and what is set apart for its orders.
    pub held: Decimal,
    /// Its deposits and bonds.
    pub at_stake: Decimal,
    /// What is set apart for the streams it pays.
    pub streaming: Decimal,
    /// Its line of mutual credit; a part of what it can spend.
    pub credit: Decimal,
}

/// A participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParticipantRow {
    /// Its number.
    pub participant: ParticipantId,
    /// Its name; absent where it was forgotten.
    pub name: Option<String>,
    /// What it is.
    pub kind: ParticipantKind,
    /// For whom it acts; itself where for nobody else.
    pub principal: ParticipantId,
    /// What it can do or has.
    pub capabilities: Vec<Capability>,
    /// Its reputation, in millionths.
    pub reputation: Share,
    /// Contracts settled.
    pub settled: u32,
    /// Contracts defaulted.
    pub defaulted: u32,
    /// Whether its lease has not run out.
    pub present: bool,
    /// What its last heartbeat said: what it can do now, how many more contracts it would take, its domains; absent
    /// where it is not here.
    #[serde(default)]
    pub now: Option<Heartbeat>,
}

/// A task in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskRow {
    /// Its number.
    pub task: TaskId,
    /// Whose it is.
    pub poster: ParticipantId,
    /// Where it stands.
    pub phase: Phase,
    /// What a bidder must be able to do.
    pub requires: Vec<Capability>,
    /// The most it may cost.
    pub budget: Money,
    /// How many bids it has, or had.
    pub bids: u32,
    /// Who was offered it last.
    pub worker: Option<ParticipantId>,
    /// For how much.
    pub price: Option<Decimal>,
    /// When the clock acts next; absent where it is over.
    pub deadline: Option<Nanos>,
}

/// A task with its story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TaskStory {
    /// Its row.
    pub row: TaskRow,
    /// Its rules.
    pub spec: WireTask,
    /// The milestone that is due or under review.
    pub milestone: Option<MilestoneId>,
    /// The last deliverable's hash.
    pub deliverable: Option<Hash32>,
    /// What happened, in order.
    pub story: Vec<Numbered>,
}

/// Why a task was awarded as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// Which task.
    pub task: TaskId,
    /// The rule.
    pub mechanism: String,
    /// No award costs more.
    pub reserve: Money,
    /// The bids, in order of bidder.
    pub bids: Vec<BidRow>,
    /// The seed of the lots, where a lot decided.
    pub lots: Option<Hash32>,
    /// The awards offered, in order: to whom, for how much, and what became of it.
    pub awards: Vec<AwardRow>,
    /// Who may bid by capability and did not, as far as registered.
    pub eligible: Vec<ParticipantId>,
}

/// A bid of a task whose bids are closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BidRow {
    /// Whose.
    pub bidder: ParticipantId,
    /// For how much, as far as it is known.
    pub price: Option<Decimal>,
    /// What it promises besides, and its bidder's reputation then, where the task scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<PromisedRow>,
    /// Why it was not compared with the others; absent where it was.
    pub excluded: Option<String>,
}

/// What counts of a bid besides its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PromisedRow {
    /// What it promises.
    pub promise: Promise,
    /// The bidder's reputation when it bid or revealed, in millionths.
    pub reputation: Share,
    /// What both are worth to the poster less the price, in the task's asset; it may be below zero.
    pub score: String,
}

/// An award that was offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AwardRow {
    /// To whom.
    pub bidder: ParticipantId,
    /// For how much.
    pub price: Decimal,
    /// Whether it was declined.
    pub declined: bool,
}

/// Something that waits for a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct InboxItem {
    /// What is to be decided.
    pub decision: Decision,
    /// On which task.
    pub task: TaskId,
    /// Who asks: the poster, or the worker.
    pub from: ParticipantId,
    /// How much it is about.
    pub amount: Money,
    /// What for.
    pub requires: Vec<Capability>,
    /// The milestone under review.
    pub milestone: Option<MilestoneId>,
    /// By when, in economy time.
    pub by: Nanos,
    /// How long that is from now.
    pub left_ns: Nanos,
    /// What happens if nothing is done.
    pub if_silent: Silence,
    /// The same in words.
    pub if_silent_text: String,
}

/// What is to be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// `approve_task` or `refuse_task`.
    Approve,
    /// `confirm_award`.
    Confirm,
    /// `accept_award` or `decline_award`.
    TakeAward,
    /// `select_bid`.
    Select,
    /// `reveal_bid`.
    Reveal,
    /// `accept_deliverable`.
    Review,
    /// `submit_deliverable`.
    Deliver,
}

/// What happens if nothing is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// The task is rejected and its budget goes back.
    Rejected,
    /// It counts as declined, and the next in line is asked.
    Declined,
    /// The mechanism decides.
    MechanismDecides,
    /// The deposit goes to the poster.
    DepositForfeited,
    /// The deliverable counts as accepted and is paid.
    Accepted,
    /// The evaluator gets the word.
    EvaluatorDecides,
    /// The money is divided by the share agreed upon.
    Split,
    /// The worker defaults.
    Defaulted,
    /// The task ends at its hard end.
    Expired,
}

/// An offer that can be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OfferRow {
    /// Its number.
    pub offer: OfferId,
    /// Whose it is.
    pub seller: ParticipantId,
    /// What is sold.
    pub capability: Capability,
    /// The price of one unit.
    pub price: Money,
    /// How many units are left.
    pub left: u32,
    /// When it ends, in economy time.
    pub expires: Nanos,
}

/// A limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LimitRow {
    /// Its number.
    pub limit: LimitId,
    /// From which it was passed on.
    pub parent: Option<LimitId>,
    /// Who may spend.
    pub holder: ParticipantId,
    /// Whose money.
    pub source: ParticipantId,
    /// Of what.
    pub asset: AssetCode,
    /// What may be spent.
    pub terms: WireTerms,
    /// How much was spent in this period.
    pub spent: Decimal,
    /// In how many payments.
    pub payments: u32,
    /// How much is left of the total, also under the limits above it; absent where no total bounds it.
    pub left: Option<Decimal>,
    /// Whether it, or one above it, was revoked.
    pub revoked: bool,
}

/// An open stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StreamRow {
    /// Its number.
    pub stream: StreamId,
    /// Who pays.
    pub from: ParticipantId,
    /// Who is paid.
    pub to: ParticipantId,
    /// Of what.
    pub asset: AssetCode,
    /// How fast.
    pub rate: WireRate,
    /// The most that is ever paid.
    pub cap: Option<Decimal>,
    /// How much was paid.
    pub paid: Decimal,
    /// How much has run up and can be settled.
    pub due: Decimal,
    /// How much is set apart, what has run up included.
    pub held: Decimal,
    /// When it ends, in economy time, unless it is topped up or stopped.
    pub ends_at: Nanos,
}

/// An exchange that can be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExchangeRow {
    /// Its number.
    pub exchange: ExchangeId,
    /// Whose it is.
    pub maker: ParticipantId,
    /// What its maker gives.
    pub give: Money,
    /// What its maker gets.
    pub get: Money,
    /// The only participant who may take it.
    pub taker: Option<ParticipantId>,
    /// When it ends, in economy time.
    pub expires: Nanos,
}

/// How the economy stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BookRow {
    /// One hash of all state; a replay of the journal up to `seq` has the same.
    pub digest: Hash32,
    /// Participants, the operator included.
    pub participants: u64,
    /// Tasks that are not over.
    pub tasks_open: u64,
    /// All tasks.
    pub tasks: u64,
    /// What there is of each asset.
    pub supply: Vec<Money>,
}

/// Where the money is, and how many take part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TotalsRow {
    /// Agents.
    pub agents: u64,
    /// People.
    pub people: u64,
    /// Organisations.
    pub organisations: u64,
    /// The money, asset by asset.
    pub assets: Vec<AssetTotals>,
}

/// Where the money of an asset is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AssetTotals {
    /// Of what.
    pub asset: AssetCode,
    /// All there is.
    pub supply: Decimal,
    /// Of participants: to be spent, and in deposits and orders. Apart they would betray the price of a sealed bid.
    pub free: Decimal,
    /// In reserved budgets.
    pub held: Decimal,
    /// In escrow.
    pub escrow: Decimal,
    /// In performance bonds.
    pub bonds: Decimal,
    /// The operator's fees.
    pub treasury: Decimal,
    /// All debits of the book.
    pub debits: Decimal,
    /// All credits of the book.
    pub credits: Decimal,
    /// Whether debits equal credits, and the parts the supply.
    pub conserved: bool,
}

/// A page of events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventsPage {
    /// Those that the asking participant may see.
    pub events: Vec<Numbered>,
    /// The last event that was looked at, seen or not: ask behind it for the next page. Absent where there is no more.
    pub next: Option<EventNumber>,
    /// The last event there is.
    pub last: Option<EventNumber>,
}
