//! A run's folder: which files it has, and who may write over it.
//!
//! A folder of the same configuration may be written again, since the same comes out. Another run's folder is
//! written over only when that is asked for, and one that is no run's folder never.

use super::manifest::Manifest;
use oikos_protocol::id::Hash32;
use std::io;
use std::path::{Path, PathBuf};

/// The manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// The journal's folder.
pub const JOURNAL: &str = "journal";
/// The steps of a single run.
pub const METRICS: &str = "metrics.csv";
/// The checks of a single run.
pub const CHECKS: &str = "checks.json";
/// The runs of a series.
pub const RUNS: &str = "runs.csv";

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
        for file in [MANIFEST, METRICS, CHECKS, RUNS] {
            folder.remove(file, |path| std::fs::remove_file(path))?;
        }
        folder.remove(JOURNAL, |path| std::fs::remove_dir_all(path))?;
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

    fn remove(&self, file: &str, remove: impl Fn(&Path) -> io::Result<()>) -> Result<(), FolderError> {
        let path = self.join(file);
        match remove(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FolderError::Disk { path, error }),
            _ => Ok(()),
        }
    }
}
