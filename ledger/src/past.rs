//! What was the transfer at place p? Answered from immutable history, so that state need not hold every body.

use crate::sink::LedgerSink;
use alloc::vec::Vec;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::time::Timestamp;

/// The transfers made before the present call, by place: the first ever made is at place 0.
///
/// Asked seldom: when an id comes a second time, when a transfer that is no longer pending is named,
/// and when accounts are imported. A book and a past belong together; where the past does not know a
/// place that the book has bound, the transfer that asked is refused as `id_already_failed`.
pub trait Past {
    /// The transfer at `place`.
    fn transfer(&self, place: u64) -> Option<Transfer>;

    /// Whether one of the first `places` transfers has this timestamp. Timestamps rise with places.
    fn has_timestamp(&self, timestamp: Timestamp, places: u64) -> bool {
        let (mut low, mut high) = (0, places);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.transfer(middle) {
                Some(transfer) if transfer.timestamp == timestamp => return true,
                Some(transfer) if transfer.timestamp < timestamp => low = middle + 1,
                _ => high = middle,
            }
        }
        false
    }
}

/// A past that knows nothing: for a book that has made no transfer, or is never sent an id twice.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPast;

impl Past for NoPast {
    fn transfer(&self, _: u64) -> Option<Transfer> {
        None
    }
}

/// All transfers in memory, filled as a sink of the book.
#[derive(Debug, Clone, Default)]
pub struct MemoryPast {
    transfers: Vec<Transfer>,
}

impl MemoryPast {
    /// A past before the first transfer.
    #[must_use]
    pub const fn new() -> Self {
        Self { transfers: Vec::new() }
    }

    /// All transfers, in order of place.
    #[must_use]
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }
}

impl Past for MemoryPast {
    fn transfer(&self, place: u64) -> Option<Transfer> {
        self.transfers.get(usize::try_from(place).ok()?).copied()
    }
}

impl LedgerSink for MemoryPast {
    fn emit(&mut self, event: LedgerEvent) {
        if let LedgerEvent::TransferCreated(created) = event {
            self.transfers.push(created.transfer);
        }
    }
}
