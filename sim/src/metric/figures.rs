//! Figures: the steps of an economy over its time, and how each task ended; from events alone.
//!
//! A run and whoever replays its journal fold the same events here and get the same rows. Whole numbers only.
//! Invariants: a step in which nothing happened has no row; only one asset is counted, the others are passed over.
//! Absent on purpose: what a delivery is worth to its poster, which no event says (see `welfare`).

use super::inequality::Incomes;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::event::task::{Phase, TaskEvent};
use oikos_protocol::id::{AssetId, ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::{Span, Timestamp};
use oikos_views::income::{ByKind, Income};
use oikos_views::{Fold as _, Position};

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
    /// The lowest of their prices.
    pub price_low: Option<u128>,
    /// The highest of their prices.
    pub price_high: Option<u128>,
    /// Tasks that ended in it, settled or not.
    pub ended: u64,
    /// Tasks settled in it.
    pub settled: u64,
    /// What was paid to workers in it.
    pub volume: u128,
    /// What was earned in it, offers included, by kind.
    pub income: ByKind,
    /// The Gini coefficient of all that was earned up to its end, in millionths, among those who bid or earned.
    pub gini: Option<u32>,
    /// Tasks that were not over at its end.
    pub open_tasks: u64,
    /// All money there was at its end.
    pub supply: u128,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaskEnd {
    /// Its phase; none where it was never posted.
    pub phase: Option<Phase>,
    /// Its number in the economy.
    pub task: Option<TaskId>,
    /// Whose it is.
    pub poster: Option<ParticipantId>,
    /// The most it might cost.
    pub budget: Amount,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Bids, revised ones once.
    pub bids: u32,
    /// Who got it last.
    pub winner: Option<ParticipantId>,
    /// What that award cost.
    pub price: Amount,
    /// What the worker earned, the fee included.
    pub paid: Amount,
    /// What its poster laid out for it less what came back, in minor units.
    pub cost: i128,
    /// How often it was settled.
    pub settlements: u32,
    /// How often it was awarded.
    pub awards: u32,
    /// Whether it is paid in the asset that is counted.
    counts: bool,
}

/// The fold.
#[derive(Debug)]
pub struct Figures {
    /// The steps that are over, in order.
    pub rows: Vec<Row>,
    /// How each task ended, by its number.
    pub ends: Vec<TaskEnd>,
    /// Who earned how much.
    pub income: Income,
    asset: AssetId,
    width: Span,
    t: Timestamp,
    row: Row,
    has_new_income: bool,
}

impl Figures {
    /// Of this asset, in steps of this width.
    #[must_use]
    pub fn new(asset: AssetId, width: Span) -> Self {
        Self {
            rows: Vec::new(),
            ends: Vec::new(),
            income: Income::default(),
            asset,
            width: Span(width.0.max(1)),
            t: Timestamp::ZERO,
            row: Row::default(),
            has_new_income: false,
        }
    }

    /// The width of a step.
    #[must_use]
    pub const fn width(&self) -> Span {
        self.width
    }

    /// What happens from here on happens at `t`.
    pub fn step(&mut self, t: Timestamp) {
        self.t = t;
        let step = t.0 / self.width.0;
        if step != self.row.step {
            self.close_row(step);
        }
    }

    /// Ends the last row.
    pub fn close(&mut self) {
        self.close_row(0);
    }

    fn close_row(&mut self, next: u64) {
        if std::mem::take(&mut self.has_new_income) {
            self.row.gini = Incomes::of(self.income.sellers(self.asset).map(|(_, earned)| earned)).gini();
        }
        let Row { open_tasks, supply, gini, .. } = self.row;
        self.rows.push(self.row);
        self.row = Row { step: next, open_tasks, supply, gini, ..Row::default() };
    }

    /// Takes one event in.
    pub fn fold(&mut self, event: &Event) {
        // The engine hands each event over once, so that its number is of no use here.
        self.income.fold(Position { seq: 0, index: 0 }, event);
        match event {
            Event::Task(event) => self.task(event),
            Event::Money(moved) if moved.asset == self.asset => self.money(moved),
            _ => {}
        }
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
                (true, false) => {
                    self.row.open_tasks -= 1;
                    self.row.ended += 1;
                    end.ended_at = Some(self.t);
                }
                _ => {}
            }
        }
        match event {
            TaskEvent::Drafted { poster, spec, .. } => {
                self.row.posted += 1;
                end.task = Some(id);
                (end.poster, end.budget, end.posted_at) = (Some(*poster), spec.budget, self.t);
                end.counts = spec.asset == self.asset;
            }
            TaskEvent::BidPlaced { revised, .. } => {
                self.row.bids += 1;
                end.bids += u32::from(!revised);
            }
            TaskEvent::AwardOffered { bidder, price, .. } => {
                self.row.awards += 1;
                end.awards += 1;
                (end.winner, end.price) = (Some(*bidder), *price);
                if end.counts {
                    self.row.awarded += price.0;
                    self.row.price_low = Some(self.row.price_low.map_or(price.0, |low| low.min(price.0)));
                    self.row.price_high = self.row.price_high.max(Some(price.0));
                }
            }
            TaskEvent::Settled { paid, .. } => {
                end.paid = *paid;
                end.settlements += 1;
                self.row.settled += 1;
            }
            _ => {}
        }
    }

    fn money(&mut self, moved: &MoneyMoved) {
        if let Some((earner, amount)) = Income::pay(moved) {
            self.row.income.add(self.income.kind(earner), amount);
            self.has_new_income = true;
        }
        if let Some(task) = moved.from.task().or(moved.to.task())
            && let Some(end) = self.ends.get_mut(task.0 as usize)
        {
            let poster = end.poster.map(Purse::Available);
            let amount = moved.amount.0 as i128; // At most the supply, 2^100.
            end.cost += if Some(moved.from) == poster { amount } else { 0 };
            end.cost -= if Some(moved.to) == poster { amount } else { 0 };
        }
        match moved.reason {
            MoneyReason::Issue | MoneyReason::FromOutside => self.row.supply += moved.amount.0,
            MoneyReason::Burn | MoneyReason::ToOutside => self.row.supply -= moved.amount.0,
            MoneyReason::Pay => self.row.volume += moved.amount.0,
            _ => {}
        }
    }
}
