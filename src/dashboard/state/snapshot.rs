//! The snapshot: everything that any screen shows, in one value. `--json` prints it, a screen draws it.
//!
//! Invariants: it is made of the model and a lens alone, so that the same events give the same snapshot; every list is
//! bounded and says how many rows there are in all; every text in it is clean; money is a decimal text.

use super::alert::{Alert, alerts};
use super::facts::{Facts, Model, Player, Tape};
use super::sentence::{Speaker, excluded, kind_word, reason};
use super::sum::Sum;
use crate::text::safe;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::MoneyMoved;
use oikos_protocol::id::{AssetId, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::wire::query::{Decision, InboxItem, Silence};
use oikos_views::overview::{Declared, KINDS, Seen};
use oikos_views::people::Person;
use oikos_views::task::Happened;
use oikos_views::timeline::{Life, Told};
use oikos_views::{Overview, Position};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// What of a model a snapshot is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lens {
    /// Rows of each list.
    pub rows_max: usize,
    /// Only tasks whose line has this in it.
    pub tasks: String,
    /// Only participants whose line has this in it.
    pub people: String,
    /// Only movements whose line has this in it.
    pub moves: String,
    /// Only events whose line has this in it.
    pub log: String,
    /// The order of tasks.
    pub task_order: TaskOrder,
    /// The order of participants.
    pub people_order: PeopleOrder,
}

impl Default for Lens {
    fn default() -> Self {
        let none = String::new();
        Self {
            rows_max: 200,
            tasks: none.clone(),
            people: none.clone(),
            moves: none.clone(),
            log: none,
            task_order: TaskOrder::Newest,
            people_order: PeopleOrder::Earned,
        }
    }
}

/// The order of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskOrder {
    /// The newest first, those under way before those that are over.
    Newest,
    /// The nearest deadline first.
    Deadline,
    /// The largest budget first.
    Budget,
    /// The most bids first.
    Bids,
}

/// The order of participants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeopleOrder {
    /// Who earned most first.
    Earned,
    /// The best reputation first.
    Reputation,
    /// Who wins most of its bids first.
    WinRate,
    /// Most free money first.
    Balance,
    /// By number.
    Number,
}

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
    /// What it saves of the reserve, in millionths: the higher the better.
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
        places.is_conserved() && free + tasks + places.treasury == places.supply
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
                held: sum(places.held),
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
