//! The manifest: what was run, by which version, and what came of it.
//!
//! It is written when a run begins, as interrupted and without a digest, and again when it is over; so whatever ends
//! a run early leaves the truth behind. It holds no time of day: the same run gives the same manifest.

use super::folder::Listed;
use crate::engine::observe::Counts;
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::Hash32;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// The form of the manifest that this version writes.
pub const FORMAT: u32 = 1;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// It came to its end.
    Completed,
    /// It did not, or is still under way.
    Interrupted,
}

/// What readers of a manifest need of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Manifest {
    /// The form.
    pub format: u32,
    /// The hash of the configuration.
    pub config_hash: Hash32,
    /// How the run ended.
    pub exit: Exit,
    /// The digest of the final state; none where the run did not come to its end.
    pub digest: Option<Hash32>,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// Where there is none, or it is none.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let bytes = std::fs::read(path)?;
        let manifest: Self = serde_json::from_slice(&bytes)?;
        if manifest.format == FORMAT { Ok(manifest) } else { Err(ManifestError::Format { format: manifest.format }) }
    }
}

/// Why a manifest could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not there, or unreadable.
    #[error("cannot read the manifest: {0}")]
    Disk(#[from] std::io::Error),
    /// Not JSON, or not a manifest.
    #[error("the manifest is not in order: {0}")]
    Json(#[from] serde_json::Error),
    /// Of another version.
    #[error("the manifest has format {format}, this version reads {FORMAT}")]
    Format {
        /// Its format.
        format: u32,
    },
}

/// A manifest as it is written.
#[derive(Debug, Serialize)]
pub(crate) struct Written<'a, Config: Serialize> {
    pub(crate) format: u32,
    pub(crate) scenario: &'a str,
    pub(crate) seed: u64,
    pub(crate) runs: u64,
    pub(crate) version: &'static str,
    pub(crate) rules: u16,
    pub(crate) entry_format: u8,
    pub(crate) generator: &'static str,
    /// What the journal holds, or `none`.
    pub(crate) journal: &'static str,
    pub(crate) exit: Exit,
    pub(crate) digest: Option<Hash32>,
    pub(crate) conserved: Option<bool>,
    pub(crate) welfare: Option<String>,
    pub(crate) counts: Option<Counts>,
    pub(crate) tasks: BTreeMap<&'static str, u64>,
    /// What lies in the folder besides the manifest and the journal.
    pub(crate) files: Vec<Listed>,
    pub(crate) config_hash: Hash32,
    pub(crate) config: &'a Config,
}

impl<Config: Serialize> Written<'_, Config> {
    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Maps have texts for keys and nothing here refuses, so there is always something to write.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }
}

/// How many tasks ended in which phase.
pub(crate) fn by_phase(phases: impl Iterator<Item = Option<Phase>>) -> BTreeMap<&'static str, u64> {
    let mut tasks = BTreeMap::new();
    phases.for_each(|phase| *tasks.entry(phase.map_or("NotPosted", Phase::name)).or_default() += 1);
    tasks
}
