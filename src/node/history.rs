//! What of history is kept in memory: the events of open tasks, offers that can be taken, who pays
//! open streams, order books. The rest is in the index.
//!
//! Invariant: as large as what is open, whatever happened before. Kept in snapshots.

pub use crate::history::{Happened, Hearers, Kept, hearers};
use oikos_protocol::command::offer::PublishOffer;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, Purse};
use oikos_protocol::event::offer::OfferEvent;
use oikos_protocol::event::stream::StreamEvent;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{OfferId, ParticipantId, StreamId, TaskId};
use oikos_views::{Fold, OrderBooks, Position};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is open.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Open {
    tasks: BTreeMap<TaskId, Vec<Kept>>,
    last_task: Option<TaskId>,
    task_count: u64,
    offers: BTreeMap<OfferId, OpenOffer>,
    streams: BTreeMap<StreamId, ParticipantId>,
    books: OrderBooks,
}

/// An offer that can be taken.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenOffer {
    /// Whose it is.
    pub seller: ParticipantId,
    /// What it says.
    pub terms: PublishOffer,
    /// How many units are left.
    pub left: u32,
}

impl Open {
    /// Takes an event in.
    pub fn keep(&mut self, kept: &Kept) {
        self.books.fold(Position { seq: kept.seq, index: kept.index }, &kept.event);
        match &kept.event {
            Event::Task(TaskEvent::Drafted { task, .. }) => {
                self.last_task = self.last_task.max(Some(*task));
                self.task_count += 1;
                self.tasks.insert(*task, vec![kept.clone()]);
            }
            Event::Offer(event) => self.follow_offer(event),
            Event::Stream(StreamEvent::Opened { stream, from, .. }) => {
                self.streams.insert(*stream, *from);
            }
            event => {
                if let Some(events) = crate::history::hearers::task_of(event).and_then(|task| self.tasks.get_mut(&task))
                {
                    events.push(kept.clone());
                }
            }
        }
    }

    /// Forgets the events of a task that is over.
    pub fn close(&mut self, task: TaskId) {
        self.tasks.remove(&task);
    }

    /// Forgets a stream that ended.
    pub fn end_stream(&mut self, stream: StreamId) {
        self.streams.remove(&stream);
    }

    /// Whose money stands in the purses between which it moved, where they are not plainly a participant's.
    #[must_use]
    pub fn whose(&self, event: &Event) -> [Option<ParticipantId>; 2] {
        let Event::Money(MoneyMoved { from, to, .. }) = event else { return [None; 2] };
        [*from, *to].map(|purse| match purse {
            Purse::Hold(task) | Purse::Escrow(task) => self.task_events(task).find_map(|event| match event {
                TaskEvent::Drafted { poster, .. } => Some(*poster),
                _ => None,
            }),
            Purse::Bond(task) => self.task_events(task).rev().find_map(|event| match event {
                TaskEvent::AwardOffered { bidder, .. } => Some(*bidder),
                _ => None,
            }),
            Purse::Deposit(_, whose) | Purse::Order(_, whose) => Some(whose),
            Purse::Stream(stream) => self.streams.get(&stream).copied(),
            Purse::Issuer | Purse::Available(_) | Purse::Treasury => None,
        })
    }

    fn task_events(&self, task: TaskId) -> impl DoubleEndedIterator<Item = &TaskEvent> {
        self.of_task(task).unwrap_or_default().iter().filter_map(|kept| match &kept.event {
            Event::Task(event) => Some(event),
            _ => None,
        })
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

    /// The events of an open task, in order; `None` where it is over, or never was.
    #[must_use]
    pub fn of_task(&self, task: TaskId) -> Option<&[Kept]> {
        self.tasks.get(&task).map(Vec::as_slice)
    }

    /// All tasks there ever were, the newest first: their numbers have no gaps.
    pub fn tasks(&self) -> impl Iterator<Item = TaskId> + use<> {
        let last = self.last_task.map_or(0, |task| task.0);
        (0..self.task_count).map(move |back| TaskId(last.saturating_sub(back)))
    }

    /// How many tasks there ever were.
    #[must_use]
    pub const fn task_count(&self) -> u64 {
        self.task_count
    }
}
