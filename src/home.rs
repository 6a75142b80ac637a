//! The home of a user's keys: `$OIKOS_HOME`, or the platform's folder for configuration.
//!
//! `keys/<economy>/<name>.nk` holds a seed, mode 0600. `current.json` says what is used where nothing else is said.

use crate::node::folder::{self, FolderError};
use oikos_bus::identity::nkey::KeyPair;
use serde::{Deserialize, Serialize};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A user's home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home(PathBuf);

/// What a tool uses where nothing else is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Current {
    /// Where the bus is.
    pub url: String,
    /// Which economy.
    pub economy: String,
    /// As whom.
    pub name: String,
}

impl Home {
    /// This folder; where none is given `$OIKOS_HOME`, `$XDG_CONFIG_HOME/oikos` or `$HOME/.config/oikos`.
    #[must_use]
    pub fn find(given: Option<&Path>) -> Self {
        let from = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = given
            .map(Path::to_owned)
            .or_else(|| from("OIKOS_HOME"))
            .or_else(|| from("XDG_CONFIG_HOME").map(|folder| folder.join("oikos")))
            .or_else(|| from("HOME").map(|folder| folder.join(".config").join("oikos")))
            .unwrap_or_else(|| PathBuf::from(".oikos"));
        Self(folder)
    }

    /// The folder itself.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Where the key of this name is.
    #[must_use]
    pub fn key_path(&self, economy: &str, name: &str) -> PathBuf {
        self.0.join("keys").join(economy).join(format!("{name}.nk"))
    }

    /// The key of this name; a new one where there is none.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn key_or_new(&self, economy: &str, name: &str) -> Result<KeyPair, FolderError> {
        folder::key(&self.key_path(economy, name))
    }

    /// The key of this name.
    ///
    /// # Errors
    /// [`FolderError`], also where there is none.
    pub fn key(&self, economy: &str, name: &str) -> Result<KeyPair, FolderError> {
        Ok(KeyPair::from_seed(&folder::read_secret(&self.key_path(economy, name))?)?)
    }

    /// Keeps another key under this name.
    ///
    /// # Errors
    /// What the disk said.
    pub fn replace_key(&self, economy: &str, name: &str, key: &KeyPair) -> Result<(), FolderError> {
        folder::write_secret(&self.key_path(economy, name), &key.seed())
    }

    /// The names of the keys of an economy, sorted.
    ///
    /// # Errors
    /// What the disk said.
    pub fn names(&self, economy: &str) -> io::Result<Vec<String>> {
        let folder = self.0.join("keys").join(economy);
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            if let Some(name) = entry?.file_name().to_str().and_then(|name| name.strip_suffix(".nk")) {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// What is used where nothing else is said; none before the first `oikos up`.
    #[must_use]
    pub fn current(&self) -> Option<Current> {
        serde_json::from_slice(&fs::read(self.0.join("current.json")).ok()?).ok()
    }

    /// Says what is used where nothing else is said.
    ///
    /// # Errors
    /// What the disk said.
    pub fn set_current(&self, current: &Current) -> Result<(), FolderError> {
        let path = self.0.join("current.json");
        let text = serde_json::to_string(current).unwrap_or_default();
        folder::write_secret(&path, &text)
    }
}
