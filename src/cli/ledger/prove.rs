//! `oikos ledger prove TRANSFER`: that it stands in the book, as a file to give to anybody.

use super::super::exit::{CliError, Exit};
use super::super::output::Output;
use super::super::progress;
use clap::Args;
use oikos::care::Folder;
use oikos::care::document::{self, Checkpoint};
use oikos::care::folder::FolderError;
use oikos::care::prove::{ProveError, Wanted, prove};
use oikos::care::walk::WalkError;
use std::path::{Path, PathBuf};

/// Prove that a transfer or a payment stands in the book
#[derive(Debug, Args)]
pub struct ProveArgs {
    /// A transfer's id, an event's number such as `41.0`, or `seq:41` for the one payment of that entry
    #[arg(value_name = "TRANSFER")]
    wanted: Wanted,
    /// The folder of the economy, or of a run
    #[arg(long, default_value = "./oikos-data", value_name = "DIR")]
    data: PathBuf,
    /// Prove it for this checkpoint [default: the newest one that covers it]
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

impl ProveArgs {
    /// Prints the proof.
    ///
    /// # Errors
    /// 3 where it is not in the book, 2 where there is no book.
    pub fn run(self, mut output: Output) -> Result<Exit, CliError> {
        let checkpoint: Option<Checkpoint> = match &self.checkpoint {
            Some(path) => Some(document::read(&bytes(path)?, "the checkpoint").map_err(CliError::disproved_by)?),
            None => None,
        };
        let folder = Folder::open(&self.data).map_err(no_folder)?;
        let bar = progress::bar(Some(0), "entries");
        let proof = prove(&folder, self.wanted, checkpoint.as_ref(), &mut |seq, end| progress::at(&bar, seq, end));
        bar.finish_and_clear();
        output.line(document::write(&proof.map_err(failure)?).trim_end())?;
        Ok(Exit::Done)
    }
}

/// A file's bytes.
///
/// # Errors
/// Usage, where there is none.
pub fn bytes(path: &Path) -> Result<Vec<u8>, CliError> {
    std::fs::read(path).map_err(|error| CliError::usage(format!("cannot read `{}`: {error}", path.display())))
}

/// Why a folder cannot be read, and how the command ends.
pub fn no_folder(error: FolderError) -> CliError {
    match error {
        FolderError::NoJournal { .. } => {
            CliError::usage(error.to_string()).code("no_journal").hint(Some(crate::cli::journal::WHERE))
        }
        error => CliError::from_error(error),
    }
}

/// Why there is no proof, and how the command ends.
pub fn failure(error: ProveError) -> CliError {
    let message = error.to_string();
    match error {
        ProveError::Folder(error) => no_folder(error),
        ProveError::NotInTheBook { .. } => CliError::disproved(message).code("not_in_the_book"),
        ProveError::Walk(WalkError::Read(_)) => CliError::failed(message),
        ProveError::Walk(WalkError::Fault(_)) | ProveError::Damaged(_) => {
            CliError::disproved(message).code("damaged").hint(Some("oikos ledger audit says what else holds"))
        }
        ProveError::OtherBook { .. } => CliError::disproved(message).code("other_book"),
        ProveError::TooEarly { .. } => CliError::new(1, message)
            .code("too_early")
            .hint(Some("print a newer one with `oikos ledger checkpoint`, or leave --checkpoint out")),
        ProveError::Ambiguous { .. } => CliError::usage(message).code("ambiguous"),
        ProveError::NoKey { .. } => {
            CliError::new(1, message).code("no_key").hint(Some("let the node make one: `oikos snapshot DIR`"))
        }
    }
}
