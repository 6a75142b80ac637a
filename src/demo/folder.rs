//! The folder of a demo: one that was named stays, one that was made for it is removed with everything in it.

use crate::node::folder::random;
use data_encoding::HEXLOWER;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

/// Where a demo keeps its journal, content and keys.
#[derive(Debug)]
pub struct DemoFolder {
    path: PathBuf,
    is_kept: bool,
}

impl DemoFolder {
    /// This folder, which stays; where none is named a new one among the system's temporary files.
    ///
    /// # Errors
    /// What the disk said; also where the named folder holds something already.
    pub fn take(keep: Option<&Path>) -> io::Result<Self> {
        let path = match keep {
            Some(folder) => folder.to_owned(),
            None => {
                let name = random::<8>().map_err(io::Error::other)?;
                std::env::temp_dir().join(format!("oikos-demo-{}", HEXLOWER.encode(&name)))
            }
        };
        if path.join("data").exists() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a demo in it already"));
        }
        // Keys are in it: nobody else may look.
        DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        Ok(Self { path, is_kept: keep.is_some() })
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it stays.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.is_kept
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
        if !self.is_kept
            && let Err(error) = std::fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, folder = %self.path.display(), "a temporary folder could not be removed");
        }
    }
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
}
