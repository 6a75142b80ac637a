//! Transfers, made in batches, each with its own outcome; one rule a file.
//!
//! Owns the order of a batch: every event has its own timestamp, those of one call being consecutive.
//! Invariants: a refused transfer changes nothing but, where the failure depended on the state, the memory
//! of its id; an event leaves only when it can no longer be undone.
//! Absent on purpose: firing timeouts. The caller does that first, so that no command overtakes an older
//! deadline; a pending transfer whose time has come can nevertheless be neither posted nor voided.
//! Start at [`Ledger::create_transfers`]. Source: TigerBeetle's documentation, "create_transfers".

mod balancing;
mod chain;
mod create;
mod exists;
mod expire;
pub(crate) mod ids;
mod post;
mod resolve;
pub(crate) mod scratch;
mod void;

use crate::account::table::Row;
use crate::book::Ledger;
use crate::past::Past;
use crate::sink::LedgerSink;
use crate::transfer::ids::{Key, Spot, State};
use crate::transfer::scratch::{Scratch, Undo};
use alloc::vec::Vec;
use oikos_protocol::command::account::{Account, AccountFlags};
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::transfer::{Standing, TransferCreated};
use oikos_protocol::id::TransferId;
use oikos_protocol::rejection::transfer::CreateTransferStatus as Status;
use oikos_protocol::time::{Span, Timestamp};

pub(crate) use expire::expires_at;

/// How many ids are looked up ahead: enough reads under way to hide the memory's latency.
const AHEAD: usize = 64;

/// What one call brings along.
struct Call<'a, P: Past, S: LedgerSink> {
    past: &'a P,
    sink: &'a mut S,
    scratch: &'a mut Scratch,
}

/// A transfer's id hashed, and its accounts found, ahead of its turn: no account is opened within a call.
#[derive(Clone, Copy, Default)]
struct Ahead {
    key: Key,
    debit: Option<Row>,
    credit: Option<Row>,
}

/// A transfer that is about to be made under an id that is free.
#[derive(Clone, Copy)]
struct Slot {
    key: Key,
    spot: Spot,
    state: State,
}

/// What an id is bound to.
enum Bound {
    /// Nothing yet.
    Free(Spot),
    /// A failure.
    Failed,
    /// A transfer.
    Made { place: u64, state: State, body: Transfer },
}

impl Ledger {
    /// Makes transfers and appends one outcome for each to `out`. Those of a linked chain happen all, or none.
    ///
    /// `past` answers for the transfers of earlier calls.
    pub fn create_transfers<P: Past, S: LedgerSink>(
        &mut self,
        now: Timestamp,
        transfers: &[Transfer],
        past: &P,
        sink: &mut S,
        out: &mut Vec<Status>,
    ) {
        let mut scratch = core::mem::take(&mut self.scratch);
        scratch.first = self.places;
        let mut call = Call { past, sink, scratch: &mut scratch };
        self.run_batch(now, transfers, &mut call, out);
        scratch.bodies.clear();
        self.scratch = scratch;
    }

    fn run_batch<P: Past, S: LedgerSink>(
        &mut self,
        now: Timestamp,
        transfers: &[Transfer],
        call: &mut Call<'_, P, S>,
        out: &mut Vec<Status>,
    ) {
        let first = self.next_timestamp(now);
        let importing = transfers.first().is_some_and(|transfer| transfer.flags.contains(TransferFlags::IMPORTED));
        let results = out.len();
        out.reserve(transfers.len());
        let mut ahead = [Ahead::default(); AHEAD];
        for (block, transfers_ahead) in transfers.chunks(AHEAD).enumerate() {
            self.look_ahead(transfers_ahead, &mut ahead);
            for (offset, (transfer, ahead)) in transfers_ahead.iter().zip(&ahead).enumerate() {
                let index = block * AHEAD + offset;
                let linked = transfer.flags.contains(TransferFlags::LINKED);
                if linked {
                    self.open_chain(index, call.scratch);
                }
                let at = Timestamp(first.0.saturating_add(index as u64));
                let status = if linked && index + 1 == transfers.len() {
                    Status::LinkedEventChainOpen
                } else if call.scratch.chain.is_some_and(|chain| chain.broken) {
                    Status::LinkedEventFailed
                } else {
                    check_batch(transfer, importing, at)
                        .and_then(|()| self.create_transfer(transfer, ahead, at, call))
                        .map_or_else(|status| status, |()| Status::Created)
                };
                out.push(status);
                if status != Status::Created {
                    self.break_chain(call.scratch, &mut out[results..results + index]);
                    if status.is_transient() {
                        self.ids.bind_failed(ahead.key, transfer.id);
                    }
                }
                if !linked {
                    self.close_chain(call);
                }
            }
        }
        self.close_chain(call);
    }

    /// Hashes the ids of a block, finds its accounts, and has all that memory read at once rather than in turn.
    #[inline]
    fn look_ahead(&self, transfers: &[Transfer], ahead: &mut [Ahead; AHEAD]) {
        let mut read = 0;
        for (transfer, ahead) in transfers.iter().zip(&mut *ahead) {
            ahead.key = Key::of(transfer.id);
            read ^= self.ids.touch(ahead.key);
        }
        for (transfer, ahead) in transfers.iter().zip(ahead) {
            ahead.debit = self.accounts.find(transfer.debit_account_id);
            ahead.credit = self.accounts.find(transfer.credit_account_id);
        }
        core::hint::black_box(read);
    }

    #[inline]
    fn create_transfer<P: Past, S: LedgerSink>(
        &mut self,
        transfer: &Transfer,
        ahead: &Ahead,
        at: Timestamp,
        call: &mut Call<'_, P, S>,
    ) -> Result<(), Status> {
        if transfer.flags.intersects(TransferFlags(!TransferFlags::PUBLIC.0)) {
            return Err(Status::ReservedFlag);
        }
        if transfer.id.0 == 0 {
            return Err(Status::IdMustNotBeZero);
        }
        if transfer.id.0 == u128::MAX {
            return Err(Status::IdMustNotBeIntMax);
        }
        let spot = match self.bound(transfer.id, ahead.key, call) {
            Bound::Free(spot) => spot,
            Bound::Failed => return Err(Status::IdAlreadyFailed),
            Bound::Made { body, .. } => return Err(self.exists(transfer, &body, call)),
        };
        let slot = Slot { key: ahead.key, spot, state: State::Done };
        let resolving = TransferFlags::POST_PENDING_TRANSFER.with(TransferFlags::VOID_PENDING_TRANSFER);
        if transfer.flags.intersects(resolving) {
            self.resolve(transfer, slot, at, call)
        } else {
            self.create(transfer, slot, ahead, at, call)
        }
    }

    /// What `id` is bound to. Whole ids are compared, since fingerprints may be alike.
    #[inline]
    fn bound<P: Past, S: LedgerSink>(&self, id: TransferId, key: Key, call: &Call<'_, P, S>) -> Bound {
        let spot = self.ids.seek(key);
        for (place, state) in self.ids.candidates(key, spot) {
            if state == State::Failed {
                if self.ids.failed().get(place as usize) == Some(&id) {
                    return Bound::Failed;
                }
                continue;
            }
            let body = match call.scratch.body(place) {
                Some(body) => Some(*body),
                None if state == State::Pending => self.open.get(&place).map(|open| open.transfer),
                None => call.past.transfer(place),
            };
            match body {
                Some(body) if body.id == id => return Bound::Made { place, state, body },
                Some(_) => {}
                None => return Bound::Failed,
            }
        }
        Bound::Free(spot)
    }

    /// Keeps a transfer whose money has moved.
    #[inline]
    fn record<P: Past, S: LedgerSink>(
        &mut self,
        transfer: Transfer,
        slot: Slot,
        (debit, credit): (Row, Row),
        call: &mut Call<'_, P, S>,
    ) -> u64 {
        let place = self.places;
        self.places += 1;
        self.last_transfer = transfer.timestamp;
        self.last = self.last.max(transfer.timestamp);
        self.ids.bind(slot.key, slot.spot, place, slot.state);
        call.scratch.note(Undo::Bound { key: slot.key, place });
        call.scratch.bodies.push(transfer);
        let (debit, credit) = (standing(self.accounts.get(debit)), standing(self.accounts.get(credit)));
        let event = LedgerEvent::TransferCreated(TransferCreated { place, transfer, debit, credit });
        if call.scratch.chain.is_some() {
            call.scratch.events.push(event);
        } else {
            call.sink.emit(event);
        }
        place
    }

    /// Changes both accounts of a transfer.
    #[inline]
    fn change_both(
        &mut self,
        (debit, credit): (Row, Row),
        scratch: &mut Scratch,
        change_debit: impl FnOnce(&mut Account),
        change_credit: impl FnOnce(&mut Account),
    ) {
        if scratch.chain.is_some() {
            scratch.undo.push(Undo::Row { row: debit, before: *self.accounts.get(debit) });
            scratch.undo.push(Undo::Row { row: credit, before: *self.accounts.get(credit) });
        }
        self.change(debit, change_debit);
        self.change(credit, change_credit);
    }

    /// Whether an imported timestamp is later than all transfers and equal to no account's.
    fn check_imported_timestamp(&self, timestamp: Timestamp) -> Result<(), Status> {
        let taken = self.accounts.rows.binary_search_by_key(&timestamp, |account| account.timestamp).is_ok();
        let regresses = timestamp <= self.last_transfer || taken;
        (!regresses).then_some(()).ok_or(Status::ImportedEventTimestampMustNotRegress)
    }
}

/// The checks that depend on the batch and the clock.
#[inline]
fn check_batch(transfer: &Transfer, importing: bool, at: Timestamp) -> Result<(), Status> {
    let imported = transfer.flags.contains(TransferFlags::IMPORTED);
    match (importing, imported) {
        (true, false) => Err(Status::ImportedEventExpected),
        (false, true) => Err(Status::ImportedEventNotExpected),
        (false, false) if transfer.timestamp != Timestamp::ZERO => Err(Status::TimestampMustBeZero),
        (true, true) if transfer.timestamp.0 == 0 || transfer.timestamp.0 >= 1 << 63 => {
            Err(Status::ImportedEventTimestampOutOfRange)
        }
        (true, true) if transfer.timestamp >= at => Err(Status::ImportedEventTimestampMustNotAdvance),
        _ => Ok(()),
    }
}

/// The timestamp of a transfer that is made at `at`.
#[inline]
fn timestamp_of(transfer: &Transfer, at: Timestamp) -> Timestamp {
    if transfer.flags.contains(TransferFlags::IMPORTED) { transfer.timestamp } else { at }
}

fn timeout_span(transfer: &Transfer) -> Span {
    Span::seconds(u64::from(transfer.timeout))
}

#[inline]
fn standing(account: &Account) -> Standing {
    Standing { balances: account.balances(), closed: account.flags.contains(AccountFlags::CLOSED) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryPast;
    use oikos_protocol::id::{AccountId, AssetId};
    use oikos_protocol::money::Amount;

    #[test]
    fn an_id_whose_fingerprint_is_another_ones_is_still_free() {
        let mut ledger = Ledger::new();
        let account = |id| Account { id: AccountId(id), ledger: AssetId(1), code: 1, ..Account::ZERO };
        let transfer = |id| Transfer {
            id: TransferId(id),
            debit_account_id: AccountId(1),
            credit_account_id: AccountId(2),
            amount: Amount(1),
            ledger: AssetId(1),
            code: 1,
            ..Transfer::ZERO
        };
        let (mut past, mut out) = (MemoryPast::new(), Vec::new());
        let accounts = [account(1), account(2)];
        ledger.create_accounts(Timestamp(1), &accounts, &MemoryPast::new(), &mut past, &mut Vec::new());
        ledger.create_transfers(Timestamp(1), &[transfer(10)], &MemoryPast::new(), &mut past, &mut out);
        // As if the hashes of 10 and 11 were the same in all the bits that are kept.
        let key = Key::of(TransferId(11));
        ledger.ids.bind(key, ledger.ids.seek(key), 0, State::Done);
        let known = past.clone();
        ledger.create_transfers(Timestamp(1), &[transfer(11), transfer(11)], &known, &mut past, &mut out);
        assert_eq!(out, [Status::Created, Status::Created, Status::Exists]);
        assert_eq!(ledger.transfer(TransferId(11), &past).map(|found| found.id), Some(TransferId(11)));
        assert_eq!(ledger.transfer(TransferId(12), &past), None);
    }
}
