//! nkeys: Ed25519 keys as text that names its kind and guards itself with a checksum.
//!
//! Owns the text form of user keys: `U…` for the public half, `SU…` for the seed. Base32 without padding over
//! prefix, 32 bytes and a CRC-16 (XMODEM, little endian).
//! Invariant: a seed is never shown by `Debug` or in an error.
//! Absent on purpose: accounts, operators, servers and curve keys, which the economy has no use for.
//! Source: the nkeys specification; the tests compare with the official crate.

use core::fmt;

use data_encoding::BASE32_NOPAD;
use ed25519_zebra::{SigningKey, VerificationKey, VerificationKeyBytes};

const PREFIX_USER: u8 = 20 << 3;
const PREFIX_SEED: u8 = 18 << 3;

/// Why a text is not a key, or a key could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NkeyError {
    /// Not base32, or of the wrong length.
    #[error("the key is not 56 (public) or 58 (seed) characters of base32")]
    Encoding,
    /// A typing mistake somewhere.
    #[error("the checksum of the key is wrong")]
    Checksum,
    /// A key of another kind than a user's.
    #[error("the key is not a user's ({expected} comes first)")]
    Kind {
        /// `U` or `SU`.
        expected: &'static str,
    },
    /// The 32 bytes name no point of the curve.
    #[error("the public key is not a point of the curve")]
    Point,
    /// The signature does not belong to this key and these bytes.
    #[error("the signature is not that of the key over these bytes")]
    Signature,
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    NoEntropy,
}

/// The public half of a user's key. `Display` and `FromStr` use the `U…` form.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey([u8; 32]);

/// A user's key with its secret half.
#[derive(Clone)]
pub struct KeyPair {
    secret: SigningKey,
    public: PublicKey,
}

impl PublicKey {
    /// A public key from its 32 bytes. Whether they are a point shows when something is verified.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Checks a signature over `message` by the ZIP-215 rules.
    ///
    /// # Errors
    /// [`NkeyError::Point`] or [`NkeyError::Signature`].
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), NkeyError> {
        VerificationKey::try_from(self.0)
            .map_err(|_| NkeyError::Point)?
            .verify(&(*signature).into(), message)
            .map_err(|_| NkeyError::Signature)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode(&[PREFIX_USER], &self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl core::str::FromStr for PublicKey {
    type Err = NkeyError;
    fn from_str(text: &str) -> Result<Self, NkeyError> {
        let bytes: [u8; 33] = decode(text)?;
        match bytes.split_first_chunk::<1>() {
            Some(([PREFIX_USER], key)) => Ok(Self(key.try_into().map_err(|_| NkeyError::Encoding)?)),
            _ => Err(NkeyError::Kind { expected: "U" }),
        }
    }
}

impl KeyPair {
    /// A new key from the operating system's random bytes.
    ///
    /// # Errors
    /// [`NkeyError::NoEntropy`].
    pub fn generate() -> Result<Self, NkeyError> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|_| NkeyError::NoEntropy)?;
        Ok(Self::from_secret(secret))
    }

    /// The key with these 32 secret bytes.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        let secret = SigningKey::from(secret);
        let public = PublicKey(VerificationKeyBytes::from(&secret).into());
        Self { secret, public }
    }

    /// Reads a seed, `SU…`.
    ///
    /// # Errors
    /// [`NkeyError`]; none of them shows the seed.
    pub fn from_seed(seed: &str) -> Result<Self, NkeyError> {
        let bytes: [u8; 34] = decode(seed)?;
        let [first, second, secret @ ..] = bytes;
        if first & 0xf8 != PREFIX_SEED || (first & 7) << 5 | second >> 3 != PREFIX_USER {
            return Err(NkeyError::Kind { expected: "SU" });
        }
        Ok(Self::from_secret(secret))
    }

    /// The seed, `SU…`. Whoever has it is the participant: keep it in a file of mode 0600.
    #[must_use]
    pub fn seed(&self) -> String {
        encode(&[PREFIX_SEED | PREFIX_USER >> 5, (PREFIX_USER & 31) << 3], self.secret.as_ref())
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> PublicKey {
        self.public
    }

    /// Signs these bytes.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.public)
    }
}

fn encode(prefix: &[u8], key: &[u8]) -> String {
    let mut bytes = [prefix, key].concat();
    bytes.extend(crc16(&bytes).to_le_bytes());
    BASE32_NOPAD.encode(&bytes)
}

fn decode<const N: usize>(text: &str) -> Result<[u8; N], NkeyError> {
    // The length first: a stranger's megabyte is not decoded to be refused.
    if text.len() > 64 {
        return Err(NkeyError::Encoding);
    }
    let bytes = BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| NkeyError::Encoding)?;
    let (body, checksum) = bytes.split_last_chunk::<2>().ok_or(NkeyError::Encoding)?;
    let body: [u8; N] = body.try_into().map_err(|_| NkeyError::Encoding)?;
    if crc16(&body).to_le_bytes() != *checksum {
        return Err(NkeyError::Checksum);
    }
    Ok(body)
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_official_crate() {
        let ours = KeyPair::generate().unwrap();
        let theirs = nkeys::KeyPair::from_seed(&ours.seed()).unwrap();
        assert_eq!(theirs.public_key(), ours.public().to_string());
        assert_eq!(theirs.sign(b"nonce").unwrap(), ours.sign(b"nonce"), "Ed25519 signatures are deterministic");
        theirs.verify(b"nonce", &ours.sign(b"nonce")).unwrap();

        let theirs = nkeys::KeyPair::new_user();
        let ours = KeyPair::from_seed(&theirs.seed().unwrap()).unwrap();
        assert_eq!(ours.public().to_string().parse::<PublicKey>().unwrap().to_string(), theirs.public_key());
    }

    #[test]
    fn a_typing_mistake_and_a_key_of_another_kind_are_refused() {
        let text = KeyPair::from_secret([7; 32]).public().to_string();
        let typo = text.replacen(&text[9..10], if &text[9..10] == "A" { "B" } else { "A" }, 1);
        assert_eq!(typo.parse::<PublicKey>(), Err(NkeyError::Checksum));
        assert_eq!("UA".parse::<PublicKey>(), Err(NkeyError::Encoding));
        assert_eq!("u!".repeat(28).parse::<PublicKey>(), Err(NkeyError::Encoding));
        let account = nkeys::KeyPair::new_account();
        assert_eq!(account.public_key().parse::<PublicKey>(), Err(NkeyError::Kind { expected: "U" }));
        assert!(matches!(KeyPair::from_seed(&account.seed().unwrap()), Err(NkeyError::Kind { expected: "SU" })));
    }

    #[test]
    fn a_seed_is_never_shown() {
        let key = KeyPair::from_secret([7; 32]);
        assert!(!format!("{key:?}").contains(&key.seed()));
    }

    #[test]
    fn a_signature_holds_for_its_key_and_its_bytes_only() {
        let (ann, bob) = (KeyPair::from_secret([1; 32]), KeyPair::from_secret([2; 32]));
        let signature = ann.sign(b"x");
        assert_eq!(ann.public().verify(b"x", &signature), Ok(()));
        assert_eq!(ann.public().verify(b"y", &signature), Err(NkeyError::Signature));
        assert_eq!(bob.public().verify(b"x", &signature), Err(NkeyError::Signature));
        // 2 is the y coordinate of no point.
        let nowhere = PublicKey::from_bytes(core::array::from_fn(|i| if i == 0 { 2 } else { 0 }));
        assert_eq!(nowhere.verify(b"x", &signature), Err(NkeyError::Point));
    }
}
