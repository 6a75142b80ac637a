//! Keys: which key speaks for whom. A participant is not its key.
//!
//! Keys are bound to the salted hash of a participant's name, because the binding is written *before* the participant
//! is sequenced: whoever holds the key can finish a join that a crash cut in two. The registry is a file of lines
//! beside the journal, each a change with the signature that asked for it and the hash of the line before, synced
//! before it counts. See `docs/decisions.md`.
//! Invariants: a key belongs to one participant; a participant keeps at least one key of scope `all`; a damaged line
//! refuses the start, a last line without its end is a write that did not finish.

use oikos_bus::identity::nkey::PublicKey;
use oikos_protocol::id::Hash32;
use oikos_protocol::wire::join::{KeyInfo, KeyScope};
use oikos_protocol::wire::receipt::{Refusal, RefusalCode};
use oikos_protocol::wire::text::Nanos;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A key with what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The salted hash of its participant's name; [`Hash32::ZERO`] is the operator.
    pub whose: Hash32,
    /// What it may sign.
    pub scope: KeyScope,
    /// From when on it counts no more, in nanoseconds since 1970.
    pub expires_ns: Option<u64>,
}

/// One change of the registry, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    /// A key was bound.
    Bound { key: String, whose: Hash32, scope: KeyScope, expires_ns: Option<u64> },
    /// A key was taken away.
    Revoked { key: String },
}

/// Who asked for a change: the signature over the message that did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The signer, `U…`.
    pub by: String,
    /// The signed subject.
    pub subject: String,
    /// `Oikos-Id`.
    pub id: String,
    /// `Oikos-Expires`.
    pub expires_ns: u64,
    /// The SHA-256 of the body, as it was signed, is not kept: the body is.
    pub body: String,
    /// The signature, hexadecimal.
    pub signature: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    previous: Hash32,
    at_ns: u64,
    change: Change,
    asked: Option<Asked>,
}

#[derive(Debug)]
struct State {
    file: File,
    last: Hash32,
    keys: BTreeMap<PublicKey, Binding>,
}

/// The registry.
#[derive(Debug)]
pub struct Keys(Mutex<State>);

/// Why the registry cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A line that is not what was written.
    #[error("the registry of keys is damaged in line {line}")]
    Damaged {
        /// Which, from 1.
        line: usize,
    },
    /// The disk refused.
    #[error("the registry of keys cannot be read or written")]
    Storage(#[from] io::Error),
}

/// A time in which a key was bound, as an audit asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// Which key.
    pub key: PublicKey,
    /// To whom, and what it may sign.
    pub binding: Binding,
    /// From when on, in nanoseconds since 1970.
    pub from_ns: u64,
    /// Until when; none while it is bound.
    pub until_ns: Option<u64>,
}

/// What a registry says, without opening it for writing: every period, and every signature that asked for a change.
#[derive(Debug, Default)]
pub struct Periods {
    /// In the order in which they began.
    pub periods: Vec<Period>,
    /// With the line they stand in, from 1.
    pub asked: Vec<(usize, Asked)>,
}

/// The whole lines of a registry, the hash of the last of them, and how many bytes they are.
fn read(bytes: &[u8]) -> Result<(Vec<Line>, Hash32, usize), KeysError> {
    let whole = bytes.iter().rposition(|&b| b == b'\n').map_or(0, |end| end + 1);
    let (mut lines, mut last) = (Vec::new(), Hash32::ZERO);
    for (index, text) in bytes[..whole].split_inclusive(|&b| b == b'\n').enumerate() {
        let line: Option<Line> = serde_json::from_slice(text).ok();
        let line = line.filter(|line| line.previous == last).ok_or(KeysError::Damaged { line: index + 1 })?;
        last = Hash32::of(text);
        lines.push(line);
    }
    Ok((lines, last, whole))
}

/// Reads the registry in this file and changes nothing.
///
/// # Errors
/// [`KeysError`].
pub fn periods(path: &Path) -> Result<Periods, KeysError> {
    let mut all = Periods::default();
    for (index, line) in read(&std::fs::read(path)?)?.0.into_iter().enumerate() {
        let damaged = KeysError::Damaged { line: index + 1 };
        let Ok(key) = (match &line.change {
            Change::Bound { key, .. } | Change::Revoked { key } => key.parse::<PublicKey>(),
        }) else {
            return Err(damaged);
        };
        if let Some(open) = all.periods.iter_mut().rev().find(|open| open.key == key && open.until_ns.is_none()) {
            open.until_ns = Some(line.at_ns);
        }
        if let Change::Bound { whose, scope, expires_ns, .. } = line.change {
            let binding = Binding { whose, scope, expires_ns };
            all.periods.push(Period { key, binding, from_ns: line.at_ns, until_ns: None });
        }
        all.asked.extend(line.asked.map(|asked| (index + 1, asked)));
    }
    Ok(all)
}

impl Keys {
    /// The registry in this file; an empty one where there is none.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn open(path: &Path) -> Result<Self, KeysError> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (lines, last, whole) = read(&bytes)?;
        let mut state = State { file, last, keys: BTreeMap::new() };
        for (index, line) in lines.iter().enumerate() {
            state.take(&line.change).ok_or(KeysError::Damaged { line: index + 1 })?;
        }
        // What follows the last line's end was never acknowledged.
        state.file.set_len(whole as u64)?;
        state.file.seek(io::SeekFrom::End(0))?;
        Ok(Self(Mutex::new(state)))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is bound to a key, whether it still counts or not.
    #[must_use]
    pub fn get(&self, key: PublicKey) -> Option<Binding> {
        self.lock().keys.get(&key).copied()
    }

    /// Whose key it is, at this moment.
    #[must_use]
    pub fn current(&self, key: PublicKey, now_ns: u64) -> Option<Binding> {
        self.get(key).filter(|binding| binding.expires_ns.is_none_or(|end| now_ns < end))
    }

    /// The keys of one participant.
    #[must_use]
    pub fn of(&self, whose: Hash32) -> Vec<KeyInfo> {
        let state = self.lock();
        let theirs = state.keys.iter().filter(|(_, binding)| binding.whose == whose);
        theirs
            .map(|(key, binding)| KeyInfo {
                key: key.to_string(),
                scope: binding.scope,
                expires: binding.expires_ns.map(Nanos),
            })
            .collect()
    }

    /// Binds a key, durably. Binding it again to the same participant changes scope and end.
    ///
    /// # Errors
    /// `unauthorised` where it is another participant's; what the disk said.
    pub fn bind(
        &self,
        key: PublicKey,
        binding: Binding,
        at_ns: u64,
        asked: Option<Asked>,
    ) -> Result<Result<(), Refusal>, io::Error> {
        let mut state = self.lock();
        match state.keys.get(&key) {
            Some(known) if known.whose != binding.whose => {
                return Ok(Err(Refusal::new(RefusalCode::Unauthorised, "the key is another participant's")));
            }
            Some(known) if *known == binding => return Ok(Ok(())),
            Some(known) if known.scope == KeyScope::All && binding.scope != KeyScope::All => {
                if let Err(refusal) = state.another_stays(key, binding.whose, at_ns) {
                    return Ok(Err(refusal));
                }
            }
            _ => {}
        }
        let Binding { whose, scope, expires_ns } = binding;
        let change = Change::Bound { key: key.to_string(), whose, scope, expires_ns };
        state.write(change, at_ns, asked).map(Ok)
    }

    /// Takes a key of a participant away, durably.
    ///
    /// # Errors
    /// `unauthorised` where it is not theirs, `not_allowed` for the last one of scope `all`; what the disk said.
    pub fn revoke(
        &self,
        key: PublicKey,
        whose: Hash32,
        at_ns: u64,
        asked: Option<Asked>,
    ) -> Result<Result<(), Refusal>, io::Error> {
        let mut state = self.lock();
        let Some(known) = state.keys.get(&key).filter(|known| known.whose == whose) else {
            return Ok(
                Err(Refusal::new(RefusalCode::Unauthorised, "the participant has no such key").at("revoke.key")),
            );
        };
        if known.scope == KeyScope::All
            && let Err(refusal) = state.another_stays(key, whose, at_ns)
        {
            return Ok(Err(refusal));
        }
        state.write(Change::Revoked { key: key.to_string() }, at_ns, asked).map(Ok)
    }
}

impl State {
    fn another_stays(&self, key: PublicKey, whose: Hash32, at_ns: u64) -> Result<(), Refusal> {
        let mut others = self.keys.iter().filter(|(other, binding)| {
            **other != key
                && binding.whose == whose
                && binding.scope == KeyScope::All
                && binding.expires_ns.is_none_or(|end| at_ns < end)
        });
        others.next().map(drop).ok_or_else(|| {
            Refusal::new(RefusalCode::NotAllowed, "the last key of scope `all` stays; add another one first")
        })
    }

    fn take(&mut self, change: &Change) -> Option<()> {
        match change {
            Change::Bound { key, whose, scope, expires_ns } => {
                let binding = Binding { whose: *whose, scope: *scope, expires_ns: *expires_ns };
                self.keys.insert(key.parse().ok()?, binding);
            }
            Change::Revoked { key } => {
                self.keys.remove(&key.parse().ok()?)?;
            }
        }
        Some(())
    }

    fn write(&mut self, change: Change, at_ns: u64, asked: Option<Asked>) -> io::Result<()> {
        let line = Line { previous: self.last, at_ns, change, asked };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        self.last = Hash32::of(&bytes);
        self.take(&line.change).ok_or_else(|| io::Error::other("a change that was just written does not apply"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_bus::identity::nkey::KeyPair;

    const ANN: Hash32 = Hash32([1; 32]);

    fn key(n: u8) -> PublicKey {
        KeyPair::from_secret([n; 32]).public()
    }

    fn all(whose: Hash32) -> Binding {
        Binding { whose, scope: KeyScope::All, expires_ns: None }
    }

    #[test]
    fn keys_survive_a_restart_and_the_last_one_cannot_be_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let keys = Keys::open(&path).unwrap();
        keys.bind(key(1), all(ANN), 5, None).unwrap().unwrap();
        assert_eq!(keys.revoke(key(1), ANN, 6, None).unwrap().unwrap_err().code, RefusalCode::NotAllowed);
        keys.bind(key(2), all(ANN), 7, None).unwrap().unwrap();
        keys.revoke(key(1), ANN, 8, None).unwrap().unwrap();
        let other = keys.bind(key(2), all(Hash32([2; 32])), 9, None).unwrap();
        assert_eq!(other.unwrap_err().code, RefusalCode::Unauthorised);
        drop(keys);
        let keys = Keys::open(&path).unwrap();
        assert_eq!((keys.get(key(1)), keys.get(key(2))), (None, Some(all(ANN))));
        let periods: Vec<_> = periods(&path).unwrap().periods;
        let times: Vec<_> = periods.iter().map(|period| (period.key, period.from_ns, period.until_ns)).collect();
        assert_eq!(times, [(key(1), 5, Some(8)), (key(2), 7, None)]);
    }

    #[test]
    fn a_torn_last_line_is_cut_and_a_changed_line_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let keys = Keys::open(&path).unwrap();
        keys.bind(key(1), all(ANN), 5, None).unwrap().unwrap();
        keys.bind(key(2), all(ANN), 5, None).unwrap().unwrap();
        drop(keys);
        let written = std::fs::read(&path).unwrap();
        std::fs::write(&path, [&written[..], b"{\"previous\""].concat()).unwrap();
        assert!(Keys::open(&path).unwrap().get(key(2)).is_some());
        assert_eq!(std::fs::read(&path).unwrap(), written);
        let text = String::from_utf8(written).unwrap().replacen("\"all\"", "\"read\"", 1);
        std::fs::write(&path, text).unwrap();
        assert!(matches!(Keys::open(&path), Err(KeysError::Damaged { line: 2 })));
    }

    #[test]
    fn an_expired_key_counts_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(&folder.path().join("keys")).unwrap();
        let binding = Binding { expires_ns: Some(10), ..all(ANN) };
        keys.bind(key(1), binding, 5, None).unwrap().unwrap();
        assert_eq!((keys.current(key(1), 9), keys.current(key(1), 10)), (Some(binding), None));
    }
}
