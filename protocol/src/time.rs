//! Time is data: nanoseconds that the sequencer wrote into an entry, never a clock that is read.

use crate::money::Share;
use core::fmt;
use serde::{Deserialize, Serialize};

/// A moment of economy time, in nanoseconds. Strictly increasing from entry to entry;
/// it stands still while the node is down, so that nobody defaults because of an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

/// A length of economy time, in nanoseconds (at most about 584 years).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub u64);

impl Timestamp {
    /// Before anything happened.
    pub const ZERO: Self = Self(0);
    /// A moment that never comes.
    pub const NEVER: Self = Self(u64::MAX);

    /// The moment `span` later; [`Timestamp::NEVER`] where that lies beyond the calendar.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// How long it is from `earlier` to here; zero if `earlier` is not earlier.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Span {
    /// A share of it, rounded down.
    #[must_use]
    pub const fn share_down(self, share: Share) -> Self {
        // No more than it was, so it fits.
        Self((self.0 as u128 * share.millionths() as u128 / Share::WHOLE as u128) as u64)
    }

    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `n` milliseconds, saturating.
    #[must_use]
    pub const fn millis(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000))
    }

    /// `n` seconds, saturating.
    #[must_use]
    pub const fn seconds(n: u64) -> Self {
        Self(n.saturating_mul(1_000_000_000))
    }

    /// `n` hours, saturating.
    #[must_use]
    pub const fn hours(n: u64) -> Self {
        Self::seconds(n.saturating_mul(3_600))
    }

    /// Reads `250ms`, `2s`, `5m`, `36h`, `7d` or a bare `0`: a whole number and its unit.
    ///
    /// # Errors
    /// [`SpanError`] names the text and what was expected.
    pub fn parse(text: &str) -> Result<Self, SpanError<'_>> {
        let bad = SpanError { text };
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| bad)?;
        let unit: u64 = match unit {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            _ => return Err(bad),
        };
        number.checked_mul(unit).map(Self).ok_or(bad)
    }
}

/// A text that is not a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a span of time; expected a whole number and a unit, such as `250ms`, `2s`, `5m`, `36h` or `7d`"
)]
pub struct SpanError<'a> {
    /// What was given.
    pub text: &'a str,
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NEVER {
            return f.write_str("never");
        }
        let (seconds, nanos) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        write!(f, "{seconds}.{nanos:09} s")
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [
            (86_400_000_000_000, "d"),
            (3_600_000_000_000, "h"),
            (60_000_000_000, "m"),
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (1_000, "us"),
        ] {
            if self.0 >= unit && self.0.is_multiple_of(unit) {
                return write!(f, "{}{name}", self.0 / unit);
            }
        }
        if self.0 == 0 { f.write_str("0") } else { write!(f, "{}ns", self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_span_is_read_as_it_is_printed() {
        for text in ["0", "1ns", "250ms", "2s", "5m", "36h", "7d"] {
            assert_eq!(Span::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_text_without_unit_a_sign_or_an_overflow_is_not_a_span() {
        for text in ["", "5", "-1s", "1.5s", "s", "99999999999d", "1 s", "1S"] {
            assert_eq!(Span::parse(text), Err(SpanError { text }), "{text}");
        }
    }
}
