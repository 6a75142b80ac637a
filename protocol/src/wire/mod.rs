//! The wire: what crosses the network, as JSON, between a participant and a node.
//!
//! Owns the forms in which amounts are decimal texts with their asset's decimals, assets are codes, and lengths
//! of time are texts such as `30s`; and the way from a command of the wire to one of the core, and from an event of
//! the core to one of the wire. `docs/wire.md` says how they travel (subjects, headers, signatures).
//! Invariants: an unknown field is an error; nothing is rounded; every refusal names the path of the field;
//! the same command of the wire becomes the same command of the core whenever it comes, so that a retry is one.
//! Absent on purpose: I/O, JSON itself (any serde format of people will do), and names of participants, which are
//! content: the wire names participants by number, and only subjects and queries know their names.
//! Start at [`bundle::Bundle`] and [`receipt::Answered`].

pub mod bundle;
pub mod command;
pub mod content;
pub mod event;
pub mod exchange;
pub mod hear;
pub mod issue;
pub mod join;
pub mod limit;
pub mod limits;
pub mod mailbox;
pub mod operator;
pub mod order;
pub mod presence;
pub mod query;
pub mod receipt;
#[cfg(feature = "schema")]
pub mod schema;
pub mod scoring;
pub mod show;
pub mod split;
pub mod stream;
pub mod tell;
pub mod text;
pub mod translate;
