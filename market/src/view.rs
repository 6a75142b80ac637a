//! What a reader may ask of the economy: answers, never changes.

use crate::asset::Asset;
use crate::economy::Economy;
use crate::exchange::Exchange;
use crate::limit::Grant;
use crate::order_book::Desk;
use crate::participant::Participant;
use crate::task::{BidView, TaskView};
use oikos_ledger::Ledger;
use oikos_protocol::command::order::OpenDesk;
use oikos_protocol::event::task::Phase;
use oikos_protocol::genesis::Genesis;
use oikos_protocol::id::{AssetId, DeskId, ExchangeId, LimitId, ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;

impl Economy {
    /// How it began.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// Economy time: that of the last step.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The book.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// An asset.
    #[must_use]
    pub fn asset(&self, asset: AssetId) -> Option<&Asset> {
        self.assets.get(asset)
    }

    /// All assets, in order.
    pub fn assets(&self) -> impl Iterator<Item = (AssetId, &Asset)> {
        self.assets.all()
    }

    /// A participant.
    #[must_use]
    pub fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.get(id)
    }

    /// All participants, in order.
    pub fn participants(&self) -> impl Iterator<Item = (ParticipantId, &Participant)> {
        self.participants.all()
    }

    /// Where a task stands; also after it is over.
    #[must_use]
    pub fn phase(&self, task: TaskId) -> Option<Phase> {
        self.tasks.phase(task)
    }

    /// A task that is not over.
    #[must_use]
    pub fn task(&self, task: TaskId) -> Option<TaskView<'_>> {
        self.tasks.open(task).map(|task| task.view())
    }

    /// All tasks that are not over.
    pub fn open_tasks(&self) -> impl Iterator<Item = (TaskId, TaskView<'_>)> {
        self.tasks.all_open().map(|(id, task)| (id, task.view()))
    }

    /// The live bids of a task that is not over, by bidder.
    pub fn bids(&self, task: TaskId) -> impl Iterator<Item = BidView> {
        self.tasks.open(task).into_iter().flat_map(|task| &task.bids).map(|bid| BidView {
            bidder: bid.bidder,
            price: bid.terms.map(|terms| terms.price),
            excluded: bid.excluded,
        })
    }

    /// All desks with their terms, in order of opening.
    pub fn desks(&self) -> impl Iterator<Item = (DeskId, &Desk, &OpenDesk)> {
        self.desks.all().map(|(id, open)| (id, &open.desk, &open.terms))
    }

    /// All limits with their holders, by number; [`Ledger::limit`] says what may be spent.
    pub fn grants(&self) -> impl Iterator<Item = (LimitId, Grant)> {
        self.grants.all()
    }

    /// All exchanges that can be taken, in order.
    pub fn exchanges(&self) -> impl Iterator<Item = (ExchangeId, &Exchange)> {
        self.exchanges.open()
    }

    /// A member's line of mutual credit.
    #[must_use]
    pub fn credit(&self, member: ParticipantId, asset: AssetId) -> Amount {
        self.credits.get(&(asset, member)).copied().unwrap_or_default()
    }

    /// How many ids are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.memory.len()
    }
}
