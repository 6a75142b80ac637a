//! What the engine sees of the economy: counts, the metrics of each step, and what somebody has to react to.
//!
//! Folds events only; the state itself is read when a run is over.

use super::plan::{ASSET, number};
use crate::metric::figures::Figures;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::{MoneyMoved, Purse};
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::time::Span;
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

/// What somebody has to react to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    Opened(TaskId),
    Offered(TaskId, ParticipantId),
    Activated(TaskId, ParticipantId),
    Submitted(TaskId),
}

/// The engine's sink of events.
#[derive(Debug)]
pub(crate) struct Observer {
    pub(crate) counts: Counts,
    pub(crate) notices: Vec<Notice>,
    /// The steps, and how tasks ended.
    pub(crate) figures: Figures,
    /// What came into each participant's free money less what left it, by number.
    pub(crate) flows: Vec<i128>,
    /// What happened in the book and is not in the past yet.
    pub(crate) booked: Vec<LedgerEvent>,
}

impl Observer {
    pub(crate) fn new(participants: usize, width: Span) -> Self {
        Self {
            counts: Counts::default(),
            notices: Vec::new(),
            figures: Figures::new(ASSET, width),
            flows: vec![0; participants],
            booked: Vec::new(),
        }
    }

    fn task(&mut self, event: &TaskEvent) {
        let id = event.task();
        match *event {
            TaskEvent::Opened { .. } => self.notices.push(Notice::Opened(id)),
            TaskEvent::BidPlaced { .. } => self.counts.bids += 1,
            TaskEvent::AwardOffered { bidder, .. } => {
                self.counts.awards += 1;
                self.notices.push(Notice::Offered(id, bidder));
            }
            TaskEvent::Activated { worker, .. } => self.notices.push(Notice::Activated(id, worker)),
            TaskEvent::Submitted { .. } => self.notices.push(Notice::Submitted(id)),
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
    }
}

impl EventSink for Observer {
    fn emit(&mut self, event: &Event) {
        self.counts.events += 1;
        self.figures.fold(event);
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
