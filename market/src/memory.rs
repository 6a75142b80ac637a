//! The memory of ids: the same request gets its first outcome again, another one under the same id is refused.
//!
//! Bounded and certain: an id is remembered until its request expires, and from then on it is refused as expired.
//! A retry may name a later moment: the id is then remembered until that.
//! What expired is dropped a few at a time, so that no command pays for a great many.
//!
//! Most requests come once. So the index that every request looks into is small (5 bytes an id, and never walked),
//! and what is remembered lies apart, where the oldest goes as the newest comes.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::hash::BuildHasher;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use oikos_protocol::command::Request;
use oikos_protocol::id::{CommandId, ParticipantId, TaskId};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::time::{Span, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

type Key = (ParticipantId, CommandId);
/// A second and what expires in it.
type Second<T> = (u64, Vec<(Key, Option<T>)>);

/// How many expired ids one request may drop; above one, so that the memory shrinks faster than it grows.
const DROPPED_MAX: usize = 4;
/// Ids are dropped by the second in which they expire.
const BUCKET: Span = Span::seconds(1);

/// What is remembered of a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    by: ParticipantId,
    /// Half of the fingerprint: whoever finds two commands of one half deceives only itself.
    fingerprint: [u64; 2],
    id: [u64; 2],
    /// The latest moment that a request under this id named.
    expires: Timestamp,
    outcome: Kept,
}

/// An outcome in 16 bytes: most are one of two.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Kept {
    Done,
    Task(TaskId),
    Other(Box<Outcome>),
}

impl Kept {
    fn new(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accepted(Reply::Done) => Self::Done,
            Outcome::Accepted(Reply::Task(task)) => Self::Task(*task),
            other => Self::Other(Box::new(other.clone())),
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Self::Done => Outcome::Accepted(Reply::Done),
            Self::Task(task) => Outcome::Accepted(Reply::Task(*task)),
            Self::Other(outcome) => (**outcome).clone(),
        }
    }
}

impl Remembered {
    fn key(&self) -> Key {
        (self.by, CommandId(join(self.id)))
    }

    fn bucket(&self) -> u64 {
        self.expires.0 / BUCKET.0
    }
}

/// Two halves instead of one number of 128 bits, which would be aligned to 16 bytes.
const fn split(wide: u128) -> [u64; 2] {
    [wide as u64, (wide >> 64) as u64]
}

const fn join([low, high]: [u64; 2]) -> u128 {
    (high as u128) << 64 | low as u128
}

fn hash(key: Key) -> u64 {
    FixedState::default().hash_one((key.0.0, key.1.0))
}

/// What is known of an id.
pub(crate) enum Known {
    /// Nothing.
    New,
    /// This very request came before.
    Repeated(Outcome),
    /// Another request came under this id.
    Reused,
}

/// The ids of requests that have not expired.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    places: Vec<Remembered>,
    /// Places that are free, the next one to be used last.
    free: Vec<u32>,
    index: HashTable<u32>,
    /// Places by the second in which they expire. One that was prolonged stands in several; the last one counts.
    expiring: BTreeMap<u64, Vec<u32>>,
}

impl Memory {
    fn find(&self, key: Key) -> Option<u32> {
        self.index.find(hash(key), |&place| self.places[place as usize].key() == key).copied()
    }

    pub(crate) fn look_up(&mut self, request: &Request, fingerprint: u128, now: Timestamp) -> Known {
        let Some(place) = self.find((request.by, request.id)) else { return Known::New };
        let known = &mut self.places[place as usize];
        if known.expires <= now {
            return Known::New;
        }
        if known.fingerprint != split(fingerprint) {
            return Known::Reused;
        }
        let outcome = known.outcome.outcome();
        if request.expires > known.expires {
            let before = known.bucket();
            known.expires = request.expires;
            let after = known.bucket();
            if before != after {
                self.expiring.entry(after).or_default().push(place);
            }
        }
        Known::Repeated(outcome)
    }

    pub(crate) fn keep(&mut self, request: &Request, fingerprint: u128, outcome: &Outcome) {
        let key = (request.by, request.id);
        let (id, expires) = (split(request.id.0), request.expires);
        let new =
            Remembered { by: request.by, fingerprint: split(fingerprint), id, expires, outcome: Kept::new(outcome) };
        let bucket = new.bucket();
        // An id that expired may still be here, in this very bucket or in an earlier one.
        if let Some(place) = self.find(key) {
            let before = core::mem::replace(&mut self.places[place as usize], new);
            if before.bucket() != bucket {
                self.expiring.entry(bucket).or_default().push(place);
            }
            return;
        }
        let place = self.insert(new);
        self.expiring.entry(bucket).or_default().push(place);
    }

    /// Gives a new id its place.
    fn insert(&mut self, new: Remembered) -> u32 {
        let key = new.key();
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = new;
                place
            }
            None => {
                self.places.push(new);
                (self.places.len() - 1) as u32 // 2^32 places are 256 GiB: memory ends before the number does.
            }
        };
        let places = &self.places;
        self.index.insert_unique(hash(key), place, |&place| hash(places[place as usize].key()));
        place
    }

    /// Drops a few of the ids that expired before `now`.
    pub(crate) fn forget(&mut self, now: Timestamp) {
        for _ in 0..DROPPED_MAX {
            let Some(mut bucket) = self.expiring.first_entry() else { return };
            let second = *bucket.key();
            if second >= now.0 / BUCKET.0 {
                return;
            }
            let place = bucket.get_mut().pop();
            if bucket.get().is_empty() {
                bucket.remove();
            }
            let Some(place) = place else { continue };
            let known = &mut self.places[place as usize];
            if known.bucket() != second {
                continue; // Prolonged: a later second will drop it.
            }
            known.outcome = Kept::Done;
            if let Ok(entry) = self.index.find_entry(hash(known.key()), |&other| other == place) {
                entry.remove();
                self.free.push(place);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }
}

impl Serialize for Memory {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // By second and place in it: an order that depends on the history alone, not on where things lie. An id that
        // was prolonged stands in several seconds; what is known of it goes with the last.
        let places = |(second, places): (&u64, &Vec<u32>)| {
            let second = *second;
            let known = places.iter().map(|&place| &self.places[place as usize]);
            (second, known.map(|known| (known.key(), Some(known).filter(|known| known.bucket() == second))).collect())
        };
        let all: Vec<Second<&Remembered>> = self.expiring.iter().map(places).collect();
        all.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Memory {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let all = Vec::<Second<Remembered>>::deserialize(from)?;
        let mut memory = Self::default();
        for known in all.iter().flat_map(|(_, keys)| keys).filter_map(|(_, known)| known.as_ref()) {
            if memory.find(known.key()).is_some() {
                return Err(serde::de::Error::custom("an id is remembered twice"));
            }
            memory.insert(known.clone());
        }
        for (second, keys) in all {
            let places: Option<Vec<u32>> = keys.iter().map(|(key, _)| memory.find(*key)).collect();
            let places = places.ok_or_else(|| serde::de::Error::custom("an id expires and is not remembered"))?;
            memory.expiring.insert(second, places);
        }
        Ok(memory)
    }
}
