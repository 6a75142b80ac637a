//! Checkpoints: what the state and the tree of outcomes were after an entry, signed by the node.
//!
//! Owns the words that are signed. A checkpoint stands in the journal as an entry and travels alone as well: who holds
//! one, and trusts its key, checks a proof against it without asking anybody.
//! Absent on purpose: signing and verifying, which need a curve (`bus`), and the tree (`journal`).

use crate::id::Hash32;
use alloc::format;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// What stood after an entry, with the node's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCheckpoint {
    /// After which sequence; so many leaves the tree has.
    pub seq: u64,
    /// The digest of the state.
    pub digest: Hash32,
    /// The root of the tree of outcomes.
    pub root: Hash32,
    /// The node's public key.
    pub key: [u8; 32],
    /// The two halves of its signature over [`statement`].
    pub signature: ([u8; 32], [u8; 32]),
}

/// The words a node signs: which economy, after which sequence, which state, which outcomes.
#[must_use]
pub fn statement(economy: u128, seq: u64, digest: Hash32, root: Hash32) -> String {
    format!("oikos.checkpoint.1\n{economy:032x}\n{seq}\n{digest}\n{root}")
}

impl SignedCheckpoint {
    /// The words under its signature.
    #[must_use]
    pub fn statement(&self, economy: u128) -> String {
        statement(economy, self.seq, self.digest, self.root)
    }

    /// The signature in one piece.
    #[must_use]
    pub fn signature_bytes(&self) -> [u8; 64] {
        let (first, second) = self.signature;
        core::array::from_fn(|at| if at < 32 { first[at] } else { second[at - 32] })
    }

    /// A signature in the two halves it is kept in.
    #[must_use]
    pub fn halves(signature: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
        (core::array::from_fn(|at| signature[at]), core::array::from_fn(|at| signature[at + 32]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_name_all_that_is_signed_and_the_halves_make_the_whole() {
        let signature: [u8; 64] = core::array::from_fn(|at| at as u8);
        let halves = SignedCheckpoint::halves(&signature);
        let checkpoint = SignedCheckpoint {
            seq: 7,
            digest: Hash32([1; 32]),
            root: Hash32([2; 32]),
            key: [3; 32],
            signature: halves,
        };
        assert_eq!(checkpoint.signature_bytes(), signature);
        let ones = "01".repeat(32);
        let twos = "02".repeat(32);
        let words = format!("oikos.checkpoint.1\n{:032x}\n7\n{ones}\n{twos}", 255);
        assert_eq!(checkpoint.statement(255), words);
    }
}
