//! Tasks: where each one stands, and its story with the money that moved.

use crate::fold::{Fold, Position};
use oikos_protocol::event::Event;
use oikos_protocol::event::money::MoneyMoved;
use oikos_protocol::event::task::{Phase, TaskEvent};
use oikos_protocol::id::{AssetId, ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One thing in the life of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happened {
    /// To the task itself.
    Task(TaskEvent),
    /// To its money.
    Money(MoneyMoved),
}

/// The life of a task so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Whose it is.
    pub poster: ParticipantId,
    /// The money it is paid in.
    pub asset: AssetId,
    /// The most it may cost.
    pub budget: Amount,
    /// Where it stands.
    pub phase: Phase,
    /// Live bids.
    pub bids: u32,
    /// Who won it last, and for how much.
    pub award: Option<(ParticipantId, Amount)>,
    /// What happened, in order.
    pub story: Vec<(Position, Happened)>,
}

/// Every task's life.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tasks(BTreeMap<TaskId, Timeline>);

impl Tasks {
    /// The life of a task.
    #[must_use]
    pub fn get(&self, task: TaskId) -> Option<&Timeline> {
        self.0.get(&task)
    }

    /// Every task's life, in order of creation.
    pub fn all(&self) -> impl Iterator<Item = (TaskId, &Timeline)> {
        self.0.iter().map(|(&task, timeline)| (task, timeline))
    }

    /// How many tasks are in each phase.
    #[must_use]
    pub fn by_phase(&self) -> BTreeMap<Phase, u64> {
        let mut counts = BTreeMap::new();
        self.0.values().for_each(|timeline| *counts.entry(timeline.phase).or_default() += 1);
        counts
    }
}

impl Fold for Tasks {
    fn fold(&mut self, at: Position, event: &Event) {
        let (task, happened) = match event {
            Event::Task(event) => (event.task(), Happened::Task(event.clone())),
            Event::Money(moved) => match moved.from.task().or(moved.to.task()) {
                Some(task) => (task, Happened::Money(*moved)),
                None => return,
            },
            Event::Asset(_)
            | Event::Participant(_)
            | Event::Ledger(_)
            | Event::Offer(_)
            | Event::Beacon(_)
            | Event::Limit(_)
            | Event::Stream(_)
            | Event::Exchange(_)
            | Event::Order(_) => return,
        };
        if let Event::Task(TaskEvent::Drafted { poster, spec, .. }) = event {
            let (poster, asset, budget) = (*poster, spec.asset, spec.budget);
            let new = Timeline { poster, asset, budget, phase: Phase::Draft, bids: 0, award: None, story: Vec::new() };
            self.0.insert(task, new);
        }
        let Some(timeline) = self.0.get_mut(&task) else { return };
        if let Event::Task(event) = event {
            timeline.follow(event);
        }
        timeline.story.push((at, happened));
    }
}

impl Timeline {
    fn follow(&mut self, event: &TaskEvent) {
        match event {
            TaskEvent::BidPlaced { revised: false, .. } => self.bids += 1,
            TaskEvent::BidWithdrawn { .. } => self.bids = self.bids.saturating_sub(1),
            TaskEvent::AwardOffered { bidder, price, .. } => self.award = Some((*bidder, *price)),
            _ => {}
        }
        if let Some(phase) = event.enters() {
            self.phase = phase;
        }
    }
}
