//! Voiding a pending transfer: what was reserved is free again, and an account that it closed is open again.

use oikos_protocol::command::account::{Account, AccountFlags};
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::transfer::CreateTransferStatus as Status;

/// How much is voided: all of it, whether named or left at zero.
pub(super) fn voided_amount(asked: &Transfer, pending: &Transfer) -> Result<Amount, Status> {
    if asked.amount > pending.amount {
        Err(Status::ExceedsPendingTransferAmount)
    } else if !asked.amount.is_zero() && asked.amount < pending.amount {
        Err(Status::PendingTransferHasDifferentAmount)
    } else {
        Ok(pending.amount)
    }
}

/// The flag to be taken from the debit and from the credit account that this transfer had closed.
pub(super) fn reopened(pending: &Transfer) -> (AccountFlags, AccountFlags) {
    let closed = |flag| if pending.flags.contains(flag) { AccountFlags::CLOSED } else { AccountFlags::NONE };
    (closed(TransferFlags::CLOSING_DEBIT), closed(TransferFlags::CLOSING_CREDIT))
}

/// What voiding, and expiring, does to the debit and to the credit account.
pub(super) fn void_accounts(
    reserved: Amount,
    (reopen_debit, reopen_credit): (AccountFlags, AccountFlags),
) -> (impl FnOnce(&mut Account), impl FnOnce(&mut Account)) {
    (
        move |account: &mut Account| {
            account.debits_pending.0 -= reserved.0;
            account.flags = account.flags.without(reopen_debit);
        },
        move |account: &mut Account| {
            account.credits_pending.0 -= reserved.0;
            account.flags = account.flags.without(reopen_credit);
        },
    )
}
