//! `oikos restore BACKUP --to DIR`: an economy's folder from a copy.

use super::backup::Done;
use super::exit::{CliError, Exit};
use super::output::Output;
use super::progress;
use clap::Args;
use oikos::care::restore::{RestoreError, restore};
use std::path::PathBuf;

/// Restore an economy's folder from a backup
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// What `oikos backup` wrote: a folder or a `.tar`
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    /// The folder it becomes; empty, or not there yet
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

impl RestoreArgs {
    /// Restores.
    ///
    /// # Errors
    /// 2 where there is no backup or something is in the way, 3 where the backup was changed.
    pub fn run(self, mut output: Output) -> Result<Exit, CliError> {
        let bar = progress::bar(Some(0), "entries");
        let made = restore(&self.backup, &self.to, &mut |seq, end| progress::at(&bar, seq, end));
        bar.finish_and_clear();
        let manifest = made.map_err(|error| match error {
            RestoreError::NotEmpty { .. } => CliError::usage(error.to_string()).code("not_empty"),
            RestoreError::NoBackup { .. } => CliError::usage(error.to_string()).code("no_backup"),
            RestoreError::Changed { .. }
            | RestoreError::Archive(_)
            | RestoreError::NotSound(_)
            | RestoreError::OtherState { .. } => CliError::disproved(error.to_string()).code("not_sound"),
            error => CliError::from_error(error),
        })?;
        Done::of(&manifest, &self.to).tell("restored to", &mut output)?;
        Ok(Exit::Done)
    }
}
