//! What happened to transfers.
