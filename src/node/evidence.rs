//! Evidence: what a network sender signed, kept in the entry of the first request of its bundle.
//!
//! The subject is not in it, since it holds a name: an audit puts it together from the economy's name and the
//! participant's, and where that was forgotten the signature can no longer be checked. The other requests of a bundle
//! say how far back the evidence is. Replay looks at none of it.

use oikos_bus::identity::signature::Signed;
use serde::{Deserialize, Serialize};

/// The evidence of one entry; empty bytes where the caller was trusted in-process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// Signed bytes.
    Signed {
        /// The public key.
        key: [u8; 32],
        /// `Oikos-Id`.
        id: String,
        /// `Oikos-Expires`.
        expires_ns: u64,
        /// The two halves of the signature.
        signature: ([u8; 32], [u8; 32]),
        /// The body.
        body: Vec<u8>,
    },
    /// The evidence stands this many entries before.
    Back(u16),
}

impl Evidence {
    /// The evidence of a signed body.
    #[must_use]
    pub fn signed(signed: &Signed, body: &[u8]) -> Self {
        let (mut first, mut second) = ([0; 32], [0; 32]);
        first.copy_from_slice(&signed.signature[..32]);
        second.copy_from_slice(&signed.signature[32..]);
        Self::Signed {
            key: *signed.key.as_bytes(),
            id: signed.id.clone(),
            expires_ns: signed.expires_ns,
            signature: (first, second),
            body: body.to_vec(),
        }
    }

    /// Its bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // The serialiser refuses no value of this type.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads its bytes; `None` where they are none.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_bus::identity::nkey::KeyPair;

    #[test]
    fn what_was_signed_can_be_verified_from_the_entry() {
        let key = KeyPair::from_secret([5; 32]);
        let subject = "oikos.kitchen.cmd.ann";
        let signed = Signed::sign(&key, subject, "id", 50, b"body").unwrap();
        let evidence = Evidence::signed(&signed, b"body");
        let Some(Evidence::Signed { id, expires_ns, signature, body, .. }) = Evidence::decode(&evidence.encode())
        else {
            unreachable!("just encoded")
        };
        let mut whole = [0; 64];
        whole[..32].copy_from_slice(&signature.0);
        whole[32..].copy_from_slice(&signature.1);
        let again = Signed { id, expires_ns, key: key.public(), signature: whole };
        assert_eq!(again.verify(subject, &body, 1), Ok(()));
        assert!(again.verify("oikos.kitchen.cmd.bob", &body, 1).is_err());
    }
}
