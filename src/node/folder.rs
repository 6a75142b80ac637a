//! The folder of an economy: what is in it, and the secrets of mode 0600.
//!
//! `economy.json` (name, id), `journal/` (segments, snapshots), `history/` (the index, which can be deleted),
//! `content/`, `keys` (the registry), `node.nk` (the node's seed), `beacon.seed`, `acknowledged`, `lock`.

use oikos_bus::identity::nkey::{KeyPair, NkeyError};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// Which economy a folder is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its name.
    pub economy: String,
    /// 128 random bits, 32 hexadecimal digits.
    pub id: String,
    /// Whether it was begun for development.
    pub dev: bool,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Others can read a secret.
    #[error("{path} can be read by others (mode {mode:o}); chmod 600 it")]
    Exposed {
        /// Which file.
        path: String,
        /// Its mode.
        mode: u32,
    },
    /// A file that is not what was written.
    #[error("{path} is not what was written there")]
    Damaged {
        /// Which file.
        path: String,
    },
    /// Another economy's.
    #[error("{path} holds the economy `{found}`, not `{wanted}`")]
    AnotherEconomy {
        /// The folder.
        path: String,
        /// Whose it is.
        found: String,
        /// Whose it was taken for.
        wanted: String,
    },
    /// A seed that is none, or no random bytes.
    #[error(transparent)]
    Key(#[from] NkeyError),
    /// The disk refused.
    #[error("{path} cannot be read or written")]
    Storage {
        /// Which file.
        path: String,
        /// What the disk said.
        #[source]
        source: io::Error,
    },
}

fn storage(path: &Path, source: io::Error) -> FolderError {
    FolderError::Storage { path: path.display().to_string(), source }
}

/// Writes a file that only its owner reads, durably, unless it is there already; then reads it.
///
/// # Errors
/// [`FolderError::Exposed`] where others can read it.
pub fn secret(path: &Path, make: impl FnOnce() -> Result<String, FolderError>) -> Result<String, FolderError> {
    match read_secret(path) {
        Err(FolderError::Storage { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            let text = make()?;
            write_secret(path, &text)?;
            Ok(text)
        }
        other => other,
    }
}

/// Reads a file that only its owner reads.
///
/// # Errors
/// [`FolderError::Exposed`] where others can read it.
pub fn read_secret(path: &Path) -> Result<String, FolderError> {
    let mode = fs::metadata(path).map_err(|error| storage(path, error))?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(FolderError::Exposed { path: path.display().to_string(), mode });
    }
    let text = fs::read_to_string(path).map_err(|error| storage(path, error))?;
    Ok(text.trim().to_owned())
}

/// Writes a file that only its owner reads: under another name, synced, renamed.
///
/// # Errors
/// What the disk said.
pub fn write_secret(path: &Path, text: &str) -> Result<(), FolderError> {
    let write = || {
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder)?;
        let temporary = path.with_extension("tmp");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        writeln!(file, "{text}")?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error: io::Error| storage(path, error))
}

/// Makes the folder and says whose it is.
///
/// # Errors
/// [`FolderError::AnotherEconomy`].
pub fn identity(folder: &Path, economy: &str, dev: bool) -> Result<(Identity, u128), FolderError> {
    let path = folder.join("economy.json");
    let found = match fs::read(&path) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map_err(|_| FolderError::Damaged { path: path.display().to_string() })?
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = u128::from_be_bytes(random()?);
            let new = Identity { economy: economy.to_owned(), id: format!("{id:032x}"), dev };
            let text = serde_json::to_string(&new).map_err(|error| storage(&path, error.into()))?;
            write_secret(&path, &text)?;
            new
        }
        Err(error) => return Err(storage(&path, error)),
    };
    if found.economy != economy {
        let (path, wanted) = (folder.display().to_string(), economy.to_owned());
        return Err(FolderError::AnotherEconomy { path, found: found.economy, wanted });
    }
    let id =
        u128::from_str_radix(&found.id, 16).map_err(|_| FolderError::Damaged { path: path.display().to_string() })?;
    Ok((found, id))
}

/// The key in a file; a new one where there is none.
///
/// # Errors
/// [`FolderError`].
pub fn key(path: &Path) -> Result<KeyPair, FolderError> {
    let seed = secret(path, || Ok(KeyPair::generate()?.seed()))?;
    Ok(KeyPair::from_seed(&seed)?)
}

/// The 32 secret bytes in a file; new ones where there are none.
///
/// # Errors
/// [`FolderError`].
pub fn seed(path: &Path) -> Result<[u8; 32], FolderError> {
    let text = secret(path, || Ok(data_encoding::HEXLOWER.encode(&random::<32>()?)))?;
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| FolderError::Damaged { path: path.display().to_string() })
}

/// Random bytes of the operating system.
///
/// # Errors
/// There are none.
pub fn random<const BYTES: usize>() -> Result<[u8; BYTES], FolderError> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|_| NkeyError::NoEntropy)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_refused_when_others_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("node.nk");
        let made = key(&path).unwrap();
        assert_eq!(key(&path).unwrap().public(), made.public());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(key(&path), Err(FolderError::Exposed { mode: 0o644, .. })));
    }

    #[test]
    fn a_folder_belongs_to_one_economy() {
        let folder = tempfile::tempdir().unwrap();
        let (first, id) = identity(folder.path(), "kitchen", true).unwrap();
        assert_eq!(identity(folder.path(), "kitchen", false).unwrap(), (first, id));
        assert!(matches!(identity(folder.path(), "garden", true), Err(FolderError::AnotherEconomy { .. })));
    }
}
