//! What is asked: a form's rules and what was filled in. What is delivered: what is wrong with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filled {
    /// The form, each name once.
    pub fields: Vec<Field>,
    /// What was filled in, each name once.
    pub entries: Vec<Entry>,
}

/// A field of the form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Whether it may not be left empty.
    pub required: bool,
    /// What belongs in it.
    pub kind: Kind,
}

/// What belongs in a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    /// A text of at most so many characters.
    Text {
        /// The most characters.
        chars_max: u32,
    },
    /// A whole number, written in digits, with a `-` where it is below zero.
    Number {
        /// The least.
        min: i32,
        /// The most.
        max: i32,
    },
    /// A day of the Gregorian calendar from 1900 to 2099, as `2026-11-25`.
    Date,
    /// One of these.
    Choice {
        /// What can be chosen.
        of: Vec<String>,
    },
    /// A date that is not before that of another field, where both are dates.
    NotBefore {
        /// The other field.
        field: String,
    },
}

/// What was filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Under which name.
    pub name: String,
    /// What.
    pub value: String,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Whether nothing is wrong.
    pub valid: bool,
    /// What is wrong: in the order of the fields, then of the entries that belong to no field. At most one a field.
    pub problems: Vec<Problem>,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// With which field.
    pub field: String,
    /// Which rule it breaks.
    pub rule: Rule,
}

/// A rule that can be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// It is required and empty, or not there.
    Missing,
    /// It has too many characters.
    TooLong,
    /// It is no whole number.
    NotANumber,
    /// It is below the least or above the most.
    OutOfRange,
    /// There is no such day, or it is not written like one.
    NotADate,
    /// It is not among what can be chosen.
    NotAChoice,
    /// It is before the date of the other field.
    TooEarly,
    /// The form has no such field.
    Unknown,
}

impl Filled {
    /// What was filled in under a name; nothing is the same as not being there.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.entries
            .iter()
            .find(|entry| entry.name == name)
            .map(|entry| entry.value.as_str())
            .filter(|value| !value.is_empty())
    }
}
