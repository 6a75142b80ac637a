//! The signature under a command: what is signed, how it travels, how one or many are verified.
//!
//! Signed is `"oikos1\n" + subject + "\n" + id + "\n" + expires + "\n" + hex(sha256(body))`, as the bytes sent:
//! a body that was re-encoded on the way does not verify. `expires` is decimal nanoseconds since 1970. One
//! signature may cover a bundle: a body of 1 to [`BUNDLE_COMMANDS_MAX`] lines, a command each.
//!
//! Invariants: single and batch verification give the same answer for every input (Ed25519 by ZIP-215 rules);
//! a verified command is neither expired nor dated further ahead than [`AHEAD_NS_MAX`]; the cheap checks come
//! first, so that a flood of stale commands costs no curve arithmetic.
//! Absent on purpose: a clock (the time is given), memory of ids seen (the sequencer's), and the question
//! whether the key belongs to the participant (the economy's).
//! Start at [`Signed::sign`] and [`verify_batch`].

use core::fmt::Write as _;

use ed25519_zebra::{Signature, VerificationKey, VerificationKeyBytes, batch};
use rand_chacha::{ChaCha12Rng, rand_core::SeedableRng};
use sha2::{Digest, Sha256};

use super::nkey::{KeyPair, PublicKey};
use crate::envelope::Envelope;

/// Commands that one signature may cover.
pub const BUNDLE_COMMANDS_MAX: usize = 256;

/// How far ahead a command may expire: 24 hours, in nanoseconds.
pub const AHEAD_NS_MAX: u64 = 24 * 3600 * 1_000_000_000;

/// The longest command id, in bytes.
pub const ID_BYTES_MAX: usize = 128;

/// The headers that carry a signature.
pub mod header {
    /// The command's id.
    pub const ID: &str = "Oikos-Id";
    /// When it expires, in decimal nanoseconds since 1970.
    pub const EXPIRES: &str = "Oikos-Expires";
    /// The signer's public key, `U…`.
    pub const KEY: &str = "Oikos-Key";
    /// The signature, base64 (URL alphabet, no padding).
    pub const SIGNATURE: &str = "Oikos-Signature";
}

/// Why a command was refused before anyone looked at what it says. In order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A header is missing: the command is not signed.
    #[error("the command is not signed: header `{header}` is missing")]
    Unsigned {
        /// Its name.
        header: &'static str,
    },
    /// A header is there and cannot be read.
    #[error("header `{header}` is malformed")]
    Malformed {
        /// Its name.
        header: &'static str,
    },
    /// A bundle of no command, or of too many.
    #[error("the bundle holds {commands} commands, 1 to {BUNDLE_COMMANDS_MAX} are allowed")]
    BundleSize {
        /// Commands found.
        commands: usize,
    },
    /// A bundle with an empty command in it.
    #[error("command {position} of the bundle is empty or holds a line break")]
    BundleLine {
        /// Counted from 0.
        position: usize,
    },
    /// Too late.
    #[error("the command expired at {expires_ns}, it is {now_ns}")]
    Expired {
        /// The command's `expires`.
        expires_ns: u64,
        /// The time given.
        now_ns: u64,
    },
    /// Dated so far ahead that its id could not be remembered until then.
    #[error("the command expires at {expires_ns}, more than 24 h after {now_ns}")]
    TooFarAhead {
        /// The command's `expires`.
        expires_ns: u64,
        /// The time given.
        now_ns: u64,
    },
    /// The signature is not the key's, or not over these bytes.
    #[error("the signature is not that of {key} over this subject, id, expiry and body")]
    Invalid {
        /// The key that was named.
        key: PublicKey,
    },
    /// The operating system gave no random bytes for a batch.
    #[error("the operating system gave no random bytes")]
    NoEntropy,
}

/// A command's claim to come from the owner of a key. The body travels beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The command's id.
    pub id: String,
    /// When it expires, in nanoseconds since 1970.
    pub expires_ns: u64,
    /// The signer.
    pub key: PublicKey,
    /// Over subject, id, expiry and the body's hash.
    pub signature: [u8; 64],
}

impl Signed {
    /// Signs.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`] for an id that is empty, too long or not visible ASCII (a line break in it
    /// would let one signature stand for another command).
    pub fn sign(key: &KeyPair, subject: &str, id: &str, expires_ns: u64, body: &[u8]) -> Result<Self, SignatureError> {
        check_id(id)?;
        let signature = key.sign(&message(subject, id, expires_ns, body));
        Ok(Self { id: id.to_owned(), expires_ns, key: key.public(), signature })
    }

    /// Reads the headers of an envelope; nothing is verified yet.
    ///
    /// # Errors
    /// [`SignatureError::Unsigned`] or [`SignatureError::Malformed`].
    pub fn from_envelope(envelope: &Envelope) -> Result<Self, SignatureError> {
        let text = |header| envelope.headers.get(header).ok_or(SignatureError::Unsigned { header });
        let id = text(header::ID)?;
        let expires = text(header::EXPIRES)?;
        let key = text(header::KEY)?;
        let signature = text(header::SIGNATURE)?;
        check_id(id)?;
        // One spelling of a number: `+5` and `05` would verify as `5`.
        let expires_ns: u64 = expires
            .parse()
            .ok()
            .filter(|n: &u64| n.to_string() == expires)
            .ok_or(SignatureError::Malformed { header: header::EXPIRES })?;
        let key = key.parse().map_err(|_| SignatureError::Malformed { header: header::KEY })?;
        let signature = data_encoding::BASE64URL_NOPAD
            .decode(signature.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or(SignatureError::Malformed { header: header::SIGNATURE })?;
        Ok(Self { id: id.to_owned(), expires_ns, key, signature })
    }

    /// The envelope with this signature in its headers.
    ///
    /// # Errors
    /// [`SignatureError::Malformed`] for an id that is no header value.
    pub fn into_envelope(self, mut envelope: Envelope) -> Result<Envelope, SignatureError> {
        for (name, value) in [
            (header::ID, self.id),
            (header::EXPIRES, self.expires_ns.to_string()),
            (header::KEY, self.key.to_string()),
            (header::SIGNATURE, data_encoding::BASE64URL_NOPAD.encode(&self.signature)),
        ] {
            envelope.headers.append(name, &value).map_err(|_| SignatureError::Malformed { header: name })?;
        }
        Ok(envelope)
    }

    /// Verifies one command at the time `now_ns`.
    ///
    /// # Errors
    /// [`SignatureError::Expired`], [`SignatureError::TooFarAhead`] or [`SignatureError::Invalid`].
    pub fn verify(&self, subject: &str, body: &[u8], now_ns: u64) -> Result<(), SignatureError> {
        self.check_time(now_ns)?;
        self.item(subject, body).verify_single().map_err(|_| SignatureError::Invalid { key: self.key })
    }

    fn check_time(&self, now_ns: u64) -> Result<(), SignatureError> {
        let expires_ns = self.expires_ns;
        if expires_ns <= now_ns {
            return Err(SignatureError::Expired { expires_ns, now_ns });
        }
        if expires_ns - now_ns > AHEAD_NS_MAX {
            return Err(SignatureError::TooFarAhead { expires_ns, now_ns });
        }
        Ok(())
    }

    fn item(&self, subject: &str, body: &[u8]) -> batch::Item {
        let message = message(subject, &self.id, self.expires_ns, body);
        (VerificationKeyBytes::from(*self.key.as_bytes()), Signature::from(self.signature), &message).into()
    }
}

/// One command of a batch, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// What it claims.
    pub signed: &'a Signed,
    /// The subject it came on.
    pub subject: &'a str,
    /// Its body, as sent.
    pub body: &'a [u8],
}

/// Verifies many commands at once: an answer for each, the same that [`Signed::verify`] gives.
///
/// The whole batch is checked with one equation; only when that fails is each command looked at alone.
///
/// # Errors
/// [`SignatureError::NoEntropy`] for the whole batch: its equation needs numbers no sender can foresee.
pub fn verify_batch(claims: &[Claim<'_>], now_ns: u64) -> Result<Vec<Result<(), SignatureError>>, SignatureError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|_| SignatureError::NoEntropy)?;
    let mut outcomes: Vec<_> = claims.iter().map(|claim| claim.signed.check_time(now_ns)).collect();
    let items: Vec<(usize, batch::Item)> = claims
        .iter()
        .enumerate()
        .filter(|&(position, _)| outcomes[position].is_ok())
        .map(|(position, claim)| (position, claim.signed.item(claim.subject, claim.body)))
        .collect();
    let mut whole = batch::Verifier::new();
    for (_, item) in &items {
        whole.queue(item.clone());
    }
    if whole.verify(ChaCha12Rng::from_seed(seed)).is_err() {
        for (position, item) in items {
            let key = claims[position].signed.key;
            outcomes[position] = item.verify_single().map_err(|_| SignatureError::Invalid { key });
        }
    }
    Ok(outcomes)
}

/// Puts commands into one body, to be covered by one signature.
///
/// # Errors
/// [`SignatureError::BundleSize`] or [`SignatureError::BundleLine`].
pub fn bundle(commands: &[&[u8]]) -> Result<Vec<u8>, SignatureError> {
    check_bundle(commands.iter().copied(), commands.len())?;
    Ok(commands.join(&b'\n'))
}

/// The commands of a body that [`bundle`] made. A body of one line is a bundle of one.
///
/// # Errors
/// [`SignatureError::BundleSize`] or [`SignatureError::BundleLine`].
pub fn unbundle(body: &[u8]) -> Result<Vec<&[u8]>, SignatureError> {
    let lines = || body.split(|&b| b == b'\n');
    // Counted before anything is kept: a body of a million line breaks makes no list.
    check_bundle(lines().take(BUNDLE_COMMANDS_MAX), memchr::memchr_iter(b'\n', body).count() + 1)?;
    Ok(lines().collect())
}

fn check_bundle<'a>(lines: impl Iterator<Item = &'a [u8]>, commands: usize) -> Result<(), SignatureError> {
    if commands == 0 || commands > BUNDLE_COMMANDS_MAX {
        return Err(SignatureError::BundleSize { commands });
    }
    for (position, line) in lines.enumerate() {
        if line.is_empty() || memchr::memchr(b'\n', line).is_some() {
            return Err(SignatureError::BundleLine { position });
        }
    }
    Ok(())
}

/// Checks that a public key's bytes name a point, before it is registered anywhere.
#[must_use]
pub fn is_usable(key: &PublicKey) -> bool {
    VerificationKey::try_from(*key.as_bytes()).is_ok()
}

fn check_id(id: &str) -> Result<(), SignatureError> {
    if id.is_empty() || id.len() > ID_BYTES_MAX || !id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(SignatureError::Malformed { header: header::ID });
    }
    Ok(())
}

fn message(subject: &str, id: &str, expires_ns: u64, body: &[u8]) -> Vec<u8> {
    let mut text = String::with_capacity(subject.len() + id.len() + 96);
    // Writing to a string cannot fail.
    let _ = write!(text, "oikos1\n{subject}\n{id}\n{expires_ns}\n");
    text.push_str(&data_encoding::HEXLOWER.encode(&Sha256::digest(body)));
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::Subject;

    const NOW: u64 = 1_000_000_000_000;
    const SUBJECT: &str = "oikos.kitchen.cmd.ann";

    fn ann() -> KeyPair {
        KeyPair::from_secret([1; 32])
    }

    fn signed(body: &[u8]) -> Signed {
        Signed::sign(&ann(), SUBJECT, "id-1", NOW + 1, body).unwrap()
    }

    #[test]
    fn what_is_signed_is_written_down() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(message("s.x", "7f", 5, b""), format!("oikos1\ns.x\n7f\n5\n{empty}").into_bytes());
    }

    #[test]
    fn a_signature_holds_for_exactly_its_subject_id_expiry_and_body() {
        let good = signed(b"{}");
        let invalid = Err(SignatureError::Invalid { key: ann().public() });
        assert_eq!(good.verify(SUBJECT, b"{}", NOW), Ok(()));
        assert_eq!(good.verify(SUBJECT, b"{ }", NOW), invalid, "altered body");
        assert_eq!(good.verify("oikos.kitchen.cmd.bob", b"{}", NOW), invalid, "foreign subject");
        assert_eq!(Signed { id: "id-2".into(), ..good.clone() }.verify(SUBJECT, b"{}", NOW), invalid);
        assert_eq!(Signed { expires_ns: NOW + 2, ..good.clone() }.verify(SUBJECT, b"{}", NOW), invalid);
        let foreign = KeyPair::from_secret([2; 32]).public();
        let other = Signed { key: foreign, ..good.clone() };
        assert_eq!(other.verify(SUBJECT, b"{}", NOW), Err(SignatureError::Invalid { key: foreign }));
        let mut bent = good;
        bent.signature[63] ^= 0x80;
        assert_eq!(bent.verify(SUBJECT, b"{}", NOW), invalid);
    }

    #[test]
    fn a_stale_and_a_future_dated_command_are_refused() {
        let stale = signed(b"{}");
        assert_eq!(
            stale.verify(SUBJECT, b"{}", NOW + 1),
            Err(SignatureError::Expired { expires_ns: NOW + 1, now_ns: NOW + 1 })
        );
        let last = Signed::sign(&ann(), SUBJECT, "a", NOW + AHEAD_NS_MAX, b"").unwrap();
        assert_eq!(last.verify(SUBJECT, b"", NOW), Ok(()));
        assert!(matches!(last.verify(SUBJECT, b"", NOW - 1), Err(SignatureError::TooFarAhead { .. })));
    }

    #[test]
    fn it_travels_in_headers_and_each_missing_one_is_named() {
        let envelope = Envelope::new(Subject::new(SUBJECT).unwrap(), &b"{}"[..]);
        let sent = signed(b"{}").into_envelope(envelope.clone()).unwrap();
        assert_eq!(Signed::from_envelope(&sent), Ok(signed(b"{}")));
        assert_eq!(Signed::from_envelope(&envelope), Err(SignatureError::Unsigned { header: header::ID }));
        for name in [header::ID, header::EXPIRES, header::KEY, header::SIGNATURE] {
            let without = |bad: Option<&str>| {
                let mut copy = envelope.clone();
                for (n, value) in sent.headers.iter().filter(|(n, _)| *n != name || bad.is_some()) {
                    copy.headers.append(n, bad.filter(|_| n == name).unwrap_or(value)).unwrap();
                }
                Signed::from_envelope(&copy)
            };
            assert_eq!(without(None), Err(SignatureError::Unsigned { header: name }));
            for bad in ["", "+5", "05", "a b", "99999999999999999999999", "é"] {
                if name == header::ID && (bad == "+5" || bad == "05" || bad.starts_with('9')) {
                    continue;
                }
                assert_eq!(without(Some(bad)), Err(SignatureError::Malformed { header: name }), "{name}: {bad:?}");
            }
        }
    }

    #[test]
    fn a_batch_answers_for_each_as_if_it_were_alone() {
        let keys: Vec<KeyPair> = (0..16).map(|n| KeyPair::from_secret([n + 1; 32])).collect();
        let bodies: Vec<Vec<u8>> = (0..BUNDLE_COMMANDS_MAX).map(|n| n.to_string().into_bytes()).collect();
        let mut all: Vec<Signed> = (0..)
            .zip(&bodies)
            .map(|(n, body)| Signed::sign(&keys[n % 16], SUBJECT, &n.to_string(), NOW + 1, body).unwrap())
            .collect();
        let answers = |all: &[Signed]| {
            let claims: Vec<_> =
                all.iter().zip(&bodies).map(|(signed, body)| Claim { signed, subject: SUBJECT, body }).collect();
            let together = verify_batch(&claims, NOW).unwrap();
            let alone: Vec<_> = claims.iter().map(|c| c.signed.verify(c.subject, c.body, NOW)).collect();
            assert_eq!(together, alone);
            together
        };
        assert!(answers(&all).iter().all(Result::is_ok));
        all[3].signature[0] ^= 1;
        all[5].expires_ns = NOW;
        all[7].key = keys[0].public();
        all[9].key = PublicKey::from_bytes([2; 32]);
        let wrong: Vec<usize> = answers(&all).iter().enumerate().filter(|(_, a)| a.is_err()).map(|(n, _)| n).collect();
        assert_eq!(wrong, [3, 5, 7, 9]);
        assert_eq!(verify_batch(&[], NOW), Ok(vec![]));
    }

    #[test]
    fn points_of_small_order_get_one_answer_alone_and_in_a_batch() {
        // The identity as key and as R, s = 0: ZIP-215 accepts it, other rules disagree among themselves.
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut signature = [0; 64];
        signature[0] = 1;
        let odd = Signed { id: "a".into(), expires_ns: NOW + 1, key: PublicKey::from_bytes(identity), signature };
        let alone = odd.verify(SUBJECT, b"x", NOW);
        let claim = Claim { signed: &odd, subject: SUBJECT, body: b"x" };
        assert_eq!(alone, Ok(()));
        assert_eq!(verify_batch(&[claim], NOW), Ok(vec![alone]));
    }

    #[test]
    fn a_bundle_holds_one_to_256_commands() {
        let line: &[u8] = b"{}";
        assert_eq!(unbundle(&bundle(&[line, line]).unwrap()).unwrap(), [line, line]);
        assert_eq!(unbundle(&bundle(&[line; 256]).unwrap()).unwrap().len(), 256);
        assert_eq!(bundle(&[line; 257]), Err(SignatureError::BundleSize { commands: 257 }));
        assert_eq!(bundle(&[]), Err(SignatureError::BundleSize { commands: 0 }));
        assert_eq!(bundle(&[line, b"a\nb"]), Err(SignatureError::BundleLine { position: 1 }));
        assert_eq!(unbundle(b"{}\n\n{}"), Err(SignatureError::BundleLine { position: 1 }));
        assert_eq!(unbundle(&[b'\n'; 1 << 20]), Err(SignatureError::BundleSize { commands: (1 << 20) + 1 }));
    }
}
