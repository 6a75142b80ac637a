//! Overview: everything a screen or a report shows of an economy, from one pass over its events.
//!
//! Owns the folds it is made of, counts each event once, and says at which one it stands. Bounded: participants take
//! 64 bytes each, tasks under way what they need, all else a fixed number of rows.
//! Absent on purpose: the clock, names, and what only the node knows.

use crate::fold::{Fold as _, Position};
use crate::people::People;
use crate::series::{Prices, Series};
use crate::supply::Supply;
use crate::timeline::Timelines;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::beacon::BeaconRevealed;
use oikos_protocol::event::money::{MoneyMoved, Purse};
use oikos_protocol::event::offer::OfferEvent;
use oikos_protocol::event::task::{Phase, TaskEvent};
use oikos_protocol::id::{AssetId, ParticipantId};
use oikos_protocol::money::{Scale, Share};
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Events that are kept as they came.
pub const EVENTS_MAX: usize = 4_096;
/// Movements of money that are kept as they came.
pub const MOVES_MAX: usize = 1_024;
/// Endings that an alert looks back upon.
pub const ENDINGS_MAX: usize = 100;

/// An event with its number and moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Its number.
    pub at: Position,
    /// Economy time.
    pub t: Timestamp,
    /// What happened.
    pub event: Event,
}

/// An asset as it was declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// Its number.
    pub asset: AssetId,
    /// Its code.
    pub code: AssetCode,
    /// Its decimals.
    pub scale: Scale,
}

/// What purses of one kind were debited and credited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides {
    /// What left them.
    pub debits: i128,
    /// What came into them.
    pub credits: i128,
}

/// The kinds of purses, in the order of [`Turnover::sides`].
pub const KINDS: [&str; 8] = ["issuer", "free", "held", "escrow", "deposits", "bonds", "treasury", "streams"];

/// Both sides of all movements of an asset, by kind of purse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turnover {
    /// In the order of [`KINDS`].
    pub sides: [Sides; 8],
    /// Movements.
    pub moves: u64,
}

impl Turnover {
    fn moved(&mut self, from: Purse, to: Purse, amount: i128) {
        self.sides[kind(from)].debits += amount;
        self.sides[kind(to)].credits += amount;
        self.moves += 1;
    }
}

const fn kind(purse: Purse) -> usize {
    match purse {
        Purse::Issuer => 0,
        Purse::Available(_) => 1,
        Purse::Hold(_) | Purse::Order(..) => 2,
        Purse::Escrow(_) => 3,
        Purse::Deposit(..) => 4,
        Purse::Bond(_) => 5,
        Purse::Treasury => 6,
        Purse::Stream(_) => 7,
    }
}

/// How a task ended, for those who look back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// As what.
    pub phase: Phase,
    /// Who worked on it.
    pub worker: Option<ParticipantId>,
    /// What was paid, in minor units.
    pub paid: i128,
}

/// The economy so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Overview {
    at: Option<Position>,
    t: Timestamp,
    assets: Vec<Declared>,
    people: People,
    timelines: Timelines,
    supply: Supply,
    turnover: BTreeMap<AssetId, Turnover>,
    series: Series,
    prices: Prices,
    settled: u64,
    settled_value: i128,
    bids: u64,
    awards: u64,
    events: u64,
    fee: Share,
    offers_open: u64,
    beacon: Option<BeaconRevealed>,
    endings: VecDeque<Ending>,
    log: VecDeque<Seen>,
    moves: VecDeque<Seen>,
}

impl Overview {
    /// One that also keeps the hashes of names.
    #[must_use]
    pub fn with_names() -> Self {
        Self { people: People::with_names(), ..Self::default() }
    }

    /// Takes one event in, unless it is not newer than the last one. Says whether it was new.
    pub fn take(&mut self, at: Position, t: Timestamp, event: &Event) -> bool {
        if self.at.is_some_and(|last| at <= last) {
            return false;
        }
        (self.at, self.t) = (Some(at), self.t.max(t));
        self.events += 1;
        self.people.fold(event);
        self.timelines.fold(at, t, event);
        self.supply.fold(at, event);
        match event {
            Event::Asset(event) => self.of_asset(event),
            Event::Task(event) => self.of_task(event, t),
            Event::Money(moved) => self.of_money(moved),
            Event::Ledger(event) => self.of_ledger(event),
            Event::Offer(OfferEvent::Published { .. }) => self.offers_open += 1,
            Event::Offer(
                OfferEvent::Withdrawn { .. } | OfferEvent::Expired { .. } | OfferEvent::Taken { left: 0, .. },
            ) => self.offers_open = self.offers_open.saturating_sub(1),
            Event::Beacon(revealed) => self.beacon = Some(*revealed),
            Event::Offer(OfferEvent::Taken { .. })
            | Event::Participant(_)
            | Event::Limit(_)
            | Event::Stream(_)
            | Event::Exchange(_)
            | Event::Order(_) => {}
        }
        self.level(t);
        let seen = Seen { at, t, event: event.clone() };
        if matches!(event, Event::Money(_) | Event::Ledger(_)) {
            keep(&mut self.moves, seen.clone(), MOVES_MAX);
        }
        keep(&mut self.log, seen, EVENTS_MAX);
        true
    }

    /// Economy time has come to here, whether something happened or not.
    pub fn reach(&mut self, t: Timestamp) {
        self.t = self.t.max(t);
    }

    fn of_asset(&mut self, event: &AssetEvent) {
        match event {
            AssetEvent::Defined { asset, code, scale, .. } => {
                self.assets.push(Declared { asset: *asset, code: *code, scale: *scale });
            }
            AssetEvent::FeeSet { fee } => self.fee = *fee,
            AssetEvent::Issued { .. }
            | AssetEvent::Deposited { .. }
            | AssetEvent::Withdrawn { .. }
            | AssetEvent::Burned { .. }
            | AssetEvent::CreditSet { .. } => {}
        }
    }

    fn of_task(&mut self, event: &TaskEvent, t: Timestamp) {
        let mut worker = None;
        let mut value = 0;
        match event {
            TaskEvent::BidPlaced { revised: false, .. } => self.bids += 1,
            TaskEvent::AwardOffered { price, .. } => {
                let price = i128::try_from(price.0).unwrap_or(i128::MAX);
                self.awards += 1;
                self.prices.take(price);
                self.series.at(t).prices.take(price);
            }
            TaskEvent::Settled { paid, worker: by, .. } => {
                value = i128::try_from(paid.0).unwrap_or(i128::MAX);
                worker = Some(*by);
                self.settled += 1;
                self.settled_value = self.settled_value.saturating_add(value);
            }
            TaskEvent::Defaulted { worker: by, .. } => worker = Some(*by),
            _ => {}
        }
        if let Some(phase) = event.enters().filter(|phase| phase.is_terminal()) {
            if self.endings.len() == ENDINGS_MAX {
                self.endings.pop_front();
            }
            self.endings.push_back(Ending { phase, worker, paid: value });
        }
    }

    fn of_money(&mut self, moved: &MoneyMoved) {
        let amount = i128::try_from(moved.amount.0).unwrap_or(i128::MAX); // No supply is above 2^100.
        self.turnover.entry(moved.asset).or_default().moved(moved.from, moved.to, amount);
    }

    fn of_ledger(&mut self, event: &oikos_protocol::event::ledger::LedgerEvent) {
        use oikos_protocol::command::transfer::TransferFlags;
        let oikos_protocol::event::ledger::LedgerEvent::TransferCreated(made) = event else { return };
        let (transfer, flags) = (&made.transfer, made.transfer.flags);
        if flags.contains(TransferFlags::PENDING) || flags.contains(TransferFlags::VOID_PENDING_TRANSFER) {
            return;
        }
        let amount = i128::try_from(transfer.amount.0).unwrap_or(i128::MAX);
        // Owners pay each other: free money on both sides.
        let free = Purse::Available(ParticipantId::OPERATOR);
        self.turnover.entry(transfer.ledger).or_default().moved(free, free, amount);
    }

    fn level(&mut self, t: Timestamp) {
        let [agents, people, _] = self.people.counts();
        let supply = self.main().map_or(0, |main| self.supply.of(main.asset).supply);
        let bucket = self.series.at(t);
        bucket.events += 1;
        let levels = &mut bucket.levels;
        levels.open_tasks = self.timelines.open_count() as u64;
        (levels.settled, levels.settled_value) = (self.settled, self.settled_value);
        (levels.agents, levels.people, levels.supply) = (agents, people, supply);
    }

    /// The last event that is in.
    #[must_use]
    pub const fn at(&self) -> Option<Position> {
        self.at
    }

    /// Economy time, as far as it is known.
    #[must_use]
    pub const fn t(&self) -> Timestamp {
        self.t
    }

    /// The asset in which prices are shown: the first.
    #[must_use]
    pub fn main(&self) -> Option<Declared> {
        self.assets.first().copied()
    }

    /// All assets, in order.
    #[must_use]
    pub fn assets(&self) -> &[Declared] {
        &self.assets
    }

    /// An asset by number.
    #[must_use]
    pub fn asset(&self, asset: AssetId) -> Option<Declared> {
        self.assets.iter().find(|known| known.asset == asset).copied()
    }

    /// Everybody.
    #[must_use]
    pub const fn people(&self) -> &People {
        &self.people
    }

    /// The tasks.
    #[must_use]
    pub const fn timelines(&self) -> &Timelines {
        &self.timelines
    }

    /// Where the money is.
    #[must_use]
    pub const fn supply(&self) -> &Supply {
        &self.supply
    }

    /// Both sides of all movements of an asset.
    #[must_use]
    pub fn turnover(&self, asset: AssetId) -> Turnover {
        self.turnover.get(&asset).copied().unwrap_or_default()
    }

    /// How it went over time.
    #[must_use]
    pub const fn series(&self) -> &Series {
        &self.series
    }

    /// The prices of all awards.
    #[must_use]
    pub const fn prices(&self) -> &Prices {
        &self.prices
    }

    /// Tasks settled, and what was paid for them.
    #[must_use]
    pub const fn settled(&self) -> (u64, i128) {
        (self.settled, self.settled_value)
    }

    /// Bids placed, and awards offered.
    #[must_use]
    pub const fn bids_and_awards(&self) -> (u64, u64) {
        (self.bids, self.awards)
    }

    /// Events so far.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// The fee of tasks that are posted now.
    #[must_use]
    pub const fn fee(&self) -> Share {
        self.fee
    }

    /// Offers that can be taken.
    #[must_use]
    pub const fn offers_open(&self) -> u64 {
        self.offers_open
    }

    /// The beacon's last link.
    #[must_use]
    pub const fn beacon(&self) -> Option<BeaconRevealed> {
        self.beacon
    }

    /// The last endings of tasks, the oldest first.
    pub fn endings(&self) -> impl ExactSizeIterator<Item = &Ending> {
        self.endings.iter()
    }

    /// The last events, the oldest first.
    pub fn log(&self) -> impl DoubleEndedIterator<Item = &Seen> + ExactSizeIterator {
        self.log.iter()
    }

    /// The last movements of money, the oldest first.
    pub fn moves(&self) -> impl DoubleEndedIterator<Item = &Seen> + ExactSizeIterator {
        self.moves.iter()
    }

    /// All events of one entry that are still kept, in order.
    pub fn of_entry(&self, seq: u64) -> impl Iterator<Item = &Seen> {
        let from = self.log.partition_point(|seen| seen.at.seq < seq);
        self.log.range(from..).take_while(move |seen| seen.at.seq == seq)
    }
}

fn keep<T>(ring: &mut VecDeque<T>, new: T, max: usize) {
    if ring.len() == max {
        ring.pop_front();
    }
    ring.push_back(new);
}
