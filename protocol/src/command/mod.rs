//! What is asked of an economy: plain data, one file a noun. The sender and the time travel beside it.

pub mod account;
pub mod transfer;
