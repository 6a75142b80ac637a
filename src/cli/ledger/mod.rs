//! `oikos ledger`: the book from outside.

pub mod balance;
pub mod exec;
pub mod folder;
pub mod statement;
