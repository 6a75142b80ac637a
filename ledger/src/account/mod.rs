//! Accounts: where they are kept, and how one is opened.

pub(crate) mod create;
pub(crate) mod table;
