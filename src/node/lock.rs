//! One process a folder: a lock of the operating system on a file in it.
//!
//! Invariant: the lock goes with its holder, however that ends, so that no stale lock keeps a node from starting.
//! The process id inside is for people to read.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

/// The folder is this process's as long as this lives.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Why the folder is not ours.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another node runs on {folder} (process {pid})")]
    Taken {
        /// The folder.
        folder: String,
        /// The other process, as it wrote of itself.
        pid: String,
    },
    /// The disk refused.
    #[error("the folder cannot be locked")]
    Storage(#[from] io::Error),
}

impl FolderLock {
    /// Takes the folder.
    ///
    /// # Errors
    /// [`LockError::Taken`] while another process holds it.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join("lock");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                let _ = file.read_to_string(&mut pid); // Only to name it.
                let pid = pid.trim().chars().filter(char::is_ascii_digit).collect();
                return Err(LockError::Taken { folder: folder.display().to_string(), pid });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_holder_and_is_free_when_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let held = FolderLock::take(folder.path()).unwrap();
        let pid = std::process::id().to_string();
        assert!(matches!(FolderLock::take(folder.path()), Err(LockError::Taken { pid: by, .. }) if by == pid));
        drop(held);
        assert!(FolderLock::take(folder.path()).is_ok());
    }
}
