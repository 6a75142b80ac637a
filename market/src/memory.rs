//! The memory of ids: the same request gets its first outcome again, another one under the same id is refused.
//!
//! Bounded and certain: an id is remembered until its request expires, and from then on it is refused as expired.
//! What expired is dropped a few at a time, so that no command pays for a great many.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use oikos_protocol::command::Request;
use oikos_protocol::id::{CommandId, ParticipantId};
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::{Span, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

type Key = (ParticipantId, CommandId);

/// How many expired ids one request may drop; above one, so that the memory shrinks faster than it grows.
const DROPPED_MAX: usize = 4;
/// Ids are dropped by the second in which they expire.
const BUCKET: Span = Span::seconds(1);

/// What is remembered of a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    /// Half of the fingerprint: whoever finds two commands of one half deceives only itself.
    fingerprint: u128,
    outcome: Outcome,
}

/// What is known of an id.
pub(crate) enum Known<'a> {
    /// Nothing.
    New,
    /// This very request came before.
    Repeated(&'a Outcome),
    /// Another request came under this id.
    Reused,
}

/// The ids of requests that have not expired.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    known: HashMap<Key, Remembered, FixedState>,
    expiring: BTreeMap<u64, Vec<Key>>,
}

impl Memory {
    pub(crate) fn look_up(&self, request: &Request, fingerprint: u128) -> Known<'_> {
        match self.known.get(&(request.by, request.id)) {
            None => Known::New,
            Some(known) if known.fingerprint == fingerprint => Known::Repeated(&known.outcome),
            Some(_) => Known::Reused,
        }
    }

    pub(crate) fn keep(&mut self, request: &Request, fingerprint: u128, outcome: Outcome) {
        let key = (request.by, request.id);
        self.known.insert(key, Remembered { fingerprint, outcome });
        self.expiring.entry(request.expires.0 / BUCKET.0).or_default().push(key);
    }

    /// Drops a few of the ids that expired before `now`.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        let Some(mut bucket) = self.expiring.first_entry() else { return };
        if *bucket.key() >= now.0 / BUCKET.0 {
            return;
        }
        for _ in 0..DROPPED_MAX {
            match bucket.get_mut().pop() {
                Some(key) => drop(self.known.remove(&key)),
                None => break,
            }
        }
        if bucket.get().is_empty() {
            bucket.remove();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }
}

impl Serialize for Memory {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // By bucket and place in it: an order that depends on the history alone, not on the map.
        let all: Vec<(u64, &Key, &Remembered)> = self
            .expiring
            .iter()
            .flat_map(|(bucket, keys)| keys.iter().map(|key| (*bucket, key)))
            .filter_map(|(bucket, key)| self.known.get(key).map(|known| (bucket, key, known)))
            .collect();
        all.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let all = Vec::<(u64, Key, Remembered)>::deserialize(from)?;
        let mut memory = Self::default();
        for (bucket, key, known) in all {
            memory.expiring.entry(bucket).or_default().push(key);
            memory.known.insert(key, known);
        }
        Ok(memory)
    }
}
