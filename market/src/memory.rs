//! The memory of ids: the same request gets its first outcome again, another one under the same id is refused.
//!
//! Bounded and certain: an id is remembered until its request expires, and from then on it is refused as expired.
//! A retry may name a later moment: the id is then remembered until that.
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
    /// The latest moment that a request under this id named.
    expires: Timestamp,
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
    pub(crate) fn look_up(&mut self, request: &Request, fingerprint: u128, now: Timestamp) -> Known<'_> {
        let key = (request.by, request.id);
        let Some(known) = self.known.get_mut(&key).filter(|known| known.expires > now) else { return Known::New };
        if known.fingerprint != fingerprint {
            return Known::Reused;
        }
        if request.expires > known.expires {
            let (before, after) = (bucket_of(known.expires), bucket_of(request.expires));
            known.expires = request.expires;
            if before != after {
                self.expiring.entry(after).or_default().push(key);
            }
        }
        Known::Repeated(&known.outcome)
    }

    pub(crate) fn keep(&mut self, request: &Request, fingerprint: u128, outcome: Outcome) {
        let key = (request.by, request.id);
        let (expires, bucket) = (request.expires, bucket_of(request.expires));
        // An expired entry may still be here, and its key in this very bucket.
        let before = self.known.insert(key, Remembered { fingerprint, outcome, expires });
        if before.is_none_or(|before| bucket_of(before.expires) != bucket) {
            self.expiring.entry(bucket).or_default().push(key);
        }
    }

    /// Drops a few of the ids that expired before `now`.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        for _ in 0..DROPPED_MAX {
            let Some(mut bucket) = self.expiring.first_entry() else { return };
            let second = *bucket.key();
            if second >= bucket_of(now) {
                return;
            }
            let key = bucket.get_mut().pop();
            if bucket.get().is_empty() {
                bucket.remove();
            }
            // One that is remembered for longer stands in a later bucket too.
            if let Some(key) = key
                && self.known.get(&key).is_some_and(|known| bucket_of(known.expires) == second)
            {
                self.known.remove(&key);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }
}

/// The second in which an id expires.
const fn bucket_of(expires: Timestamp) -> u64 {
    expires.0 / BUCKET.0
}

impl Serialize for Memory {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // By bucket and place in it: an order that depends on the history alone, not on the map. An id that was
        // prolonged stands in several buckets; what is known of it goes with the last.
        let all: Vec<(u64, &Key, Option<&Remembered>)> = self
            .expiring
            .iter()
            .flat_map(|(bucket, keys)| keys.iter().map(|key| (*bucket, key)))
            .map(|(bucket, key)| (bucket, key, self.known.get(key).filter(|known| bucket_of(known.expires) == bucket)))
            .collect();
        all.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let all = Vec::<(u64, Key, Option<Remembered>)>::deserialize(from)?;
        let mut memory = Self::default();
        for (bucket, key, known) in all {
            memory.expiring.entry(bucket).or_default().push(key);
            if let Some(known) = known {
                memory.known.insert(key, known);
            }
        }
        Ok(memory)
    }
}
