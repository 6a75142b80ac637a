//! Data to stdout, through one locked writer: lines for people, or one JSON object.
//!
//! A reader that went away ends the command quietly (see [`CliError::from_io`]).

use super::exit::CliError;
use serde::Serialize;
use std::io::{self, StdoutLock, Write};

/// Where data goes.
#[derive(Debug)]
pub struct Output {
    to: StdoutLock<'static>,
    json: bool,
}

impl Output {
    /// Locks stdout for this command.
    #[must_use]
    pub fn new(json: bool) -> Self {
        Self { to: io::stdout().lock(), json }
    }

    /// Whether one JSON object is wanted instead of lines for people.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes a line.
    ///
    /// # Errors
    /// The reader went away, or the disk is full.
    pub fn line(&mut self, text: impl std::fmt::Display) -> Result<(), CliError> {
        writeln!(self.to, "{text}").and_then(|()| self.to.flush()).map_err(|error| CliError::from_io(&error))
    }

    /// Writes a value as one line of JSON.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string(value).map_err(|error| CliError::failed(error.to_string()))?;
        self.line(text)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
