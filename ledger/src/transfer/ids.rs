//! Which transfer ids are bound, and to what: 16 bytes a slot, whatever a transfer's size.
//!
//! Owns 1,024 shards. A shard keeps its slots in order of fingerprint, each at or after its home (linear
//! probing), so that a search for an absent id ends early and a walk is in canonical order.
//! A slot is 88 bits of the id's hash beyond the 10 that choose the shard, 37 bits of place, 3 of state.
//! Equal fingerprints are *candidates*: whoever asks compares the whole id. An id that failed has no body
//! anywhere, so that its 128 bits are kept in `failed`, and its place points there.
//! Invariants: slots in order; no gap between a slot's home and itself; at most 17 of 20 homes in use.
//! A shard grows alone, so that there is no long pause. Absent on purpose: the ids themselves.
//! Source of the idea: ../shared/JOURNAL.md, "Index of 10 M transfer ids", measured before it was chosen.

use alloc::vec;
use alloc::vec::Vec;
use oikos_protocol::id::TransferId;

const SHARDS: usize = 1 << SHARD_BITS;
const SHARD_BITS: u32 = 10;
const FINGERPRINT_BITS: u32 = 88;
const PLACE_BITS: u32 = 37;
const STATE_BITS: u32 = 3;
/// Room behind the last home of a shard before it must be made longer.
const SPILL: usize = 8;

/// What an id is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    /// A transfer that never was pending.
    Done = 1,
    /// A pending transfer, in `Ledger::open`.
    Pending = 2,
    /// A transfer that was pending and was posted.
    Posted = 3,
    /// A transfer that was pending and was voided.
    Voided = 4,
    /// A transfer that was pending until its timeout.
    Expired = 5,
    /// A failure; the place is one in `failed`.
    Failed = 6,
}

/// An id's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Key {
    shard: u32,
    home: u32,
    fingerprint: u128,
}

impl Key {
    pub(crate) fn of(id: TransferId) -> Self {
        let (low, high) = (id.0 as u64, (id.0 >> 64) as u64);
        let first = fold(low ^ 0xa076_1d64_78bd_642f, high ^ 0xe703_7ed1_a0b4_28db);
        let second = fold(high ^ 0x8ebc_6af0_9c88_c6e3, low ^ 0x5899_65cc_7537_4cc3);
        let first = fold(first ^ low, second ^ 0x1d8e_4e27_c47d_124f);
        let hash = u128::from(first) << 64 | u128::from(second ^ high.rotate_left(32));
        let fingerprint = hash >> (128 - SHARD_BITS - FINGERPRINT_BITS) & ((1 << FINGERPRINT_BITS) - 1);
        Self {
            shard: (hash >> (128 - SHARD_BITS)) as u32,
            home: (fingerprint >> (FINGERPRINT_BITS - 32)) as u32,
            fingerprint,
        }
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

fn pack(fingerprint: u128, place: u64, state: State) -> u128 {
    fingerprint << (PLACE_BITS + STATE_BITS) | u128::from(place) << STATE_BITS | u128::from(state as u8)
}

fn fingerprint(slot: u128) -> u128 {
    slot >> (PLACE_BITS + STATE_BITS)
}

fn place(slot: u128) -> u64 {
    (slot >> STATE_BITS) as u64 & ((1 << PLACE_BITS) - 1)
}

fn state(slot: u128) -> State {
    match slot as u8 & ((1 << STATE_BITS) - 1) {
        2 => State::Pending,
        3 => State::Posted,
        4 => State::Voided,
        5 => State::Expired,
        6 => State::Failed,
        _ => State::Done,
    }
}

#[derive(Debug, Clone, Default)]
struct Shard {
    /// Zero is no slot, since no state is zero.
    slots: Vec<u128>,
    homes: u32,
    used: u32,
}

impl Shard {
    fn home(&self, high: u32) -> usize {
        ((u64::from(high) * u64::from(self.homes)) >> 32) as usize
    }

    fn home_of(&self, slot: u128) -> usize {
        self.home((fingerprint(slot) >> (FINGERPRINT_BITS - 32)) as u32)
    }

    /// The first slot that is not before the fingerprint: a candidate, a later one, a gap, or the end.
    fn seek(&self, key: Key) -> usize {
        let mut at = self.home(key.home);
        while let Some(slot) = self.slots.get(at)
            && *slot != 0
            && fingerprint(*slot) < key.fingerprint
        {
            at += 1;
        }
        at
    }

    fn insert(&mut self, key: Key, slot: u128) {
        if (self.used + 1) * 20 > self.homes * 17 {
            self.grow();
        }
        let at = self.seek(key);
        let gap = self.slots[at..].iter().position(|slot| *slot == 0).map_or(self.slots.len(), |gap| at + gap);
        if gap == self.slots.len() {
            self.slots.reserve_exact(SPILL);
            self.slots.resize(gap + SPILL, 0);
        }
        self.slots.copy_within(at..gap, at + 1);
        self.slots[at] = slot;
        self.used += 1;
    }

    fn grow(&mut self) {
        let homes = (self.homes + self.homes / 4).max(self.homes + 8);
        let old = core::mem::take(&mut self.slots);
        self.homes = homes;
        self.slots = Vec::with_capacity(homes as usize + SPILL);
        for slot in old.into_iter().filter(|slot| *slot != 0) {
            let home = self.home_of(slot);
            if self.slots.len() < home {
                self.slots.resize(home, 0);
            }
            self.slots.push(slot);
        }
        let length = self.slots.len().max(homes as usize + SPILL);
        self.slots.resize(length, 0);
    }

    fn remove(&mut self, at: usize) {
        let run = self.slots[at + 1..].iter().enumerate();
        let end = run.take_while(|(ahead, slot)| **slot != 0 && self.home_of(**slot) <= at + ahead).count() + at;
        self.slots.copy_within(at + 1..end + 1, at);
        self.slots[end] = 0;
        self.used -= 1;
    }

    fn walk(&self) -> impl Iterator<Item = u128> + '_ {
        self.slots.iter().copied().filter(|slot| *slot != 0)
    }
}

/// The index of bound ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct TransferIds {
    /// Empty until the first id, so that a book without transfers costs nothing.
    shards: Vec<Shard>,
    failed: Vec<TransferId>,
    len: u64,
}

impl TransferIds {
    /// How many ids are bound.
    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// The ids that failed, in order.
    pub(crate) fn failed(&self) -> &[TransferId] {
        &self.failed
    }

    /// Reads the slot at the home of `key` ahead of its use, and returns something of it, so that the
    /// reads of many keys are under way at once.
    pub(crate) fn touch(&self, key: Key) -> u64 {
        let slot = self.shards.get(key.shard as usize).and_then(|shard| shard.slots.get(shard.home(key.home)));
        slot.map_or(0, |slot| *slot as u64)
    }

    /// What ids with this fingerprint are bound to. Nearly always nothing or one.
    pub(crate) fn candidates(&self, key: Key) -> impl Iterator<Item = (u64, State)> + '_ {
        let slots = self.shards.get(key.shard as usize).map_or(&[][..], |shard| &shard.slots[shard.seek(key)..]);
        let alike = slots.iter().take_while(move |slot| **slot != 0 && fingerprint(**slot) == key.fingerprint);
        alike.map(|slot| (place(*slot), state(*slot)))
    }

    /// Binds an id that is not bound yet.
    pub(crate) fn bind(&mut self, key: Key, place: u64, state: State) {
        if self.shards.is_empty() {
            self.shards = vec![Shard::default(); SHARDS];
        }
        self.shards[key.shard as usize].insert(key, pack(key.fingerprint, place, state));
        self.len += 1;
    }

    /// Binds an id that is not bound yet to its failure.
    pub(crate) fn bind_failed(&mut self, key: Key, id: TransferId) {
        self.bind(key, self.failed.len() as u64, State::Failed);
        self.failed.push(id);
    }

    /// Says anew what the transfer at `place` is.
    pub(crate) fn set(&mut self, key: Key, place: u64, state: State) {
        if let Some((shard, at)) = self.position(key, place) {
            self.shards[shard].slots[at] = pack(key.fingerprint, place, state);
        }
    }

    /// Forgets the transfer at `place`, which an undone chain had bound.
    pub(crate) fn unbind(&mut self, key: Key, place: u64) {
        if let Some((shard, at)) = self.position(key, place) {
            self.shards[shard].remove(at);
            self.len -= 1;
        }
    }

    fn position(&self, key: Key, wanted: u64) -> Option<(usize, usize)> {
        let shard = self.shards.get(key.shard as usize)?;
        let start = shard.seek(key);
        let alike =
            shard.slots[start..].iter().take_while(|slot| **slot != 0 && fingerprint(**slot) == key.fingerprint);
        let at = alike.enumerate().find(|(_, slot)| place(**slot) == wanted && state(**slot) != State::Failed)?.0;
        Some((key.shard as usize, start + at))
    }

    /// All slots shard by shard, each in order; the same whatever the order of binding was, but for ids of
    /// one fingerprint, which are in order of binding.
    pub(crate) fn walk(&self) -> impl Iterator<Item = Vec<u128>> + '_ {
        self.shards.iter().map(|shard| shard.walk().collect())
    }

    /// The index that [`TransferIds::walk`] walked, or `None` where that is no index.
    pub(crate) fn restore(walked: Vec<Vec<u128>>, failed: Vec<TransferId>) -> Option<Self> {
        if !(walked.is_empty() || walked.len() == SHARDS) {
            return None;
        }
        let mut ids = Self { shards: vec![Shard::default(); walked.len()], failed, len: 0 };
        for (shard, slots) in ids.shards.iter_mut().zip(walked) {
            let in_order = slots.windows(2).all(|pair| fingerprint(pair[0]) <= fingerprint(pair[1]));
            if !in_order || slots.iter().any(|slot| !matches!(*slot as u8 & 7, 1..=6)) {
                return None;
            }
            ids.len += slots.len() as u64;
            shard.used = slots.len() as u32;
            shard.homes = (shard.used / 3 * 4).max(8);
            shard.slots = slots;
            shard.grow();
        }
        Some(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;

    /// A generator good enough to mix operations; its constants are Knuth's.
    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 33
    }

    fn found(ids: &TransferIds, id: u128) -> Option<u64> {
        ids.candidates(Key::of(TransferId(id))).map(|(place, _)| place).find(|place| *place == id as u64)
    }

    #[test]
    fn what_is_bound_is_found_and_what_is_unbound_is_not() {
        let (mut ids, mut model, mut seed) = (TransferIds::default(), BTreeMap::new(), 7);
        for _ in 0..60_000 {
            let id = u128::from(next(&mut seed) % 20_000);
            let key = Key::of(TransferId(id));
            match next(&mut seed) % 3 {
                0 if model.remove(&id).is_some() => ids.unbind(key, id as u64),
                _ if !model.contains_key(&id) => {
                    ids.bind(key, id as u64, State::Pending);
                    model.insert(id, State::Pending);
                }
                _ => {
                    ids.set(key, id as u64, State::Posted);
                    model.insert(id, State::Posted);
                }
            }
        }
        assert_eq!(ids.len(), model.len() as u64);
        for id in 0..20_000 {
            let place = found(&ids, id);
            assert_eq!(place.is_some(), model.contains_key(&id), "{id}");
            if let Some(state) = model.get(&id) {
                let mut candidates = ids.candidates(Key::of(TransferId(id)));
                assert!(candidates.any(|candidate| candidate == (id as u64, *state)), "{id}");
            }
        }
    }

    #[test]
    fn the_walk_does_not_tell_the_order_of_binding_and_restores_the_index() {
        let (mut forth, mut back) = (TransferIds::default(), TransferIds::default());
        for id in 0..5_000 {
            forth.bind(Key::of(TransferId(id)), id as u64, State::Done);
            back.bind(Key::of(TransferId(4_999 - id)), 4_999 - id as u64, State::Done);
        }
        let walked: Vec<_> = forth.walk().collect();
        assert!(walked.iter().eq(&back.walk().collect::<Vec<_>>()));
        let restored = TransferIds::restore(walked.clone(), Vec::new()).unwrap();
        assert!(restored.walk().eq(walked));
        assert!((0..5_000).all(|id| found(&restored, id).is_some()));
    }

    #[test]
    fn an_index_of_many_ids_takes_about_twenty_bytes_an_id() {
        let mut ids = TransferIds::default();
        let bound = 1_000_000;
        for id in 0..bound {
            ids.bind(Key::of(TransferId(id)), id as u64, State::Done);
        }
        let bytes: usize = ids.shards.iter().map(|shard| shard.slots.capacity() * 16).sum();
        let per_id = bytes as u128 * 10 / bound;
        assert!((170..260).contains(&per_id), "{per_id} tenths of a byte an id");
    }
}
