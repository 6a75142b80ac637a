//! How a command ends: 0 done, 1 refused, rejected or failed, 2 usage, 3 verified and false.

use super::voice::safe_json;
use oikos_protocol::wire::receipt::Refusal;
use oikos_sim::scenario::mistake::Shown;
use serde_json::json;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// A command that answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// What was to be verified is false; the answer says what.
    False,
}

/// A command that could not answer.
#[derive(Debug)]
pub struct CliError {
    exit: u8,
    code: Option<String>,
    message: String,
    hint: Option<String>,
    /// The reader of the output went away: nobody is there to be told.
    is_quiet: bool,
}

impl CliError {
    /// An error that ends with `exit`.
    pub fn new(exit: u8, message: impl Into<String>) -> Self {
        Self { exit, code: None, message: message.into(), hint: None, is_quiet: false }
    }

    /// Something was asked for in a way that cannot be understood.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(2, message)
    }

    /// Something failed: a disk, a network.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(1, message)
    }

    /// Something that must hold does not.
    pub fn disproved(message: impl Into<String>) -> Self {
        Self::new(3, message)
    }

    /// The same, because of an error that says so.
    pub fn disproved_by(error: impl std::error::Error) -> Self {
        Self::disproved(error.to_string()).code("does_not_hold")
    }

    /// A failed read or write; a reader that went away is no failure.
    pub fn from_io(error: &io::Error) -> Self {
        Self { is_quiet: error.kind() == io::ErrorKind::BrokenPipe, ..Self::failed(error.to_string()) }
    }

    /// An error with its causes, in one line.
    pub fn from_error(error: impl std::error::Error) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(because) = cause {
            message = format!("{message}: {because}");
            cause = because.source();
        }
        Self::failed(message)
    }

    /// With a stable code.
    #[must_use]
    pub fn code(self, code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    /// With the way out.
    #[must_use]
    pub fn hint(self, hint: Option<impl Into<String>>) -> Self {
        Self { hint: hint.map(Into::into), ..self }
    }
}

impl From<Refusal> for CliError {
    fn from(refusal: Refusal) -> Self {
        let code = serde_json::to_value(refusal.code).ok();
        let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or("refused");
        let field = if refusal.field.is_empty() { String::new() } else { format!(" (at {})", refusal.field) };
        Self::failed(format!("{}{field}", refusal.message)).code(code)
    }
}

/// Tells how a command ended: people on standard error, programs by an object on standard output as well.
#[must_use]
pub fn end(ended: Result<Exit, CliError>, json: bool) -> ExitCode {
    match ended {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::False) => ExitCode::from(3),
        Err(error) if error.is_quiet => ExitCode::SUCCESS,
        Err(error) => {
            if json {
                let told = json!({"error": {"code": error.code, "message": error.message, "hint": error.hint}});
                // That nobody can be told is no reason for another ending.
                let _ = writeln!(io::stdout(), "{}", safe_json(&told));
            }
            let code = error.code.map_or(String::new(), |code| format!(" [{code}]"));
            let hint = error.hint.map_or(String::new(), |hint| format!("\nhint: {hint}"));
            let lines = error.message.lines().map(|line| Visible(line).to_string()).collect::<Vec<_>>();
            let _ = writeln!(io::stderr(), "error: {}{code}{hint}", lines.join("\n"));
            ExitCode::from(error.exit)
        }
    }
}

/// A line of which no character steers the terminal.
struct Visible<'a>(&'a str);

impl std::fmt::Display for Visible<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .chars()
            .try_for_each(|c| if c.is_control() { write!(f, "{}", Shown(&c.to_string())) } else { write!(f, "{c}") })
    }
}
