//! The node: the async shell around one economy.
//!
//! ```text
//! agent ─command→ bus → admit → sequence → append (journal) → committed → apply → answer, publish ─event→ bus
//! ```
//! Owns the folder of an economy: journal and snapshots, content, keys, the operator's beacon, the lock.
//! Invariants: only committed entries are applied; a receipt goes out when its entries are on disk; a second process on
//! the folder is refused; after a restart the state is the one a replay gives.
//! Absent on purpose: deciding anything (that is `market`), carrying anything (that is `bus`).
//! Start at [`mod@start`].

pub mod admit;
pub mod append;
pub mod apply;
pub mod beacon;
pub mod checkpoint;
pub mod clock;
pub mod config;
pub mod content;
pub mod desk;
pub mod directory;
pub mod domain;
pub mod doorman;
pub mod evidence;
pub mod folder;
pub mod history;
pub mod inbox;
pub mod keys;
pub mod lock;
pub mod look_back;
pub mod mailbox;
pub mod outcomes;
pub mod presence;
pub mod publish;
pub mod query;
pub mod replay;
pub mod sequence;
pub mod sequencer;
pub mod snapshotter;
pub mod start;
pub mod state;
pub mod tell;
pub mod totals;
pub mod trading;

pub use config::Config;
pub use start::{Node, StartError, start};
