//! The rows of a snapshot: tasks with their bids and stories, participants, movements, decisions, events.

use super::sum::Sum;
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::wire::query::{Decision, Silence};
use serde::Serialize;

/// A task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskRow {
    /// Its number.
    pub task: TaskId,
    /// Where it stands.
    pub phase: &'static str,
    /// Whether it is over.
    pub over: bool,
    /// What a worker must be able to do.
    pub wants: String,
    /// Whose it is.
    pub poster: String,
    /// Whether it is yours.
    pub yours: bool,
    /// The most it may cost.
    pub budget: Sum,
    /// Of what money.
    pub asset: String,
    /// The rule that chooses.
    pub mechanism: &'static str,
    /// Until the clock acts next, in milliseconds; nothing where it does not.
    pub left_ms: Option<u64>,
    /// Bids.
    pub bids: u32,
    /// The lowest price that is known.
    pub best: Option<Sum>,
    /// Who was offered it last.
    pub worker: Option<String>,
    /// For how much.
    pub price: Option<Sum>,
    /// Its money.
    pub money: Purses,
    /// The bids one by one.
    pub offers: Vec<BidRow>,
    /// What was asked for, where it could be read.
    pub input: Option<String>,
    /// What happened to it.
    pub story: Vec<Line>,
    /// Lines left out in the middle of a long story.
    pub left_out: u32,
}

impl TaskRow {
    /// Whether more than the price counts.
    #[must_use]
    pub fn scores(&self) -> bool {
        self.mechanism.starts_with("scoring-")
    }
}

/// A task's money.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Purses {
    /// Reserved.
    pub hold: Sum,
    /// Awarded, not earned yet.
    pub escrow: Sum,
    /// Deposits of bidders.
    pub deposits: Sum,
    /// The performance bond.
    pub bond: Sum,
}

/// A bid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BidRow {
    /// Whose.
    pub bidder: String,
    /// Its number, to choose it by.
    pub participant: ParticipantId,
    /// For how much; nothing while it is sealed.
    pub price: Option<Sum>,
    /// What it saves of the reserve, in millionths, with what else it brings: the higher the better.
    pub score: Option<u32>,
    /// Its place by score, beginning with 1.
    pub rank: Option<u32>,
    /// The bidder's reputation, in millionths.
    pub reputation: Option<u32>,
    /// Whether a team bids.
    pub team: bool,
    /// Whether it was offered the contract.
    pub won: bool,
    /// Why it was not compared.
    pub excluded: Option<String>,
}

/// One line of a story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The number of the event.
    pub sequence: u64,
    /// Its place in the entry.
    pub index: u32,
    /// Economy time, in milliseconds.
    pub t_ms: u64,
    /// Whether money moved.
    pub money: bool,
    /// In words.
    pub text: String,
}

/// A participant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PersonRow {
    /// Its number.
    pub participant: ParticipantId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// `here`, `away`, or `-` where nobody says.
    pub status: &'static str,
    /// For whom it acts, where for somebody else.
    pub acts_for: Option<String>,
    /// Its reputation, in millionths.
    pub reputation: u32,
    /// Contracts settled.
    pub settled: u32,
    /// Contracts defaulted.
    pub defaulted: u32,
    /// Tasks it bid for.
    pub bids: u32,
    /// Contracts it won.
    pub wins: u32,
    /// Wins among its bids, in millionths.
    pub win_rate: Option<u32>,
    /// What it was paid.
    pub earned: Sum,
    /// Its free money, where that is seen from here.
    pub balance: Option<Sum>,
    /// Held for its tasks, where that is seen from here.
    pub held: Option<Sum>,
    /// What it can do or has.
    pub can: Vec<String>,
}

/// The book.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Book {
    /// Assets.
    pub assets: Vec<AssetRow>,
    /// The last movements, the newest first.
    pub moves: Vec<MoveRow>,
}

/// An asset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AssetRow {
    /// Its code.
    pub asset: String,
    /// All there is.
    pub supply: Sum,
    /// Of participants: to be spent, and in deposits.
    pub free: Sum,
    /// In reserved budgets.
    pub held: Sum,
    /// In escrow.
    pub escrow: Sum,
    /// In deposits and bonds, as far as they are told apart.
    pub bonds: Sum,
    /// The operator's fees.
    pub treasury: Sum,
    /// All debits.
    pub debits: Sum,
    /// All credits.
    pub credits: Sum,
    /// Whether debits equal credits, and all that was made is somewhere.
    pub conserved: Option<bool>,
    /// Both sides, by kind of purse; empty where not all is seen.
    pub sides: Vec<SideRow>,
}

/// Both sides of one kind of purse.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SideRow {
    /// Which kind.
    pub purse: &'static str,
    /// What left.
    pub debits: Sum,
    /// What came in.
    pub credits: Sum,
    /// What is there.
    pub balance: Sum,
}

/// A movement of money.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoveRow {
    /// The number of its event.
    pub sequence: u64,
    /// Its place in the entry.
    pub index: u32,
    /// Economy time, in milliseconds.
    pub t_ms: u64,
    /// How much.
    pub amount: Sum,
    /// Of what.
    pub asset: String,
    /// The side that is debited.
    pub debit: String,
    /// The side that is credited.
    pub credit: String,
    /// Why.
    pub reason: String,
    /// The task it belongs to.
    pub task: Option<TaskId>,
    /// The other events of the same entry: what is behind it.
    pub behind: Vec<String>,
}

/// What waits for you.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InboxRow {
    /// On which task.
    pub task: TaskId,
    /// What is to be decided.
    pub decision: Decision,
    /// In words.
    pub asks: &'static str,
    /// Who asks.
    pub from: String,
    /// How much it is about.
    pub amount: String,
    /// What for.
    pub wants: String,
    /// Until then, in milliseconds.
    pub left_ms: u64,
    /// What happens if you do nothing.
    pub if_silent: Silence,
    /// In words.
    pub if_silent_text: String,
    /// The part under review.
    pub milestone: Option<u16>,
    /// What was asked, or delivered, where it could be read.
    pub content: Option<String>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventRow {
    /// Its number.
    pub sequence: u64,
    /// Its place in the entry.
    pub index: u32,
    /// Economy time, in milliseconds.
    pub t_ms: u64,
    /// Its kind.
    pub kind: &'static str,
    /// The task it is about.
    pub task: Option<TaskId>,
    /// In words.
    pub text: String,
}

/// What a decision asks of you.
#[must_use]
pub const fn asks(decision: Decision) -> &'static str {
    match decision {
        Decision::Approve => "asks you to approve",
        Decision::Confirm => "asks you to confirm the award",
        Decision::TakeAward => "is offered to you",
        Decision::Select => "asks you to choose a bid",
        Decision::Reveal => "asks you to reveal your bid",
        Decision::Review => "asks you to review the delivery",
        Decision::Deliver => "waits for you to deliver",
    }
}
