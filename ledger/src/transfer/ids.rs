//! Which transfer ids are bound, and to what: 16 bytes a slot, whatever a transfer's size.
//!
//! Owns 256 shards. In a shard, a slot stands at its home or, where that is taken, in the first gap after it
//! (linear probing); homes rise with fingerprints, so that a walk in canonical order need only sort neighbours.
//! A slot is 88 bits of the id's hash beyond the 8 that choose the shard, 37 bits of place, 3 of state.
//! Equal fingerprints are *candidates*: whoever asks compares the whole id. An id that failed has no body
//! anywhere, so that its 128 bits are kept in `failed`, and its place points there.
//! Invariants: no gap between a slot's home and itself; at most 4 of 5 homes in use.
//! A shard grows alone, so that there is no long pause. Absent on purpose: the ids themselves.
//! Source of the idea: JOURNAL.md beside the design, "Index of 10 M transfer ids", measured before it was chosen.

use alloc::vec;
use alloc::vec::Vec;
use oikos_protocol::id::TransferId;

const SHARDS: usize = 1 << SHARD_BITS;
const SHARD_BITS: u32 = 8;
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

/// Where a key stands in its shard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spot(usize);

impl Key {
    #[inline]
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

#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ ((product >> 64) as u64)
}

#[inline]
fn pack(fingerprint: u128, place: u64, state: State) -> u128 {
    fingerprint << (PLACE_BITS + STATE_BITS) | u128::from(place) << STATE_BITS | u128::from(state as u8)
}

#[inline]
fn fingerprint(slot: u128) -> u128 {
    slot >> (PLACE_BITS + STATE_BITS)
}

#[inline]
fn place(slot: u128) -> u64 {
    (slot >> STATE_BITS) as u64 & ((1 << PLACE_BITS) - 1)
}

#[inline]
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
    /// Shards begin with different sizes, so that they do not all grow at the same time later on.
    fn first(number: u32) -> Self {
        let homes = 32 + number / 16;
        Self { slots: vec![0; homes as usize + SPILL], homes, used: 0 }
    }

    #[inline]
    fn home(&self, high: u32) -> usize {
        ((u64::from(high) * u64::from(self.homes)) >> 32) as usize
    }

    #[inline]
    fn home_of(&self, slot: u128) -> usize {
        self.home((fingerprint(slot) >> (FINGERPRINT_BITS - 32)) as u32)
    }

    /// The first slot from the home on that is a candidate, or the gap, or the end.
    #[inline]
    fn seek(&self, key: Key) -> usize {
        let mut at = self.home(key.home);
        while let Some(slot) = self.slots.get(at)
            && *slot != 0
            && fingerprint(*slot) != key.fingerprint
        {
            at += 1;
        }
        at
    }

    /// Puts a slot into the first gap from `at` on, which is where its key was sought.
    #[inline]
    fn insert(&mut self, key: Key, mut at: usize, slot: u128) {
        if (self.used + 1) * 5 > self.homes * 4 {
            self.grow();
            at = self.seek(key);
        }
        debug_assert_eq!(at, self.seek(key), "the index has changed since the key was sought");
        self.put(slot, at); // From a candidate that turned out to be another id, on to the gap.
        self.used += 1;
    }

    /// Half as many homes again: more would leave memory idle, less would move slots too often.
    #[cold]
    fn grow(&mut self) {
        let homes = (self.homes + self.homes / 2).max(8);
        let old = core::mem::replace(&mut self.slots, vec![0; homes as usize + SPILL]);
        self.homes = homes;
        for slot in old.into_iter().filter(|slot| *slot != 0) {
            self.put(slot, self.home_of(slot));
        }
    }

    /// Puts a slot into the first gap from `at` on.
    #[inline]
    fn put(&mut self, slot: u128, mut at: usize) {
        while self.slots.get(at).is_some_and(|slot| *slot != 0) {
            at += 1;
        }
        if at == self.slots.len() {
            self.slots.reserve_exact(SPILL);
            self.slots.resize(at + SPILL, 0);
        }
        self.slots[at] = slot;
    }

    fn remove(&mut self, at: usize) {
        let mut gap = at;
        for next in at + 1..self.slots.len() {
            let slot = self.slots[next];
            if slot == 0 {
                break;
            }
            if self.home_of(slot) <= gap {
                self.slots[gap] = slot;
                gap = next;
            }
        }
        self.slots[gap] = 0;
        self.used -= 1;
    }

    /// All slots in order of fingerprint, place and state.
    fn walk(&self) -> Vec<u128> {
        let mut all = Vec::with_capacity(self.used as usize);
        for cluster in self.slots.split(|slot| *slot == 0).filter(|cluster| !cluster.is_empty()) {
            let start = all.len();
            all.extend_from_slice(cluster);
            all[start..].sort_unstable();
        }
        all
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
    #[inline]
    pub(crate) fn touch(&self, key: Key) -> u64 {
        let Some(shard) = self.shards.get(key.shard as usize) else { return 0 };
        let home = shard.home(key.home);
        // A cluster seldom ends in the home's cache line, so that the next one is read ahead, too.
        let low = |at: usize| shard.slots.get(at).map_or(0, |slot| *slot as u64);
        low(home) ^ low(home + 4)
    }

    /// Where `key` is, or would be put; true until another id is bound or unbound.
    #[inline]
    pub(crate) fn seek(&self, key: Key) -> Spot {
        Spot(self.shards.get(key.shard as usize).map_or(0, |shard| shard.seek(key)))
    }

    /// What ids with this fingerprint are bound to. Nearly always nothing or one.
    #[inline]
    pub(crate) fn candidates(&self, key: Key, spot: Spot) -> impl Iterator<Item = (u64, State)> + '_ {
        let slots = self.shards.get(key.shard as usize).map_or(&[][..], |shard| &shard.slots[spot.0..]);
        let cluster = slots.iter().copied().take_while(|slot| *slot != 0);
        cluster.filter(move |slot| fingerprint(*slot) == key.fingerprint).map(|slot| (place(slot), state(slot)))
    }

    /// Binds an id that is not bound yet, at the spot where it was sought.
    #[inline]
    pub(crate) fn bind(&mut self, key: Key, mut spot: Spot, place: u64, state: State) {
        if self.shards.is_empty() {
            self.shards = (0..SHARDS as u32).map(Shard::first).collect();
            spot = self.seek(key);
        }
        self.shards[key.shard as usize].insert(key, spot.0, pack(key.fingerprint, place, state));
        self.len += 1;
    }

    /// Binds an id that is not bound yet to its failure.
    pub(crate) fn bind_failed(&mut self, key: Key, id: TransferId) {
        let spot = self.seek(key); // The chain it was in may have been undone since.
        self.bind(key, spot, self.failed.len() as u64, State::Failed);
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
        let mut cluster = shard.slots[start..].iter().take_while(|slot| **slot != 0);
        let at = cluster.position(|slot| {
            fingerprint(*slot) == key.fingerprint && place(*slot) == wanted && state(*slot) != State::Failed
        })?;
        Some((key.shard as usize, start + at))
    }

    /// All slots shard by shard, each in order; the same whatever the order of binding was.
    pub(crate) fn walk(&self) -> impl ExactSizeIterator<Item = Vec<u128>> + '_ {
        self.shards.iter().map(Shard::walk)
    }

    /// The index that [`TransferIds::walk`] walked, or `None` where that is no index.
    pub(crate) fn restore(walked: Vec<Vec<u128>>, failed: Vec<TransferId>) -> Option<Self> {
        if !(walked.is_empty() || walked.len() == SHARDS) {
            return None;
        }
        let mut ids = Self { shards: vec![Shard::default(); walked.len()], failed, len: 0 };
        for (shard, slots) in ids.shards.iter_mut().zip(walked) {
            let in_order = slots.is_sorted();
            if !in_order || slots.iter().any(|slot| !matches!(*slot as u8 & 7, 1..=6)) {
                return None;
            }
            ids.len += slots.len() as u64;
            shard.used = slots.len() as u32;
            shard.homes = shard.used;
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

    fn bind(ids: &mut TransferIds, id: u128, state: State) {
        let key = Key::of(TransferId(id));
        ids.bind(key, ids.seek(key), id as u64, state);
    }

    fn candidates(ids: &TransferIds, id: u128) -> Vec<(u64, State)> {
        let key = Key::of(TransferId(id));
        ids.candidates(key, ids.seek(key)).collect()
    }

    fn found(ids: &TransferIds, id: u128) -> Option<u64> {
        candidates(ids, id).into_iter().map(|(place, _)| place).find(|place| *place == id as u64)
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
                    bind(&mut ids, id, State::Pending);
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
                assert!(candidates(&ids, id).contains(&(id as u64, *state)), "{id}");
            }
        }
    }

    #[test]
    fn the_walk_does_not_tell_the_order_of_binding_and_restores_the_index() {
        let (mut forth, mut back) = (TransferIds::default(), TransferIds::default());
        for id in 0..5_000 {
            bind(&mut forth, id, State::Done);
            bind(&mut back, 4_999 - id, State::Done);
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
            bind(&mut ids, id, State::Done);
        }
        let bytes: usize = ids.shards.iter().map(|shard| shard.slots.capacity() * 16).sum();
        let per_id = bytes as u128 * 10 / bound;
        assert!((170..260).contains(&per_id), "{per_id} tenths of a byte an id");
    }
}
