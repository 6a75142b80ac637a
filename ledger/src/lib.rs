//! The book of accounts and transfers; knows no task.
//!
//! Owns balances, pending transfers, the ids that are bound, and holds: money set apart by an owner
//! above who knows the purpose. On top: limits along a chain, streams, issuing against a reference, splits. Accounts and transfers follow TigerBeetle's public documentation.
//! Invariants: debits equal credits in every asset; a pool holds the sum of its open holds; a refused
//! transfer changes nothing but, where documented, the memory of its id (`invariant.rs` checks them).
//! Absent on purpose: the bodies of past transfers (they leave through the [`LedgerSink`] and are asked
//! back through [`Past`]); clocks, files, floats, any order that depends on hashing.
//! Start at [`Ledger`].
#![no_std]
#![deny(clippy::float_arithmetic)]
extern crate alloc;

mod account;
mod book;
mod digest;
mod history;
mod hold;
mod invariant;
mod issue;
mod limit;
mod past;
mod query;
mod sink;
mod snapshot;
pub mod split;
mod stream;
mod transfer;

pub use account::create::AccountSpec;
pub use book::Ledger;
pub use history::History;
pub use hold::{Hold, MoveError};
pub use invariant::Violation;
pub use issue::IssueError;
pub use limit::{Limit, Payment, SpendError};
pub use past::{MemoryPast, NoPast, Past};
pub use sink::LedgerSink;
pub use stream::{Stream, StreamError, StreamSpec};
