//! What happened to money in the book.

use crate::command::account::Balances;
use crate::command::transfer::Transfer;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How an account stands after an event: all of it that ever changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Its four sums.
    pub balances: Balances,
    /// Whether it is closed.
    pub closed: bool,
}

/// A transfer was made: single-phase, pending, posting or voiding, as its flags say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferCreated {
    /// Its place among all transfers, the first being 0. Without gaps.
    pub place: u64,
    /// The transfer as made, with what it took over from its pending transfer and the amount that was moved.
    pub transfer: Transfer,
    /// The debit account after it.
    pub debit: Standing,
    /// The credit account after it.
    pub credit: Standing,
}

/// The timeout of a pending transfer passed; its amount is free again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferExpired {
    /// The place of the pending transfer.
    pub place: u64,
    /// The pending transfer.
    pub transfer: Transfer,
    /// When it was noticed, unique among all timestamps of the book.
    pub timestamp: Timestamp,
    /// The debit account after it.
    pub debit: Standing,
    /// The credit account after it.
    pub credit: Standing,
}
