//! What can go wrong between an agent and its economy, apart by what can be done about it.

use oikos_bus::BusError;
use oikos_bus::identity::nkey::NkeyError;
use oikos_protocol::id::CommandId;
use oikos_protocol::wire::receipt::{Refusal, WireRejection};

/// Why the economy did not do as asked, or could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command was sequenced and refused: it will never be done under this id.
    #[error("{}", .0.message)]
    Rejected(WireRejection),
    /// The message was refused before it was sequenced: nothing happened.
    #[error("{}", .0.message)]
    Refused(Box<Refusal>),
    /// Nobody answered in time, and it is not known whether the command was done. Asked again under the same id it is
    /// done at most once.
    #[error("no answer to command {id}; it may have been done")]
    InDoubt {
        /// The command's id.
        id: CommandId,
    },
    /// Nobody answered in time, and the command was certainly not done.
    #[error("no economy answers there")]
    Unanswered,
    /// The bus is not there or refuses us.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// A key cannot be made or read.
    #[error(transparent)]
    Key(#[from] NkeyError),
    /// A file of a key cannot be read or written.
    #[error("{}: {why}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// The economy answered with something that this version does not read.
    #[error("the economy's answer cannot be read: {0}")]
    BadAnswer(String),
    /// What was to be sent is no valid message.
    #[error("{0}")]
    BadRequest(String),
    /// Content that is not what its hash says, or of a kind that was not expected.
    #[error("content {hash}: {why}")]
    Content {
        /// Its hash.
        hash: oikos_protocol::id::Hash32,
        /// What is wrong with it.
        why: String,
    },
    /// A task ended without a deliverable.
    #[error("task {task} ended as {phase}, and nothing was delivered")]
    NothingDelivered {
        /// Which.
        task: oikos_protocol::id::TaskId,
        /// How it ended.
        phase: oikos_protocol::event::task::Phase,
    },
    /// An input, or a deliverable, that its domain does not describe.
    #[error("the {what} does not fit {misfit}")]
    DoesNotFit {
        /// `input` or `deliverable`.
        what: &'static str,
        /// Where, and why.
        misfit: crate::domain::Misfit,
    },
    /// Whoever asks has not joined this economy.
    #[error("key of `{name}` has not joined this economy")]
    NotJoined {
        /// The name it goes by.
        name: String,
    },
}

impl Error {
    /// The stable code that a program can act upon, such as `bid.above_reserve` or `busy`.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::Rejected(why) => why.code.clone(),
            Self::Refused(why) => {
                let code = serde_json::to_value(why.code).ok();
                code.and_then(|code| code.as_str().map(str::to_owned)).unwrap_or_default()
            }
            Self::InDoubt { .. } => "in_doubt".to_owned(),
            Self::Unanswered => "unanswered".to_owned(),
            Self::Bus(_) => "bus".to_owned(),
            Self::Key(_) | Self::File { .. } => "key".to_owned(),
            Self::BadAnswer(_) => "bad_answer".to_owned(),
            Self::BadRequest(_) => "bad_request".to_owned(),
            Self::Content { .. } => "content".to_owned(),
            Self::NothingDelivered { .. } => "nothing_delivered".to_owned(),
            Self::DoesNotFit { .. } => "does_not_fit".to_owned(),
            Self::NotJoined { .. } => "not_joined".to_owned(),
        }
    }
}
