//! What happened, in the past tense and whole, so that a reader need not ask back; one file a noun.
//!
//! Events are derived: re-applying the journal gives the same events with the same numbers (sequence, index).
//! Every event has an [`Audience`]. [`Event`] is exhaustive on purpose: a new one must break every fold that forgets it.

pub mod account;
pub mod asset;
pub mod audience;
pub mod beacon;
pub mod exchange;
pub mod ledger;
pub mod limit;
pub mod money;
pub mod offer;
pub mod order;
pub mod participant;
pub mod stream;
pub mod task;
pub mod transfer;

pub use audience::Audience;

use alloc::boxed::Box;
use serde::{Deserialize, Serialize};

/// All that can happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// To an asset or a policy.
    Asset(asset::AssetEvent),
    /// To a participant.
    Participant(participant::ParticipantEvent),
    /// To a task, its bids, its contract.
    Task(task::TaskEvent),
    /// Money moved for a reason the economy knows.
    Money(money::MoneyMoved),
    /// In the book of accounts and transfers.
    Ledger(Box<ledger::LedgerEvent>),
    /// To an offer.
    Offer(offer::OfferEvent),
    /// To the beacon.
    Beacon(beacon::BeaconRevealed),
    /// At a desk.
    Order(order::OrderEvent),
    /// To a limit.
    Limit(limit::LimitEvent),
    /// To a stream.
    Stream(stream::StreamEvent),
    /// To an exchange.
    Exchange(exchange::ExchangeEvent),
}

/// Where events go as they happen: encoded by a node, counted or dropped by a simulation, folded by a view.
pub trait EventSink {
    /// Takes one event.
    fn emit(&mut self, event: &Event);
}

/// Drops every event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dropped;

impl EventSink for Dropped {
    fn emit(&mut self, _: &Event) {}
}

impl EventSink for alloc::vec::Vec<Event> {
    fn emit(&mut self, event: &Event) {
        self.push(event.clone());
    }
}
