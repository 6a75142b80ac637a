//! What is asked: a text. What is delivered: the text with `[EMAIL]`, `[PHONE]` and `[IBAN]` in place of what was there.
//!
//! - An e-mail address is a run of letters, digits and `._+-`, an `@`, and a host of two or more labels of letters,
//!   digits and `-`, joined by dots; the longest such run, ASCII only. A last dot belongs to the sentence.
//! - A telephone number is a `+` and 9 to 15 digits, with at most one space or `-` between two of them; the whole run.
//! - A bank account is an IBAN of a country in [`IBAN_LENGTHS`], whole or in groups of four, whose check is right
//!   (ISO 13616: mod 97 is 1). With a wrong check it is just a number, and stays.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most bytes of a text.
pub(crate) const TEXT_BYTES_MAX: usize = 20_000;

/// How long an IBAN is, by country.
pub const IBAN_LENGTHS: [(&str, usize); 5] = [("AT", 20), ("DE", 22), ("ES", 24), ("FR", 27), ("NO", 15)];

/// The order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Letter {
    /// The text; it holds no placeholder yet.
    pub text: String,
}

/// The text without what was in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Redacted {
    /// The text with placeholders.
    pub text: String,
    /// How many of each.
    pub found: Counts,
}

/// How many of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// E-mail addresses.
    pub emails: u32,
    /// Telephone numbers.
    pub phones: u32,
    /// Bank accounts.
    pub ibans: u32,
}

/// A kind of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A bank account.
    Iban,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Email, Self::Phone, Self::Iban];

    /// What stands in its place.
    pub(crate) const fn placeholder(self) -> &'static str {
        match self {
            Self::Email => "[EMAIL]",
            Self::Phone => "[PHONE]",
            Self::Iban => "[IBAN]",
        }
    }
}

impl Counts {
    /// One more of this kind.
    pub(crate) const fn add(&mut self, kind: Kind) {
        let count = match kind {
            Kind::Email => &mut self.emails,
            Kind::Phone => &mut self.phones,
            Kind::Iban => &mut self.ibans,
        };
        *count += 1;
    }
}

impl Letter {
    /// Whether the order can be understood.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn checked(&self) -> Result<&str, String> {
        if self.text.len() > TEXT_BYTES_MAX {
            return Err(format!("a text of more than {TEXT_BYTES_MAX} bytes"));
        }
        if Kind::ALL.iter().any(|kind| self.text.contains(kind.placeholder())) {
            return Err("the text holds a placeholder already".to_owned());
        }
        Ok(&self.text)
    }
}
