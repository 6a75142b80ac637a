//! A run's folder: which files it has, and who may write over it.
//!
//! A folder of the same configuration may be written again, since the same comes out. Another run's folder is
//! written over only when that is asked for, and one that is no run's folder never.

use super::manifest::Manifest;
use crate::report::{self, PLOTS, REPORT};
use crate::table;
use crate::table::parquet::TableError;
use crate::table::sheet::Sheet;
use oikos_protocol::id::Hash32;
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// The manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// The journal's folder.
pub const JOURNAL: &str = "journal";
/// The steps of a single run, in CSV.
pub const METRICS: &str = "metrics.csv";
/// The steps of a single run, in Parquet.
pub const METRICS_PARQUET: &str = "metrics.parquet";
/// How each task of a single run ended.
pub const TASKS: &str = "tasks.csv";
/// Who took part in a single run.
pub const PARTICIPANTS: &str = "participants.csv";
/// The checks of a single run.
pub const CHECKS: &str = "checks.json";
/// The runs of a series, in CSV.
pub const RUNS: &str = "runs.csv";
/// The runs of a series, in Parquet.
pub const RUNS_PARQUET: &str = "runs.parquet";
/// Every file that a run may write, the manifest apart.
const FILES: [&str; 8] = [METRICS, METRICS_PARQUET, TASKS, PARTICIPANTS, CHECKS, RUNS, RUNS_PARQUET, REPORT];

/// A file of a run's folder, as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its path in the folder, with `/`.
    pub file: String,
    /// How long it is.
    pub bytes: u64,
    /// Its BLAKE3 hash.
    pub hash: Hash32,
}

/// A run's folder, empty and ours.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It holds another run.
    #[error("`{}` holds the run of another configuration", .0.display())]
    AnotherRun(PathBuf),
    /// It holds something else.
    #[error("`{}` holds something that is no run", .0.display())]
    NoRun(PathBuf),
    /// The disk refused.
    #[error("cannot write `{}`: {error}", .path.display())]
    Disk {
        /// Which file or folder.
        path: PathBuf,
        /// What the disk said.
        error: io::Error,
    },
}

impl FolderError {
    /// The way out.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::AnotherRun(_) => Some("choose another folder with `--out`, or write over it with `--force`"),
            Self::NoRun(_) => Some("choose another folder with `--out`"),
            Self::Disk { .. } => None,
        }
    }
}

impl Folder {
    /// Makes the folder ready for the run of a configuration with this hash.
    ///
    /// # Errors
    /// Where it holds something that must not be lost.
    pub fn prepare(path: &Path, config_hash: Hash32, force: bool) -> Result<Self, FolderError> {
        let disk = |error| FolderError::Disk { path: path.to_owned(), error };
        let occupied = path.exists() && std::fs::read_dir(path).map_err(disk)?.next().is_some();
        if occupied {
            match Manifest::read(&path.join(MANIFEST)) {
                Ok(manifest) if force || manifest.config_hash == config_hash => {}
                Ok(_) => return Err(FolderError::AnotherRun(path.to_owned())),
                Err(_) => return Err(FolderError::NoRun(path.to_owned())),
            }
        }
        let folder = Self(path.to_owned());
        for file in std::iter::once(MANIFEST).chain(FILES) {
            folder.remove(file, |path| std::fs::remove_file(path))?;
        }
        folder.remove(JOURNAL, |path| std::fs::remove_dir_all(path))?;
        folder.remove(PLOTS, |path| std::fs::remove_dir_all(path))?;
        std::fs::create_dir_all(path).map_err(disk)?;
        Ok(folder)
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    #[must_use]
    pub fn join(&self, file: &str) -> PathBuf {
        self.0.join(file)
    }

    /// Writes a file whole: under another name first, so that no half of it is ever seen.
    ///
    /// # Errors
    /// What the disk said.
    pub fn write(&self, file: &str, bytes: &[u8]) -> Result<(), FolderError> {
        let (path, new) = (self.join(file), self.join(&format!("{file}.new")));
        let written = std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, &path));
        written.map_err(|error| FolderError::Disk { path, error })
    }

    /// Writes a sheet in CSV and in Parquet, where a name for it is given.
    ///
    /// # Errors
    /// What the disk said, or what the table said.
    pub fn write_sheet(&self, csv: &str, parquet: Option<&str>, sheet: &dyn Sheet) -> Result<(), FolderError> {
        let failed =
            |file: &str, error: TableError| FolderError::Disk { path: self.join(file), error: io::Error::other(error) };
        let mut bytes = Vec::new();
        table::csv::write(&mut bytes, sheet).map_err(|error| failed(csv, error))?;
        self.write(csv, &bytes)?;
        if let Some(parquet) = parquet {
            bytes.clear();
            table::parquet::write(&mut bytes, sheet).map_err(|error| failed(parquet, error))?;
            self.write(parquet, &bytes)?;
        }
        Ok(())
    }

    /// Writes the report of what the folder holds, and its plots.
    ///
    /// # Errors
    /// What the disk said, or there is nothing to report.
    pub fn write_report(&self) -> Result<(), FolderError> {
        let made = report::of_folder(&self.0);
        let (page, plots) =
            made.map_err(|error| FolderError::Disk { path: self.join(REPORT), error: io::Error::other(error) })?;
        let folder = self.join(PLOTS);
        std::fs::create_dir_all(&folder).map_err(|error| FolderError::Disk { path: folder, error })?;
        plots.iter().try_for_each(|(file, svg)| self.write(file, svg.as_bytes()))?;
        self.write(REPORT, page.as_bytes())
    }

    /// Every file that is there, journal and manifest apart, with its hash, by name.
    ///
    /// # Errors
    /// What the disk said.
    pub fn list(&self) -> Result<Vec<Listed>, FolderError> {
        let mut files: Vec<String> = FILES.iter().map(|file| (*file).to_owned()).collect();
        if let Ok(plots) = std::fs::read_dir(self.join(PLOTS)) {
            let names = plots.flatten().filter_map(|plot| plot.file_name().into_string().ok());
            files.extend(names.map(|name| format!("{PLOTS}/{name}")));
        }
        files.sort_unstable();
        let mut listed = Vec::with_capacity(files.len());
        for file in files {
            let path = self.join(&file);
            match std::fs::read(&path) {
                Ok(bytes) => listed.push(Listed { file, bytes: bytes.len() as u64, hash: Hash32::of(&bytes) }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(FolderError::Disk { path, error }),
            }
        }
        Ok(listed)
    }

    fn remove(&self, file: &str, remove: impl Fn(&Path) -> io::Result<()>) -> Result<(), FolderError> {
        let path = self.join(file);
        match remove(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FolderError::Disk { path, error }),
            _ => Ok(()),
        }
    }
}
