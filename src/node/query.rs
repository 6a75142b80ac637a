//! Answers: what a participant may see of the state that is applied, and at which sequence it stands.
//!
//! Invariant: reading changes nothing; a bid's price is told to nobody but its bidder before bids are closed.

mod money;

use crate::history::hearers::task_of;
use crate::history::{HistoryError, Topic};
use crate::node::apply::Core;
use crate::node::history::Kept;
use crate::node::inbox;
use crate::node::look_back::{LookBack, may_see, numbered};
use crate::node::presence::Presence;
use crate::node::totals;
use crate::node::trading;
use oikos_market::verify::score;
use oikos_protocol::command::order::Side;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::Purse;
use oikos_protocol::event::task::{AwardGround, Exclusion, Phase, TaskEvent};
use oikos_protocol::id::{AssetId, Hash32, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::wire::limits::ROWS_MAX;
use oikos_protocol::wire::query::{
    AwardRow, BalanceRow, BidRow, BookRow, Explanation, Found, OfferRow, ParticipantRow, PromisedRow, QueryAnswer,
    TaskRow, TaskStory, WireQuery,
};
use oikos_protocol::wire::receipt::Money;
use oikos_protocol::wire::show::show_spec;
use oikos_protocol::wire::text::Decimal;
use oikos_protocol::wire::translate::Lexicon;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What happened to a task.
pub(crate) struct TaskEvents<'a>(Cow<'a, [Kept]>);

impl TaskEvents<'_> {
    /// Its own events, in order.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &TaskEvent> {
        self.0.iter().filter_map(|kept| match &kept.event {
            Event::Task(event) => Some(event),
            _ => None,
        })
    }
}

/// Minor units either way, as a decimal.
fn signed(units: i128, scale: Scale) -> String {
    let sign = if units < 0 { "-" } else { "" };
    format!("{sign}{}", scale.show(Amount(units.unsigned_abs())))
}

/// One reader's look at the state.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The state.
    pub core: &'a Core,
    /// Who looks.
    pub by: ParticipantId,
    /// Who is here.
    pub presence: &'a Presence,
    /// Economy time at this moment.
    pub t: oikos_protocol::time::Timestamp,
}

impl Look<'_> {
    /// The answer.
    #[must_use]
    pub fn answer(&self, query: &WireQuery) -> QueryAnswer {
        let rows = |limit: &Option<u32>| limit.unwrap_or(100).min(ROWS_MAX) as usize;
        let answer = match query {
            WireQuery::Balance { at: None } => Found::Balance(self.balance()),
            WireQuery::Balance { at } => Found::Balance(self.past(|past| past.balance(past.upto(*at)?))),
            WireQuery::Statement { limit, at } => {
                Found::Statement(self.past(|past| past.statement(past.upto(*at)?, rows(limit))))
            }
            WireQuery::Participants { name, participant, capability, present } => {
                let directory = self.core.directory().read();
                let found = directory.all().filter(|(id, entry)| {
                    name.as_ref().is_none_or(|name| entry.name.as_ref().is_some_and(|known| known.as_str() == name))
                        && participant.is_none_or(|wanted| *id == wanted)
                        && capability.as_ref().is_none_or(|wanted| entry.capabilities.contains(wanted))
                        && (!present || entry.name.as_ref().is_some_and(|name| self.presence.is_here(name)))
                });
                let ids: Vec<_> = found.map(|(id, _)| id).take(ROWS_MAX as usize).collect();
                drop(directory);
                Found::Participants(ids.into_iter().filter_map(|id| self.participant(id)).collect())
            }
            WireQuery::Tasks { phase, capability, mine, limit } => {
                let candidates: Box<dyn Iterator<Item = TaskId>> =
                    if *mine { Box::new(self.mine().into_iter()) } else { Box::new(self.core.open().tasks()) };
                // What the state knows comes before what the disk knows.
                let economy = self.core.economy();
                let in_phase =
                    candidates.filter(|task| phase.is_none_or(|wanted| economy.phase(*task) == Some(wanted)));
                let found = in_phase
                    .filter_map(|task| self.row(task))
                    .filter(|row| capability.as_ref().is_none_or(|wanted| row.requires.contains(wanted)));
                Found::Tasks(found.take(rows(limit)).collect())
            }
            WireQuery::Task { task } => Found::Task(self.story(*task).map(Box::new)),
            WireQuery::Explain { task } => Found::Explain(self.explain(*task).map(Box::new)),
            WireQuery::Inbox {} => Found::Inbox(inbox::of(self)),
            WireQuery::Offers { capability } => {
                let open = self.core.open().offers().filter(|(_, offer)| {
                    capability.as_ref().is_none_or(|wanted| offer.terms.capability == *wanted)
                        && offer.terms.buyer.is_none_or(|buyer| buyer == self.by || offer.seller == self.by)
                });
                let row = |(id, offer): (_, &crate::node::history::OpenOffer)| {
                    Some(OfferRow {
                        offer: id,
                        seller: offer.seller,
                        capability: offer.terms.capability.clone(),
                        price: self.money(offer.terms.asset, offer.terms.price)?,
                        left: offer.left,
                        expires: offer.terms.expires.into(),
                    })
                };
                Found::Offers(open.filter_map(row).take(ROWS_MAX as usize).collect())
            }
            WireQuery::Limits {} => Found::Limits(self.limits()),
            WireQuery::Streams {} => Found::Streams(self.streams()),
            WireQuery::Exchanges {} => Found::Exchanges(self.exchanges()),
            WireQuery::Desks { base, quote, desk, levels } => {
                let (books, levels) = (self.core.open().books(), levels.unwrap_or(10).min(ROWS_MAX) as usize);
                let found = books.all().filter(|(id, _)| desk.is_none_or(|wanted| *id == wanted));
                let rows = found.filter_map(|(id, book)| trading::desk(self, id, book, levels)).filter(|row| {
                    base.is_none_or(|code| row.terms.base == code) && quote.is_none_or(|code| row.terms.quote == code)
                });
                Found::Desks(rows.take(ROWS_MAX as usize).collect())
            }
            WireQuery::Orders { desk, order, resting } => {
                let mine = self.core.open().books().of_trader(self.by).filter(|(id, known)| {
                    desk.is_none_or(|wanted| known.desk == wanted)
                        && order.is_none_or(|wanted| *id == wanted)
                        && (!resting || known.rests.is_some())
                });
                let rows = mine.filter_map(|(id, known)| trading::order(self, id, known));
                Found::Orders(rows.take(ROWS_MAX as usize).collect())
            }
            WireQuery::Book {} => Found::Book(self.book()),
            WireQuery::Totals {} => Found::Totals(totals::of(self.core.economy())),
            WireQuery::Events { after, limit } => Found::Events(self.past(|past| past.page(*after, rows(limit)))),
        };
        QueryAnswer { seq: self.core.seq(), t: self.core.economy().now().into(), answer }
    }

    /// An amount with its asset's code.
    pub(crate) fn money(&self, asset: AssetId, amount: Amount) -> Option<Money> {
        let (code, scale) = self.core.directory().read().code(asset)?;
        Some(Money { amount: Decimal::of(amount, scale), asset: code })
    }

    fn balance(&self) -> Vec<BalanceRow> {
        let economy = self.core.economy();
        let mut held: BTreeMap<AssetId, Amount> = BTreeMap::new();
        let mut at_stake: BTreeMap<AssetId, Amount> = BTreeMap::new();
        let add = |to: &mut BTreeMap<AssetId, Amount>, asset, purse| {
            let sum = to.entry(asset).or_default();
            *sum = sum.checked_add(economy.balance(purse, asset)).unwrap_or(Amount::MAX);
        };
        for (task, view) in economy.open_tasks() {
            let asset = view.spec.asset;
            if view.poster == self.by {
                add(&mut held, asset, Purse::Hold(task));
                add(&mut held, asset, Purse::Escrow(task));
            }
            if view.award.is_some_and(|(worker, _)| worker == self.by) {
                add(&mut at_stake, asset, Purse::Bond(task));
            }
            add(&mut at_stake, asset, Purse::Deposit(task, self.by));
        }
        let mut streaming: BTreeMap<AssetId, Amount> = BTreeMap::new();
        for (id, asset, stream) in self.own_streams() {
            if stream.from.owner() == Some(self.by) {
                add(&mut streaming, asset, Purse::Stream(id));
            }
        }
        for (id, order) in self.core.open().books().of_trader(self.by).filter(|(_, order)| order.rests.is_some()) {
            if let Some((_, _, terms)) = economy.desks().find(|(desk, ..)| *desk == order.desk) {
                let asset = if order.side == Side::Buy { terms.quote } else { terms.base };
                add(&mut held, asset, Purse::Order(id, self.by));
            }
        }
        economy
            .assets()
            .map(|(id, asset)| {
                let of = |sums: &BTreeMap<AssetId, Amount>| {
                    Decimal::of(sums.get(&id).copied().unwrap_or_default(), asset.scale)
                };
                BalanceRow {
                    asset: asset.code,
                    available: Decimal::of(economy.balance(Purse::Available(self.by), id), asset.scale),
                    held: of(&held),
                    at_stake: of(&at_stake),
                    streaming: of(&streaming),
                    credit: Decimal::of(economy.credit(self.by, id), asset.scale),
                }
            })
            .collect()
    }

    fn participant(&self, id: ParticipantId) -> Option<ParticipantRow> {
        let known = self.core.economy().participant(id)?;
        let directory = self.core.directory().read();
        let entry = directory.entry(id)?;
        let now = entry.name.as_ref().and_then(|name| self.presence.said(name));
        Some(ParticipantRow {
            participant: id,
            name: entry.name.as_ref().map(ToString::to_string),
            kind: known.kind,
            principal: known.principal,
            capabilities: entry.capabilities.clone(),
            reputation: known.reputation.share(),
            settled: known.reputation.good,
            defaulted: known.reputation.bad,
            present: now.is_some(),
            now,
        })
    }

    /// An answer from the past; nothing where the index failed, which the loop notices before it answers.
    fn past<T: Default>(&self, ask: impl FnOnce(&LookBack) -> Result<T, HistoryError>) -> T {
        let Some(history) = self.core.history() else { return T::default() };
        let (directory, seq) = (self.core.directory().clone(), self.core.seq());
        let past = LookBack { history: history.clone(), directory, by: self.by, seq };
        ask(&past).unwrap_or_else(|error| {
            history.fail(error);
            T::default()
        })
    }

    /// The events of a task: from memory while it is open, else from the index.
    fn events(&self, task: TaskId) -> Cow<'_, [Kept]> {
        match self.core.open().of_task(task) {
            Some(open) => Cow::Borrowed(open),
            None => Cow::Owned(self.past(|past| {
                past.history.catch_up()?;
                past.history.events(Topic::Task(task))
            })),
        }
    }

    /// What happened to a task, its own events alone.
    pub(crate) fn task_events(&self, task: TaskId) -> TaskEvents<'_> {
        TaskEvents(self.events(task))
    }

    /// The tasks in which the reader takes part, the newest first.
    fn mine(&self) -> Vec<TaskId> {
        let mut tasks: Vec<TaskId> = self.past(|past| {
            past.history.catch_up()?;
            let events = past.history.events(Topic::Party(self.by))?;
            Ok(events.iter().filter_map(|kept| task_of(&kept.event)).collect())
        });
        tasks.sort_unstable_by_key(|task| core::cmp::Reverse(*task));
        tasks.dedup();
        tasks
    }

    fn row(&self, task: TaskId) -> Option<TaskRow> {
        let events = self.task_events(task);
        let mut events = events.iter();
        let Some(TaskEvent::Drafted { poster, spec, .. }) = events.next() else { return None };
        let economy = self.core.economy();
        let phase = economy.phase(task)?;
        if phase == Phase::Draft && *poster != self.by {
            return None;
        }
        let (mut bids, mut award) = (0u32, None);
        for event in events {
            match event {
                TaskEvent::BidPlaced { revised: false, .. } => bids += 1,
                TaskEvent::BidWithdrawn { .. } => bids = bids.saturating_sub(1),
                TaskEvent::AwardOffered { bidder, price, .. } => award = Some((*bidder, *price)),
                _ => {}
            }
        }
        let (_, scale) = self.core.directory().read().code(spec.asset)?;
        Some(TaskRow {
            task,
            poster: *poster,
            phase,
            requires: spec.requires.clone(),
            budget: self.money(spec.asset, spec.budget)?,
            bids,
            worker: award.map(|(worker, _)| worker),
            price: award.map(|(_, price)| Decimal::of(price, scale)),
            deadline: economy.task(task).map(|view| view.deadline.into()),
        })
    }

    fn story(&self, task: TaskId) -> Option<TaskStory> {
        let row = self.row(task)?;
        let events = self.task_events(task);
        let Some(TaskEvent::Drafted { spec, poster, .. }) = events.iter().next() else { return None };
        let deliverable: Option<Hash32> = events.iter().rev().find_map(|event| match event {
            TaskEvent::Submitted { deliverable, .. } => Some(*deliverable),
            _ => None,
        });
        let directory = self.core.directory();
        let seen = events.0.iter().filter(|kept| may_see(kept, self.by, Some(*poster), directory));
        Some(TaskStory {
            milestone: self.core.economy().task(task).and_then(|view| view.milestone),
            row,
            spec: show_spec(spec, &*directory.read())?,
            deliverable,
            story: seen.filter_map(|kept| numbered(kept, directory)).collect(),
        })
    }

    fn explain(&self, task: TaskId) -> Option<Explanation> {
        self.row(task)?;
        let events = self.task_events(task);
        let events: Vec<_> = events.iter().collect();
        let Some(TaskEvent::Drafted { poster, spec, .. }) = events.first() else { return None };
        if !events.iter().any(|event| matches!(event, TaskEvent::BidsClosed { .. })) {
            return None;
        }
        let (_, scale) = self.core.directory().read().code(spec.asset)?;
        let mut bids: BTreeMap<ParticipantId, BidRow> = BTreeMap::new();
        let (mut awards, mut seed) = (Vec::<AwardRow>::new(), None);
        for event in events.iter().copied() {
            match event {
                TaskEvent::BidPlaced { bidder, .. } => {
                    bids.insert(*bidder, BidRow { bidder: *bidder, price: None, promised: None, excluded: None });
                }
                TaskEvent::BidWithdrawn { bidder, .. } => {
                    bids.remove(bidder);
                }
                TaskEvent::BidPriced { bidder, price, open: true, .. } | TaskEvent::BidOpened { bidder, price, .. } => {
                    if let Some(row) = bids.get_mut(bidder) {
                        row.price = Some(Decimal::of(*price, scale));
                    }
                }
                TaskEvent::BidPromised { bidder, promise, reputation, open: true, .. } => {
                    let scoring = spec.mechanism.scoring();
                    if let (Some(row), Some(scoring)) = (bids.get_mut(bidder), scoring) {
                        let price = row.price.as_ref().and_then(|price| scale.parse(&price.0).ok()).unwrap_or_default();
                        let score = signed(score(&scoring, price, *promise, *reputation), scale);
                        row.promised = Some(PromisedRow { promise: *promise, reputation: *reputation, score });
                    }
                }
                TaskEvent::BidExcluded { bidder, why, .. } => {
                    if let Some(row) = bids.get_mut(bidder) {
                        row.excluded = Some(match why {
                            Exclusion::Lacks(capability) => format!("lacks {capability}"),
                            Exclusion::NotRevealed => "not revealed".to_owned(),
                            Exclusion::AboveReserve => "above the reserve".to_owned(),
                        });
                    }
                }
                TaskEvent::AwardOffered { bidder, price, ground, .. } => {
                    if let AwardGround::Mechanism { lots: Some(lots), .. } = ground {
                        seed = Some(*lots);
                    }
                    let price = Decimal::of(*price, scale);
                    awards.push(AwardRow { bidder: *bidder, price, declined: false });
                }
                TaskEvent::AwardDeclined { .. } => {
                    if let Some(last) = awards.last_mut() {
                        last.declined = true;
                    }
                }
                _ => {}
            }
        }
        let directory = self.core.directory().read();
        let able = |entry: &crate::node::directory::Entry| {
            spec.requires.iter().all(|wanted| entry.capabilities.contains(wanted))
        };
        let silent = directory.all().filter(|(id, entry)| id != poster && !bids.contains_key(id) && able(entry));
        let eligible = silent.map(|(id, _)| id).take(ROWS_MAX as usize).collect();
        drop(directory);
        Some(Explanation {
            task,
            mechanism: spec.mechanism.name().to_owned(),
            reserve: self.money(spec.asset, spec.reserve.unwrap_or(spec.budget))?,
            bids: bids.into_values().collect(),
            lots: seed,
            awards,
            eligible,
        })
    }

    fn book(&self) -> BookRow {
        let economy = self.core.economy();
        BookRow {
            digest: self.core.digest(),
            participants: economy.participants().count() as u64,
            tasks_open: economy.open_tasks().count() as u64,
            tasks: self.core.open().task_count(),
            supply: economy
                .assets()
                .map(|(_, asset)| Money { amount: Decimal::of(asset.supply, asset.scale), asset: asset.code })
                .collect(),
        }
    }
}
