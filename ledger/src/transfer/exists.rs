//! An id that comes a second time: the same transfer, or how it differs.
//!
//! What a sender may leave to the pending transfer or to a balance compares as what it became.
//! Source: TigerBeetle's documentation, "exists".

use crate::book::Ledger;
use crate::past::Past;
use crate::sink::LedgerSink;
use crate::transfer::ids::Key;
use crate::transfer::{Bound, Call};
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::transfer::CreateTransferStatus as Status;

impl Ledger {
    /// How `asked` relates to the transfer of the same id that was made.
    #[cold]
    pub(super) fn exists<P: Past, S: LedgerSink>(
        &self,
        asked: &Transfer,
        made: &Transfer,
        call: &Call<'_, P, S>,
    ) -> Status {
        if asked.flags != made.flags {
            return Status::ExistsWithDifferentFlags;
        }
        if asked.pending_id != made.pending_id {
            return Status::ExistsWithDifferentPendingId;
        }
        if asked.timeout != made.timeout {
            return Status::ExistsWithDifferentTimeout;
        }
        let resolving = TransferFlags::POST_PENDING_TRANSFER.with(TransferFlags::VOID_PENDING_TRANSFER);
        let pending = if asked.flags.intersects(resolving) {
            match self.bound(asked.pending_id, Key::of(asked.pending_id), call) {
                Bound::Made { body, .. } => Some(body),
                Bound::Free(_) | Bound::Failed => None, // Not with a past that belongs to this book.
            }
        } else {
            None
        };
        match pending {
            None => differs(asked, made, same_amount(asked, made)),
            Some(pending) => {
                let amount_is_same = same_resolved_amount(asked, made, &pending);
                differs(&inherited(asked, &pending), made, amount_is_same)
            }
        }
    }
}

/// The fields from the accounts on, in order.
fn differs(asked: &Transfer, made: &Transfer, amount_is_same: bool) -> Status {
    if asked.debit_account_id != made.debit_account_id {
        Status::ExistsWithDifferentDebitAccountId
    } else if asked.credit_account_id != made.credit_account_id {
        Status::ExistsWithDifferentCreditAccountId
    } else if !amount_is_same {
        Status::ExistsWithDifferentAmount
    } else if asked.user_data_128 != made.user_data_128 {
        Status::ExistsWithDifferentUserData128
    } else if asked.user_data_64 != made.user_data_64 {
        Status::ExistsWithDifferentUserData64
    } else if asked.user_data_32 != made.user_data_32 {
        Status::ExistsWithDifferentUserData32
    } else if asked.ledger != made.ledger {
        Status::ExistsWithDifferentLedger
    } else if asked.code != made.code {
        Status::ExistsWithDifferentCode
    } else {
        Status::Exists
    }
}

/// A balancing transfer asked for a maximum, which is the same as long as it covers what was moved.
fn same_amount(asked: &Transfer, made: &Transfer) -> bool {
    if asked.flags.intersects(TransferFlags::BALANCING_DEBIT.with(TransferFlags::BALANCING_CREDIT)) {
        asked.amount >= made.amount
    } else {
        asked.amount == made.amount
    }
}

fn same_resolved_amount(asked: &Transfer, made: &Transfer, pending: &Transfer) -> bool {
    if asked.flags.contains(TransferFlags::VOID_PENDING_TRANSFER) {
        made.amount == if asked.amount == Amount::ZERO { pending.amount } else { asked.amount }
    } else if made.amount < pending.amount {
        asked.amount == made.amount
    } else {
        asked.amount >= pending.amount
    }
}

/// `asked` with what it leaves to the pending transfer.
pub(super) fn inherited(asked: &Transfer, pending: &Transfer) -> Transfer {
    let mut whole = *asked;
    if whole.debit_account_id.0 == 0 {
        whole.debit_account_id = pending.debit_account_id;
    }
    if whole.credit_account_id.0 == 0 {
        whole.credit_account_id = pending.credit_account_id;
    }
    if whole.user_data_128 == 0 {
        whole.user_data_128 = pending.user_data_128;
    }
    if whole.user_data_64 == 0 {
        whole.user_data_64 = pending.user_data_64;
    }
    if whole.user_data_32 == 0 {
        whole.user_data_32 = pending.user_data_32;
    }
    if whole.ledger.0 == 0 {
        whole.ledger = pending.ledger;
    }
    if whole.code == 0 {
        whole.code = pending.code;
    }
    whole
}
