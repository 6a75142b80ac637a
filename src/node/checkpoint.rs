//! Signing and checking what the state and the tree of outcomes are.
//!
//! Owns the use of the node's key for checkpoints, and nothing of when one is made (`node/sequencer.rs`).
//! Invariant: whoever holds a checkpoint checks it with the economy's number alone; ZIP-215 rules, as everywhere.

use crate::node::state::State;
use oikos_bus::identity::nkey::{KeyPair, NkeyError, PublicKey};
use oikos_protocol::checkpoint::{SignedCheckpoint, statement};

/// A signed checkpoint of this state.
#[must_use]
pub fn sign(state: &State, key: &KeyPair) -> SignedCheckpoint {
    let (economy, seq, digest, root) = (state.economy().genesis().economy, state.seq(), state.digest(), state.root());
    let signature = key.sign(statement(economy, seq, digest, root).as_bytes());
    let signature = SignedCheckpoint::halves(&signature);
    SignedCheckpoint { seq, digest, root, key: *key.public().as_bytes(), signature }
}

/// Whose signature a checkpoint carries.
///
/// # Errors
/// The signature is not that of the key it names over these words.
pub fn signer(checkpoint: &SignedCheckpoint, economy: u128) -> Result<PublicKey, NkeyError> {
    let key = PublicKey::from_bytes(checkpoint.key);
    key.verify(checkpoint.statement(economy).as_bytes(), &checkpoint.signature_bytes())?;
    Ok(key)
}
