//! Why `oikos clear` has no answer: a stable code, a message that names the field, an exit.

use oikos_market::mechanism::ClearError;
use oikos_market::mechanism::bundles::ProposalError;
use oikos_market::toolbox::ToolError;
use std::path::PathBuf;

/// A refusal, with what a person needs to put it right.
#[derive(Debug, thiserror::Error)]
pub enum ClearFailure {
    /// The command line does not fit together.
    #[error("{message}")]
    Usage {
        /// What was expected.
        message: String,
    },
    /// A file that cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file larger than is read.
    #[error("{} is larger than {allowed} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// How large it may be.
        allowed: u64,
    },
    /// A file that is not what it should be.
    #[error("{}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Which field or line, and what was expected.
        message: String,
    },
    /// Bids that the mechanism does not clear.
    #[error("{0}")]
    Refused(#[from] ClearError),
    /// An allocation that its own checker refuses: a fault of the solver.
    #[error("the solver's own allocation is refused: {0}")]
    Unsound(#[from] ProposalError),
    /// Numbers that a tool does not take.
    #[error("{0}")]
    Tool(#[from] ToolError),
    /// The answer could not be written.
    #[error("the answer could not be written: {0}")]
    Unwritten(#[from] std::io::Error),
}

impl ClearFailure {
    pub(super) const fn usage(message: String) -> Self {
        Self::Usage { message }
    }

    /// Its stable name for programs.
    #[must_use]
    pub fn code(&self) -> String {
        let name = match self {
            Self::Usage { .. } => "usage",
            Self::Unreadable { .. } => "unreadable",
            Self::TooLarge { .. } => "file_too_large",
            Self::Malformed { .. } => "malformed",
            Self::Refused(error) => error.code(),
            Self::Unsound(_) => "unsound",
            Self::Tool(ToolError::Shape { .. }) => "shape",
            Self::Tool(ToolError::Range { .. }) => "range",
            Self::Unwritten(_) => "unwritten",
        };
        format!("clear.{name}")
    }

    /// The exit of the process: 1 refused, 2 usage.
    #[must_use]
    pub const fn exit(&self) -> u8 {
        if matches!(self, Self::Usage { .. }) { 2 } else { 1 }
    }
}
