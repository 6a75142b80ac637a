//! `oikos backup DIR --to PLACE`: a copy of an economy, also of one that runs.

use super::exit::{CliError, Exit};
use super::ledger::prove::no_folder;
use super::output::Output;
use super::progress;
use clap::Args;
use oikos::care::Folder;
use oikos::care::backup::{BackupError, Manifest, backup};
use oikos::text::count;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Copy an economy's folder, also while its node runs
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The folder of the economy
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Where it goes: a folder that is not there yet, or one file where the name ends in `.tar`
    #[arg(long, value_name = "PLACE")]
    to: PathBuf,
}

/// What stands in the one object that `--json` prints.
#[derive(Debug, Serialize)]
pub struct Done<'a> {
    /// Where the copy is.
    pub at: &'a Path,
    /// The economy.
    pub economy: &'a str,
    /// The last entry in it.
    pub sequence: u64,
    /// The digest of the state behind it.
    pub digest: String,
    /// The root of the tree of outcomes.
    pub root: String,
    /// How many files.
    pub files: usize,
    /// How many bytes they have.
    pub bytes: u64,
}

impl<'a> Done<'a> {
    /// What a list of files says.
    #[must_use]
    pub fn of(manifest: &'a Manifest, at: &'a Path) -> Self {
        Self {
            at,
            economy: &manifest.economy,
            sequence: manifest.sequence,
            digest: manifest.digest.to_string(),
            root: manifest.root.to_string(),
            files: manifest.files.len(),
            bytes: manifest.files.iter().map(|listed| listed.bytes).sum(),
        }
    }

    /// Tells it.
    ///
    /// # Errors
    /// The reader went away.
    pub fn tell(&self, what: &str, output: &mut Output) -> Result<(), CliError> {
        if output.is_json() {
            return output.json(self);
        }
        let Self { at, economy, sequence, digest, files, bytes, .. } = self;
        let (at, files) = (at.display(), count(files, "file"));
        output.line(format!("{economy} {what} {at} · {files}, {bytes} bytes · audited up to {sequence}"))?;
        output.line(format!("digest {digest}"))
    }
}

impl BackupArgs {
    /// Backs up.
    ///
    /// # Errors
    /// 2 where there is no economy or the place is taken, 3 where the folder is not sound.
    pub fn run(self, mut output: Output) -> Result<Exit, CliError> {
        let folder = Folder::open(&self.folder).map_err(no_folder)?;
        let bar = progress::bar(Some(0), "entries");
        let made = backup(&folder, &self.to, &mut |seq, end| progress::at(&bar, seq, end));
        bar.finish_and_clear();
        let manifest = made.map_err(|error| match error {
            BackupError::Folder(error) => no_folder(error),
            BackupError::NoNode { .. } | BackupError::Taken { .. } => CliError::usage(error.to_string()),
            BackupError::NotSound(_) => CliError::disproved(error.to_string()).code("not_sound"),
            error => CliError::from_error(error),
        })?;
        Done::of(&manifest, &self.to).tell("copied to", &mut output)?;
        Ok(Exit::Done)
    }
}
