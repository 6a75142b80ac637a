//! `oikos ledger checkpoint`: what the book is, signed, as a file to give to anybody.

use super::super::exit::{CliError, Exit};
use super::super::output::Output;
use super::super::progress;
use super::prove::{failure, no_folder};
use clap::Args;
use oikos::care::Folder;
use oikos::care::{document, prove};
use std::path::PathBuf;

/// Print a signed checkpoint, against which proofs are verified
#[derive(Debug, Args)]
pub struct CheckpointArgs {
    /// The folder of the economy, or of a run
    #[arg(long, default_value = "./oikos-data", value_name = "DIR")]
    data: PathBuf,
    /// Behind the entry of this sequence [default: one that covers everything]
    #[arg(long, value_name = "SEQUENCE")]
    at: Option<u64>,
}

impl CheckpointArgs {
    /// Prints the checkpoint.
    ///
    /// # Errors
    /// 2 where there is no book, 3 where the journal is damaged.
    pub fn run(self, mut output: Output) -> Result<Exit, CliError> {
        let folder = Folder::open(&self.data).map_err(no_folder)?;
        let bar = progress::bar(Some(0), "entries");
        let made = prove::checkpoint(&folder, self.at, &mut |seq, end| progress::at(&bar, seq, end));
        bar.finish_and_clear();
        output.line(document::write(&made.map_err(failure)?).trim_end())?;
        Ok(Exit::Done)
    }
}
