//! The rows of tasks, each with its bids, its money and its story.

use super::super::sentence::excluded;
use super::super::snapshot::{BidRow, Line, Purses, TaskOrder, TaskRow};
use super::filter::has;
use super::maker::{Maker, ms, whole};
use crate::text::safe;
use oikos_market::verify::score;
use oikos_protocol::id::TaskId;
use oikos_views::task::Happened;
use oikos_views::timeline::{Life, Told};
use std::cmp::Reverse;

impl Maker<'_> {
    pub(super) fn tasks(&self) -> Vec<TaskRow> {
        let timelines = self.overview.timelines();
        let all = timelines.open().rev().chain(timelines.over());
        let mut found: Vec<_> = all.filter(|(task, life)| self.task_matches(*task, life)).collect();
        match self.lens.task_order {
            TaskOrder::Newest => {}
            TaskOrder::Deadline => {
                found.sort_by_key(|(_, life)| (life.phase.is_terminal(), life.deadline.unwrap_or_default()));
            }
            TaskOrder::Budget => found.sort_by_key(|(_, life)| Reverse(life.spec.budget)),
            TaskOrder::Bids => found.sort_by_key(|(_, life)| Reverse(life.bids.len())),
        }
        found.into_iter().take(self.lens.rows_max).map(|(task, life)| self.task(task, life)).collect()
    }

    fn task_matches(&self, task: TaskId, life: &Life) -> bool {
        if self.lens.tasks.is_empty() {
            return true;
        }
        let worker = life.award.map(|(worker, _)| self.facts.names.name(worker)).unwrap_or_default();
        let poster = self.facts.names.name(life.poster);
        has(&format!("{task} {} {} {poster} {worker}", life.phase.name(), wants(life)), &self.lens.tasks)
    }

    fn task(&self, task: TaskId, life: &Life) -> TaskRow {
        let asset = life.spec.asset;
        let sum = |units: i128| self.sum_of(units, asset);
        // Of a task that is over nothing is left, and from here not all of its movements may be seen.
        let purses = if life.phase.is_terminal() && !self.facts.is_whole { Default::default() } else { life.purses };
        let offers = self.bids(life);
        let best = offers.iter().find(|bid| bid.rank == Some(1)).and_then(|bid| bid.price);
        let left = life.deadline.filter(|_| !life.phase.is_terminal());
        TaskRow {
            task,
            phase: life.phase.name(),
            over: life.phase.is_terminal(),
            wants: wants(life),
            poster: self.facts.names.name(life.poster),
            yours: self.facts.you == Some(life.poster),
            budget: sum(whole(life.spec.budget)),
            asset: self.code(asset),
            mechanism: life.spec.mechanism.name(),
            left_ms: left.map(|deadline| ms(deadline.since(self.overview.t()).0)),
            bids: u32::try_from(life.bids.len()).unwrap_or(u32::MAX),
            best,
            worker: life.award.map(|(worker, _)| self.facts.names.name(worker)),
            price: life.award.map(|(_, price)| sum(whole(price))),
            money: Purses {
                hold: sum(purses.hold),
                escrow: sum(purses.escrow),
                deposits: sum(purses.deposits),
                bond: sum(purses.bond),
            },
            offers,
            input: self.facts.texts.get(&life.spec.input).cloned(),
            story: life.story.iter().map(|told| self.line(told)).collect(),
            left_out: life.left_out,
        }
    }

    fn bids(&self, life: &Life) -> Vec<BidRow> {
        let scoring = life.spec.mechanism.scoring();
        let reserve = whole(life.spec.reserve.unwrap_or(life.spec.budget)).max(1);
        let mut rows: Vec<_> = life
            .bids
            .iter()
            .map(|bid| {
                // What else it brings counts against its price, where the task scores.
                let brings = |price| match (scoring, bid.promised) {
                    (Some(scoring), Some((promise, reputation))) => score(&scoring, price, promise, reputation),
                    _ => -whole(price),
                };
                let saved = |price| (reserve + brings(price)).clamp(0, 100 * reserve) * 1_000_000 / reserve;
                let price = bid.price.map(|price| self.sum_of(whole(price), life.spec.asset));
                BidRow {
                    bidder: self.facts.names.name(bid.bidder),
                    participant: bid.bidder,
                    price,
                    score: bid.price.and_then(|price| u32::try_from(saved(price)).ok()),
                    rank: None,
                    reputation: self.overview.people().get(bid.bidder).map(|who| who.reputation().millionths()),
                    team: bid.team,
                    won: life.award.is_some_and(|(winner, _)| winner == bid.bidder),
                    excluded: bid.excluded.as_ref().map(excluded),
                }
            })
            .collect();
        rows.sort_by_key(|row| (row.price.is_none(), row.excluded.is_some(), Reverse(row.score)));
        for (rank, row) in (1..).zip(rows.iter_mut().filter(|row| row.score.is_some() && row.excluded.is_none())) {
            row.rank = Some(rank);
        }
        rows
    }

    fn line(&self, told: &Told) -> Line {
        let (money, text) = match &told.what {
            Happened::Task(event) => (false, self.speaker().task(event)),
            Happened::Money(moved) => (true, self.speaker().moved(moved)),
        };
        Line { sequence: told.at.seq, index: told.at.index, t_ms: ms(told.t.0), money, text }
    }
}

fn wants(life: &Life) -> String {
    let wants: Vec<_> = life.spec.requires.iter().map(|capability| safe(capability.as_str())).collect();
    wants.join(", ")
}
