//! Names of things: newtypes, so that a task is never paid where a participant was meant.
//!
//! Ids the economy hands out itself are dense numbers in order of creation: unique for ever without
//! a memory of them. Ids that a sender chooses (commands, accounts, transfers) have 128 bits.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! dense_id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

dense_id!(
    /// Who takes part: an agent, a human or an organisation. Not a key: keys come and go.
    ParticipantId(u64), "p"
);
dense_id!(
    /// A task, from its draft to its terminal state and ever after.
    TaskId(u64), "t"
);
dense_id!(
    /// A seller's standing price.
    OfferId(u64), "o"
);
dense_id!(
    /// An order book for a pair of assets, with the money behind it.
    DeskId(u32), "d"
);
dense_id!(
    /// An order at a desk, in order of arrival over all desks.
    OrderId(u64), "x"
);
dense_id!(
    /// An asset, in order of declaration. It is the *ledger* of the account model.
    AssetId(u32), "a"
);
dense_id!(
    /// A part of a contract that is delivered, accepted and paid on its own; the first is 0.
    MilestoneId(u16), "m"
);
dense_id!(
    /// A limit on what may be spent out of an account.
    LimitId(u64), "l"
);
dense_id!(
    /// A payment by time.
    StreamId(u64), "s"
);
dense_id!(
    /// An offer to give one asset for another.
    ExchangeId(u64), "e"
);
dense_id!(
    /// Money set apart in the ledger for a purpose that its owner knows.
    HoldId(u64), "h"
);

impl ParticipantId {
    /// The operator: the participant every economy starts with.
    pub const OPERATOR: Self = Self(0);
}

macro_rules! wide_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                if to.is_human_readable() { to.collect_str(self) } else { to.serialize_u128(self.0) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                if !from.is_human_readable() {
                    return u128::deserialize(from).map(Self);
                }
                let text = String::deserialize(from)?;
                let hex = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
                hex.then(|| u128::from_str_radix(&text, 16).ok()).flatten().map(Self).ok_or_else(|| {
                    serde::de::Error::custom(alloc::format!("`{}` is not an id of 32 lower-case hexadecimal digits", text.escape_debug()))
                })
            }
        }
    };
}

wide_id!(
    /// A command's name, chosen by its sender and kept across retries; unique within the sender until it expires.
    CommandId
);
wide_id!(
    /// An account of the ledger.
    AccountId
);
wide_id!(
    /// A transfer of the ledger, unique for ever.
    TransferId
);

impl AccountId {
    /// The highest byte of an account in which free money lies.
    const FREE: u128 = 2 << 120;

    /// The account in which a participant's free money of an asset lies.
    #[must_use]
    pub const fn free_money(owner: ParticipantId, asset: AssetId) -> Self {
        Self(Self::FREE | (owner.0 as u128) << 32 | asset.0 as u128)
    }

    /// Whose free money lies in this account; nobody's where it is another kind of account.
    #[must_use]
    pub const fn owner(self) -> Option<ParticipantId> {
        let owner = ParticipantId((self.0 >> 32) as u64);
        if Self::free_money(owner, AssetId(self.0 as u32)).0 == self.0 { Some(owner) } else { None }
    }
}

impl TransferId {
    /// The id of a command's payment number `index`. It follows from the command's name, so that a retry makes no
    /// second payment even after the command's id is forgotten.
    #[must_use]
    pub fn of_payment(by: ParticipantId, command: CommandId, index: usize) -> Self {
        let mut bytes = alloc::vec::Vec::with_capacity(48);
        bytes.extend_from_slice(b"oikos.pay.1");
        bytes.extend_from_slice(&by.0.to_be_bytes());
        bytes.extend_from_slice(&command.0.to_be_bytes());
        bytes.extend_from_slice(&(index as u64).to_be_bytes());
        let Hash32(hash) = Hash32::of(&bytes);
        let mut half = [0; 16];
        half.copy_from_slice(&hash[..16]);
        // Zero and the largest number are no ids; a hash that ends up there is not to be expected in this universe.
        Self(u128::from_be_bytes(half).clamp(1, u128::MAX - 1))
    }
}

/// A BLAKE3 hash of something that is kept elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hash32(pub [u8; 32]);

impl Hash32 {
    /// The hash of nothing at all known: all zeros.
    pub const ZERO: Self = Self([0; 32]);

    /// The BLAKE3 hash of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Reads 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = core::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash32({self})")
    }
}

impl Serialize for Hash32 {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(self) } else { self.0.serialize(to) }
    }
}

impl<'de> Deserialize<'de> for Hash32 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if !from.is_human_readable() {
            return <[u8; 32]>::deserialize(from).map(Self);
        }
        let text = String::deserialize(from)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("expected a hash of 64 lower-case hexadecimal digits"))
    }
}

/// What a participant can do or has, such as `text.shout/v1`: 1 to 96 bytes of printable text.
///
/// Dots and wildcards of a subject are quoted by the bus; here only control characters
/// and surrounding spaces are refused, so that names from published data stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Capability(Box<str>);

impl Capability {
    /// The longest name, in bytes.
    pub const BYTES_MAX: usize = 96;

    /// A capability of this name.
    ///
    /// # Errors
    /// [`CapabilityError`] where it is empty, too long, padded or has control characters.
    pub fn new(name: &str) -> Result<Self, CapabilityError> {
        if name.is_empty() || name.len() > Self::BYTES_MAX {
            return Err(CapabilityError::Length { bytes: name.len() });
        }
        if name.trim() != name || name.chars().any(char::is_control) {
            return Err(CapabilityError::Characters);
        }
        Ok(Self(name.into()))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Capability {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        Self::new(&name).map_err(serde::de::Error::custom)
    }
}

/// A text that cannot name a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CapabilityError {
    /// Empty, or too long.
    #[error("a capability's name has 1 to 96 bytes, not {bytes}")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// Spaces around it, or control characters in it.
    #[error("a capability's name has no control characters and no spaces around it")]
    Characters,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_hash_is_read_as_it_is_printed() {
        let hash = Hash32::of(b"oikos");
        assert_eq!(Hash32::parse(&hash.to_string()), Some(hash));
        assert_eq!(Hash32::parse("00"), None);
        assert_eq!(Hash32::parse(&"é".repeat(32)), None);
    }

    #[test]
    fn an_account_of_free_money_tells_its_owner_and_no_other_account_does() {
        let (ann, euro) = (ParticipantId(u64::MAX), AssetId(u32::MAX));
        assert_eq!(AccountId::free_money(ann, euro).owner(), Some(ann));
        assert_eq!(AccountId(1 << 120 | 7).owner(), None);
        assert_eq!(AccountId(AccountId::free_money(ann, euro).0 | 1 << 100).owner(), None);
    }

    #[test]
    fn a_capability_has_no_control_characters() {
        assert!(Capability::new("text.shout/v1").is_ok());
        assert_eq!(Capability::new("\u{1b}[31m"), Err(CapabilityError::Characters));
        assert_eq!(Capability::new(" padded"), Err(CapabilityError::Characters));
        assert_eq!(Capability::new(""), Err(CapabilityError::Length { bytes: 0 }));
    }
}
