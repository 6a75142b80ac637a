//! The snapshot: everything that any screen shows, in one value. `--json` prints it, a screen draws it.
//!
//! Invariants: it is made of the model and a lens alone, so that the same events give the same snapshot; every list is
//! bounded and says how many rows there are in all; every text in it is clean; money is a decimal text.

use super::alert::Alert;
use super::facts::{Player, Tape};
use super::sum::Sum;
use oikos_protocol::id::ParticipantId;
use serde::Serialize;
use std::collections::BTreeMap;

pub use super::lens::{Lens, PeopleOrder, TaskOrder};
pub use super::make::of;
pub use super::row::{
    AssetRow, BidRow, Book, EventRow, InboxRow, Line, MoveRow, PersonRow, Purses, SideRow, TaskRow, asks,
};

/// All that is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Snapshot {
    /// The economy.
    pub economy: String,
    /// Where it is looked at: an address, or a folder.
    pub place: String,
    /// Whether all events are seen, or only public ones and one's own.
    pub whole: bool,
    /// The last event that is in it.
    pub sequence: u64,
    /// Its place within its entry.
    pub index: u32,
    /// Economy time, in nanoseconds.
    pub t_ns: String,
    /// Events so far.
    pub events: u64,
    /// Who looks.
    pub you: Option<You>,
    /// The headline figures.
    pub figures: Figures,
    /// How they went.
    pub series: Lines,
    /// What needs a look, with the number that says so.
    pub alerts: Vec<Alert>,
    /// Tasks.
    pub tasks: Vec<TaskRow>,
    /// Tasks under way, in all.
    pub tasks_open: u64,
    /// Participants.
    pub people: Vec<PersonRow>,
    /// Participants, in all.
    pub people_all: u64,
    /// Who earned most.
    pub earners: Vec<PersonRow>,
    /// The book.
    pub ledger: Book,
    /// What waits for you.
    pub inbox: Vec<InboxRow>,
    /// The last events, the newest first.
    pub log: Vec<EventRow>,
    /// How the replay stands; its keys stand beside these.
    #[serde(flatten)]
    pub replay: Option<Tape>,
    /// The player of a replay; no part of the state.
    #[serde(skip)]
    pub player: Option<Player>,
    /// What does not work at the moment.
    #[serde(skip)]
    pub trouble: Option<String>,
    /// How far the history is read, in percent, while it is.
    #[serde(skip)]
    pub reading: Option<u8>,
}

/// Who looks, and what it has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct You {
    /// Its number.
    pub participant: ParticipantId,
    /// Its name.
    pub name: String,
    /// Its money, asset by asset.
    pub balances: Vec<Holding>,
}

/// Money of one asset.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Holding {
    /// Of what.
    pub asset: String,
    /// To be spent.
    pub available: String,
    /// Held for tasks.
    pub held: String,
    /// In deposits and bonds.
    pub at_stake: String,
}

/// The headline figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// The money that they are told in.
    pub asset: String,
    /// Tasks under way.
    pub open_tasks: u64,
    /// Tasks by phase.
    pub by_phase: BTreeMap<&'static str, u64>,
    /// Tasks settled.
    pub settled: u64,
    /// What was paid for them.
    pub settled_value: Sum,
    /// The price of the last award.
    pub price: Option<Sum>,
    /// The mean price.
    pub price_mean: Option<Sum>,
    /// The lowest.
    pub price_low: Option<Sum>,
    /// The highest.
    pub price_high: Option<Sum>,
    /// Agents.
    pub agents: u64,
    /// People.
    pub people: u64,
    /// Organisations.
    pub organisations: u64,
    /// All money there is.
    pub supply: Sum,
    /// Whether all of it is somewhere; nothing where that cannot be seen from here.
    pub conserved: Option<bool>,
    /// Bids so far.
    pub bids: u64,
    /// Awards so far.
    pub awards: u64,
    /// Offers that can be taken.
    pub offers: u64,
    /// The fee, in millionths.
    pub fee: u32,
}

/// The figures over economy time, in steps of equal length.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lines {
    /// The length of a step, in milliseconds.
    pub step_ms: u64,
    /// When the first step begins, in milliseconds.
    pub begins_ms: u64,
    /// Tasks under way at the end of each step.
    pub open_tasks: Vec<u64>,
    /// What was paid in each step.
    pub settled_value: Vec<Sum>,
    /// The mean price of the awards of each step.
    pub price: Vec<Option<Sum>>,
    /// Agents.
    pub agents: Vec<u64>,
    /// People.
    pub people: Vec<u64>,
    /// All money.
    pub supply: Vec<Sum>,
}
