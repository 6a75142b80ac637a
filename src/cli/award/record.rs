//! `oikos task record TASK --run DIR`: all that anyone needs to compute the award again.

use super::super::clear::Verdict;
use super::{AwardFailure, history, task_number};
use oikos_protocol::id::TaskId;
use std::io::Write;
use std::path::PathBuf;

/// Which award, and where it happened.
#[derive(Debug, Clone, clap::Args)]
pub struct RecordArgs {
    /// The task, such as `t7`
    #[arg(value_parser = task_number)]
    task: TaskId,
    /// The folder of a run or of a node
    #[arg(long, value_name = "DIR")]
    run: PathBuf,
}

impl RecordArgs {
    /// Prints the record, which is one JSON object for people too.
    ///
    /// # Errors
    /// [`AwardFailure`].
    pub fn run(&self, out: &mut impl Write) -> Result<Verdict, AwardFailure> {
        writeln!(out, "{}", history::record_of(self.task, &self.run)?.to_json())?;
        Ok(Verdict::Done)
    }
}
