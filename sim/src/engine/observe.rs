//! What the engine sees of the economy: counts, the metrics of each step, and what somebody has to react to.
//!
//! Folds events only; the state itself is read when a run is over.

use super::plan::number;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::event::task::{Phase, TaskEvent};
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::{Span, Timestamp};
use serde::Serialize;

/// What was counted over a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Entries of the journal, genesis and checkpoints included.
    pub entries: u64,
    /// Commands that were sequenced.
    pub commands: u64,
    /// Commands that were rejected.
    pub rejections: u64,
    /// Entries in which only deadlines fell due.
    pub ticks: u64,
    /// Checkpoints.
    pub checkpoints: u64,
    /// Events.
    pub events: u64,
    /// Bids.
    pub bids: u64,
    /// Awards that were offered.
    pub awards: u64,
}

/// One row of the metrics: what happened in a step of virtual time, and how things stood at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// The number of the step; steps in which nothing happened have no row.
    pub step: u64,
    /// Tasks posted in it.
    pub posted: u64,
    /// Bids placed in it.
    pub bids: u64,
    /// Awards offered in it.
    pub awards: u64,
    /// What those awards cost together.
    pub awarded: u128,
    /// Tasks settled in it.
    pub settled: u64,
    /// What was paid to workers in it.
    pub volume: u128,
    /// Tasks that were not over at its end.
    pub open_tasks: u64,
    /// All money there was at its end.
    pub supply: u128,
}

/// What somebody has to react to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    Opened(TaskId),
    Offered(TaskId, ParticipantId),
    Activated(TaskId, ParticipantId),
    Submitted(TaskId),
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaskEnd {
    /// Its phase; none where it was never posted.
    pub phase: Option<Phase>,
    /// Who got it last, by number.
    pub winner: Option<u32>,
    /// What the worker earned, the fee included.
    pub paid: Amount,
    /// How often it was settled.
    pub settlements: u32,
    /// How often it was awarded.
    pub awards: u32,
}

/// The engine's sink of events.
#[derive(Debug)]
pub(crate) struct Observer {
    pub(crate) counts: Counts,
    pub(crate) notices: Vec<Notice>,
    pub(crate) rows: Vec<Row>,
    pub(crate) ends: Vec<TaskEnd>,
    /// What came into each participant's free money less what left it, by number.
    pub(crate) flows: Vec<i128>,
    /// What happened in the book and is not in the past yet.
    pub(crate) booked: Vec<LedgerEvent>,
    row: Row,
    width: Span,
}

impl Observer {
    pub(crate) fn new(participants: usize, width: Span) -> Self {
        Self {
            counts: Counts::default(),
            notices: Vec::new(),
            rows: Vec::new(),
            ends: Vec::new(),
            flows: vec![0; participants],
            booked: Vec::new(),
            row: Row::default(),
            width,
        }
    }

    /// A step of the economy at `t` begins.
    pub(crate) fn step(&mut self, t: Timestamp) {
        let step = t.0 / self.width.0;
        if step != self.row.step {
            self.close_row(step);
        }
    }

    /// Ends the row that is being filled.
    pub(crate) fn close_row(&mut self, next: u64) {
        let Row { open_tasks, supply, .. } = self.row;
        self.rows.push(self.row);
        self.row = Row { step: next, open_tasks, supply, ..Row::default() };
    }

    fn task(&mut self, event: &TaskEvent) {
        let id = event.task();
        let index = id.0 as usize;
        if index >= self.ends.len() {
            self.ends.resize(index + 1, TaskEnd::default());
        }
        let end = &mut self.ends[index];
        if let Some(phase) = event.enters() {
            let was_open = end.phase.is_some_and(|phase| !phase.is_terminal());
            end.phase = Some(phase);
            match (was_open, !phase.is_terminal()) {
                (false, true) => self.row.open_tasks += 1,
                (true, false) => self.row.open_tasks -= 1,
                _ => {}
            }
        }
        match *event {
            TaskEvent::Drafted { .. } => self.row.posted += 1,
            TaskEvent::Opened { .. } => self.notices.push(Notice::Opened(id)),
            TaskEvent::BidPlaced { .. } => {
                self.counts.bids += 1;
                self.row.bids += 1;
            }
            TaskEvent::AwardOffered { bidder, price, .. } => {
                self.counts.awards += 1;
                self.row.awards += 1;
                self.row.awarded += price.0;
                end.awards += 1;
                end.winner = number(bidder);
                self.notices.push(Notice::Offered(id, bidder));
            }
            TaskEvent::Activated { worker, .. } => self.notices.push(Notice::Activated(id, worker)),
            TaskEvent::Submitted { .. } => self.notices.push(Notice::Submitted(id)),
            TaskEvent::Settled { paid, .. } => {
                end.paid = paid;
                end.settlements += 1;
                self.row.settled += 1;
            }
            _ => {}
        }
    }

    fn money(&mut self, moved: &MoneyMoved) {
        let amount = moved.amount.0 as i128; // At most the supply, 2^100.
        for (purse, signed) in [(moved.from, -amount), (moved.to, amount)] {
            if let Purse::Available(owner) = purse
                && let Some(flow) = number(owner).and_then(|number| self.flows.get_mut(number as usize))
            {
                *flow += signed;
            }
        }
        match moved.reason {
            MoneyReason::Issue | MoneyReason::FromOutside => self.row.supply += moved.amount.0,
            MoneyReason::Pay => self.row.volume += moved.amount.0,
            _ => {}
        }
    }
}

impl EventSink for Observer {
    fn emit(&mut self, event: &Event) {
        self.counts.events += 1;
        match event {
            Event::Task(event) => self.task(event),
            Event::Money(moved) => self.money(moved),
            Event::Ledger(event) => self.booked.push(**event),
            Event::Asset(_)
            | Event::Participant(_)
            | Event::Offer(_)
            | Event::Beacon(_)
            | Event::Limit(_)
            | Event::Stream(_)
            | Event::Exchange(_)
            | Event::Order(_) => {}
        }
    }
}
