//! Why there is no answer about an award: a stable code, what was expected, an exit.

use oikos_protocol::id::TaskId;
use std::path::PathBuf;

/// A refusal, or something that was checked and is false.
#[derive(Debug, thiserror::Error)]
pub enum AwardFailure {
    /// The run has no journal that can be opened.
    #[error("{} is no folder of a run or a node with a `journal` in it: {reason}", path.display())]
    NoRun {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The journal is damaged, or does not apply.
    #[error("the journal of {} is not to be trusted: {reason}", path.display())]
    Damaged {
        /// The folder of the run.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// No task of this number took bids.
    #[error("task {task} never took bids in this run")]
    NoSuchTask {
        /// Which.
        task: TaskId,
    },
    /// A record file that cannot be read.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A record file of another task.
    #[error("the record is of task {found}, not of {task}")]
    OtherTask {
        /// Which was asked for.
        task: TaskId,
        /// Which it is of.
        found: TaskId,
    },
    /// A rule that needs a lot, and none was drawn.
    #[error("under `{mechanism}` a lot decides, and none was drawn for task {task}")]
    NoLot {
        /// Which.
        task: TaskId,
        /// The rule.
        mechanism: &'static str,
    },
    /// A rule that scores, and a task that announced no score.
    #[error("task {task} announced no score, so `{mechanism}` has nothing to count")]
    NoScore {
        /// Which.
        task: TaskId,
        /// The rule.
        mechanism: String,
    },
    /// The answer could not be written.
    #[error("the answer could not be written: {0}")]
    Unwritten(#[from] std::io::Error),
}

impl AwardFailure {
    /// Its stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoRun { .. } => "award.no_run",
            Self::Damaged { .. } => "award.journal_damaged",
            Self::NoSuchTask { .. } => "award.no_such_task",
            Self::Unreadable { .. } => "award.unreadable",
            Self::OtherTask { .. } => "award.other_task",
            Self::NoLot { .. } => "award.no_lot",
            Self::NoScore { .. } => "award.no_score",
            Self::Unwritten(_) => "award.unwritten",
        }
    }

    /// The exit of the process: 1 refused, 3 verified and false.
    #[must_use]
    pub const fn exit(&self) -> u8 {
        if matches!(self, Self::Damaged { .. }) { 3 } else { 1 }
    }
}
