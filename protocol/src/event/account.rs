//! What happened to accounts.

use crate::command::account::Account;
use serde::{Deserialize, Serialize};

/// An account was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOpened {
    /// The account as it stands in the book.
    pub account: Account,
}
