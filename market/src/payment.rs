//! Payments: whether a batch of transfers is its sender's to make. What becomes of each is the ledger's to say.
//!
//! A new transfer is made by whoever pays. A pending one is posted by either side and voided by the one that
//! would be paid: a payer who could void it would have promised nothing. Both accounts are named again, and
//! the ledger compares them with those of the pending transfer.
//!
//! Splits and exchanges become a [`Chain`]: transfers that were looked at before, so that all of them are made.

use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_ledger::{Past, Payment};
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::event::Event;
use oikos_protocol::id::{AccountId, AssetId, CommandId, LimitId, ParticipantId, TransferId};
use oikos_protocol::money::Amount;
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
    let payer = transfer.debit_account_id.owner();
    let payee = transfer.credit_account_id.owner();
    let posts = transfer.flags.contains(TransferFlags::POST_PENDING_TRANSFER);
    let voids = transfer.flags.contains(TransferFlags::VOID_PENDING_TRANSFER);
    if posts || voids {
        let may = payee == Some(by) || (posts && payer == Some(by));
        if !may {
            return Err(PaymentRejection::NotYourPending { index, by }.into());
        }
    } else if payer != Some(by) {
        return Err(PaymentRejection::NotYourAccount { index, account: transfer.debit_account_id, by }.into());
    } else {
        economy.must_be_unbound(by, transfer.ledger)?;
    }
    if payee.is_none_or(|payee| economy.participants.get(payee).is_none()) {
        return Err(PaymentRejection::NoSuchReceiver { index, account: transfer.credit_account_id }.into());
    }
    if transfer.flags.0 & FORBIDDEN != 0 {
        return Err(PaymentRejection::ForbiddenFlag { index }.into());
    }
    Ok(())
}

/// Who asks for payments, and by which command: their ids follow from both.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) by: ParticipantId,
    pub(crate) id: CommandId,
}

/// Linked transfers that can be made, under which limit, and what is to be told besides.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) limit: Option<(LimitId, Vec<Payment>)>,
    pub(crate) events: Vec<Event>,
}

impl Chain {
    /// What a transfer of a chain is; those that participants make themselves have 1.
    const CODE: u16 = 2;

    /// One transfer for each leg: from, to, of what, how much.
    pub(crate) fn of(
        legs: impl ExactSizeIterator<Item = (AccountId, AccountId, AssetId, Amount)>,
        Order { by, id }: Order,
        events: Vec<Event>,
    ) -> Self {
        let last = legs.len().saturating_sub(1);
        let transfer = |(index, (from, to, asset, amount))| Transfer {
            id: TransferId::of_payment(by, id, index),
            debit_account_id: from,
            credit_account_id: to,
            amount,
            ledger: asset,
            code: Self::CODE,
            flags: if index == last { TransferFlags::NONE } else { TransferFlags::LINKED },
            ..Transfer::ZERO
        };
        Self { transfers: legs.enumerate().map(transfer).collect(), limit: None, events }
    }

    /// The same under a limit.
    pub(crate) fn under(self, limit: Option<LimitId>, payments: Vec<Payment>) -> Self {
        Self { limit: limit.map(|limit| (limit, payments)), ..self }
    }

    /// The first transfer whose id is taken.
    pub(crate) fn first_bound(&self, economy: &Economy, past: &impl Past) -> Option<TransferId> {
        let mut ids = self.transfers.iter().map(|transfer| transfer.id);
        ids.find(|id| economy.ledger.is_bound(*id, past))
    }
}
