//! The folder of a demo: one that was named stays, one that was made for it is removed with everything in it.
//!
//! Invariants: a folder that was made has a lock in it before it has its name, and its demo holds that lock to the end; so
//! whoever finds a folder of that name whose lock is free knows that its demo was killed. A demo that starts removes
//! those of its own user, and nothing else.

use crate::node::folder::random;
use crate::node::lock::{FolderLock, LockError};
use data_encoding::HEXLOWER;
use std::fs::{DirBuilder, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

/// Folders that are made begin with this; a random number follows.
const NAMED: &str = "oikos-demo-";
/// Bytes of that number.
const NUMBER_BYTES: usize = 8;

/// Where a demo keeps its journal, content and keys.
#[derive(Debug)]
pub struct DemoFolder {
    path: PathBuf,
    /// Of a folder that was made, and goes again.
    made: Option<FolderLock>,
}

impl DemoFolder {
    /// This folder, which stays; where none is named a new one among the system's temporary files. What demos that were
    /// killed left there is removed.
    ///
    /// # Errors
    /// What the disk said; also where the named folder holds something already.
    pub fn take(keep: Option<&Path>) -> io::Result<Self> {
        let Some(path) = keep else {
            let made = Self::made_in(&std::env::temp_dir())?;
            sweep(&made.path);
            return Ok(made);
        };
        if path.join("data").exists() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a demo in it already"));
        }
        // Keys are in it: nobody else may look.
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Ok(Self { path: path.to_owned(), made: None })
    }

    fn made_in(temporary: &Path) -> io::Result<Self> {
        let number = HEXLOWER.encode(&random::<NUMBER_BYTES>().map_err(io::Error::other)?);
        let (unnamed, path) = (temporary.join(format!(".{NAMED}{number}")), temporary.join(format!("{NAMED}{number}")));
        DirBuilder::new().mode(0o700).create(&unnamed)?;
        let locked = FolderLock::take(&unnamed).map_err(io::Error::other);
        let named = locked.and_then(|lock| std::fs::rename(&unnamed, &path).map(|()| lock));
        match named {
            Ok(lock) => Ok(Self { path, made: Some(lock) }),
            Err(error) => {
                let _ = std::fs::remove_dir_all(&unnamed); // Why it could not be made matters more.
                Err(error)
            }
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it stays.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.made.is_none()
    }

    /// The node's.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// The keys': what `OIKOS_HOME` is to be to take part.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.path.join("home")
    }
}

impl Drop for DemoFolder {
    fn drop(&mut self) {
        // The lock is let go after this.
        if self.made.is_some()
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, folder = %self.path.display(), "a temporary folder could not be removed");
        }
    }
}

/// Removes what killed demos left beside this folder.
fn sweep(ours: &Path) {
    let (Some(temporary), Ok(mine)) = (ours.parent(), ours.symlink_metadata()) else { return };
    let Ok(entries) = std::fs::read_dir(temporary) else { return };
    for entry in entries.flatten() {
        let Ok(found) = entry.path().symlink_metadata() else { continue };
        if is_a_demos(&entry.file_name().to_string_lossy(), &found, &mine)
            && let Err(error) = remove(&entry.path())
        {
            tracing::debug!(%error, folder = %entry.path().display(), "a demo's folder stays");
        }
    }
}

/// Whether a demo of the same user made it: no link, seen by its owner alone, and named like one.
fn is_a_demos(name: &str, found: &Metadata, mine: &Metadata) -> bool {
    let number = name.strip_prefix(NAMED).and_then(|number| HEXLOWER.decode(number.as_bytes()).ok());
    number.is_some_and(|number| number.len() == NUMBER_BYTES)
        && found.is_dir()
        && found.uid() == mine.uid()
        && found.mode() & 0o777 == 0o700
}

/// Removes a folder whose lock nobody holds. One without a lock is on its way out, or none of ours.
fn remove(folder: &Path) -> Result<(), LockError> {
    if !folder.join("lock").symlink_metadata()?.is_file() {
        return Ok(());
    }
    let _held = FolderLock::take(folder)?;
    Ok(std::fs::remove_dir_all(folder)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_made_is_gone_and_one_that_was_named_stays() {
        let made = DemoFolder::take(None).unwrap();
        let path = made.path().to_owned();
        std::fs::create_dir(made.data()).unwrap();
        drop(made);
        assert!(!path.exists());
        let named = tempfile::tempdir().unwrap();
        let kept = DemoFolder::take(Some(named.path())).unwrap();
        std::fs::create_dir(kept.data()).unwrap();
        drop(kept);
        assert!(named.path().join("data").exists());
        assert!(DemoFolder::take(Some(named.path())).is_err(), "a second demo needs a folder of its own");
    }

    #[test]
    fn what_a_killed_demo_left_is_removed_and_nothing_else() {
        let temporary = tempfile::tempdir().unwrap();
        let made = || DemoFolder::made_in(temporary.path()).unwrap();
        let mut killed = made();
        std::fs::write(killed.path().join("key"), "secret").unwrap();
        let left = killed.path().to_owned();
        // Its process is gone, and with it the lock.
        drop(killed.made.take());
        let (running, ours) = (made(), made());
        let number = "0123456789abcdef";
        let named = |name: String| temporary.path().join(name);
        let others = [named(format!("{NAMED}{number}")), named(format!("{NAMED}mine")), named("notes".to_owned())];
        for folder in &others {
            DirBuilder::new().mode(0o700).create(folder).unwrap();
        }
        std::fs::write(others[1].join("lock"), "").unwrap();
        std::fs::write(others[2].join("lock"), "").unwrap();
        let open = named(format!("{NAMED}fedcba9876543210"));
        DirBuilder::new().mode(0o755).create(&open).unwrap();
        std::fs::write(open.join("lock"), "").unwrap();
        let link = named(format!("{NAMED}00000000ffffffff"));
        std::os::unix::fs::symlink(&others[2], &link).unwrap();
        sweep(ours.path());
        assert!(!left.exists());
        assert!(others.iter().chain([&open]).all(|folder| folder.exists()));
        assert!(link.symlink_metadata().is_ok() && others[2].join("lock").exists());
        assert!(running.path().exists() && ours.path().exists());
        let gone = running.path().to_owned();
        drop(running);
        assert!(!gone.exists());
        assert!(
            temporary.path().read_dir().unwrap().flatten().all(|e| !e.file_name().as_encoded_bytes().starts_with(b"."))
        );
    }
}
