//! Sums: money as a screen needs it, a number to draw and a decimal text to print.

use oikos_protocol::money::Scale;
use serde::{Serialize, Serializer};

/// An amount, or a difference, of some asset. In JSON it is a decimal text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// In minor units.
    pub units: i128,
    /// Decimals of its asset.
    pub scale: Scale,
}

impl Sum {
    /// `units` of an asset of this scale.
    #[must_use]
    pub const fn of(units: i128, scale: Scale) -> Self {
        Self { units, scale }
    }

    /// With at most three digits before a unit of thousands, for narrow columns: `12.3k`.
    #[must_use]
    pub fn short(&self) -> String {
        let unit = 10i128.pow(u32::from(self.scale.decimals())); // At most 10^18.
        let whole = self.units / unit;
        for (size, letter) in [(1_000_000_000_000, 'T'), (1_000_000_000, 'G'), (1_000_000, 'M'), (10_000, 'k')] {
            if whole.abs() >= size {
                let size = if letter == 'k' { 1_000 } else { size };
                return format!("{}.{}{letter}", whole / size, (whole % size).abs() * 10 / size);
            }
        }
        self.to_string()
    }
}

impl std::fmt::Display for Sum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.scale.show_signed(self.units).fmt(f)
    }
}

impl Serialize for Sum {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// A length of time as people say it, in at most two units: `1h 05m`, `42s`.
#[must_use]
pub fn lasting(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {:02}s", seconds % 60),
        (0, ..) => format!("{hours}h {minutes:02}m"),
        (..1_000, ..) => format!("{days}d {hours:02}h"),
        _ => format!("{days}d"),
    }
}

/// Millionths as a percentage without decimals: `75%`.
#[must_use]
pub fn percent(millionths: u32) -> String {
    format!("{}%", (u64::from(millionths) + 5_000) / 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_sum_is_said_shortly_and_a_small_one_exactly() {
        let cents = Scale::new(2).unwrap();
        let said = [1_234, 999_999, 1_234_567, 123_456_789, -5].map(|units| Sum::of(units, cents).short());
        assert_eq!(said, ["12.34", "9999.99", "12.3k", "1.2M", "-0.05"]);
    }

    #[test]
    fn a_length_of_time_is_said_in_at_most_two_units() {
        let said = [5, 65, 3_700, 90_000].map(|seconds| lasting(seconds * 1_000_000_000));
        assert_eq!(said, ["5s", "1m 05s", "1h 01m", "1d 01h"]);
    }
}
