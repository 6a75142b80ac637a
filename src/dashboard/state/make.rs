//! Making a snapshot: one pass over what the lens asks for.
//!
//! Invariant: the first rows in an order are found while no more than those are kept, also of a million.

use super::alert::alerts;
use super::facts::{Facts, Model};
use super::sentence::{Speaker, excluded, kind_word, reason};
use super::snapshot::{
    AssetRow, BidRow, Book, EventRow, Figures, Holding, InboxRow, Lens, Line, Lines, MoveRow, PeopleOrder, PersonRow,
    Purses, SideRow, Snapshot, TaskOrder, TaskRow, You, asks,
};
use super::sum::Sum;
use crate::text::safe;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::MoneyMoved;
use oikos_protocol::id::{AssetId, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::wire::query::{Decision, InboxItem};
use oikos_views::overview::{Declared, KINDS, Seen};
use oikos_views::people::Person;
use oikos_views::task::Happened;
use oikos_views::timeline::{Life, Told};
use oikos_views::{Overview, Position};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// The snapshot of a model through a lens.
#[must_use]
pub fn of(model: &Model, lens: &Lens) -> Snapshot {
    Maker { overview: &model.overview, facts: &model.facts, lens }.snapshot()
}

struct Maker<'a> {
    overview: &'a Overview,
    facts: &'a Facts,
    lens: &'a Lens,
}

const fn ms(ns: u64) -> u64 {
    ns / 1_000_000
}

fn whole(amount: Amount) -> i128 {
    i128::try_from(amount.0).unwrap_or(i128::MAX)
}

/// Whether a line has all words of a filter in it, whatever the case.
fn has(line: &str, filter: &str) -> bool {
    if filter.is_empty() {
        return true;
    }
    let line = line.to_lowercase();
    let is_task =
        |word: &str| word.strip_prefix('t').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    filter.to_lowercase().split_whitespace().all(|word| {
        // `t7` is a task and not the beginning of `t70`.
        if is_task(word) {
            line.split(|c: char| !c.is_alphanumeric()).any(|token| token == word)
        } else {
            line.contains(word)
        }
    })
}

impl Maker<'_> {
    fn snapshot(&self) -> Snapshot {
        let Position { seq, index } = self.overview.at().unwrap_or(Position { seq: 0, index: 0 });
        let figures = self.figures();
        let ledger = Book { assets: self.assets(), moves: self.moves() };
        let [agents, people, organisations] = self.overview.people().counts();
        let mut inbox: Vec<_> = self.facts.inbox.iter().map(|item| self.waiting(item)).collect();
        inbox.truncate(self.lens.rows_max);
        Snapshot {
            economy: self.facts.economy.clone(),
            place: self.facts.place.clone(),
            whole: self.facts.is_whole,
            sequence: self.facts.tape.as_ref().map_or(seq, |tape| tape.sequence),
            index,
            t_ns: self.overview.t().0.to_string(),
            events: self.overview.events(),
            you: self.you(),
            series: self.lines(),
            alerts: alerts(self.overview, &inbox, figures.conserved, self.speaker()),
            tasks: self.tasks(),
            tasks_open: figures.open_tasks,
            people: self.people(&self.lens.people, self.lens.people_order, self.lens.rows_max),
            people_all: agents + people + organisations,
            earners: self.people("", PeopleOrder::Earned, 10).into_iter().filter(|row| row.earned.units > 0).collect(),
            figures,
            ledger,
            inbox,
            log: self.log(),
            replay: self.facts.tape.clone(),
            player: self.facts.player.clone(),
            trouble: self.facts.trouble.clone(),
            reading: self.facts.reading,
        }
    }

    const fn speaker(&self) -> Speaker<'_> {
        Speaker { overview: self.overview, names: &self.facts.names }
    }

    fn scale(&self) -> Scale {
        self.overview.main().map_or(ZERO, |main| main.scale)
    }

    fn sum_of(&self, units: i128, asset: AssetId) -> Sum {
        Sum::of(units, self.overview.asset(asset).map_or(self.scale(), |known| known.scale))
    }

    fn code(&self, asset: AssetId) -> String {
        self.overview.asset(asset).map_or_else(|| asset.to_string(), |known| known.code.to_string())
    }

    fn you(&self) -> Option<You> {
        let participant = self.facts.you?;
        let balances = self.facts.balances.iter().map(|row| Holding {
            asset: row.asset.to_string(),
            available: row.available.to_string(),
            held: row.held.to_string(),
            at_stake: row.at_stake.to_string(),
        });
        Some(You { participant, name: self.facts.names.name(participant), balances: balances.collect() })
    }

    fn figures(&self) -> Figures {
        let overview = self.overview;
        let (settled, value) = overview.settled();
        let (bids, awards) = overview.bids_and_awards();
        let [mut agents, mut people, mut organisations] = overview.people().counts();
        let scale = self.scale();
        let mut supply = overview.main().map_or(0, |main| overview.supply().of(main.asset).supply);
        let mut conserved = self.facts.is_whole.then(|| overview.assets().iter().all(|asset| self.conserved(asset)));
        if let Some(totals) = &self.facts.totals {
            (agents, people, organisations) = (totals.agents, totals.people, totals.organisations);
            conserved = Some(totals.assets.iter().all(|asset| asset.conserved));
            if let Some(first) = totals.assets.first() {
                supply = scale.parse(&first.supply.0).map_or(supply, whole);
            }
        }
        let prices = overview.prices();
        let price = |units: i128| (prices.count > 0).then(|| Sum::of(units, scale));
        Figures {
            asset: overview.main().map_or_else(String::new, |main| main.code.to_string()),
            open_tasks: overview.timelines().open_count() as u64,
            by_phase: overview.timelines().by_phase().iter().map(|(phase, &count)| (phase.name(), count)).collect(),
            settled,
            settled_value: Sum::of(value, scale),
            price: price(prices.last),
            price_mean: price(prices.mean().unwrap_or_default()),
            price_low: price(prices.low),
            price_high: price(prices.high),
            agents,
            people,
            organisations,
            supply: Sum::of(supply, scale),
            conserved,
            bids,
            awards,
            offers: overview.offers_open(),
            fee: overview.fee().millionths(),
        }
    }

    fn lines(&self) -> Lines {
        let (series, scale) = (self.overview.series(), self.scale());
        let mut lines = Lines {
            step_ms: ms(series.step_ns()),
            begins_ms: ms(series.begins().0),
            open_tasks: Vec::new(),
            settled_value: Vec::new(),
            price: Vec::new(),
            agents: Vec::new(),
            people: Vec::new(),
            supply: Vec::new(),
        };
        let mut before = 0;
        for bucket in series.buckets() {
            let levels = &bucket.levels;
            lines.open_tasks.push(levels.open_tasks);
            lines.settled_value.push(Sum::of(levels.settled_value - before, scale));
            before = levels.settled_value;
            lines.price.push(bucket.prices.mean().map(|mean| Sum::of(mean, scale)));
            lines.agents.push(levels.agents);
            lines.people.push(levels.people);
            lines.supply.push(Sum::of(levels.supply, scale));
        }
        lines
    }

    fn tasks(&self) -> Vec<TaskRow> {
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
            best: life.best().map(|price| sum(whole(price))),
            worker: life.award.map(|(worker, _)| self.facts.names.name(worker)),
            price: life.award.map(|(_, price)| sum(whole(price))),
            money: Purses {
                hold: sum(purses.hold),
                escrow: sum(purses.escrow),
                deposits: sum(purses.deposits),
                bond: sum(purses.bond),
            },
            offers: self.bids(life),
            input: self.facts.texts.get(&life.spec.input).cloned(),
            story: life.story.iter().map(|told| self.line(told)).collect(),
            left_out: life.left_out,
        }
    }

    fn bids(&self, life: &Life) -> Vec<BidRow> {
        let reserve = whole(life.spec.reserve.unwrap_or(life.spec.budget)).max(1);
        let mut rows: Vec<_> = life
            .bids
            .iter()
            .map(|bid| {
                let saved = |price: Amount| (reserve - whole(price)).clamp(0, reserve) * 1_000_000 / reserve;
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

    /// The first `rows` in an order, found in one pass that keeps no more than those.
    fn people(&self, filter: &str, order: PeopleOrder, rows: usize) -> Vec<PersonRow> {
        let people = self.overview.people();
        let main = self.overview.main().map_or(AssetId(1), |main| main.asset);
        let key = |id: ParticipantId, who: &Person| -> i128 {
            match order {
                PeopleOrder::Earned => who.earned,
                PeopleOrder::Reputation => i128::from(who.reputation().millionths()),
                PeopleOrder::WinRate => i128::from(who.win_rate().map_or(0, Share::millionths)),
                PeopleOrder::Balance => people.free(id, main),
                PeopleOrder::Number => 0,
            }
        };
        let matches = |id: ParticipantId, who: &Person| {
            let line = || {
                let can: Vec<_> = people.capabilities(who).iter().map(|c| c.as_str()).collect();
                format!("{id} {} {} {}", self.facts.names.name(id), kind_word(who.kind), can.join(" "))
            };
            filter.is_empty() || has(&line(), filter)
        };
        let mut best = BinaryHeap::with_capacity(rows + 1);
        for (id, who) in people.all() {
            if !matches(id, who) {
                continue;
            }
            best.push((Reverse(key(id, who)), id));
            if best.len() > rows {
                best.pop();
            }
        }
        let found = best.into_sorted_vec();
        let held = self.held(found.iter().map(|(_, id)| *id).collect());
        found.into_iter().filter_map(|(_, id)| self.person(id, &held)).collect()
    }

    /// What is held for the tasks of these.
    fn held(&self, of: std::collections::BTreeSet<ParticipantId>) -> BTreeMap<ParticipantId, i128> {
        let mut held = BTreeMap::new();
        let main = self.overview.main().map(|main| main.asset);
        for (_, life) in self.overview.timelines().open() {
            if of.contains(&life.poster) && Some(life.spec.asset) == main {
                *held.entry(life.poster).or_default() += life.purses.hold + life.purses.escrow;
            }
        }
        held
    }

    fn person(&self, id: ParticipantId, held: &BTreeMap<ParticipantId, i128>) -> Option<PersonRow> {
        let people = self.overview.people();
        let who = people.get(id)?;
        let main = self.overview.main();
        let scale = self.scale();
        let seen = self.facts.is_whole;
        let told = || {
            let row = self.facts.balances.iter().find(|row| main.is_some_and(|main| main.code == row.asset))?;
            let sum = |text: &str| scale.parse(text).ok().map(|amount| Sum::of(whole(amount), scale));
            Some((sum(&row.available.0)?, sum(&row.held.0)?))
        };
        let yours = if !seen && self.facts.you == Some(id) { told() } else { None };
        let whole_view = main.filter(|_| seen).map(|main| {
            let held = held.get(&id).copied().unwrap_or_default();
            (Sum::of(people.free(id, main.asset), scale), Sum::of(held, scale))
        });
        let (balance, held) = whole_view.or(yours).unzip();
        Some(PersonRow {
            participant: id,
            name: self.facts.names.name(id),
            kind: kind_word(who.kind),
            status: match &self.facts.present {
                Some(present) if present.contains(&id) => "here",
                Some(_) => "away",
                None => "-",
            },
            acts_for: (who.principal != id).then(|| self.facts.names.name(who.principal)),
            reputation: who.reputation().millionths(),
            settled: who.settled,
            defaulted: who.defaulted,
            bids: who.bids,
            wins: who.wins,
            win_rate: who.win_rate().map(Share::millionths),
            earned: Sum::of(who.earned, scale),
            balance,
            held,
            can: people.capabilities(who).iter().map(|capability| safe(capability.as_str())).collect(),
        })
    }

    /// Whether every unit that was made is somewhere: purse by purse added up anew, against what the issuer gave out.
    fn conserved(&self, asset: &Declared) -> bool {
        let timelines = self.overview.timelines();
        let places = self.overview.supply().of(asset.asset);
        let lives = timelines.open().chain(timelines.over()).filter(|(_, life)| life.spec.asset == asset.asset);
        let tasks: i128 = lives.map(|(_, life)| life.purses.sum()).sum();
        let free = self.overview.people().free_of_all(asset.asset);
        places.is_conserved() && free + tasks + places.treasury + places.streams == places.supply
    }

    fn assets(&self) -> Vec<AssetRow> {
        if let Some(totals) = self.facts.totals.as_ref().filter(|_| !self.facts.is_whole) {
            let rows = totals.assets.iter().filter_map(|row| {
                let scale = self.overview.assets().iter().find(|known| known.code == row.asset)?.scale;
                let sum = |text: &str| Sum::of(scale.parse(text).map_or(0, whole), scale);
                Some(AssetRow {
                    asset: row.asset.to_string(),
                    supply: sum(&row.supply.0),
                    free: sum(&row.free.0),
                    held: sum(&row.held.0),
                    escrow: sum(&row.escrow.0),
                    bonds: sum(&row.bonds.0),
                    treasury: sum(&row.treasury.0),
                    debits: sum(&row.debits.0),
                    credits: sum(&row.credits.0),
                    conserved: Some(row.conserved),
                    sides: Vec::new(),
                })
            });
            return rows.collect();
        }
        let rows = self.overview.assets().iter().map(|known| {
            let places = self.overview.supply().of(known.asset);
            let turnover = self.overview.turnover(known.asset);
            let sum = |units: i128| Sum::of(units, known.scale);
            let debits = turnover.sides.iter().map(|side| side.debits).sum();
            let credits = turnover.sides.iter().map(|side| side.credits).sum();
            let sides = KINDS.iter().zip(&turnover.sides).map(|(purse, side)| SideRow {
                purse,
                debits: sum(side.debits),
                credits: sum(side.credits),
                balance: sum(side.credits - side.debits),
            });
            AssetRow {
                asset: known.code.to_string(),
                supply: sum(places.supply),
                free: sum(places.free),
                held: sum(places.held + places.streams),
                escrow: sum(places.escrow),
                bonds: sum(places.bonds),
                treasury: sum(places.treasury),
                debits: sum(debits),
                credits: sum(credits),
                conserved: self.facts.is_whole.then(|| debits == credits && self.conserved(known)),
                sides: if self.facts.is_whole { sides.collect() } else { Vec::new() },
            }
        });
        rows.collect()
    }

    fn moves(&self) -> Vec<MoveRow> {
        let rows = self.overview.moves().rev().map(|seen| self.movement(seen)).filter(|row| {
            let line = || format!("{} {} {} {} {}", row.amount, row.asset, row.debit, row.credit, row.reason);
            self.lens.moves.is_empty() || has(&line(), &self.lens.moves)
        });
        rows.take(self.lens.rows_max).collect()
    }

    fn movement(&self, seen: &Seen) -> MoveRow {
        let speaker = self.speaker();
        let (units, asset, debit, credit, why, task) = match &seen.event {
            Event::Money(MoneyMoved { asset, amount, from, to, reason: why }) => {
                let task = from.task().or(to.task());
                (whole(*amount), *asset, speaker.purse(*from), speaker.purse(*to), reason(*why), task)
            }
            Event::Ledger(event) => booked(event, speaker),
            _ => (0, AssetId(1), String::new(), String::new(), String::new(), None),
        };
        let others = self.overview.of_entry(seen.at.seq).filter(|other| other.at.index != seen.at.index);
        MoveRow {
            sequence: seen.at.seq,
            index: seen.at.index,
            t_ms: ms(seen.t.0),
            amount: self.sum_of(units, asset),
            asset: self.code(asset),
            debit,
            credit,
            reason: why,
            task,
            behind: others.take(24).map(|other| speaker.event(&other.event)).collect(),
        }
    }

    fn waiting(&self, item: &InboxItem) -> InboxRow {
        let wants: Vec<_> = item.requires.iter().map(|capability| safe(capability.as_str())).collect();
        let life = self.overview.timelines().get(item.task);
        let delivered = life.and_then(|life| {
            life.story.iter().rev().find_map(|told| match &told.what {
                Happened::Task(oikos_protocol::event::task::TaskEvent::Submitted { deliverable, .. }) => {
                    Some(*deliverable)
                }
                _ => None,
            })
        });
        let hash = if item.decision == Decision::Review { delivered } else { life.map(|life| life.spec.input) };
        let until = item.by.0.saturating_sub(self.overview.t().0);
        InboxRow {
            task: item.task,
            decision: item.decision,
            asks: asks(item.decision),
            from: self.facts.names.name(item.from),
            amount: format!("{} {}", safe(&item.amount.amount.0), item.amount.asset),
            wants: wants.join(", "),
            left_ms: ms(until),
            if_silent: item.if_silent,
            if_silent_text: safe(&item.if_silent_text),
            milestone: item.milestone.map(|milestone| milestone.0),
            content: hash.and_then(|hash| self.facts.texts.get(&hash).cloned()),
        }
    }

    fn log(&self) -> Vec<EventRow> {
        let speaker = self.speaker();
        let rows = self.overview.log().rev().map(|seen| EventRow {
            sequence: seen.at.seq,
            index: seen.at.index,
            t_ms: ms(seen.t.0),
            kind: Speaker::kind(&seen.event),
            task: match &seen.event {
                Event::Task(event) => Some(event.task()),
                Event::Money(moved) => moved.from.task().or(moved.to.task()),
                _ => None,
            },
            text: speaker.event(&seen.event),
        });
        let wanted = |row: &EventRow| {
            let task = row.task.map(|task| task.to_string()).unwrap_or_default();
            has(&format!("{} {} {task} {}", row.sequence, row.kind, row.text), &self.lens.log)
        };
        rows.filter(wanted).take(self.lens.rows_max).collect()
    }
}

const ZERO: Scale = match Scale::new(0) {
    Some(scale) => scale,
    None => unreachable!(),
};

type Booked = (i128, AssetId, String, String, String, Option<TaskId>);

fn booked(event: &oikos_protocol::event::ledger::LedgerEvent, speaker: Speaker<'_>) -> Booked {
    use oikos_protocol::event::ledger::LedgerEvent as E;
    let (transfer, why) = match event {
        E::TransferCreated(made) => (&made.transfer, "payment"),
        E::TransferExpired(over) => (&over.transfer, "payment expired"),
        E::AccountOpened(opened) => {
            let owner = speaker.account(opened.account.id);
            return (0, opened.account.ledger, owner, String::new(), "account opened".to_owned(), None);
        }
    };
    let (debit, credit) = (speaker.account(transfer.debit_account_id), speaker.account(transfer.credit_account_id));
    (whole(transfer.amount), transfer.ledger, debit, credit, why.to_owned(), None)
}

fn wants(life: &Life) -> String {
    let wants: Vec<_> = life.spec.requires.iter().map(|capability| safe(capability.as_str())).collect();
    wants.join(", ")
}
