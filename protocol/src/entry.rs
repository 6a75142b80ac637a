//! Entries: what the journal keeps. One format byte, then the binary form of [`Entry`].
//!
//! The binary form is postcard's published wire format. It cannot skip or add fields, so a changed
//! entry is a new format with a new byte, and old fixtures stay readable. Format 2 added
//! [`Body::SignedCheckpoint`]; an entry of format 1 reads as it always did.

use crate::checkpoint::SignedCheckpoint;
use crate::command::Request;
use crate::genesis::Genesis;
use crate::id::Hash32;
use crate::time::Timestamp;
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The format this version writes.
pub const FORMAT: u8 = 4;

/// The oldest format this version reads.
pub const OLDEST_FORMAT: u8 = 1;

/// The rules this version applies. A journal of other rules is replayed by the version that knows them.
pub const RULES: u16 = 1;

/// One step of an economy's history. Its sequence, the rules and the links to its neighbours are the journal's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What the sequencer's clock said, in nanoseconds since 1970-01-01 UTC, made strictly increasing.
    pub now: u64,
    /// Economy time: `now` less the gaps in which nobody sequenced.
    pub t: Timestamp,
    /// What happened.
    pub body: Body,
    /// The signed bytes a network sender sent, for `audit`; empty where the caller was trusted in-process.
    pub evidence: Vec<u8>,
}

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// The economy begins.
    Genesis(Box<Genesis>),
    /// A command is applied, after the deadlines before it.
    Request(Request),
    /// Deadlines fell due and nobody asked for anything.
    Tick,
    /// What the state was after an earlier entry. The first one that differs names the place where two runs part.
    Checkpoint {
        /// After which sequence.
        seq: u64,
        /// The digest of the state.
        digest: Hash32,
    },
    /// The same, with the root of the tree of outcomes, signed by the node. Since format 2.
    SignedCheckpoint(Box<SignedCheckpoint>),
}

/// Bytes that are no entry of a known format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Another version wrote it.
    #[error("entry of format {format}, this version reads formats {OLDEST_FORMAT} to {FORMAT}")]
    UnknownFormat {
        /// The format byte.
        format: u8,
    },
    /// No format at all.
    #[error("entry of no bytes")]
    Empty,
    /// Not the binary form of an entry, or more than that.
    #[error("entry that does not decode")]
    Malformed,
}

impl Entry {
    /// Appends the bytes of this entry to `bytes`.
    ///
    /// # Errors
    /// [`EntryError::Malformed`] if the serialiser refuses it, which it does for no value of this type.
    pub fn encode_into(&self, bytes: Vec<u8>) -> Result<Vec<u8>, EntryError> {
        let mut bytes = bytes;
        bytes.push(FORMAT);
        postcard::to_extend(self, bytes).map_err(|_| EntryError::Malformed)
    }

    /// Reads the bytes of one entry.
    ///
    /// # Errors
    /// [`EntryError`]; trailing bytes are an error too.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        match bytes.split_first() {
            None => Err(EntryError::Empty),
            Some((&format @ OLDEST_FORMAT..=FORMAT, rest)) => match postcard::take_from_bytes::<Self>(rest) {
                Ok((entry, [])) if format >= entry.since() => Ok(entry),
                _ => Err(EntryError::Malformed),
            },
            Some((&format, _)) => Err(EntryError::UnknownFormat { format }),
        }
    }
}

impl Entry {
    /// The format that first had such an entry.
    fn since(&self) -> u8 {
        match &self.body {
            Body::Genesis(_) | Body::Tick | Body::Checkpoint { .. } => 1,
            Body::SignedCheckpoint(_) => 2,
            Body::Request(request) => request.command.since(),
        }
    }
}

impl Request {
    /// The fingerprint that tells a retry from another command under the same id.
    #[must_use]
    pub fn fingerprint(&self) -> Hash32 {
        // Room for all but unusual commands, so that the list is not moved as it grows.
        let bytes = postcard::to_extend(&self.command, Vec::with_capacity(256));
        bytes.map_or(Hash32::ZERO, |bytes| Hash32::of(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::command::limit::RevokeLimit;
    use crate::id::{CommandId, LimitId, ParticipantId};

    #[test]
    fn an_entry_of_the_first_format_is_read_and_holds_nothing_that_came_later() {
        let bytes =
            |body| Entry { now: 5, t: Timestamp(4), body, evidence: Vec::new() }.encode_into(Vec::new()).unwrap();
        let mut tick = bytes(Body::Tick);
        tick[0] = 1;
        assert_eq!(Entry::decode(&tick).map(|entry| entry.body), Ok(Body::Tick));
        let signed = SignedCheckpoint {
            seq: 1,
            digest: Hash32::ZERO,
            root: Hash32::ZERO,
            key: [0; 32],
            signature: ([0; 32], [0; 32]),
        };
        let mut signed = bytes(Body::SignedCheckpoint(Box::new(signed)));
        assert!(Entry::decode(&signed).is_ok());
        signed[0] = 1;
        assert_eq!(Entry::decode(&signed), Err(EntryError::Malformed));
        let revoke = Command::RevokeLimit(RevokeLimit { limit: LimitId(1) });
        let by = ParticipantId::OPERATOR;
        let request = Request { by, id: CommandId(1), expires: Timestamp(9), command: revoke };
        let mut later = bytes(Body::Request(request));
        assert!(Entry::decode(&later).is_ok());
        later[0] = 2;
        assert_eq!(Entry::decode(&later), Err(EntryError::Malformed));
        signed[0] = FORMAT + 1;
        assert_eq!(Entry::decode(&signed), Err(EntryError::UnknownFormat { format: FORMAT + 1 }));
    }
}
