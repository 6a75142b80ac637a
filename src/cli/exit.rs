//! How a command ends: 0 done, 1 refused or failed, 2 usage.

use oikos_protocol::wire::receipt::Refusal;
use std::error::Error;
use std::process::ExitCode;

/// A command that ended as it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
}

/// A command that did not.
#[derive(Debug)]
pub struct CliError {
    code: u8,
    /// For people.
    pub message: String,
}

impl CliError {
    /// An error with its causes, in one line.
    pub fn from_error(error: impl Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(because) = cause {
            message = format!("{message}: {because}");
            cause = because.source();
        }
        Self { code: 1, message }
    }

    /// An error in words.
    pub fn from_text(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// A mistake in the arguments.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        let code = serde_json::to_value(refusal.code).ok();
        let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or("refused");
        let field = if refusal.field.is_empty() { String::new() } else { format!(" at {}", refusal.field) };
        Self { code: 1, message: format!("{code}{field}: {}", refusal.message) }
    }
}

impl From<&CliError> for ExitCode {
    fn from(error: &CliError) -> Self {
        Self::from(error.code)
    }
}
