//! What one call of `create_transfers` needs beside the state; kept for its memory, empty between calls.

use crate::account::table::Row;
use crate::book::{Mark, Open};
use crate::transfer::ids::Key;
use alloc::vec::Vec;
use oikos_protocol::command::account::Account;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::event::ledger::LedgerEvent;

/// The bodies made by this call, and the chain being built.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    /// The place of the first body.
    pub(crate) first: u64,
    /// Transfers made by this call, which [`crate::Past`] does not know yet.
    pub(crate) bodies: Vec<Transfer>,
    pub(crate) chain: Option<Chain>,
    pub(crate) undo: Vec<Undo>,
    pub(crate) events: Vec<LedgerEvent>,
}

/// A chain being built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    /// The index of its first transfer in the batch.
    pub(crate) start: usize,
    /// A transfer of it has failed.
    pub(crate) broken: bool,
    pub(crate) bodies: usize,
    pub(crate) before: Mark,
}

/// How to take back one step of a chain.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Undo {
    Row { row: Row, before: Account },
    Bound { key: Key, place: u64 },
    Opened { place: u64 },
    Resolved { place: u64, open: Open, key: Key },
}

impl Scratch {
    #[inline]
    pub(crate) fn body(&self, place: u64) -> Option<&Transfer> {
        self.bodies.get(usize::try_from(place.checked_sub(self.first)?).ok()?)
    }

    #[inline]
    pub(crate) fn note(&mut self, step: Undo) {
        if self.chain.is_some() {
            self.undo.push(step);
        }
    }
}
