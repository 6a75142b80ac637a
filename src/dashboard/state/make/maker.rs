//! The whole of a snapshot: figures, lines over time, and the rows that others make.

use super::super::alert::alerts;
use super::super::facts::{Facts, Model};
use super::super::sentence::Speaker;
use super::super::snapshot::{Book, Figures, Holding, Lens, Lines, PeopleOrder, Snapshot, You};
use super::super::sum::Sum;
use oikos_protocol::id::AssetId;
use oikos_protocol::money::{Amount, Scale};
use oikos_views::{Overview, Position};

/// The snapshot of a model through a lens.
#[must_use]
pub fn of(model: &Model, lens: &Lens) -> Snapshot {
    Maker { overview: &model.overview, facts: &model.facts, lens }.snapshot()
}

pub(super) struct Maker<'a> {
    pub(super) overview: &'a Overview,
    pub(super) facts: &'a Facts,
    pub(super) lens: &'a Lens,
}

pub(super) const fn ms(ns: u64) -> u64 {
    ns / 1_000_000
}

pub(super) fn whole(amount: Amount) -> i128 {
    i128::try_from(amount.0).unwrap_or(i128::MAX)
}

const ZERO: Scale = match Scale::new(0) {
    Some(scale) => scale,
    None => unreachable!(),
};

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

    pub(super) const fn speaker(&self) -> Speaker<'_> {
        Speaker { overview: self.overview, names: &self.facts.names }
    }

    pub(super) fn scale(&self) -> Scale {
        self.overview.main().map_or(ZERO, |main| main.scale)
    }

    pub(super) fn sum_of(&self, units: i128, asset: AssetId) -> Sum {
        Sum::of(units, self.overview.asset(asset).map_or(self.scale(), |known| known.scale))
    }

    pub(super) fn code(&self, asset: AssetId) -> String {
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
}
