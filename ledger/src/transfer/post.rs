//! Posting a pending transfer: the amount, up to what was reserved, is paid; the rest is free again.
//!
//! The largest number stands for all of it. No limit can be exceeded, since the amount was reserved.

use oikos_protocol::command::account::Account;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::transfer::CreateTransferStatus as Status;

/// How much is posted.
pub(super) fn posted_amount(asked: &Transfer, pending: &Transfer) -> Result<Amount, Status> {
    let amount = if asked.amount == Amount::MAX { pending.amount } else { asked.amount };
    if amount > pending.amount { Err(Status::ExceedsPendingTransferAmount) } else { Ok(amount) }
}

/// What posting does to the debit and to the credit account.
pub(super) fn post_accounts(
    reserved: Amount,
    amount: Amount,
) -> (impl FnOnce(&mut Account), impl FnOnce(&mut Account)) {
    (
        move |account: &mut Account| {
            account.debits_pending.0 -= reserved.0;
            account.debits_posted.0 += amount.0;
        },
        move |account: &mut Account| {
            account.credits_pending.0 -= reserved.0;
            account.credits_posted.0 += amount.0;
        },
    )
}
