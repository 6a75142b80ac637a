//! Mail: what waits for a participant who is away, is read in order and acknowledged once.
//!
//! Owns [`held`] (what waits for one participant), `record` (its change as bytes) and [`store`] (all mailboxes, kept
//! in a journal of their own).
//! Invariants: mail is numbered (seq, index) by the event it comes from; a mailbox takes each number once, in
//! rising order, so that an outbox may deliver again after a crash; what was acknowledged does not come back.
//! Absent on purpose, for now: dead letters, redrive, and compaction of the journal: mail is derived from events, and
//! the folder can be deleted and filled again from them.

pub mod held;
mod record;
pub mod store;
