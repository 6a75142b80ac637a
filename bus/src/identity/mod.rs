//! Who speaks: keys, what their owner may say and hear, and the signature under a command.
//!
//! Owns [`nkey`] (keys as text), [`permission`] (subjects allowed and denied) and [`signature`] (what is signed
//! and how it is verified). Invariant: one rule of verification, ZIP-215, everywhere, so that a check alone, a
//! check in a batch and an audit years later agree.
//! Absent on purpose: which participant owns which key; that is the economy's to know.

pub mod nkey;
pub mod permission;
pub mod signature;

/// Whom a connection, once admitted, speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// A name for logs and for [`crate::broker::listener::Broker::disconnect`].
    pub name: std::sync::Arc<str>,
    /// What it may publish to and subscribe to.
    pub permissions: permission::Permissions,
}
