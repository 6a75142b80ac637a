//! Transfers to be made: the fields and flags of the transfer model.
//!
//! Source: TigerBeetle's documentation, "Transfer".

use crate::command::flags::flags;
use crate::id::{AccountId, AssetId, TransferId};
use crate::money::Amount;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

flags! {
    /// How a transfer is made, as bits; in JSON a list of names.
    TransferFlags {
        /// This transfer is made together with the next one of the batch, or neither is.
        LINKED = 1 << 0, "linked";
        /// The amount is only reserved, until it is posted or voided or its timeout has passed.
        PENDING = 1 << 1, "pending";
        /// Posts a pending transfer, in whole or in part; the rest of it is released.
        POST_PENDING_TRANSFER = 1 << 2, "post_pending_transfer";
        /// Voids a pending transfer.
        VOID_PENDING_TRANSFER = 1 << 3, "void_pending_transfer";
        /// At most the amount: as much as the debit account may still be debited.
        BALANCING_DEBIT = 1 << 4, "balancing_debit";
        /// At most the amount: as much as the credit account may still be credited.
        BALANCING_CREDIT = 1 << 5, "balancing_credit";
        /// Closes the debit account, until the transfer is voided.
        CLOSING_DEBIT = 1 << 6, "closing_debit";
        /// Closes the credit account, until the transfer is voided.
        CLOSING_CREDIT = 1 << 7, "closing_credit";
        /// Its timestamp was given by whoever imported it.
        IMPORTED = 1 << 8, "imported";
    }
}

impl TransferFlags {
    /// The flags a sender may set: all of them.
    pub const PUBLIC: Self = Self(0b1_1111_1111);
}

/// A transfer, as a sender asks for it and as it is kept. Absent fields are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Transfer {
    /// Chosen by the sender, unique for ever; not zero, not the largest number.
    #[serde(with = "crate::decimal")]
    pub id: TransferId,
    /// The account that pays. Zero is the pending transfer's, where one is posted or voided.
    #[serde(with = "crate::decimal")]
    pub debit_account_id: AccountId,
    /// The account that is paid. Zero is the pending transfer's, where one is posted or voided.
    #[serde(with = "crate::decimal")]
    pub credit_account_id: AccountId,
    /// How much. The most, where it balances; the largest number posts all of a pending transfer, zero voids it.
    pub amount: Amount,
    /// The pending transfer that is posted or voided, else zero.
    #[serde(with = "crate::decimal")]
    pub pending_id: TransferId,
    /// The sender's own, for queries.
    #[serde(with = "crate::decimal")]
    pub user_data_128: u128,
    /// The sender's own, for queries.
    #[serde(with = "crate::decimal")]
    pub user_data_64: u64,
    /// The sender's own, for queries.
    pub user_data_32: u32,
    /// After how many seconds a pending transfer expires; zero for never.
    pub timeout: u32,
    /// Its asset; not zero, but where a pending transfer says it.
    pub ledger: AssetId,
    /// The sender's own kind of transfer; not zero, but where a pending transfer says it.
    pub code: u16,
    /// How it is made.
    pub flags: TransferFlags,
    /// When it was made; zero when asked for, unless it is imported.
    #[serde(with = "crate::decimal")]
    pub timestamp: Timestamp,
}

impl Transfer {
    /// No transfer yet: every field zero.
    pub const ZERO: Self = Self {
        id: TransferId(0),
        debit_account_id: AccountId(0),
        credit_account_id: AccountId(0),
        amount: Amount::ZERO,
        pending_id: TransferId(0),
        user_data_128: 0,
        user_data_64: 0,
        user_data_32: 0,
        timeout: 0,
        ledger: AssetId(0),
        code: 0,
        flags: TransferFlags(0),
        timestamp: Timestamp::ZERO,
    };
}

impl Default for Transfer {
    fn default() -> Self {
        Self::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AccountId, TransferId};
    use alloc::vec::Vec;

    const LARGEST: Transfer = Transfer {
        id: TransferId(u128::MAX),
        debit_account_id: AccountId(1),
        credit_account_id: AccountId(u128::MAX - 1),
        amount: Amount::MAX,
        pending_id: TransferId(7),
        user_data_128: u128::MAX,
        user_data_64: u64::MAX,
        user_data_32: u32::MAX,
        timeout: u32::MAX,
        ledger: AssetId(u32::MAX),
        code: u16::MAX,
        flags: TransferFlags::PUBLIC,
        timestamp: Timestamp(u64::MAX),
    };

    #[test]
    fn a_transfer_is_the_same_after_the_binary_form() {
        let bytes: Vec<u8> = postcard::to_allocvec(&LARGEST).unwrap();
        assert_eq!(postcard::from_bytes::<Transfer>(&bytes), Ok(LARGEST));
        assert_eq!(postcard::to_allocvec(&Transfer::ZERO).unwrap().len(), 13); // A byte a field.
    }

    #[test]
    fn flags_that_nobody_may_set_are_none_of_the_public_ones() {
        let named = TransferFlags::NAMES.iter().fold(TransferFlags::NONE, |all, (_, flag)| all | *flag);
        assert_eq!(named, TransferFlags::PUBLIC);
        assert!(TransferFlags::PUBLIC.contains(TransferFlags::IMPORTED));
        assert!(!TransferFlags::NONE.intersects(TransferFlags::PUBLIC));
    }
}
