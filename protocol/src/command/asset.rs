//! Assets: what money there is, and by whose right it comes into being.

use crate::id::{AssetId, Hash32, ParticipantId};
use crate::money::{Amount, Scale};
use alloc::string::String;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize};

/// Declares an asset. Assets are numbered in order of declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefineAsset {
    /// Its code, such as `OIK`.
    pub code: AssetCode,
    /// How many decimals it has.
    pub scale: Scale,
    /// By whose right it comes into being.
    pub regime: Regime,
}

/// By whose right units of an asset come into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Regime {
    /// The whole supply is created once, with the asset, and never again.
    FixedSupply {
        /// How much there is.
        supply: Amount,
        /// Whose it is at first.
        to: ParticipantId,
    },
    /// One participant creates it, each time with a reference to why.
    Issuer(ParticipantId),
    /// Members owe each other: each has a line of credit that the steward sets, and all lines together are the supply.
    MutualCredit {
        /// Who sets the lines.
        steward: ParticipantId,
        /// The longest line a member may have.
        credit_max: Amount,
    },
}

/// Creates money and gives it to a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Of what.
    pub asset: AssetId,
    /// Whose it will be.
    pub to: ParticipantId,
    /// How much, above zero.
    pub amount: Amount,
    /// A hash of the document that justifies it (a bank's reference, a decision).
    pub reference: Hash32,
}

/// Turns money that came from outside into money here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deposit {
    /// Of what.
    pub asset: AssetId,
    /// Whose it will be.
    pub to: ParticipantId,
    /// How much, above zero.
    pub amount: Amount,
    /// A hash of its name outside (a bank's reference). An issuer takes each only once.
    pub reference: Hash32,
}

/// Takes the sender's money out: it is destroyed here, and the issuer owes it outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// Of what.
    pub asset: AssetId,
    /// How much, above zero.
    pub amount: Amount,
    /// A hash of where it goes outside. An issuer takes each only once.
    pub reference: Hash32,
}

/// Destroys money of the issuer's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Burn {
    /// Of what.
    pub asset: AssetId,
    /// How much, above zero.
    pub amount: Amount,
    /// A hash of the document that justifies it. An issuer takes each only once.
    pub reference: Hash32,
}

/// Sets how far a member of a mutual credit may go below nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetCredit {
    /// Of what.
    pub asset: AssetId,
    /// Whose line.
    pub member: ParticipantId,
    /// How long it is; zero for none.
    pub credit: Amount,
}

/// The short name of an asset: 1 to 8 capital letters or digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetCode([u8; 8]);

impl AssetCode {
    /// The code of this text, if it is one.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let good = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if text.is_empty() || text.len() > 8 || !good {
            return None;
        }
        let mut code = [0; 8];
        code.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
        Some(Self(code))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let end = self.0.iter().position(|b| *b == 0).unwrap_or(8);
        // Only capital letters and digits get in, so this is always text.
        core::str::from_utf8(&self.0[..end]).unwrap_or_default()
    }
}

impl fmt::Display for AssetCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AssetCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AssetCode({self})")
    }
}

impl Serialize for AssetCode {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for AssetCode {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::new(&text).ok_or_else(|| {
            serde::de::Error::custom("an asset code has 1 to 8 capital letters or digits, such as `OIK`")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_to_eight_capitals_or_digits() {
        assert_eq!(AssetCode::new("OIK").map(|c| alloc::string::ToString::to_string(&c)).as_deref(), Some("OIK"));
        for bad in ["", "oik", "TOO LONG", "ABCDEFGHI", "€"] {
            assert_eq!(AssetCode::new(bad), None, "{bad}");
        }
    }
}
