//! Looking after a folder from outside: proving, auditing, exporting, backing up, restoring.
//!
//! Owns nothing that a node needs to run. Everything here reads a folder as it lies there, also beside a running node,
//! and believes nothing in it but what follows from the journal's entries, applied again from the first.
//! Invariants: a folder is read and never changed, unless its name is the target ([`restore`]) or the node on it has
//! stopped ([`mod@snapshot`]); what is said of a folder is said of one consistent prefix of its journal.
//! Absent on purpose: a clock, the network, colours; the command line is `cli/`.
//! Start at [`folder::Folder`] and [`walk::walk`].

pub mod archive;
pub mod audit;
pub mod backup;
pub mod document;
pub mod evidence;
pub mod export;
pub mod folder;
pub mod prove;
pub mod restore;
pub mod snapshot;
pub mod verify;
pub mod walk;

pub use folder::Folder;
