//! A folder with a journal in it: a node's, a run's, or the journal alone.
//!
//! Invariant: opening changes nothing in it, and works while a node runs on it.

use crate::node::folder::Identity;
use oikos_bus::identity::nkey::{KeyPair, PublicKey};
use oikos_journal::{FileStorage, Report, Storage, Verdict, check_storage};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How often a look at a running node's journal is taken again before what looks damaged is called so.
const LOOKS: u32 = 5;
/// How long a write may take to come to its end between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// A folder, opened to be read.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    storage: Arc<dyn Storage>,
    identity: Option<Identity>,
}

/// Why a folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Neither a node's folder, nor a run's, nor a journal.
    #[error("there is no journal in `{path}`")]
    NoJournal {
        /// The folder.
        path: String,
    },
    /// `economy.json` is not what was written.
    #[error("`{path}/economy.json` is not what was written there")]
    Identity {
        /// The folder.
        path: String,
    },
    /// The disk refused.
    #[error("`{path}` cannot be read")]
    Disk {
        /// What.
        path: String,
        /// What the disk said.
        #[source]
        source: io::Error,
    },
}

impl Folder {
    /// Opens the folder at `root`.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn open(root: &Path) -> Result<Self, FolderError> {
        let shown = || root.display().to_string();
        let inside = root.join("journal");
        let journal = if inside.is_dir() { inside } else { root.to_owned() };
        let storage = FileStorage::existing(&journal).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => FolderError::NoJournal { path: shown() },
            _ => FolderError::Disk { path: journal.display().to_string(), source },
        })?;
        let names = storage.list().map_err(|source| FolderError::Disk { path: shown(), source })?;
        if !names.iter().any(|name| name.ends_with(".segment")) {
            return Err(FolderError::NoJournal { path: shown() });
        }
        let identity = match fs::read(root.join("economy.json")) {
            Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|_| FolderError::Identity { path: shown() })?),
            Err(_) => None,
        };
        Ok(Self { root: root.to_owned(), storage: Arc::new(storage), identity })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where its journal is.
    #[must_use]
    pub fn storage(&self) -> Arc<dyn Storage> {
        Arc::clone(&self.storage)
    }

    /// Which economy it is; none for a run or a bare journal.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The node's key, where it is here and may be read.
    #[must_use]
    pub fn key(&self) -> Option<KeyPair> {
        let text = fs::read_to_string(self.root.join("node.nk")).ok()?;
        KeyPair::from_seed(text.trim()).ok()
    }

    /// The public half of the node's key.
    #[must_use]
    pub fn public_key(&self) -> Option<PublicKey> {
        self.key().map(|key| key.public())
    }

    /// Whether a node runs on it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        let Ok(file) = File::open(self.root.join("lock")) else { return false };
        // A shared lock, held for this moment alone.
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    /// Checks every byte, and says how far the journal can be read and trusted.
    ///
    /// A look at a file that is being written may see a later write and miss an earlier one, so that what looks
    /// damaged beside a running node is looked at again.
    ///
    /// # Errors
    /// What the disk said.
    pub fn check(&self) -> Result<Report, FolderError> {
        let disk = |source| FolderError::Disk { path: self.root.display().to_string(), source };
        let mut report = check_storage(&self.storage).map_err(disk)?;
        for _ in 1..LOOKS {
            if !matches!(report.verdict, Verdict::Damaged(_)) || !self.is_running() {
                break;
            }
            thread::sleep(PAUSE);
            report = check_storage(&self.storage).map_err(disk)?;
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::lock::FolderLock;
    use oikos_journal::{Journal, Options};

    #[test]
    fn a_folder_without_a_journal_is_none_and_one_with_a_node_on_it_is_running() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(Folder::open(folder.path()), Err(FolderError::NoJournal { .. })));
        assert!(matches!(Folder::open(&folder.path().join("none")), Err(FolderError::NoJournal { .. })));
        let storage = Arc::new(FileStorage::create_in(folder.path().join("journal")).unwrap());
        drop(Journal::open(storage, Options::simulation([1; 16])).unwrap());
        let opened = Folder::open(folder.path()).unwrap();
        assert!(!opened.is_running());
        let held = FolderLock::take(folder.path()).unwrap();
        assert!(opened.is_running());
        drop(held);
        assert!(!opened.is_running());
        assert!(matches!(opened.check().unwrap().verdict, Verdict::Open));
    }
}
