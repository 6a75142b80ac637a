//! How the commands of people speak: data to standard output, talk to standard error, nothing of a stranger's raw.
//!
//! Invariants: with `--json` standard output holds JSON and nothing else; no character that steers a terminal (control
//! characters, overrides of direction, invisible ones) reaches it unescaped; a reader that goes away ends the command
//! quietly.

pub use oikos::text::safe;
use oikos::text::steers;
use serde_json::Value;
use std::io::{self, Write as _};

/// Where words go.
#[derive(Debug, Clone, Copy)]
pub struct Voice {
    /// JSON for programs instead of words for people.
    pub json: bool,
}

impl Voice {
    /// A line of data for people; nothing with `--json`.
    ///
    /// # Errors
    /// Where standard output is gone.
    pub fn data(self, line: &str) -> io::Result<()> {
        if self.json { Ok(()) } else { writeln!(io::stdout().lock(), "{line}") }
    }

    /// One JSON object for programs; nothing without `--json`.
    ///
    /// # Errors
    /// Where standard output is gone.
    pub fn object(self, value: &Value) -> io::Result<()> {
        if self.json { writeln!(io::stdout().lock(), "{}", safe_json(value)) } else { Ok(()) }
    }

    /// A line that is no data; nothing with `--json`.
    ///
    /// # Errors
    /// Where standard error is gone.
    pub fn talk(self, line: &str) -> io::Result<()> {
        if self.json { Ok(()) } else { writeln!(io::stderr().lock(), "{line}") }
    }
}

/// A JSON value of a stranger's as JSON that steers no terminal: the same value to whoever reads it.
#[must_use]
pub fn safe_json(value: &Value) -> String {
    let text = value.to_string();
    let mut safe = String::with_capacity(text.len());
    // Outside of strings JSON has no such characters, and within them `\uXXXX` is the same character.
    for c in text.chars() {
        if steers(c) {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| safe.push_str(&format!("\\u{unit:04x}")));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same_value() {
        let value = Value::from("\u{1b}[2J\u{9b}\u{202e}\u{e0041}é\u{7f}");
        let text = safe_json(&value);
        assert!(text.chars().all(|c| !steers(c)), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
