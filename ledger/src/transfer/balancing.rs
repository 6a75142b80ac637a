//! Amounts that depend on a balance: at most so much, and no more than the account allows.
//!
//! A balancing transfer that finds nothing to move is made with an amount of zero.
//! Source: TigerBeetle's documentation, "flags.balancing_debit", "flags.balancing_credit".

use oikos_protocol::command::account::Account;
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::money::Amount;

/// The amount that is moved.
#[inline]
pub(super) fn balanced(asked: &Transfer, debit: &Account, credit: &Account) -> Amount {
    let mut amount = asked.amount;
    if asked.flags.contains(TransferFlags::BALANCING_DEBIT) {
        amount =
            amount.min(debit.credits_posted.saturating_sub(debit.debits_posted).saturating_sub(debit.debits_pending));
    }
    if asked.flags.contains(TransferFlags::BALANCING_CREDIT) {
        amount = amount
            .min(credit.debits_posted.saturating_sub(credit.credits_posted).saturating_sub(credit.credits_pending));
    }
    amount
}
