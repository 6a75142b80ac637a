//! An economy's folder from a backup.
//!
//! Invariants: nothing that is there is written over; a file that is not in the list, or not as the list says, refuses
//! the whole; what was restored was audited, and stands where the backup says, before this says it is done.

use crate::care::archive::{self, ArchiveError};
use crate::care::audit::audit;
use crate::care::backup::{FORM, MANIFEST, Manifest, copy_private, list};
use crate::care::folder::{Folder, FolderError};
use crate::care::walk::Fault;
use std::fs;
use std::io;
use std::path::Path;

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Something is in the way.
    #[error("`{path}` is not empty")]
    NotEmpty {
        /// The target.
        path: String,
    },
    /// Not a backup.
    #[error("`{path}` is no backup: {reason}")]
    NoBackup {
        /// What was given.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A file is missing, was added, or was changed.
    #[error("the backup was changed: `{name}` {what}")]
    Changed {
        /// Which file.
        name: String,
        /// What is with it.
        what: &'static str,
    },
    /// The archive is none.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// What came out is not sound.
    #[error("what was restored is not sound: {0}")]
    NotSound(Fault),
    /// What came out is not what went in.
    #[error("what was restored has digest {found} at {sequence}, the backup says {expected}")]
    OtherState {
        /// Up to which entry.
        sequence: u64,
        /// What it is.
        found: String,
        /// What it should be.
        expected: String,
    },
    /// The restored folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The disk refused.
    #[error("{what}")]
    Disk {
        /// What was tried.
        what: String,
        /// What the disk said.
        #[source]
        source: io::Error,
    },
}

/// Restores the backup at `from`, a folder or a `.tar`, into `to`, which is empty or not there.
///
/// # Errors
/// [`RestoreError`]; then `to` is empty again, or not there.
pub fn restore(from: &Path, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Manifest, RestoreError> {
    let was_there = to.symlink_metadata().is_ok();
    if was_there && fs::read_dir(to).map_or(true, |mut entries| entries.next().is_some()) {
        return Err(RestoreError::NotEmpty { path: to.display().to_string() });
    }
    let restored = bring(from, to, progress);
    if restored.is_err() {
        // What was only half brought is of no use to anybody.
        drop(fs::remove_dir_all(to));
        if was_there {
            drop(fs::create_dir(to));
        }
    }
    restored
}

fn bring(from: &Path, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Manifest, RestoreError> {
    let disk = |what: &str| {
        let what = format!("{what} `{}`", to.display());
        move |source| RestoreError::Disk { what, source }
    };
    let no_backup = |reason: String| RestoreError::NoBackup { path: from.display().to_string(), reason };
    fs::create_dir_all(to).map_err(disk("cannot write"))?;
    if from.is_dir() {
        let bytes = fs::read(from.join(MANIFEST)).map_err(|error| no_backup(error.to_string()))?;
        let manifest = manifest_of(&bytes).map_err(no_backup)?;
        for listed in &manifest.files {
            if !archive::is_plain_name(&listed.name) {
                return Err(no_backup(format!("`{}` is no name for a file in it", listed.name)));
            }
            copy_private(&from.join(&listed.name), &to.join(&listed.name)).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => RestoreError::Changed { name: listed.name.clone(), what: "is missing" },
                _ => disk("cannot write")(error),
            })?;
        }
        check(&manifest, to)?;
        prove(manifest, to, progress)
    } else {
        archive::unpack(from, to).map_err(|error| match error {
            ArchiveError::Disk(error) if error.kind() == io::ErrorKind::NotFound => no_backup(error.to_string()),
            error => error.into(),
        })?;
        let bytes = fs::read(to.join(MANIFEST)).map_err(|error| no_backup(error.to_string()))?;
        let manifest = manifest_of(&bytes).map_err(no_backup)?;
        check(&manifest, to)?;
        fs::remove_file(to.join(MANIFEST)).map_err(disk("cannot write"))?;
        prove(manifest, to, progress)
    }
}

fn manifest_of(bytes: &[u8]) -> Result<Manifest, String> {
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(|error| format!("{MANIFEST}: {error}"))?;
    if manifest.form == FORM { Ok(manifest) } else { Err(format!("its form is `{}`", manifest.form.escape_debug())) }
}

/// Whether the files are those of the list.
fn check(manifest: &Manifest, to: &Path) -> Result<(), RestoreError> {
    let what = format!("cannot read `{}`", to.display());
    let mut found = list(to).map_err(|source| RestoreError::Disk { what, source })?;
    found.sort();
    let changed = |name: &str, what| Err(RestoreError::Changed { name: name.to_owned(), what });
    for listed in &manifest.files {
        match found.iter().find(|found| found.name == listed.name) {
            None => return changed(&listed.name, "is missing"),
            Some(found) if found != listed => return changed(&listed.name, "is not as it was written"),
            Some(_) => {}
        }
    }
    match found.iter().find(|found| manifest.files.iter().all(|listed| listed.name != found.name)) {
        Some(added) => changed(&added.name, "was added"),
        None => Ok(()),
    }
}

/// Whether the folder is sound and stands where the backup says.
fn prove(manifest: Manifest, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Manifest, RestoreError> {
    let audited = audit(&Folder::open(to)?, progress)?;
    let (sequence, found, expected) = (audited.sequence, audited.digest(), manifest.digest);
    match audited.fault {
        Some(fault) => Err(RestoreError::NotSound(fault)),
        None if found != expected || sequence != manifest.sequence || audited.root != manifest.root.to_string() => {
            Err(RestoreError::OtherState { sequence, found: found.to_string(), expected: expected.to_string() })
        }
        None => Ok(manifest),
    }
}
