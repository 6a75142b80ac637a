//! Integers of 64 and 128 bits as decimal texts in JSON, because a reader in another language may
//! hold its numbers in 53 bits; as plain integers in binary. For `#[serde(with = "crate::decimal")]`.

use crate::id::{AccountId, TransferId};
use crate::time::Timestamp;
use alloc::format;
use core::fmt;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serializer};

/// A value that is one unsigned integer of 64 or 128 bits.
pub trait Wide: Copy {
    /// How many bits it has: 64 or 128.
    const BITS: u32;
    /// Its value.
    fn get(self) -> u128;
    /// The value of at most [`Wide::BITS`] bits.
    fn of(value: u128) -> Self;
}

macro_rules! wide {
    ($($kind:ty: $inner:ty, $get:expr, $of:expr;)*) => {$(
        impl Wide for $kind {
            const BITS: u32 = <$inner>::BITS;
            fn get(self) -> u128 {
                let get: fn($kind) -> $inner = $get;
                get(self) as u128
            }
            fn of(value: u128) -> Self {
                let of: fn($inner) -> $kind = $of;
                of(value as $inner)
            }
        }
    )*};
}

wide! {
    u64: u64, |n| n, |n| n;
    u128: u128, |n| n, |n| n;
    AccountId: u128, |id| id.0, AccountId;
    TransferId: u128, |id| id.0, TransferId;
    Timestamp: u64, |t| t.0, Timestamp;
}

/// Writes `value` as a decimal text where people read, as an integer elsewhere.
///
/// # Errors
/// Those of the format.
pub fn serialize<T: Wide, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() {
        to.collect_str(&value.get())
    } else if T::BITS == 64 {
        to.serialize_u64(value.get() as u64)
    } else {
        to.serialize_u128(value.get())
    }
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// Where a text is not a whole number that fits; those of the format.
pub fn deserialize<'de, T: Wide, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    if from.is_human_readable() {
        from.deserialize_str(Text { bits: T::BITS }).map(T::of)
    } else if T::BITS == 64 {
        u64::deserialize(from).map(|value| T::of(u128::from(value)))
    } else {
        u128::deserialize(from).map(T::of)
    }
}

struct Text {
    bits: u32,
}

impl Visitor<'_> for Text {
    type Value = u128;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number of at most {} bits as a decimal text", self.bits)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u128, E> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let value = if digits { text.parse::<u128>().ok() } else { None };
        value.filter(|value| self.bits == 128 || *value <= u128::from(u64::MAX)).ok_or_else(|| {
            E::custom(format!(
                "`{}` is not a whole number of at most {} bits",
                text.chars().take(48).collect::<alloc::string::String>().escape_debug(),
                self.bits
            ))
        })
    }
}
