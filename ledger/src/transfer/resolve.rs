//! Posting or voiding a pending transfer: the checks that both share, in the documented order.
//!
//! Source: TigerBeetle's documentation, "Two-Phase Transfers", "create_transfers".

use crate::account::table::Row;
use crate::book::Ledger;
use crate::past::Past;
use crate::sink::LedgerSink;
use crate::transfer::exists::inherited;
use crate::transfer::ids::{Key, State};
use crate::transfer::post::{post_accounts, posted_amount};
use crate::transfer::scratch::{Scratch, Undo};
use crate::transfer::void::{reopened, void_accounts, voided_amount};
use crate::transfer::{Bound, Call, Slot, expires_at, timestamp_of};
use oikos_protocol::command::account::AccountFlags;
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::id::TransferId;
use oikos_protocol::rejection::transfer::CreateTransferStatus as Status;
use oikos_protocol::time::Timestamp;

impl Ledger {
    pub(super) fn resolve<P: Past, S: LedgerSink>(
        &mut self,
        asked: &Transfer,
        slot: Slot,
        at: Timestamp,
        call: &mut Call<'_, P, S>,
    ) -> Result<(), Status> {
        check_fields(asked)?;
        let pending_key = Key::of(asked.pending_id);
        let Bound::Made { place, state, body: pending } = self.bound(asked.pending_id, pending_key, call) else {
            return Err(Status::PendingTransferNotFound);
        };
        check_against(asked, &pending)?;
        let posting = asked.flags.contains(TransferFlags::POST_PENDING_TRANSFER);
        let amount = if posting { posted_amount(asked, &pending)? } else { voided_amount(asked, &pending)? };
        check_state(state, &pending, at)?;
        let timestamp = timestamp_of(asked, at);
        if asked.flags.contains(TransferFlags::IMPORTED) {
            self.check_imported_timestamp(timestamp)?;
        }
        let Some(open) = self.open.get(&place).copied() else {
            return Err(Status::PendingTransferNotPending); // Not reached: the index says that it is pending.
        };
        let rows = (open.debit, open.credit);
        if posting {
            self.check_not_closed(rows)?;
        }

        let made = Transfer { amount, timestamp, timeout: 0, ..inherited(asked, &pending) };
        self.take_out(place, pending_key, if posting { State::Posted } else { State::Voided }, call.scratch);
        if posting {
            let (debit, credit) = post_accounts(pending.amount, amount);
            self.change_both(rows, call.scratch, debit, credit);
        } else {
            let (debit, credit) = void_accounts(pending.amount, reopened(&pending));
            self.change_both(rows, call.scratch, debit, credit);
        }
        self.record(made, slot, rows, call);
        Ok(())
    }

    /// A pending transfer is no longer pending.
    pub(super) fn take_out(&mut self, place: u64, key: Key, to: State, scratch: &mut Scratch) {
        if let Some(open) = self.open.remove(&place) {
            if open.transfer.timeout != 0 {
                self.expiries.remove(&(expires_at(&open.transfer), place));
            }
            self.ids.set(key, place, to);
            scratch.note(Undo::Resolved { place, open, key });
        }
    }

    /// In a closed account nothing moves but the voiding of what is pending.
    fn check_not_closed(&self, (debit, credit): (Row, Row)) -> Result<(), Status> {
        if self.accounts.get(debit).flags.contains(AccountFlags::CLOSED) {
            return Err(Status::DebitAccountAlreadyClosed);
        }
        if self.accounts.get(credit).flags.contains(AccountFlags::CLOSED) {
            return Err(Status::CreditAccountAlreadyClosed);
        }
        Ok(())
    }
}

fn check_fields(asked: &Transfer) -> Result<(), Status> {
    let both = TransferFlags::POST_PENDING_TRANSFER.with(TransferFlags::VOID_PENDING_TRANSFER);
    let excluded = TransferFlags::PENDING
        | TransferFlags::BALANCING_DEBIT
        | TransferFlags::BALANCING_CREDIT
        | TransferFlags::CLOSING_DEBIT
        | TransferFlags::CLOSING_CREDIT;
    if asked.flags.contains(both) || asked.flags.intersects(excluded) {
        Err(Status::FlagsAreMutuallyExclusive)
    } else if asked.pending_id == TransferId(0) {
        Err(Status::PendingIdMustNotBeZero)
    } else if asked.pending_id == TransferId(u128::MAX) {
        Err(Status::PendingIdMustNotBeIntMax)
    } else if asked.pending_id == asked.id {
        Err(Status::PendingIdMustBeDifferent)
    } else if asked.timeout != 0 {
        Err(Status::TimeoutReservedForPendingTransfer)
    } else {
        Ok(())
    }
}

fn check_against(asked: &Transfer, pending: &Transfer) -> Result<(), Status> {
    if !pending.flags.contains(TransferFlags::PENDING) {
        return Err(Status::PendingTransferNotPending);
    }
    let whole = inherited(asked, pending);
    if whole.debit_account_id != pending.debit_account_id {
        Err(Status::PendingTransferHasDifferentDebitAccountId)
    } else if whole.credit_account_id != pending.credit_account_id {
        Err(Status::PendingTransferHasDifferentCreditAccountId)
    } else if whole.ledger != pending.ledger {
        Err(Status::PendingTransferHasDifferentLedger)
    } else if whole.code != pending.code {
        Err(Status::PendingTransferHasDifferentCode)
    } else {
        Ok(())
    }
}

fn check_state(state: State, pending: &Transfer, at: Timestamp) -> Result<(), Status> {
    match state {
        State::Posted => Err(Status::PendingTransferAlreadyPosted),
        State::Voided => Err(Status::PendingTransferAlreadyVoided),
        State::Expired => Err(Status::PendingTransferExpired),
        State::Pending if pending.timeout != 0 && expires_at(pending) <= at => Err(Status::PendingTransferExpired),
        State::Pending => Ok(()),
        State::Done | State::Failed => Err(Status::PendingTransferNotPending),
    }
}
