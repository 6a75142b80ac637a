//! Where the changes of the book go, in order of their timestamps.

use alloc::vec::Vec;
use oikos_protocol::event::ledger::LedgerEvent;

/// Takes every change of the book: a node encodes it, a simulator counts or drops it.
///
/// A change arrives once it can no longer be undone: those of a linked chain after its last transfer.
pub trait LedgerSink {
    /// Takes one change.
    fn emit(&mut self, event: LedgerEvent);
}

impl LedgerSink for Vec<LedgerEvent> {
    fn emit(&mut self, event: LedgerEvent) {
        self.push(event);
    }
}

/// Drops every change.
impl LedgerSink for () {
    fn emit(&mut self, _: LedgerEvent) {}
}
