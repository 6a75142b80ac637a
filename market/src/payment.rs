//! Payments: whether a batch of transfers is its sender's to make. What becomes of each is the ledger's to say.
//!
//! A new transfer is made by whoever pays. A pending one is posted by either side and voided by the one that
//! would be paid: a payer who could void it would have promised nothing. Both accounts are named again, and
//! the ledger compares them with those of the pending transfer.

use crate::economy::Economy;
use crate::purse::owner_of;
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::asset::PaymentRejection;

/// Closing an account would keep the market from paying into it; imports are for the operator's tools.
const FORBIDDEN: u16 = TransferFlags::CLOSING_DEBIT.0 | TransferFlags::CLOSING_CREDIT.0 | TransferFlags::IMPORTED.0;

/// Whether `by` may ask for these transfers.
pub(crate) fn authorise(transfers: &[Transfer], economy: &Economy, by: ParticipantId) -> Result<(), Rejection> {
    let given = u32::try_from(transfers.len()).unwrap_or(u32::MAX);
    let max = economy.genesis.limits.transfers_max;
    if given == 0 {
        return Err(PaymentRejection::EmptyBatch {}.into());
    }
    if given > max {
        return Err(PaymentRejection::BatchTooLarge { given, max }.into());
    }
    (0..).zip(transfers).try_for_each(|(index, transfer)| authorise_one(index, transfer, economy, by))
}

fn authorise_one(index: u32, transfer: &Transfer, economy: &Economy, by: ParticipantId) -> Result<(), Rejection> {
    let payer = owner_of(transfer.debit_account_id).map(|(owner, _)| owner);
    let payee = owner_of(transfer.credit_account_id).map(|(owner, _)| owner);
    let posts = transfer.flags.contains(TransferFlags::POST_PENDING_TRANSFER);
    let voids = transfer.flags.contains(TransferFlags::VOID_PENDING_TRANSFER);
    if posts || voids {
        let may = payee == Some(by) || (posts && payer == Some(by));
        if !may {
            return Err(PaymentRejection::NotYourPending { index, by }.into());
        }
    } else if payer != Some(by) {
        return Err(PaymentRejection::NotYourAccount { index, account: transfer.debit_account_id, by }.into());
    }
    if payee.is_none_or(|payee| economy.participants.get(payee).is_none()) {
        return Err(PaymentRejection::NoSuchReceiver { index, account: transfer.credit_account_id }.into());
    }
    if transfer.flags.0 & FORBIDDEN != 0 {
        return Err(PaymentRejection::ForbiddenFlag { index }.into());
    }
    Ok(())
}
