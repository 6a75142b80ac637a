//! Linked transfers: a run of transfers of which all happen or none does.
//!
//! Owns the undo list of the chain being built; nothing of it outlives the call.
//! Invariants: no event leaves before the last transfer of the chain is accepted;
//! after a failure the book's digest is the one before the first transfer, but for the id of the one
//! that failed, where its failure is of the kind that binds it.
//! Absent on purpose: nesting. A chain within a chain is one longer chain.
//! Start at [`Ledger::open_chain`]. Source: TigerBeetle's documentation, "Linked events".

use crate::book::Ledger;
use crate::past::Past;
use crate::sink::LedgerSink;
use crate::transfer::ids::State;
use crate::transfer::scratch::{Chain, Scratch, Undo};
use crate::transfer::{Call, expires_at};
use oikos_protocol::rejection::transfer::CreateTransferStatus as Status;

impl Ledger {
    /// A linked transfer opens a chain, unless one is open.
    pub(super) fn open_chain(&self, index: usize, scratch: &mut Scratch) {
        if scratch.chain.is_none() {
            let bodies = scratch.bodies.len();
            scratch.chain = Some(Chain { start: index, broken: false, bodies, before: self.mark() });
        }
    }

    /// A transfer failed: the chain it is in, if any, is undone, and those before it in the chain failed too.
    pub(super) fn break_chain(&mut self, scratch: &mut Scratch, results: &mut [Status]) {
        let Some(chain) = &mut scratch.chain else { return };
        if chain.broken {
            return;
        }
        chain.broken = true;
        let Chain { start, bodies, before, .. } = *chain;
        while let Some(step) = scratch.undo.pop() {
            self.undo(step);
        }
        self.reset(before);
        scratch.bodies.truncate(bodies);
        scratch.events.clear();
        results[start..].fill(Status::LinkedEventFailed);
    }

    /// The chain, if any, has ended: what it did can no longer be undone.
    pub(super) fn close_chain<P: Past, S: LedgerSink>(&mut self, call: &mut Call<'_, P, S>) {
        if call.scratch.chain.take().is_some() {
            call.scratch.undo.clear();
            for event in call.scratch.events.drain(..) {
                call.sink.emit(event);
            }
        }
    }

    fn undo(&mut self, step: Undo) {
        match step {
            Undo::Row { row, before } => self.change(row, |account| *account = before),
            Undo::Bound { key, place } => self.ids.unbind(key, place),
            Undo::Opened { place } => {
                if let Some(open) = self.open.remove(&place) {
                    self.expiries.remove(&(expires_at(&open.transfer), place));
                }
            }
            Undo::Resolved { place, open, key } => {
                if open.transfer.timeout != 0 {
                    self.expiries.insert((expires_at(&open.transfer), place));
                }
                self.open.insert(place, open);
                self.ids.set(key, place, State::Pending);
            }
        }
    }
}
