//! Checking a proof against a checkpoint, with nothing else at hand.
//!
//! Invariants: what is shown follows from the bytes that were hashed, never from a field beside them; a checkpoint
//! without a signature shows nothing unless that is asked for; any change to either document is noticed.

use crate::care::document::{CHECKPOINT, Checkpoint, NoDocument, PROOF, Proof, Shows};
use crate::node::checkpoint::signer;
use crate::node::outcomes::{Leaf, bytes_of};
use data_encoding::HEXLOWER;
use oikos_bus::identity::nkey::PublicKey;
use oikos_journal::tree::{self, PATH_NODES_MAX, TreeError, TreeHash, root_by_consistency, root_by_inclusion};
use oikos_protocol::checkpoint::SignedCheckpoint;
use oikos_protocol::event::Event;
use oikos_protocol::id::Hash32;

/// Whom to believe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// This key alone.
    Key(PublicKey),
    /// Whatever key signed; the answer names it.
    AnyKey,
    /// A checkpoint without a signature as well: a run of the simulator has none.
    Unsigned,
}

/// What was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The event.
    pub shows: Shows,
    /// The key that vouches for it.
    pub key: Option<PublicKey>,
}

/// Why nothing is shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// One of the files is none of its kind.
    #[error(transparent)]
    NoDocument(#[from] NoDocument),
    /// A field cannot be what it says.
    #[error("the {document}'s `{field}` is not what such a document holds")]
    Field {
        /// Of which document.
        document: &'static str,
        /// Which.
        field: &'static str,
    },
    /// They are of two economies.
    #[error("the proof is of economy {proof}, the checkpoint of {checkpoint}")]
    OtherEconomy {
        /// The proof's.
        proof: String,
        /// The checkpoint's.
        checkpoint: String,
    },
    /// Nobody signed.
    #[error("the checkpoint is not signed; a run of the simulator has no node: --unsigned takes it as it is")]
    Unsigned,
    /// Another key than the expected one signed.
    #[error("the checkpoint is signed by {found}, not by {expected}")]
    OtherKey {
        /// Who did.
        found: String,
        /// Who should have.
        expected: String,
    },
    /// The signature is not the key's over this checkpoint.
    #[error("the signature is not that of {key} over this checkpoint")]
    Signature {
        /// Which key.
        key: String,
    },
    /// A path does not fit its place.
    #[error("the {what} does not hold: {error}")]
    Path {
        /// Which path.
        what: &'static str,
        /// Why.
        error: TreeError,
    },
    /// A path leads elsewhere.
    #[error("{what} does not lead to the root that is signed")]
    OtherRoot {
        /// Which.
        what: &'static str,
    },
    /// The checkpoint cannot be compared with the proof.
    #[error("the proof is of a tree of {proof} entries, the checkpoint of {checkpoint}: {hint}")]
    OtherSize {
        /// The proof's.
        proof: u64,
        /// The checkpoint's.
        checkpoint: u64,
        /// What to do.
        hint: &'static str,
    },
}

/// Checks that `proof` leads to the root of `checkpoint`, and that the checkpoint is to be trusted.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(proof: &Proof, checkpoint: &Checkpoint, trust: Trust) -> Result<Verified, VerifyError> {
    let key = check_checkpoint(checkpoint, trust)?;
    if proof.economy != checkpoint.economy {
        let (proof, checkpoint) = (proof.economy.clone(), checkpoint.economy.clone());
        return Err(VerifyError::OtherEconomy { proof, checkpoint });
    }
    let root = root_of(proof)?;
    let expected = if proof.size == checkpoint.seq {
        checkpoint.root
    } else {
        let older = checkpoint.older.iter().find(|older| older.size == proof.size);
        let hint = if proof.size < checkpoint.seq {
            "take the checkpoint of the proof's size (oikos ledger checkpoint --at)"
        } else {
            "prove it for this checkpoint (oikos ledger prove --checkpoint)"
        };
        let (of_proof, of_checkpoint) = (proof.size, checkpoint.seq);
        older.ok_or(VerifyError::OtherSize { proof: of_proof, checkpoint: of_checkpoint, hint })?.root
    };
    if root != expected {
        return Err(VerifyError::OtherRoot { what: "the proof" });
    }
    Ok(Verified { shows: proof.shows.clone(), key })
}

fn number_of_economy(text: &str) -> Option<u128> {
    u128::from_str_radix(text, 16).ok().filter(|number| format!("{number:032x}") == text)
}

/// Checks a checkpoint on its own: its signature, and that each older tree leads to it.
fn check_checkpoint(checkpoint: &Checkpoint, trust: Trust) -> Result<Option<PublicKey>, VerifyError> {
    let field = |field| VerifyError::Field { document: "checkpoint", field };
    if checkpoint.form != CHECKPOINT {
        return Err(field("form"));
    }
    let economy = number_of_economy(&checkpoint.economy).ok_or(field("economy"))?;
    let key = match (&checkpoint.signed, trust) {
        (None, Trust::Unsigned) => None,
        (None, _) => return Err(VerifyError::Unsigned),
        (Some(signed), _) => {
            let key: PublicKey = signed.key.parse().map_err(|_| field("signed.key"))?;
            let signature = HEXLOWER.decode(signed.signature.as_bytes()).ok();
            let signature: Option<[u8; 64]> = signature.and_then(|bytes| bytes.try_into().ok());
            let checkpoint = SignedCheckpoint {
                seq: checkpoint.seq,
                digest: checkpoint.digest,
                root: checkpoint.root,
                key: *key.as_bytes(),
                signature: SignedCheckpoint::halves(&signature.ok_or(field("signed.signature"))?),
            };
            signer(&checkpoint, economy).map_err(|_| VerifyError::Signature { key: key.to_string() })?;
            Some(key)
        }
    };
    if let (Trust::Key(expected), Some(found)) = (trust, key)
        && expected != found
    {
        return Err(VerifyError::OtherKey { found: found.to_string(), expected: expected.to_string() });
    }
    for older in &checkpoint.older {
        let path = nodes(&older.path).ok_or(field("older.path"))?;
        let root = root_by_consistency(older.root.0, older.size, checkpoint.seq, &path);
        let root = root.map_err(|error| VerifyError::Path { what: "way from an older tree", error })?;
        if Hash32(root) != checkpoint.root {
            return Err(VerifyError::OtherRoot { what: "an older tree" });
        }
    }
    Ok(key)
}

/// The root to which a proof leads.
fn root_of(proof: &Proof) -> Result<Hash32, VerifyError> {
    let field = |field| VerifyError::Field { document: "proof", field };
    if proof.form != PROOF {
        return Err(field("form"));
    }
    number_of_economy(&proof.economy).ok_or(field("economy"))?;
    let bytes = HEXLOWER.decode(proof.event.as_bytes()).map_err(|_| field("event"))?;
    let event: Event = postcard::from_bytes(&bytes).map_err(|_| field("event"))?;
    if bytes_of(&event) != bytes {
        return Err(field("event"));
    }
    if Shows::of(&event) != proof.shows {
        return Err(field("shows"));
    }
    let beside = nodes(&proof.beside).ok_or(field("beside"))?;
    let events = root_by_inclusion(tree::leaf(&bytes), proof.index.into(), proof.events.into(), &beside);
    let events = events.map_err(|error| VerifyError::Path { what: "path from the event", error })?;
    let t: u64 = proof.t.parse().ok().filter(|t: &u64| t.to_string() == proof.t).ok_or(field("t"))?;
    let leaf = Leaf {
        seq: proof.seq,
        t,
        request: proof.request,
        outcome: proof.outcome,
        events: Hash32(events),
        count: proof.events,
    };
    let path = nodes(&proof.path).ok_or(field("path"))?;
    let index = proof.seq.checked_sub(1).ok_or(field("seq"))?;
    let root = root_by_inclusion(leaf.hash(), index, proof.size, &path);
    root.map(Hash32).map_err(|error| VerifyError::Path { what: "path from the entry", error })
}

/// A path, if it is not longer than any tree is high.
fn nodes(path: &[Hash32]) -> Option<Vec<TreeHash>> {
    (path.len() <= 2 * PATH_NODES_MAX).then(|| path.iter().map(|hash| hash.0).collect())
}
