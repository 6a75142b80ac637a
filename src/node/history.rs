//! History: every event that happened, with the ways to it by task and by participant, and the mail that waits.
//!
//! Derived from the journal, kept in snapshots so that a start need not read everything again.
//! Invariant: events stand in the order of (sequence, index), so a number is found by bisection.
//! Absent on purpose: forgetting. It grows with the journal, some 200 bytes an event.

use oikos_protocol::command::offer::PublishOffer;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::event::Event;
use oikos_protocol::event::audience::Audience;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::money::MoneyMoved;
use oikos_protocol::event::money::Purse;
use oikos_protocol::event::offer::OfferEvent;
use oikos_protocol::id::{AccountId, OfferId, ParticipantId, TaskId};
use oikos_protocol::time::Timestamp;
use oikos_protocol::wire::limits::MAILBOX_EVENTS_MAX;
use oikos_views::{Fold, OrderBooks, Position};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// An event with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The sequence of its entry.
    pub seq: u64,
    /// Its place among the events of that entry.
    pub index: u32,
    /// Economy time.
    pub t: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Every event.
#[derive(Debug, Default)]
pub struct History {
    events: Vec<Kept>,
    by_task: BTreeMap<TaskId, Vec<u32>>,
    by_owner: BTreeMap<ParticipantId, Vec<u32>>,
    mail: BTreeMap<ParticipantId, VecDeque<u32>>,
    offers: BTreeMap<OfferId, OpenOffer>,
    books: OrderBooks,
}

/// An offer that can be taken.
#[derive(Debug, Clone)]
pub struct OpenOffer {
    /// Whose it is.
    pub seller: ParticipantId,
    /// What it says.
    pub terms: PublishOffer,
    /// How many units are left.
    pub left: u32,
}

/// Who hears an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hearers {
    /// Everybody.
    All,
    /// These, by their mail.
    These(Vec<ParticipantId>),
}

/// Who hears an event: the parties and those they act for.
pub fn hearers(event: &Event, principal: impl Fn(ParticipantId) -> ParticipantId) -> Hearers {
    let mut these = match event.audience() {
        Audience::Public => return Hearers::All,
        Audience::Operator => vec![ParticipantId::OPERATOR],
        Audience::Parties(parties) => parties.into_iter().flatten().collect(),
    };
    these.extend(these.clone().into_iter().map(principal));
    these.sort_unstable();
    these.dedup();
    Hearers::These(these)
}

impl History {
    /// Takes an event in; says who hears it.
    pub fn keep(&mut self, kept: Kept, principal: impl Fn(ParticipantId) -> ParticipantId) -> Hearers {
        let hearers = hearers(&kept.event, principal);
        let place = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
        if let Some(task) = task_of(&kept.event) {
            self.by_task.entry(task).or_default().push(place);
        }
        for owner in owners(&kept.event) {
            self.by_owner.entry(owner).or_default().push(place);
        }
        if let Hearers::These(these) = &hearers {
            for participant in these {
                let mail = self.mail.entry(*participant).or_default();
                if mail.len() >= MAILBOX_EVENTS_MAX {
                    mail.pop_front();
                }
                mail.push_back(place);
            }
        }
        if let Event::Offer(event) = &kept.event {
            self.follow_offer(event);
        }
        self.books.fold(Position { seq: kept.seq, index: kept.index }, &kept.event);
        self.events.push(kept);
        hearers
    }

    fn follow_offer(&mut self, event: &OfferEvent) {
        match event {
            OfferEvent::Published { offer, seller, terms } => {
                let open = OpenOffer { seller: *seller, terms: terms.clone(), left: terms.units };
                self.offers.insert(*offer, open);
            }
            OfferEvent::Taken { offer, left: 0, .. }
            | OfferEvent::Withdrawn { offer }
            | OfferEvent::Expired { offer } => {
                self.offers.remove(offer);
            }
            OfferEvent::Taken { offer, left, .. } => {
                if let Some(open) = self.offers.get_mut(offer) {
                    open.left = *left;
                }
            }
        }
    }

    /// Offers that can be taken, in order.
    pub fn offers(&self) -> impl Iterator<Item = (OfferId, &OpenOffer)> {
        self.offers.iter().map(|(&id, offer)| (id, offer))
    }

    /// The order books of all desks, and whose orders are where.
    #[must_use]
    pub const fn books(&self) -> &OrderBooks {
        &self.books
    }

    /// All events, in order.
    #[must_use]
    pub fn all(&self) -> &[Kept] {
        &self.events
    }

    /// The events of a task, in order.
    pub fn of_task(&self, task: TaskId) -> impl Iterator<Item = &Kept> {
        self.by_task.get(&task).into_iter().flatten().filter_map(|&place| self.events.get(place as usize))
    }

    /// All tasks, the newest first.
    pub fn tasks(&self) -> impl Iterator<Item = TaskId> {
        self.by_task.keys().rev().copied()
    }

    /// How many tasks there ever were.
    #[must_use]
    pub fn task_count(&self) -> usize {
        self.by_task.len()
    }

    /// The movements of a participant's free money, the newest first.
    pub fn of_owner(&self, owner: ParticipantId) -> impl Iterator<Item = &Kept> {
        self.by_owner.get(&owner).into_iter().flatten().rev().filter_map(|&place| self.events.get(place as usize))
    }

    /// The oldest events that a participant has not acknowledged, and how many there are in all.
    pub fn mail(&self, whose: ParticipantId, limit: usize) -> (impl Iterator<Item = &Kept>, usize) {
        let mail = self.mail.get(&whose);
        let all = mail.map_or(0, VecDeque::len);
        let first = mail.into_iter().flatten().take(limit).filter_map(|&place| self.events.get(place as usize));
        (first, all)
    }

    /// All mail up to this number is read; says how many are left.
    pub fn acknowledge(&mut self, whose: ParticipantId, seq: u64, index: u32) -> usize {
        let Some(mail) = self.mail.get_mut(&whose) else { return 0 };
        while let Some(kept) = mail.front().and_then(|&place| self.events.get(place as usize)) {
            if (kept.seq, kept.index) > (seq, index) {
                break;
            }
            mail.pop_front();
        }
        mail.len()
    }
}

/// The task an event belongs to.
#[must_use]
pub fn task_of(event: &Event) -> Option<TaskId> {
    match event {
        Event::Task(event) => Some(event.task()),
        Event::Money(moved) => moved.from.task().or(moved.to.task()),
        Event::Asset(_)
        | Event::Participant(_)
        | Event::Ledger(_)
        | Event::Offer(_)
        | Event::Beacon(_)
        | Event::Limit(_)
        | Event::Stream(_)
        | Event::Exchange(_)
        | Event::Order(_) => None,
    }
}

/// Whose free money an event moves.
fn owners(event: &Event) -> Vec<ParticipantId> {
    let of = |transfer: &Transfer| {
        [transfer.debit_account_id, transfer.credit_account_id].into_iter().filter_map(AccountId::owner).collect()
    };
    match event {
        Event::Money(MoneyMoved { from, to, .. }) => [*from, *to]
            .into_iter()
            .filter_map(|purse| match purse {
                Purse::Available(owner) => Some(owner),
                _ => None,
            })
            .collect(),
        Event::Ledger(event) => match &**event {
            LedgerEvent::TransferCreated(created) => of(&created.transfer),
            LedgerEvent::TransferExpired(expired) => of(&expired.transfer),
            LedgerEvent::AccountOpened(_) => Vec::new(),
        },
        Event::Asset(_)
        | Event::Participant(_)
        | Event::Task(_)
        | Event::Offer(_)
        | Event::Beacon(_)
        | Event::Limit(_)
        | Event::Stream(_)
        | Event::Exchange(_)
        | Event::Order(_) => Vec::new(),
    }
}
