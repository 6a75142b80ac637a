//! `oikos ledger export DIR --out FOLDER`: the book as tables.

use super::super::exit::{CliError, Exit};
use super::super::output::Output;
use super::super::progress;
use super::prove::no_folder;
use clap::Args;
use oikos::care::Folder;
use oikos::care::export::{ExportError, Exported, Form, export};
use oikos::text::count;
use serde_json::json;
use std::path::PathBuf;

/// Write transfers, accounts and balances as tables
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The folder of the economy, or of a run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where the tables go; the files must not be there yet
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// In which form
    #[arg(long, value_enum, default_value = "parquet")]
    format: Form,
}

impl ExportArgs {
    /// Exports.
    ///
    /// # Errors
    /// 2 where there is no journal or a table is there already, 3 where the journal is damaged.
    pub fn run(self, mut output: Output) -> Result<Exit, CliError> {
        let folder = Folder::open(&self.folder).map_err(no_folder)?;
        std::fs::create_dir_all(&self.out)
            .map_err(|error| CliError::usage(format!("cannot make `{}`: {error}", self.out.display())))?;
        let bar = progress::bar(Some(0), "entries");
        let made = export(&folder, &self.out, self.format, &mut |seq, end| progress::at(&bar, seq, end));
        bar.finish_and_clear();
        let Exported { sequence, transfers, accounts, balances } = made.map_err(|error| match error {
            ExportError::Folder(error) => no_folder(error),
            ExportError::Walk(error) => CliError::disproved(error.to_string()).code("damaged"),
            ExportError::Disk(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                CliError::usage(format!("`{}` holds such tables already", self.out.display()))
            }
            error => CliError::from_error(error),
        })?;
        if output.is_json() {
            output
                .json(&json!({"out": self.out, "sequence": sequence, "transfers": transfers, "accounts": accounts,
                "balances": balances}))?;
        } else {
            output.line(format!(
                "{}, {}, {} as of {sequence} in {}",
                count(transfers, "transfer"),
                count(accounts, "account"),
                count(balances, "balance"),
                self.out.display()
            ))?;
        }
        Ok(Exit::Done)
    }
}
