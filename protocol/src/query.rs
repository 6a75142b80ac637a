//! What may be asked about the book, and the answers that are not accounts or transfers themselves.
//!
//! A zero switches a criterion off. An answer is empty where a filter is not valid.
//! Source: TigerBeetle's documentation, "AccountFilter", "QueryFilter", "AccountBalance", "Change Data Capture".

use crate::command::account::{Account, Balances};
use crate::command::flags::flags;
use crate::command::transfer::Transfer;
use crate::id::{AccountId, AssetId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

flags! {
    /// How an account's transfers are searched, as bits; in JSON a list of names.
    AccountFilterFlags {
        /// Those that debit it.
        DEBITS = 1 << 0, "debits";
        /// Those that credit it.
        CREDITS = 1 << 1, "credits";
        /// The latest first.
        REVERSED = 1 << 2, "reversed";
    }
}

flags! {
    /// How a query is answered, as bits; in JSON a list of names.
    QueryFilterFlags {
        /// The latest first.
        REVERSED = 1 << 0, "reversed";
    }
}

/// Which transfers, or balances, of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountFilter {
    /// The account; not zero, not the largest number.
    #[serde(with = "crate::decimal")]
    pub account_id: AccountId,
    /// Those with this user data.
    #[serde(with = "crate::decimal")]
    pub user_data_128: u128,
    /// Those with this user data.
    #[serde(with = "crate::decimal")]
    pub user_data_64: u64,
    /// Those with this user data.
    pub user_data_32: u32,
    /// Those with this code.
    pub code: u16,
    /// From this moment on, itself included.
    #[serde(with = "crate::decimal")]
    pub timestamp_min: Timestamp,
    /// Up to this moment, itself included.
    #[serde(with = "crate::decimal")]
    pub timestamp_max: Timestamp,
    /// At most so many; not zero.
    pub limit: u32,
    /// Which side, and in which order.
    pub flags: AccountFilterFlags,
}

impl Default for AccountFilter {
    fn default() -> Self {
        Self {
            account_id: AccountId(0),
            user_data_128: 0,
            user_data_64: 0,
            user_data_32: 0,
            code: 0,
            timestamp_min: Timestamp::ZERO,
            timestamp_max: Timestamp::ZERO,
            limit: 0,
            flags: AccountFilterFlags::NONE,
        }
    }
}

/// Which accounts, or transfers, of the whole book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueryFilter {
    /// Those with this user data.
    #[serde(with = "crate::decimal")]
    pub user_data_128: u128,
    /// Those with this user data.
    #[serde(with = "crate::decimal")]
    pub user_data_64: u64,
    /// Those with this user data.
    pub user_data_32: u32,
    /// Those of this asset.
    pub ledger: AssetId,
    /// Those with this code.
    pub code: u16,
    /// From this moment on, itself included.
    #[serde(with = "crate::decimal")]
    pub timestamp_min: Timestamp,
    /// Up to this moment, itself included.
    #[serde(with = "crate::decimal")]
    pub timestamp_max: Timestamp,
    /// At most so many; not zero.
    pub limit: u32,
    /// In which order.
    pub flags: QueryFilterFlags,
}

impl Default for QueryFilter {
    fn default() -> Self {
        Self {
            user_data_128: 0,
            user_data_64: 0,
            user_data_32: 0,
            ledger: AssetId(0),
            code: 0,
            timestamp_min: Timestamp::ZERO,
            timestamp_max: Timestamp::ZERO,
            limit: 0,
            flags: QueryFilterFlags::NONE,
        }
    }
}

/// Which changes of the book, the oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeEventsFilter {
    /// From this moment on, itself included.
    #[serde(with = "crate::decimal")]
    pub timestamp_min: Timestamp,
    /// Up to this moment, itself included.
    #[serde(with = "crate::decimal")]
    pub timestamp_max: Timestamp,
    /// At most so many; not zero.
    pub limit: u32,
}

/// The balances of an account after the transfer of the same timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountBalance {
    /// Debits reserved by pending transfers.
    pub debits_pending: crate::money::Amount,
    /// Debits made.
    pub debits_posted: crate::money::Amount,
    /// Credits announced by pending transfers.
    pub credits_pending: crate::money::Amount,
    /// Credits made.
    pub credits_posted: crate::money::Amount,
    /// When.
    #[serde(with = "crate::decimal")]
    pub timestamp: Timestamp,
}

impl AccountBalance {
    /// `balances` as of `timestamp`.
    #[must_use]
    pub const fn at(timestamp: Timestamp, balances: Balances) -> Self {
        let Balances { debits_pending, debits_posted, credits_pending, credits_posted } = balances;
        Self { debits_pending, debits_posted, credits_pending, credits_posted, timestamp }
    }
}

/// What a change of the book was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A transfer made at once.
    SinglePhase,
    /// An amount reserved.
    TwoPhasePending,
    /// A reserved amount paid.
    TwoPhasePosted,
    /// A reserved amount given back.
    TwoPhaseVoided,
    /// A reserved amount given back because its timeout passed.
    TwoPhaseExpired,
}

/// One change of the book with both accounts as they stood after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeEvent {
    /// When.
    #[serde(with = "crate::decimal")]
    pub timestamp: Timestamp,
    /// What it was.
    #[serde(rename = "type")]
    pub kind: ChangeKind,
    /// Its asset.
    pub ledger: AssetId,
    /// The transfer; of an expiry, the pending one.
    pub transfer: Transfer,
    /// The account debited.
    pub debit_account: Account,
    /// The account credited.
    pub credit_account: Account,
}
