//! Where a participant's keys are: `<home>/keys/<economy>/<name>.nk`, a seed a file, readable by its owner alone; and
//! `<home>/current.json`, which says where a tool connects and as whom if nobody says otherwise (docs/wire.md, "Files").
//!
//! Invariants: a file that others could read is refused, not repaired; a key is written whole or not at all;
//! a name that could leave the folder is none.

use crate::error::Error;
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::subject::Name;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What `current.json` says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Current {
    /// Where the economy's bus is.
    pub url: String,
    /// Its name.
    pub economy: String,
    /// The person at this machine.
    pub name: String,
}

/// A folder of keys.
#[derive(Debug, Clone)]
pub struct Home {
    folder: PathBuf,
}

impl Home {
    /// This folder.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// `OIKOS_HOME`, or the platform's folder for configuration.
    #[must_use]
    pub fn from_env() -> Self {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let config = || set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
        Self::at(set("OIKOS_HOME").or_else(|| config().map(|config| config.join("oikos"))).unwrap_or_default())
    }

    /// The file of a participant's key.
    #[must_use]
    pub fn path(&self, economy: &Name, name: &Name) -> PathBuf {
        self.folder.join("keys").join(economy.as_str()).join(format!("{name}.nk"))
    }

    /// Where to connect and as whom, as the last `oikos up` on this machine wrote it down.
    #[must_use]
    pub fn current(&self) -> Option<Current> {
        let text = std::fs::read(self.folder.join("current.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The names that have a key here for this economy, in alphabetical order.
    #[must_use]
    pub fn names(&self, economy: &Name) -> Vec<Name> {
        let found = std::fs::read_dir(self.folder.join("keys").join(economy.as_str()));
        let files = found.into_iter().flatten().flatten().map(|entry| entry.file_name());
        let mut names: Vec<Name> =
            files.filter_map(|file| Name::new(file.to_str()?.strip_suffix(".nk")?).ok()).collect();
        names.sort();
        names
    }

    /// The key of this name, if there is one.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot be read or others can read it; [`Error::Key`] where it is no key.
    pub fn key(&self, economy: &Name, name: &Name) -> Result<Option<KeyPair>, Error> {
        let path = self.path(economy, name);
        let file = |why| Error::File { path: path.clone(), why };
        match std::fs::metadata(&path) {
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(file(why)),
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                return Err(file(std::io::Error::other("others can read this key; `chmod 600` it, or make another")));
            }
            Ok(_) => {}
        }
        let seed = std::fs::read_to_string(&path).map_err(file)?;
        Ok(Some(KeyPair::from_seed(seed.trim())?))
    }

    /// The key of this name; made and written down where there is none.
    ///
    /// # Errors
    /// As [`Home::key`]; where it cannot be written.
    pub fn key_or_new(&self, economy: &Name, name: &Name) -> Result<KeyPair, Error> {
        if let Some(key) = self.key(economy, name)? {
            return Ok(key);
        }
        let key = KeyPair::generate()?;
        self.write(economy, name, &key)?;
        Ok(key)
    }

    fn write(&self, economy: &Name, name: &Name, key: &KeyPair) -> Result<(), Error> {
        let path = self.path(economy, name);
        let file = |path: &Path, why| Error::File { path: path.to_owned(), why };
        let folder = path.parent().unwrap_or(&self.folder);
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|why| file(folder, why))?;
        let half = folder.join(format!(".{name}.{}", std::process::id()));
        let written =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&half).and_then(|mut out| {
                writeln!(out, "{}", key.seed())?;
                out.sync_all()
            });
        // A link fails where the name exists: nobody's key is ever overwritten.
        let linked = written.and_then(|()| std::fs::hard_link(&half, &path));
        std::fs::remove_file(&half).ok();
        linked.map_err(|why| file(&path, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_readable_by_its_owner_alone() {
        let folder = std::env::temp_dir().join(format!("oikos-home-{}", std::process::id()));
        let home = Home::at(&folder);
        let (town, ann) = (Name::new("town").unwrap(), Name::new("ann").unwrap());
        assert!(home.key(&town, &ann).unwrap().is_none());
        let key = home.key_or_new(&town, &ann).unwrap();
        assert_eq!(home.key_or_new(&town, &ann).unwrap().public(), key.public());
        assert_eq!(home.names(&town), std::slice::from_ref(&ann));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&home.path(&town, &ann))), (0o700, 0o600));
        std::fs::set_permissions(home.path(&town, &ann), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(home.key(&town, &ann), Err(Error::File { .. })));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
