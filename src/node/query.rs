//! Answers: what a participant may see of the state that is applied, and at which sequence it stands.
//!
//! Invariant: reading changes nothing; a bid's price is told to nobody but its bidder before bids are closed.

mod money;

use crate::node::apply::Core;
use crate::node::history::{Hearers, Kept, hearers};
use crate::node::inbox;
use crate::node::presence::Presence;
use crate::node::totals;
use crate::node::trading;
use oikos_protocol::command::order::Side;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, Purse};
use oikos_protocol::event::task::{AwardGround, Exclusion, Phase, TaskEvent};
use oikos_protocol::id::{AssetId, Hash32, ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::wire::event::Numbered;
use oikos_protocol::wire::limits::ROWS_MAX;
use oikos_protocol::wire::query::{
    AwardRow, BalanceRow, BidRow, BookRow, EventNumber, EventsPage, Explanation, Found, OfferRow, ParticipantRow,
    QueryAnswer, TaskRow, TaskStory, WireQuery,
};
use oikos_protocol::wire::receipt::Money;
use oikos_protocol::wire::show::{show, show_spec};
use oikos_protocol::wire::text::Decimal;
use oikos_protocol::wire::translate::Lexicon;
use std::collections::BTreeMap;

/// Events looked at for one page.
const LOOKED_AT_MAX: usize = 4_000;

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
            WireQuery::Balance {} => Found::Balance(self.balance()),
            WireQuery::Statement { limit } => {
                let mine = self.core.history().of_owner(self.by).filter(|kept| self.may_see(kept, None));
                Found::Statement(mine.take(rows(limit)).filter_map(|kept| self.numbered(kept)).collect())
            }
            WireQuery::Participants { name, participant, capability, present } => {
                let directory = self.core.directory().read();
                let found = directory.all().filter(|(id, entry)| {
                    name.as_ref().is_none_or(|name| entry.name.as_ref().is_some_and(|known| known.as_str() == name))
                        && participant.is_none_or(|wanted| *id == wanted)
                        && capability.as_ref().is_none_or(|wanted| entry.capabilities.contains(wanted))
                        && (!present || self.presence.is_here(*id))
                });
                let ids: Vec<_> = found.map(|(id, _)| id).take(ROWS_MAX as usize).collect();
                drop(directory);
                Found::Participants(ids.into_iter().filter_map(|id| self.participant(id)).collect())
            }
            WireQuery::Tasks { phase, capability, mine, limit } => {
                let found = self.core.history().tasks().filter_map(|task| self.row(task)).filter(|row| {
                    phase.is_none_or(|wanted| row.phase == wanted)
                        && capability.as_ref().is_none_or(|wanted| row.requires.contains(wanted))
                        && (!mine || self.takes_part(row.task))
                });
                Found::Tasks(found.take(rows(limit)).collect())
            }
            WireQuery::Task { task } => Found::Task(self.story(*task).map(Box::new)),
            WireQuery::Explain { task } => Found::Explain(self.explain(*task).map(Box::new)),
            WireQuery::Inbox {} => Found::Inbox(inbox::of(self)),
            WireQuery::Offers { capability } => {
                let open = self.core.history().offers().filter(|(_, offer)| {
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
                let (books, levels) = (self.core.history().books(), levels.unwrap_or(10).min(ROWS_MAX) as usize);
                let found = books.all().filter(|(id, _)| desk.is_none_or(|wanted| *id == wanted));
                let rows = found.filter_map(|(id, book)| trading::desk(self, id, book, levels)).filter(|row| {
                    base.is_none_or(|code| row.terms.base == code) && quote.is_none_or(|code| row.terms.quote == code)
                });
                Found::Desks(rows.take(ROWS_MAX as usize).collect())
            }
            WireQuery::Orders { desk, order, resting } => {
                let mine = self.core.history().books().of_trader(self.by).filter(|(id, known)| {
                    desk.is_none_or(|wanted| known.desk == wanted)
                        && order.is_none_or(|wanted| *id == wanted)
                        && (!resting || known.rests.is_some())
                });
                let rows = mine.filter_map(|(id, known)| trading::order(self, id, known));
                Found::Orders(rows.take(ROWS_MAX as usize).collect())
            }
            WireQuery::Book {} => Found::Book(self.book()),
            WireQuery::Totals {} => Found::Totals(totals::of(self.core.economy())),
            WireQuery::Events { after, limit } => Found::Events(self.events(*after, rows(limit))),
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
        for (id, order) in self.core.history().books().of_trader(self.by).filter(|(_, order)| order.rests.is_some()) {
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
        Some(ParticipantRow {
            participant: id,
            name: entry.name.as_ref().map(ToString::to_string),
            kind: known.kind,
            principal: known.principal,
            capabilities: entry.capabilities.clone(),
            reputation: known.reputation.share(),
            settled: known.reputation.good,
            defaulted: known.reputation.bad,
            present: self.presence.is_here(id),
        })
    }

    /// Whether the reader may see an event; whose task it is about lets its poster see where the budget went.
    fn may_see(&self, kept: &Kept, poster: Option<ParticipantId>) -> bool {
        let directory = self.core.directory().read();
        let principal = |whose: ParticipantId| directory.entry(whose).map_or(whose, |entry| entry.principal);
        match hearers(&kept.event, principal) {
            Hearers::All => true,
            Hearers::These(these) if these.contains(&self.by) => true,
            Hearers::These(_) => match &kept.event {
                Event::Money(MoneyMoved { from, to, .. }) => {
                    let plain = |purse: &Purse| !matches!(purse, Purse::Deposit(..));
                    poster == Some(self.by) && plain(from) && plain(to)
                }
                _ => false,
            },
        }
    }

    fn numbered(&self, kept: &Kept) -> Option<Numbered> {
        let event = show(&kept.event, &*self.core.directory().read())?;
        Some(Numbered { seq: kept.seq, index: kept.index, t: kept.t.into(), event })
    }

    /// A page of what the reader may see; looks at a bounded number of events, so that no page is long in the making.
    fn events(&self, after: Option<EventNumber>, limit: usize) -> EventsPage {
        let all = self.core.history().all();
        let from =
            after.map_or(0, |after| all.partition_point(|kept| (kept.seq, kept.index) <= (after.seq, after.index)));
        let number = |kept: &Kept| EventNumber { seq: kept.seq, index: kept.index };
        let (mut events, mut looked) = (Vec::new(), None);
        for kept in all[from..].iter().take(LOOKED_AT_MAX) {
            if events.len() == limit {
                break;
            }
            looked = Some(number(kept));
            let poster = crate::node::history::task_of(&kept.event).and_then(|task| self.core.economy().task(task));
            if self.may_see(kept, poster.map(|view| view.poster)) {
                events.extend(self.numbered(kept));
            }
        }
        let last = all.last().map(number);
        EventsPage { events, next: looked.filter(|looked| Some(*looked) != last), last }
    }

    /// What happened to a task, its own events alone.
    pub(crate) fn task_events(&self, task: TaskId) -> impl DoubleEndedIterator<Item = &TaskEvent> {
        let events: Vec<_> = self
            .core
            .history()
            .of_task(task)
            .filter_map(|kept| match &kept.event {
                Event::Task(event) => Some(event),
                _ => None,
            })
            .collect();
        events.into_iter()
    }

    fn row(&self, task: TaskId) -> Option<TaskRow> {
        let mut events = self.task_events(task);
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

    fn takes_part(&self, task: TaskId) -> bool {
        self.task_events(task).any(|event| match event {
            TaskEvent::Drafted { poster, spec, .. } => {
                *poster == self.by || spec.approver == Some(self.by) || spec.evaluator == Some(self.by)
            }
            TaskEvent::ApprovalAsked { approver, .. } => *approver == self.by,
            TaskEvent::BidPlaced { bidder, .. } => *bidder == self.by,
            _ => false,
        })
    }

    fn story(&self, task: TaskId) -> Option<TaskStory> {
        let row = self.row(task)?;
        let drafted = self.task_events(task).next();
        let Some(TaskEvent::Drafted { spec, poster, .. }) = drafted else { return None };
        let deliverable: Option<Hash32> = self.task_events(task).rev().find_map(|event| match event {
            TaskEvent::Submitted { deliverable, .. } => Some(*deliverable),
            _ => None,
        });
        let seen = self.core.history().of_task(task).filter(|kept| self.may_see(kept, Some(*poster)));
        let spec = show_spec(spec, &*self.core.directory().read())?;
        Some(TaskStory {
            milestone: self.core.economy().task(task).and_then(|view| view.milestone),
            row,
            spec,
            deliverable,
            story: seen.filter_map(|kept| self.numbered(kept)).collect(),
        })
    }

    fn explain(&self, task: TaskId) -> Option<Explanation> {
        self.row(task)?;
        let events: Vec<_> = self.task_events(task).collect();
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
                    bids.insert(*bidder, BidRow { bidder: *bidder, price: None, excluded: None });
                }
                TaskEvent::BidWithdrawn { bidder, .. } => {
                    bids.remove(bidder);
                }
                TaskEvent::BidPriced { bidder, price, open: true, .. } | TaskEvent::BidOpened { bidder, price, .. } => {
                    if let Some(row) = bids.get_mut(bidder) {
                        row.price = Some(Decimal::of(*price, scale));
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
            tasks: self.core.history().task_count() as u64,
            supply: economy
                .assets()
                .map(|(_, asset)| Money { amount: Decimal::of(asset.supply, asset.scale), asset: asset.code })
                .collect(),
        }
    }
}
