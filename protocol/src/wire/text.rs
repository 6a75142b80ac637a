//! Values as texts: decimal amounts, nanoseconds, lengths of time.
//!
//! Invariant: a text stays as it came until somebody knows the asset it is to be read in.

use crate::money::{Amount, Scale};
use crate::time::{Span, Timestamp};
use alloc::string::{String, ToString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount as a decimal text with the decimals of its asset: `0.10`. Never a JSON number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Decimal(#[cfg_attr(feature = "schema", schemars(extend("pattern" = r"^[0-9]+(\.[0-9]+)?$")))] pub String);

impl Decimal {
    /// The text of an amount in an asset of this scale.
    #[must_use]
    pub fn of(amount: Amount, scale: Scale) -> Self {
        Self(scale.show(amount).to_string())
    }
}

impl core::fmt::Display for Decimal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A moment in nanoseconds, as a decimal text, since JSON numbers lose digits beyond 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Nanos(
    #[serde(with = "crate::decimal")]
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("pattern" = r"^[0-9]{1,20}$")))]
    pub u64,
);

impl From<Timestamp> for Nanos {
    fn from(moment: Timestamp) -> Self {
        Self(moment.0)
    }
}

impl From<Nanos> for Timestamp {
    fn from(nanos: Nanos) -> Self {
        Self(nanos.0)
    }
}

/// A length of time as a text: a whole number and one of `ns us ms s m h d`, such as `250ms` or `36h`; or `0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transparent))]
pub struct Lasting(
    #[cfg_attr(feature = "schema", schemars(with = "String", extend("pattern" = r"^(0|[0-9]+(ns|us|ms|s|m|h|d))$")))]
    pub Span,
);

impl Serialize for Lasting {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Lasting {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Span::parse(&text).map(Self).map_err(serde::de::Error::custom)
    }
}
