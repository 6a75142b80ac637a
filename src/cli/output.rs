//! Data to stdout: lines for people, or one JSON object. A reader that went away ends the command quietly.

use crate::cli::exit::CliError;
use serde::Serialize;
use std::io::Write;

/// Where data goes.
#[derive(Debug)]
pub struct Output {
    json: bool,
}

impl Output {
    /// For people, or as JSON.
    #[must_use]
    pub const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether JSON is wanted.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes a line.
    ///
    /// # Errors
    /// The reader went away.
    pub fn line(&mut self, text: &str) -> Result<(), CliError> {
        let mut to = std::io::stdout().lock();
        writeln!(to, "{text}").and_then(|()| to.flush()).map_err(CliError::from_error)
    }

    /// Writes a value as one line of JSON.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string(value).map_err(CliError::from_error)?;
        self.line(&text)
    }
}
