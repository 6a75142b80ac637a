//! What every participant has acknowledged of its mail: one number each, kept beside the journal.
//!
//! The mail itself is derived from the journal. Losing the last acknowledgements in a crash means that some mail is
//! read twice, which readers drop by its number; so nothing here is synced.
//! Layout: a JSON object, participant → [sequence, index], written whole and renamed.

use oikos_protocol::id::ParticipantId;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// After how many acknowledgements the file is written.
const SAVE_EVERY: u32 = 256;

/// What was acknowledged.
#[derive(Debug)]
pub struct Acknowledged {
    path: PathBuf,
    upto: BTreeMap<u64, (u64, u32)>,
    unsaved: u32,
}

impl Acknowledged {
    /// What the file says; nothing where there is none, or none that can be read.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        let upto = fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Self { path: path.to_owned(), upto, unsaved: 0 }
    }

    /// Somebody's last acknowledged number.
    #[must_use]
    pub fn of(&self, whose: ParticipantId) -> Option<(u64, u32)> {
        self.upto.get(&whose.0).copied()
    }

    /// Somebody acknowledged all up to this number.
    pub fn note(&mut self, whose: ParticipantId, seq: u64, index: u32) {
        let upto = self.upto.entry(whose.0).or_default();
        *upto = (*upto).max((seq, index));
        self.unsaved += 1;
        if self.unsaved >= SAVE_EVERY {
            self.save();
        }
    }

    /// Writes the file.
    pub fn save(&mut self) {
        self.unsaved = 0;
        let temporary = self.path.with_extension("tmp");
        let written = serde_json::to_vec(&self.upto)
            .map_err(std::io::Error::from)
            .and_then(|bytes| fs::write(&temporary, bytes))
            .and_then(|()| fs::rename(&temporary, &self.path));
        if let Err(error) = written {
            tracing::warn!(%error, "acknowledgements were not written; some mail may be read twice");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_survives_a_restart_and_never_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acknowledged");
        let mut acknowledged = Acknowledged::open(&path);
        acknowledged.note(ParticipantId(3), 7, 1);
        acknowledged.note(ParticipantId(3), 5, 0);
        acknowledged.save();
        let again = Acknowledged::open(&path);
        assert_eq!(again.of(ParticipantId(3)), Some((7, 1)));
        assert_eq!(again.of(ParticipantId(4)), None);
    }
}
