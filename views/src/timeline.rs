//! Timelines: the tasks that are under way and the last that are over, each with its bids, its money and its story.
//!
//! Bounded where [`crate::task::Tasks`] is not: what is over gives way to what is over later, and of a very long story
//! the middle is left out and counted. Invariant: the purses of a task are what the events moved, to the unit.
//! Absent on purpose: judgement. What is sealed stands here as it was told.

use crate::fold::Position;
use crate::task::Happened;
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::command::task::TaskSpec;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, Purse};
use oikos_protocol::event::task::{Exclusion, Phase, Stage, TaskEvent};
use oikos_protocol::id::{Hash32, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Tasks that are over and still told.
pub const OVER_MAX: usize = 512;
/// Things told of one task.
pub const STORY_MAX: usize = 200;
/// Things told of all tasks that are under way together; then the oldest tasks have no story any more.
const STORIES_MAX: usize = 100_000;

/// A bid as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownBid {
    /// Whose.
    pub bidder: ParticipantId,
    /// For how much, where that is known.
    pub price: Option<Amount>,
    /// What it promises besides, with the bidder's reputation then, where the task scores and that is known.
    pub promised: Option<(Promise, Share)>,
    /// Why it was not compared with the others.
    pub excluded: Option<Exclusion>,
    /// Whether a team bids.
    pub team: bool,
    /// When it came, or came anew.
    pub t: Timestamp,
}

/// A task's money, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purses {
    /// The reserved budget.
    pub hold: i128,
    /// The award that is not earned yet.
    pub escrow: i128,
    /// Deposits of bidders.
    pub deposits: i128,
    /// The performance bond.
    pub bond: i128,
}

impl Purses {
    /// All of it.
    #[must_use]
    pub const fn sum(&self) -> i128 {
        self.hold + self.escrow + self.deposits + self.bond
    }
}

/// One line of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its number.
    pub at: Position,
    /// When.
    pub t: Timestamp,
    /// What.
    pub what: Happened,
}

/// The life of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// Whose it is.
    pub poster: ParticipantId,
    /// Its rules.
    pub spec: Arc<TaskSpec>,
    /// Where it stands.
    pub phase: Phase,
    /// What an evaluation waits for.
    pub stage: Option<Stage>,
    /// When the clock acts next, where that is known.
    pub deadline: Option<Timestamp>,
    /// When it was first heard of.
    pub since: Timestamp,
    /// When something last happened to it.
    pub touched: Timestamp,
    /// Who has to approve it.
    pub approver: Option<ParticipantId>,
    /// Its bids, in order of arrival.
    pub bids: Vec<KnownBid>,
    /// Who was offered it last, for how much.
    pub award: Option<(ParticipantId, Amount)>,
    /// Bids that were compared for the award.
    pub compared: Option<u32>,
    /// The seed of the lots, where a lot decided.
    pub lots: Option<Hash32>,
    /// What was paid for it.
    pub paid: Option<Amount>,
    /// Its money.
    pub purses: Purses,
    /// What happened.
    pub story: VecDeque<Told>,
    /// How many lines of the story were left out.
    pub left_out: u32,
}

impl Life {
    fn new(poster: ParticipantId, spec: &Arc<TaskSpec>, t: Timestamp) -> Self {
        Self {
            poster,
            spec: Arc::clone(spec),
            phase: Phase::Draft,
            stage: None,
            deadline: None,
            since: t,
            touched: t,
            approver: spec.approver,
            bids: Vec::new(),
            award: None,
            compared: None,
            lots: None,
            paid: None,
            purses: Purses::default(),
            story: VecDeque::new(),
            left_out: 0,
        }
    }

    fn bid(&mut self, who: ParticipantId) -> Option<&mut KnownBid> {
        self.bids.iter_mut().find(|bid| bid.bidder == who)
    }

    fn follow(&mut self, event: &TaskEvent, t: Timestamp) {
        if let Some(phase) = event.enters() {
            (self.phase, self.stage) = (phase, None);
            self.deadline = None;
        }
        match event {
            TaskEvent::ApprovalAsked { approver, approve_by, .. } => {
                (self.approver, self.deadline) = (Some(*approver), Some(*approve_by));
            }
            TaskEvent::Opened { bid_by, .. } => self.deadline = Some(*bid_by),
            TaskEvent::BidPlaced { bidder, team, .. } => {
                let (bidder, team) = (*bidder, !team.is_empty());
                self.bids.retain(|bid| bid.bidder != bidder);
                self.bids.push(KnownBid { bidder, price: None, promised: None, excluded: None, team, t });
            }
            TaskEvent::BidPriced { bidder, price, .. } | TaskEvent::BidOpened { bidder, price, .. } => {
                if let Some(bid) = self.bid(*bidder) {
                    bid.price = Some(*price);
                }
            }
            TaskEvent::BidPromised { bidder, promise, reputation, .. } => {
                if let Some(bid) = self.bid(*bidder) {
                    bid.promised = Some((*promise, *reputation));
                }
            }
            TaskEvent::BidWithdrawn { bidder, .. } => self.bids.retain(|bid| bid.bidder != *bidder),
            TaskEvent::BidExcluded { bidder, why, .. } => {
                if let Some(bid) = self.bid(*bidder) {
                    bid.excluded = Some(why.clone());
                }
            }
            TaskEvent::StageEntered { stage, until, .. } => {
                (self.stage, self.deadline) = (Some(*stage), Some(*until));
            }
            TaskEvent::AwardOffered { bidder, price, ground, accept_by, .. } => {
                (self.award, self.deadline) = (Some((*bidder, *price)), Some(*accept_by));
                if let oikos_protocol::event::task::AwardGround::Mechanism { compared, lots } = ground {
                    (self.compared, self.lots) = (Some(*compared), *lots);
                }
            }
            TaskEvent::Activated { deliver_by: by, .. }
            | TaskEvent::Submitted { review_by: by, .. }
            | TaskEvent::ReviewPassed { review_by: by, .. }
            | TaskEvent::Retained { until: by, .. } => self.deadline = Some(*by),
            TaskEvent::Settled { paid, .. } => self.paid = Some(*paid),
            TaskEvent::NoAward { compared, .. } => self.compared = Some(*compared),
            TaskEvent::Drafted { .. }
            | TaskEvent::Rejected { .. }
            | TaskEvent::Cancelled { .. }
            | TaskEvent::BidsClosed { .. }
            | TaskEvent::AwardAccepted { .. }
            | TaskEvent::AwardDeclined { .. }
            | TaskEvent::DeliverableAccepted { .. }
            | TaskEvent::Defaulted { .. }
            | TaskEvent::Expired { .. } => {}
        }
    }

    fn moved(&mut self, moved: &MoneyMoved) {
        let amount = i128::try_from(moved.amount.0).unwrap_or(i128::MAX); // No supply is above 2^100.
        for (purse, amount) in [(moved.from, -amount), (moved.to, amount)] {
            match purse {
                Purse::Hold(_) => self.purses.hold += amount,
                Purse::Escrow(_) => self.purses.escrow += amount,
                Purse::Deposit(..) => self.purses.deposits += amount,
                Purse::Bond(_) => self.purses.bond += amount,
                Purse::Issuer | Purse::Available(_) | Purse::Treasury | Purse::Stream(_) | Purse::Order(..) => {}
            }
        }
    }

    /// Keeps a line; says by how many the story grew.
    fn tell(&mut self, told: Told) -> usize {
        if self.story.len() < STORY_MAX {
            self.story.push_back(told);
            return 1;
        }
        // The beginning says what it is, the end how it stands.
        self.story.remove(STORY_MAX / 4);
        self.left_out += 1;
        self.story.push_back(told);
        0
    }
}

/// The tasks that are told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Timelines {
    open: BTreeMap<TaskId, Life>,
    over: VecDeque<(TaskId, Life)>,
    phases: BTreeMap<Phase, u64>,
    lines: usize,
}

impl Timelines {
    /// A task, if it is told.
    #[must_use]
    pub fn get(&self, task: TaskId) -> Option<&Life> {
        self.open.get(&task).or_else(|| self.over.iter().rev().find(|(id, _)| *id == task).map(|(_, life)| life))
    }

    /// Tasks under way, in order of number.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = (TaskId, &Life)> {
        self.open.iter().map(|(&task, life)| (task, life))
    }

    /// Tasks that are over, the last first.
    pub fn over(&self) -> impl Iterator<Item = (TaskId, &Life)> {
        self.over.iter().rev().map(|(task, life)| (*task, life))
    }

    /// How many tasks are under way.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.open.len()
    }

    /// How many tasks are, or ended, in each phase.
    #[must_use]
    pub const fn by_phase(&self) -> &BTreeMap<Phase, u64> {
        &self.phases
    }

    /// Takes one event in; gives the life it belongs to.
    pub fn fold(&mut self, at: Position, t: Timestamp, event: &Event) {
        let (task, what) = match event {
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
        // Others hear of a task when it opens, its poster when it is drafted, its approver when it is asked.
        if let Event::Task(
            TaskEvent::Drafted { poster, spec, .. }
            | TaskEvent::Opened { poster, spec, .. }
            | TaskEvent::ApprovalAsked { poster, spec, .. },
        ) = event
            && !self.open.contains_key(&task)
        {
            self.open.insert(task, Life::new(*poster, spec, t));
            *self.phases.entry(Phase::Draft).or_default() += 1;
        }
        let told = Told { at, t, what };
        let Some(life) = self.open.get_mut(&task) else {
            // Money may come back after the end.
            if let Some((_, life)) = self.over.iter_mut().rev().find(|(id, _)| *id == task) {
                if let Happened::Money(moved) = &told.what {
                    life.moved(moved);
                }
                life.tell(told);
            }
            return;
        };
        let before = life.phase;
        life.touched = t;
        match &told.what {
            Happened::Task(event) => life.follow(event, t),
            Happened::Money(moved) => life.moved(moved),
        }
        self.lines += life.tell(told);
        let after = life.phase;
        if after != before {
            let count = self.phases.entry(before).or_default();
            *count = count.saturating_sub(1);
            *self.phases.entry(after).or_default() += 1;
        }
        if after.is_terminal()
            && let Some(life) = self.open.remove(&task)
        {
            self.lines -= life.story.len().min(self.lines);
            if self.over.len() == OVER_MAX {
                self.over.pop_front();
            }
            self.over.push_back((task, life));
        }
        if self.lines > STORIES_MAX {
            self.forget();
        }
    }

    /// The oldest tasks lose their stories, a quarter of all lines at once.
    fn forget(&mut self) {
        for life in self.open.values_mut() {
            if self.lines <= STORIES_MAX / 4 * 3 {
                return;
            }
            let lines = life.story.len();
            life.left_out = life.left_out.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
            life.story = VecDeque::new();
            self.lines -= lines.min(self.lines);
        }
    }
}
