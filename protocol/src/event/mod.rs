//! What happened, in the past tense and whole, so that a reader need not ask back; one file a noun.

pub mod account;
pub mod transfer;
