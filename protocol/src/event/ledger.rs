//! What happened in the book of accounts and transfers, in order of timestamps.

use crate::event::account::AccountOpened;
use crate::event::transfer::{TransferCreated, TransferExpired};
use serde::{Deserialize, Serialize};

/// One change of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerEvent {
    /// An account was opened.
    AccountOpened(AccountOpened),
    /// A transfer was made.
    TransferCreated(TransferCreated),
    /// A pending transfer expired.
    TransferExpired(TransferExpired),
}
