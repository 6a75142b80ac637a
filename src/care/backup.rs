//! A backup of an economy's folder, also of one that a node is writing.
//!
//! Owns what belongs into one and in which order it is taken: the journal up to the last committed frame, then the
//! registry of keys and the content, since both are written before the entries that name them. Then a list of all files
//! with their hashes, and what an audit of the copy found.
//! Invariants: the folder is read and never written; a backup is under its final name only once it was audited whole;
//! it holds the node's secrets, and only its owner reads it.

use crate::care::archive::{self, ArchiveError, is_plain_name};
use crate::care::audit::{Audited, audit};
use crate::care::folder::{Folder, FolderError};
use crate::care::walk::Fault;
use oikos_journal::{CopyError, FileStorage, Storage, Verdict, copy};
use oikos_protocol::id::Hash32;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The list of files.
pub const MANIFEST: &str = "backup.json";
/// The form of a [`Manifest`].
pub const FORM: &str = "oikos.backup/1";
/// What is taken beside journal and content, where it is there.
const FILES: [&str; 5] = ["economy.json", "keys", "node.nk", "beacon.seed", "acknowledged"];

/// What a backup is of, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORM`].
    pub form: String,
    /// The economy's name.
    pub economy: String,
    /// The last entry.
    pub sequence: u64,
    /// The digest of the state behind it.
    pub digest: Hash32,
    /// The root of the tree of outcomes.
    pub root: Hash32,
    /// All files.
    pub files: Vec<Listed>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Its name from the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// The hash of its bytes.
    pub hash: Hash32,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Not a node's folder.
    #[error("`{path}` is not the folder of an economy; a run of the simulator is copied as it is")]
    NoNode {
        /// The folder.
        path: String,
    },
    /// Something is there already.
    #[error("`{path}` is there already")]
    Taken {
        /// Where it was to go.
        path: String,
    },
    /// The journal does not let itself be copied.
    #[error("the journal cannot be copied")]
    Copy(#[from] CopyError),
    /// What was copied is not sound; then neither is the folder.
    #[error("what was copied is not sound: {0}")]
    NotSound(Fault),
    /// The archive was not written.
    #[error("the archive cannot be written")]
    Archive(#[from] ArchiveError),
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

fn disk(what: impl Into<String>) -> impl FnOnce(io::Error) -> BackupError {
    let what = what.into();
    move |source| BackupError::Disk { what, source }
}

/// Backs `folder` up to `to`: a folder, or one file where the name ends in `.tar`.
///
/// # Errors
/// [`BackupError`]; then there is nothing at `to`.
pub fn backup(folder: &Folder, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Manifest, BackupError> {
    let Some(identity) = folder.identity() else {
        return Err(BackupError::NoNode { path: folder.root().display().to_string() });
    };
    let is_empty = || fs::read_dir(to).is_ok_and(|mut entries| entries.next().is_none());
    if to.symlink_metadata().is_ok() && !is_empty() {
        return Err(BackupError::Taken { path: to.display().to_string() });
    }
    let partial = Partial::beside(to)?;
    let audited = copy_all(folder, &partial.0, progress)?;
    let mut files = list(&partial.0).map_err(disk("the copy cannot be read"))?;
    files.sort();
    let manifest = Manifest {
        form: FORM.to_owned(),
        economy: identity.economy.clone(),
        sequence: audited.sequence,
        digest: audited.digest(),
        root: Hash32::parse(&audited.root).unwrap_or(Hash32::ZERO),
        files,
    };
    let text = serde_json::to_vec(&manifest).map_err(|error| disk("the list of files")(error.into()))?;
    write_private(&partial.0.join(MANIFEST), &text).map_err(disk("the list of files cannot be written"))?;
    if to.extension().is_some_and(|extension| extension == "tar") {
        let names: Vec<String> = manifest.files.iter().map(|listed| listed.name.clone()).collect();
        let names = [vec![MANIFEST.to_owned()], names].concat();
        let archive = partial.0.with_extension("tar");
        let packed = archive::pack(&partial.0, &names, &archive);
        let moved = packed.and_then(|()| fs::rename(&archive, to).map_err(Into::into));
        if moved.is_err() {
            drop(fs::remove_file(&archive));
        }
        moved?;
    } else {
        fs::rename(&partial.0, to).map_err(disk(format!("cannot write `{}`", to.display())))?;
    }
    let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|parent| parent.sync_all()).map_err(disk("the folder cannot be synced"))?;
    Ok(manifest)
}

/// A folder that goes away unless it got its final name.
struct Partial(PathBuf);

impl Partial {
    fn beside(to: &Path) -> Result<Self, BackupError> {
        let name = to.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let path = to.with_file_name(format!(".{name}.{}.partial", std::process::id()));
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(disk(format!("cannot write beside `{}`", to.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Where it got its final name there is nothing here any more.
        drop(fs::remove_dir_all(&self.0));
    }
}

fn copy_all(folder: &Folder, to: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Audited, BackupError> {
    let report = folder.check()?;
    if let Verdict::Damaged(damage) = report.verdict {
        let (seq, what) = (damage.place.sequence, damage.what.to_string());
        return Err(BackupError::NotSound(Fault { seq, what, place: Some(damage.place) }));
    }
    let journal = FileStorage::create_in(to.join("journal")).map_err(disk("the copy cannot be written"))?;
    let journal: Arc<dyn Storage> = Arc::new(journal);
    copy(&folder.storage(), report.end, &journal)?;
    for name in FILES {
        let from = folder.root().join(name);
        if from.is_file() {
            copy_private(&from, &to.join(name)).map_err(disk(format!("`{}` cannot be copied", from.display())))?;
        }
    }
    let content = folder.root().join("content");
    if content.is_dir() {
        copy_content(&content, &to.join("content")).map_err(disk("the content cannot be copied"))?;
    }
    let audited = audit(&Folder::open(to)?, progress)?;
    match audited.fault {
        Some(fault) => Err(BackupError::NotSound(fault)),
        None => Ok(audited),
    }
}

/// Copies a file so that only its owner reads the copy.
pub(crate) fn copy_private(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    io::copy(&mut File::open(from)?, &mut target)?;
    target.sync_all()
}

fn write_private(to: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    target.write_all(bytes)?;
    target.sync_all()
}

/// Copies what has its final name: a piece that is being written is no entry's yet.
fn copy_content(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_content(&path, &target)?;
        } else if path.extension().is_none() {
            copy_private(&path, &target)?;
        }
    }
    Ok(())
}

/// All files of a folder with their hashes, but for the list itself.
pub(crate) fn list(folder: &Path) -> io::Result<Vec<Listed>> {
    fn within(root: &Path, folder: &Path, found: &mut Vec<Listed>) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                within(root, &path, found)?;
                continue;
            }
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            if name == MANIFEST {
                continue;
            }
            if !is_plain_name(&name) {
                return Err(io::Error::other(format!("`{name}` is no name for a file in a backup")));
            }
            let (bytes, hash) = hash_of(&path)?;
            found.push(Listed { name, bytes, hash });
        }
        Ok(())
    }
    let mut found = Vec::new();
    within(folder, folder, &mut found)?;
    Ok(found)
}

fn hash_of(path: &Path) -> io::Result<(u64, Hash32)> {
    let (mut file, mut hasher) = (File::open(path)?, blake3::Hasher::new());
    let (mut piece, mut bytes) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok((bytes, Hash32(*hasher.finalize().as_bytes())));
        }
        hasher.update(&piece[..read]);
        bytes += read as u64;
    }
}
