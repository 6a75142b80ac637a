//! A transfer made at once, or reserved as a pending one: its checks in the documented order.
//!
//! Source: TigerBeetle's documentation, "create_transfers".

use crate::account::table::{Row, Ties};
use crate::book::{Ledger, Open, available, room};
use crate::past::Past;
use crate::sink::LedgerSink;
use crate::transfer::balancing::balanced;
use crate::transfer::ids::State;
use crate::transfer::scratch::Undo;
use crate::transfer::{Ahead, Call, Slot, expires_at, timeout_span, timestamp_of};
use oikos_protocol::command::account::{Account, AccountFlags};
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::id::{AccountId, TransferId};
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::transfer::CreateTransferStatus as Status;
use oikos_protocol::time::Timestamp;

impl Ledger {
    #[inline]
    pub(super) fn create<P: Past, S: LedgerSink>(
        &mut self,
        asked: &Transfer,
        slot: Slot,
        ahead: &Ahead,
        at: Timestamp,
        call: &mut Call<'_, P, S>,
    ) -> Result<(), Status> {
        check_fields(asked)?;
        let rows = self.check_accounts(asked, ahead)?;
        let timestamp = timestamp_of(asked, at);
        let (debit, credit) = (self.accounts.get(rows.0), self.accounts.get(rows.1));
        if asked.flags.contains(TransferFlags::IMPORTED) {
            self.check_imported_timestamp(timestamp)?;
            check_imported(asked, debit, credit)?;
        }
        self.check_open(rows)?;
        let amount = balanced(asked, debit, credit);
        let made = Transfer { amount, timestamp, ..*asked };
        check_amount(&made, debit, credit)?;

        let pending = asked.flags.contains(TransferFlags::PENDING);
        if pending {
            let closing = |flag| if asked.flags.contains(flag) { AccountFlags::CLOSED } else { AccountFlags::NONE };
            let (close_debit, close_credit) =
                (closing(TransferFlags::CLOSING_DEBIT), closing(TransferFlags::CLOSING_CREDIT));
            self.change_both(
                rows,
                call.scratch,
                |account| {
                    account.debits_pending.0 += amount.0;
                    account.flags = account.flags.with(close_debit);
                },
                |account| {
                    account.credits_pending.0 += amount.0;
                    account.flags = account.flags.with(close_credit);
                },
            );
            let place = self.record(made, Slot { state: State::Pending, ..slot }, rows, call);
            self.open.insert(place, Open { transfer: made, debit: rows.0, credit: rows.1 });
            if made.timeout != 0 {
                self.expiries.insert((expires_at(&made), place));
            }
            call.scratch.note(Undo::Opened { place });
        } else {
            self.change_both(
                rows,
                call.scratch,
                |account| account.debits_posted.0 += amount.0,
                |account| account.credits_posted.0 += amount.0,
            );
            self.record(made, slot, rows, call);
        }
        Ok(())
    }

    #[inline]
    fn check_accounts(&self, asked: &Transfer, ahead: &Ahead) -> Result<(Row, Row), Status> {
        let debit = ahead.debit.ok_or(Status::DebitAccountNotFound)?;
        let credit = ahead.credit.ok_or(Status::CreditAccountNotFound)?;
        let assets = (self.accounts.get(debit).ledger, self.accounts.get(credit).ledger);
        if assets.0 != assets.1 {
            return Err(Status::AccountsMustHaveTheSameLedger);
        }
        if asked.ledger != assets.0 {
            return Err(Status::TransferMustHaveTheSameLedgerAsAccounts);
        }
        Ok((debit, credit))
    }

    /// That neither account is a pool or closed.
    #[inline]
    fn check_open(&self, (debit, credit): (Row, Row)) -> Result<(), Status> {
        if self.accounts.ties[debit as usize].pool != Ties::NO_POOL {
            return Err(Status::DebitAccountIsAPool);
        }
        if self.accounts.ties[credit as usize].pool != Ties::NO_POOL {
            return Err(Status::CreditAccountIsAPool);
        }
        if self.accounts.get(debit).flags.contains(AccountFlags::CLOSED) {
            return Err(Status::DebitAccountAlreadyClosed);
        }
        if self.accounts.get(credit).flags.contains(AccountFlags::CLOSED) {
            return Err(Status::CreditAccountAlreadyClosed);
        }
        Ok(())
    }
}

/// The checks of the transfer's own fields.
#[inline]
fn check_fields(asked: &Transfer) -> Result<(), Status> {
    let pending = asked.flags.contains(TransferFlags::PENDING);
    let closing = asked.flags.intersects(TransferFlags::CLOSING_DEBIT.with(TransferFlags::CLOSING_CREDIT));
    if asked.debit_account_id == AccountId(0) {
        Err(Status::DebitAccountIdMustNotBeZero)
    } else if asked.debit_account_id == AccountId(u128::MAX) {
        Err(Status::DebitAccountIdMustNotBeIntMax)
    } else if asked.credit_account_id == AccountId(0) {
        Err(Status::CreditAccountIdMustNotBeZero)
    } else if asked.credit_account_id == AccountId(u128::MAX) {
        Err(Status::CreditAccountIdMustNotBeIntMax)
    } else if asked.debit_account_id == asked.credit_account_id {
        Err(Status::AccountsMustBeDifferent)
    } else if asked.pending_id != TransferId(0) {
        Err(Status::PendingIdMustBeZero)
    } else if !pending && asked.timeout != 0 {
        Err(Status::TimeoutReservedForPendingTransfer)
    } else if !pending && closing {
        Err(Status::ClosingTransferMustBePending)
    } else if asked.ledger.0 == 0 {
        Err(Status::LedgerMustNotBeZero)
    } else if asked.code == 0 {
        Err(Status::CodeMustNotBeZero)
    } else {
        Ok(())
    }
}

fn check_imported(asked: &Transfer, debit: &Account, credit: &Account) -> Result<(), Status> {
    if asked.timestamp <= debit.timestamp {
        Err(Status::ImportedEventTimestampMustPostdateDebitAccount)
    } else if asked.timestamp <= credit.timestamp {
        Err(Status::ImportedEventTimestampMustPostdateCreditAccount)
    } else if asked.timeout != 0 {
        Err(Status::ImportedEventTimeoutMustBeZero)
    } else {
        Ok(())
    }
}

/// That both accounts can hold the amount, and the calendar the timeout, and that no limit is exceeded.
#[inline]
fn check_amount(made: &Transfer, debit: &Account, credit: &Account) -> Result<(), Status> {
    let overflows = |sum: Amount| sum.0.checked_add(made.amount.0).is_none();
    // One comparison for what nearly every transfer is: within both accounts' room, and without timeout.
    let something = !made.amount.is_zero() && made.timeout == 0;
    if something && made.amount <= available(debit) && made.amount <= room(credit) {
        return Ok(());
    }
    if made.flags.contains(TransferFlags::PENDING) {
        if overflows(debit.debits_pending) {
            return Err(Status::OverflowsDebitsPending);
        }
        if overflows(credit.credits_pending) {
            return Err(Status::OverflowsCreditsPending);
        }
    }
    if overflows(debit.debits_posted) {
        return Err(Status::OverflowsDebitsPosted);
    }
    if overflows(credit.credits_posted) {
        return Err(Status::OverflowsCreditsPosted);
    }
    // Pending and posted of one account together always fit; where a test hook has set them so that they do
    // not, the largest number stands for their sum.
    let debits = Amount(debit.debits_pending.0.saturating_add(debit.debits_posted.0));
    let credits = Amount(credit.credits_pending.0.saturating_add(credit.credits_posted.0));
    if overflows(debits) {
        return Err(Status::OverflowsDebits);
    }
    if overflows(credits) {
        return Err(Status::OverflowsCredits);
    }
    let expiry = made.timestamp.0.checked_add(timeout_span(made).0);
    if expiry.is_none_or(|expiry| expiry >= 1 << 63) {
        return Err(Status::OverflowsTimeout);
    }
    let exceeds = |sum: Amount, limit: Amount| sum.0 + made.amount.0 > limit.0;
    if debit.flags.contains(AccountFlags::DEBITS_MUST_NOT_EXCEED_CREDITS) && exceeds(debits, debit.credits_posted) {
        return Err(Status::ExceedsCredits);
    }
    if credit.flags.contains(AccountFlags::CREDITS_MUST_NOT_EXCEED_DEBITS) && exceeds(credits, credit.debits_posted) {
        return Err(Status::ExceedsDebits);
    }
    Ok(())
}
