//! Accounts to be opened: the fields and flags of the account model.
//!
//! Source: TigerBeetle's documentation, "Account".

use crate::command::flags::flags;
use crate::id::{AccountId, AssetId};
use crate::money::Amount;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

flags! {
    /// What an account allows and keeps, as bits; in JSON a list of names.
    AccountFlags {
        /// This account is opened together with the next one of the batch, or neither is.
        LINKED = 1 << 0, "linked";
        /// Its debits, pending ones included, never exceed its posted credits: it holds money.
        DEBITS_MUST_NOT_EXCEED_CREDITS = 1 << 1, "debits_must_not_exceed_credits";
        /// Its credits, pending ones included, never exceed its posted debits.
        CREDITS_MUST_NOT_EXCEED_DEBITS = 1 << 2, "credits_must_not_exceed_debits";
        /// The balances after each of its transfers are kept.
        HISTORY = 1 << 3, "history";
        /// Its timestamp was given by whoever imported it.
        IMPORTED = 1 << 4, "imported";
        /// It takes no further transfers, except the voiding of pending ones.
        CLOSED = 1 << 5, "closed";
        /// Its money is the sum of its open holds; no transfer touches it. Only the ledger's owner opens such
        /// accounts, so that to a sender this bit is reserved.
        POOL = 1 << 15, "pool";
    }
}

impl AccountFlags {
    /// The flags a sender may set.
    pub const PUBLIC: Self = Self(0b11_1111);
}

/// The four sums of an account. Nothing else of an account changes but its flag `closed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Balances {
    /// Debits reserved by pending transfers.
    pub debits_pending: Amount,
    /// Debits made.
    pub debits_posted: Amount,
    /// Credits announced by pending transfers.
    pub credits_pending: Amount,
    /// Credits made.
    pub credits_posted: Amount,
}

/// An account, as a sender asks for it and as the book keeps it. Absent fields are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// Chosen by the sender, unique for ever; not zero, not the largest number.
    #[serde(with = "crate::decimal")]
    pub id: AccountId,
    /// Zero when asked for.
    pub debits_pending: Amount,
    /// Zero when asked for.
    pub debits_posted: Amount,
    /// Zero when asked for.
    pub credits_pending: Amount,
    /// Zero when asked for.
    pub credits_posted: Amount,
    /// The sender's own, for queries.
    #[serde(with = "crate::decimal")]
    pub user_data_128: u128,
    /// The sender's own, for queries.
    #[serde(with = "crate::decimal")]
    pub user_data_64: u64,
    /// The sender's own, for queries.
    pub user_data_32: u32,
    /// Zero.
    pub reserved: u32,
    /// Its asset; not zero.
    pub ledger: AssetId,
    /// The sender's own kind of account; not zero.
    pub code: u16,
    /// What it allows and keeps.
    pub flags: AccountFlags,
    /// When it was opened; zero when asked for, unless it is imported.
    #[serde(with = "crate::decimal")]
    pub timestamp: Timestamp,
}

impl Account {
    /// No account yet: every field zero.
    pub const ZERO: Self = Self {
        id: AccountId(0),
        debits_pending: Amount::ZERO,
        debits_posted: Amount::ZERO,
        credits_pending: Amount::ZERO,
        credits_posted: Amount::ZERO,
        user_data_128: 0,
        user_data_64: 0,
        user_data_32: 0,
        reserved: 0,
        ledger: AssetId(0),
        code: 0,
        flags: AccountFlags(0),
        timestamp: Timestamp::ZERO,
    };

    /// Its four sums.
    #[must_use]
    pub const fn balances(&self) -> Balances {
        Balances {
            debits_pending: self.debits_pending,
            debits_posted: self.debits_posted,
            credits_pending: self.credits_pending,
            credits_posted: self.credits_posted,
        }
    }
}

impl Default for Account {
    fn default() -> Self {
        Self::ZERO
    }
}
