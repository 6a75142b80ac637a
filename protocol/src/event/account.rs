//! What happened to accounts.
