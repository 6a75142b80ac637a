//! Money: whole minor units inside, decimals only at the edge.
//!
//! Invariants: an [`Amount`] is never negative and never rounded; arithmetic is checked.
//! A decimal text becomes an amount only if its asset can hold it exactly.

use alloc::string::{String, ToString};
use core::fmt;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A whole number of minor units of some asset.
/// In JSON it is a decimal string of that whole number, in binary a varint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(pub u128);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// More than any account can hold.
    pub const MAX: Self = Self(u128::MAX);

    /// The sum, or `None` where it does not fit.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, or `None` where it would be negative.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// The difference, or nothing where it would be negative.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `share` of this amount, rounded down, without overflow for any amount.
    #[must_use]
    pub const fn share_down(self, share: Share) -> Self {
        let (whole, rest) = (self.0 / Share::WHOLE as u128, self.0 % Share::WHOLE as u128);
        Self(whole * share.0 as u128 + rest * share.0 as u128 / Share::WHOLE as u128)
    }

    /// Whether this is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.collect_str(&self.0) } else { to.serialize_u128(self.0) }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let text = String::deserialize(from)?;
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten().map(Self).ok_or_else(|| {
                serde::de::Error::custom(alloc::format!("`{text}` is not a whole number of minor units"))
            })
        } else {
            u128::deserialize(from).map(Self)
        }
    }
}

/// A part of a whole in millionths, 0 to [`Share::WHOLE`]. Rounding is always declared where it is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Share(u32);

impl Share {
    /// All of it, in millionths.
    pub const WHOLE: u32 = 1_000_000;
    /// None of it.
    pub const NONE: Self = Self(0);

    /// `millionths` of a whole, if that is not more than the whole.
    #[must_use]
    pub const fn from_millionths(millionths: u32) -> Option<Self> {
        if millionths <= Self::WHOLE { Some(Self(millionths)) } else { None }
    }

    /// How many millionths.
    #[must_use]
    pub const fn millionths(self) -> u32 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let millionths = u32::deserialize(from)?;
        Self::from_millionths(millionths)
            .ok_or_else(|| serde::de::Error::custom("a share is at most 1000000 millionths"))
    }
}

/// How many decimals an asset has: 0 to 18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Scale(u8);

impl Scale {
    /// The finest scale an asset may declare.
    pub const MAX: u8 = 18;

    /// A scale of `decimals`, if that is at most [`Scale::MAX`].
    #[must_use]
    pub const fn new(decimals: u8) -> Option<Self> {
        if decimals <= Self::MAX { Some(Self(decimals)) } else { None }
    }

    /// How many decimals.
    #[must_use]
    pub const fn decimals(self) -> u8 {
        self.0
    }

    /// Reads a decimal text such as `12.34` as a whole number of minor units.
    ///
    /// # Errors
    /// A [`MoneyError`] where the text is no plain decimal number, is negative,
    /// has more decimals than the asset, or is out of range. Never rounds.
    pub fn parse(self, text: &str) -> Result<Amount, MoneyError> {
        let not_a_number = || MoneyError::NotANumber { text: clip(text) };
        if let Some(rest) = text.strip_prefix('-') {
            return Err(if is_plain_decimal(rest) {
                MoneyError::Negative { text: clip(text) }
            } else {
                not_a_number()
            });
        }
        if !is_plain_decimal(text) {
            return Err(not_a_number());
        }
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        // Digits that say nothing (`1.500` in an asset of two decimals) are exact, so they are welcome.
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > usize::from(self.0) {
            let given = u32::try_from(decimals.len()).unwrap_or(u32::MAX);
            return Err(MoneyError::TooManyDecimals { text: clip(text), given, allowed: self.0 });
        }
        let out_of_range = || MoneyError::OutOfRange { text: clip(text) };
        let zeros = core::iter::repeat_n(b'0', usize::from(self.0) - decimals.len());
        let mut units: u128 = 0;
        for digit in whole.bytes().chain(decimals.bytes()).chain(zeros) {
            let digit = u128::from(digit - b'0');
            units = units.checked_mul(10).and_then(|u| u.checked_add(digit)).ok_or_else(out_of_range)?;
        }
        Ok(Amount(units))
    }

    /// The amount of a decimal number.
    ///
    /// # Errors
    /// As [`Scale::parse`].
    pub fn amount(self, number: Decimal) -> Result<Amount, MoneyError> {
        self.parse(&number.to_string())
    }

    /// The amount as a decimal number, where a [`Decimal`] can hold it (96 bits).
    #[must_use]
    pub fn decimal(self, amount: Amount) -> Option<Decimal> {
        let units = i128::try_from(amount.0).ok()?;
        Decimal::try_from_i128_with_scale(units, u32::from(self.0)).ok()
    }

    /// The amount as a decimal text with all its decimals: `12.30` for 1230 at scale 2.
    #[must_use]
    pub fn show(self, amount: Amount) -> Shown {
        Shown { negative: false, units: amount.0, scale: self.0 }
    }

    /// A difference of amounts as a decimal text: `-0.05` for −5 at scale 2.
    #[must_use]
    pub fn show_signed(self, units: i128) -> Shown {
        Shown { negative: units < 0, units: units.unsigned_abs(), scale: self.0 }
    }
}

impl<'de> Deserialize<'de> for Scale {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let decimals = u8::deserialize(from)?;
        Self::new(decimals).ok_or_else(|| serde::de::Error::custom("an asset has at most 18 decimals"))
    }
}

/// An amount on its way to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    negative: bool,
    units: u128,
    scale: u8,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10u128.pow(u32::from(self.scale)); // At most 10^18, by `Scale::MAX`.
        let sign = if self.negative { "-" } else { "" };
        if self.scale == 0 {
            return write!(f, "{sign}{}", self.units);
        }
        let width = usize::from(self.scale);
        write!(f, "{sign}{}.{:0width$}", self.units / unit, self.units % unit)
    }
}

/// A text that is not an amount of the asset it was given for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Signs, letters, exponents, `NaN`, `inf`, spaces, or nothing at all.
    #[error("`{text}` is not a decimal number such as `12.34`")]
    NotANumber {
        /// What was given, cut to a readable length.
        text: String,
    },
    /// An amount is never negative.
    #[error("`{text}` is negative; an amount is zero or more")]
    Negative {
        /// What was given, cut to a readable length.
        text: String,
    },
    /// More decimals than the asset has.
    #[error("`{text}` has {given} decimals, the asset has {allowed}")]
    TooManyDecimals {
        /// What was given, cut to a readable length.
        text: String,
        /// How many decimals it has.
        given: u32,
        /// How many the asset has.
        allowed: u8,
    },
    /// More than the largest amount.
    #[error("`{text}` is more than the largest amount")]
    OutOfRange {
        /// What was given, cut to a readable length.
        text: String,
    },
}

fn is_plain_decimal(text: &str) -> bool {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(decimals)
}

/// At most 40 characters, and none that could steer a terminal.
fn clip(text: &str) -> String {
    text.chars().take(40).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTS: Scale = Scale(2);

    #[test]
    fn a_decimal_text_becomes_minor_units_and_back() {
        for (text, units) in [("0", 0), ("12.34", 1234), ("0.05", 5), ("7", 700), ("1.500", 150), ("007", 700)] {
            assert_eq!(CENTS.parse(text), Ok(Amount(units)), "{text}");
        }
        assert_eq!(CENTS.show(Amount(1230)).to_string(), "12.30");
        assert_eq!(CENTS.show_signed(-5).to_string(), "-0.05");
        assert_eq!(Scale(0).show(Amount(7)).to_string(), "7");
    }

    #[test]
    fn what_is_not_a_plain_decimal_is_refused_by_kind() {
        for text in ["", ".", "1.", ".5", "+1", "1e3", "NaN", "inf", "1,000", " 1", "٣", "0x10", "--1", "-"] {
            assert!(matches!(CENTS.parse(text), Err(MoneyError::NotANumber { .. })), "{text}");
        }
        assert!(matches!(CENTS.parse("-1.00"), Err(MoneyError::Negative { .. })));
        assert!(matches!(CENTS.parse("1.005"), Err(MoneyError::TooManyDecimals { given: 3, allowed: 2, .. })));
        let huge = "9".repeat(40);
        assert!(matches!(CENTS.parse(&huge), Err(MoneyError::OutOfRange { .. })));
    }

    #[test]
    fn a_share_of_the_largest_amount_does_not_overflow() {
        let half = Share::from_millionths(500_000).unwrap();
        assert_eq!(Amount::MAX.share_down(half), Amount(u128::MAX / 2));
        assert_eq!(Amount(7).share_down(half), Amount(3));
    }

    #[test]
    fn decimals_of_the_library_agree_with_ours() {
        let amount = CENTS.amount(Decimal::new(1234, 2)).unwrap();
        assert_eq!(CENTS.decimal(amount), Some(Decimal::new(1234, 2)));
    }
}
