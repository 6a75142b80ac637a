//! Who may come in, and as whom.
//!
//! The listener checks the form (is the signature over my nonce that of this nkey?); an [`Admission`] decides the
//! rest. [`AccessList`] is one that holds tokens, users and keys in memory and may be changed while clients are
//! connected. Cutting those who are in is [`super::listener::Broker::disconnect`].
//! Invariants: secrets are compared by hash, so that time tells nothing of them, and are never shown.
//! Absent on purpose: bcrypt, JWT and certificates; an economy's participants have keys.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};

use super::info::Connect;
use crate::identity::Identity;
use crate::identity::nkey::PublicKey;
use crate::identity::permission::Permissions;

/// What a client has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof<'a> {
    /// Nothing.
    Nothing,
    /// A shared secret.
    Token(&'a str),
    /// A user and a password.
    Password {
        /// The user.
        user: &'a str,
        /// The password.
        password: &'a str,
    },
    /// A key; its signature over the nonce has been verified.
    Nkey(PublicKey),
}

/// Decides who may come in.
pub trait Admission: Send + Sync + 'static {
    /// Whether a client must show something before it may do anything.
    fn required(&self) -> bool;

    /// As whom this client comes in, or `None` to turn it away.
    fn admit(&self, proof: Proof<'_>) -> Option<Identity>;
}

/// Everyone comes in and may do everything.
#[derive(Debug, Clone, Copy, Default)]
pub struct Open;

impl Admission for Open {
    fn required(&self) -> bool {
        false
    }

    fn admit(&self, _: Proof<'_>) -> Option<Identity> {
        Some(Identity { name: Arc::from("anyone"), permissions: Permissions::default() })
    }
}

/// Tokens, users and keys, in memory.
#[derive(Debug, Default)]
pub struct AccessList {
    entries: RwLock<HashMap<Key, Identity>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Token(Secret),
    User(String, Secret),
    Nkey(PublicKey),
}

/// The hash of a secret.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Secret([u8; 32]);

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("***")
    }
}

impl Secret {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

impl Key {
    fn of(proof: Proof<'_>) -> Option<Self> {
        match proof {
            Proof::Nothing => None,
            Proof::Token(token) => Some(Self::Token(Secret::of(token))),
            Proof::Password { user, password } => Some(Self::User(user.to_owned(), Secret::of(password))),
            Proof::Nkey(key) => Some(Self::Nkey(key)),
        }
    }
}

impl AccessList {
    /// Lets in whoever shows this. [`Proof::Nothing`] adds nothing.
    pub fn allow(&self, proof: Proof<'_>, identity: Identity) {
        if let Some(key) = Key::of(proof) {
            self.entries.write().unwrap_or_else(PoisonError::into_inner).insert(key, identity);
        }
    }

    /// No longer lets in whoever shows this; says whether it did before.
    pub fn revoke(&self, proof: Proof<'_>) -> bool {
        Key::of(proof)
            .is_some_and(|key| self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(&key).is_some())
    }
}

impl Admission for AccessList {
    fn required(&self) -> bool {
        true
    }

    fn admit(&self, proof: Proof<'_>) -> Option<Identity> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).get(&Key::of(proof)?).cloned()
    }
}

/// What a CONNECT shows, once the signature in it, if any, is verified over `nonce`; `None` when it is not.
pub(super) fn proof<'a>(connect: &'a Connect, nonce: Option<&str>) -> Option<Proof<'a>> {
    if let Some(key) = connect.nkey.as_deref().filter(|key| !key.is_empty()) {
        let key: PublicKey = key.parse().ok()?;
        let signature = signature(connect.sig.as_deref()?)?;
        key.verify(nonce?.as_bytes(), &signature).ok()?;
        return Some(Proof::Nkey(key));
    }
    if let Some(user) = connect.user.as_deref().filter(|user| !user.is_empty()) {
        return Some(Proof::Password { user, password: connect.pass.as_deref().unwrap_or_default() });
    }
    Some(match connect.auth_token.as_deref().filter(|token| !token.is_empty()) {
        Some(token) => Proof::Token(token),
        None => Proof::Nothing,
    })
}

/// Clients write signatures in either base64 alphabet, with or without padding.
fn signature(text: &str) -> Option<[u8; 64]> {
    let text = text.trim_end_matches('=').as_bytes();
    data_encoding::BASE64URL_NOPAD
        .decode(text)
        .or_else(|_| data_encoding::BASE64_NOPAD.decode(text))
        .ok()?
        .try_into()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::nkey::KeyPair;

    fn ann() -> Identity {
        Identity { name: Arc::from("ann"), permissions: Permissions::default() }
    }

    #[test]
    fn a_signature_over_the_nonce_counts_in_both_alphabets_and_over_nothing_else() {
        let key = KeyPair::from_secret([3; 32]);
        // A nonce whose signature holds `-` or `_`, so that the alphabets differ.
        let (nonce, signed) = (0..)
            .map(|n| (format!("nonce{n}"), key.sign(format!("nonce{n}").as_bytes())))
            .find(|(_, s)| data_encoding::BASE64URL_NOPAD.encode(s).contains(['-', '_']))
            .unwrap();
        let connect =
            |sig: String| Connect { nkey: Some(key.public().to_string()), sig: Some(sig), ..Connect::default() };
        for sig in [
            data_encoding::BASE64URL_NOPAD.encode(&signed),
            data_encoding::BASE64URL.encode(&signed),
            data_encoding::BASE64.encode(&signed),
            data_encoding::BASE64_NOPAD.encode(&signed),
        ] {
            assert_eq!(proof(&connect(sig.clone()), Some(&nonce)), Some(Proof::Nkey(key.public())));
            assert_eq!(proof(&connect(sig.clone()), Some("another")), None);
            assert_eq!(proof(&connect(sig), None), None);
        }
        assert_eq!(proof(&connect("!".into()), Some(&nonce)), None);
        assert_eq!(proof(&Connect { sig: None, ..connect(String::new()) }, Some(&nonce)), None);
    }

    #[test]
    fn only_who_is_on_the_list_comes_in_until_revoked() {
        let list = AccessList::default();
        let (right, wrong) =
            (Proof::Password { user: "a", password: "b" }, Proof::Password { user: "a", password: "c" });
        list.allow(right, ann());
        list.allow(Proof::Token("t"), ann());
        assert_eq!(list.admit(right), Some(ann()));
        assert_eq!(list.admit(Proof::Token("t")), Some(ann()));
        assert_eq!(list.admit(wrong), None);
        assert_eq!(list.admit(Proof::Nothing), None);
        assert!(list.revoke(right) && !list.revoke(right));
        assert_eq!(list.admit(right), None);
        assert!(!format!("{list:?}").contains("\"t\""));
    }
}
