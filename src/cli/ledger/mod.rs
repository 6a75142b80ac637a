//! `oikos ledger`: the book from outside.

pub mod exec;
