//! Why something was refused, in order of precedence, each with a stable code; one file a noun.

pub mod account;
pub mod transfer;
