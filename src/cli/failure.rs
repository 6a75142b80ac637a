//! What a person's command answers when it was not done: what, the code for programs, and the way out.

use super::voice::Voice;
use serde_json::json;
use std::io;

/// Why a command was not done.
#[derive(Debug)]
pub struct Failure {
    /// The exit code: 1 refused, 2 usage.
    exit: u8,
    /// Stable, for programs.
    code: String,
    message: String,
    hint: Option<String>,
    /// A reader that went away is no failure to talk about.
    quiet: bool,
}

impl Failure {
    /// The command was understood and not done.
    #[must_use]
    pub fn refused(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { exit: 1, code: code.into(), message: message.into(), hint: None, quiet: false }
    }

    /// The command was not understood.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: 2, ..Self::refused("usage", message) }
    }

    /// The same with the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Tells it, and gives the exit code.
    #[must_use]
    pub fn tell(&self, voice: Voice) -> u8 {
        if self.quiet {
            return 0;
        }
        let object = json!({"error": {"code": self.code, "message": self.message, "hint": self.hint}});
        // Where nobody reads, the exit code still tells.
        voice.object(&object).ok();
        voice.talk(&format!("error: {} ({})", super::voice::safe(&self.message), self.code)).ok();
        if let Some(hint) = &self.hint {
            voice.talk(&format!("hint: {hint}")).ok();
        }
        self.exit
    }
}

impl From<Failure> for super::exit::CliError {
    fn from(failure: Failure) -> Self {
        let Failure { exit, code, message, hint, .. } = failure;
        Self::new(exit, message).code(code).hint(hint)
    }
}

impl From<oikos_agents::Error> for Failure {
    fn from(why: oikos_agents::Error) -> Self {
        Self::refused(why.code(), why.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(why: io::Error) -> Self {
        let quiet = why.kind() == io::ErrorKind::BrokenPipe;
        Self { quiet, ..Self::refused("io", why.to_string()) }
    }
}
