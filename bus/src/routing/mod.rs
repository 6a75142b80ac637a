//! Who hears: from a subject to the subscriptions it reaches.
//!
//! Owns the table of subscriptions: [`exact`] keeps literal filters in one hash table, [`trie`] keeps those
//! with wildcards by token, [`cache`] remembers answers for one publisher.
//! Invariants: a subscription is found under exactly the filter and queue group it was inserted with; members
//! of one queue group meet in one list, whatever their filters; `generation` changes with every insertion and
//! removal, so that a remembered answer is either current or thrown away.
//! Absent on purpose: delivery, permissions, locks. Both [`crate::local`] and [`crate::broker`] bring their own.

pub mod cache;
pub mod exact;
pub mod trie;

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use smallvec::SmallVec;

use crate::subject::has_wildcard;

/// Identifies one subscription in a table; never used twice.
pub type SubscriptionId = u64;

/// The subscriptions a subject reaches.
#[derive(Debug, Clone)]
pub struct Route<T> {
    /// Each of these hears every message.
    pub plain: Vec<T>,
    /// Of each of these groups one member hears a message.
    pub groups: SmallVec<[Vec<T>; 1]>,
}

impl<T> Default for Route<T> {
    fn default() -> Self {
        Self { plain: Vec::new(), groups: SmallVec::new() }
    }
}

impl<T> Route<T> {
    /// Whether nobody hears.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.groups.is_empty()
    }
}

/// A [`Route`] being put together: groups are found again by name, across filters.
pub(crate) struct Gathering<'a, T> {
    route: Route<T>,
    names: SmallVec<[&'a Bytes; 4]>,
}

/// Subscriptions by id, in a dense list: cheap to walk, and one is taken out without a search. Ids are ours, so their
/// hash needs no seed.
type Members<T> = IndexMap<SubscriptionId, T, FixedState>;

/// The subscriptions that share one filter.
#[derive(Debug)]
pub(crate) struct Leaf<T> {
    plain: Members<T>,
    groups: SmallVec<[(Bytes, Members<T>); 1]>,
}

impl<T> Default for Leaf<T> {
    fn default() -> Self {
        Self { plain: IndexMap::default(), groups: SmallVec::new() }
    }
}

impl<T: Clone> Leaf<T> {
    fn insert(&mut self, group: Option<&Bytes>, id: SubscriptionId, target: T) {
        let Some(name) = group else {
            self.plain.insert(id, target);
            return;
        };
        match self.groups.iter_mut().find(|(n, _)| n == name) {
            Some((_, members)) => {
                members.insert(id, target);
            }
            None => self.groups.push((name.clone(), IndexMap::from_iter([(id, target)]))),
        }
    }

    fn remove(&mut self, group: Option<&Bytes>, id: SubscriptionId) -> bool {
        let Some(name) = group else {
            return self.plain.swap_remove(&id).is_some();
        };
        let Some(position) = self.groups.iter().position(|(n, _)| n == name) else {
            return false;
        };
        let members = &mut self.groups[position].1;
        let removed = members.swap_remove(&id).is_some();
        if members.is_empty() {
            self.groups.swap_remove(position);
        }
        removed
    }

    fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.groups.is_empty()
    }

    fn gather<'a>(&'a self, into: &mut Gathering<'a, T>) {
        into.route.plain.extend(self.plain.values().cloned());
        for (name, members) in &self.groups {
            let slot = into.names.iter().position(|n| *n == name).unwrap_or_else(|| {
                into.names.push(name);
                into.route.groups.push(Vec::new());
                into.names.len() - 1
            });
            into.route.groups[slot].extend(members.values().cloned());
        }
    }
}

/// All subscriptions. `T` is whatever delivers to one of them.
#[derive(Debug)]
pub struct Table<T> {
    exact: exact::Exact<T>,
    wild: trie::Trie<T>,
    generation: Arc<AtomicU64>,
    len: usize,
}

impl<T: Clone> Default for Table<T> {
    fn default() -> Self {
        Self {
            exact: exact::Exact::default(),
            wild: trie::Trie::default(),
            generation: Arc::new(AtomicU64::new(0)),
            len: 0,
        }
    }
}

impl<T: Clone> Table<T> {
    /// Adds a subscription. `filter` must be valid (no empty token, `>` only at the end).
    pub fn insert(&mut self, filter: &Bytes, group: Option<&Bytes>, id: SubscriptionId, target: T) {
        if has_wildcard(filter) {
            self.wild.insert(filter, group, id, target);
        } else {
            self.exact.insert(filter, group, id, target);
        }
        self.len += 1;
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// Takes a subscription out; `false` when it is not there.
    pub fn remove(&mut self, filter: &Bytes, group: Option<&Bytes>, id: SubscriptionId) -> bool {
        let removed = if has_wildcard(filter) {
            self.wild.remove(filter, group, id)
        } else {
            self.exact.remove(filter, group, id)
        };
        if removed {
            self.len -= 1;
            self.generation.fetch_add(1, Ordering::Release);
        }
        removed
    }

    /// Everyone whom a message on `subject` reaches.
    #[must_use]
    pub fn route(&self, subject: &[u8]) -> Route<T> {
        let mut gathering = Gathering { route: Route::default(), names: SmallVec::new() };
        self.exact.gather(subject, &mut gathering);
        self.wild.gather(subject, &mut gathering);
        gathering.route
    }

    /// How many subscriptions there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The counter that moves with every change, to be read without the table's lock.
    #[must_use]
    pub fn generation(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.generation)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::subject::{covers, is_valid_filter};

    fn bytes(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    #[test]
    fn a_group_with_two_filters_is_one_group() {
        let mut table = Table::default();
        table.insert(&bytes("a.b"), Some(&bytes("q")), 1, 1);
        table.insert(&bytes("a.*"), Some(&bytes("q")), 2, 2);
        table.insert(&bytes("a.>"), Some(&bytes("r")), 3, 3);
        table.insert(&bytes(">"), None, 4, 4);
        let route = table.route(b"a.b");
        assert_eq!(route.plain, [4]);
        assert_eq!(route.groups.to_vec(), [vec![1, 2], vec![3]]);
    }

    #[test]
    fn an_invalid_subject_reaches_nobody() {
        let mut table = Table::default();
        table.insert(&bytes(">"), None, 1, 1);
        table.insert(&bytes("a.*"), None, 2, 2);
        table.insert(&bytes("*.a"), None, 3, 3);
        for subject in ["", ".", "a.", ".a", "a..b", "..a"] {
            assert!(table.route(subject.as_bytes()).is_empty(), "{subject:?}");
        }
    }

    #[test]
    fn a_subject_of_two_thousand_tokens_is_only_long() {
        let mut table = Table::default();
        let deep = bytes(&["*"; 2048].join("."));
        table.insert(&deep, None, 1, 1);
        assert_eq!(table.route(&deep).plain, [1]);
        assert!(table.remove(&deep, None, 1));
        assert!(table.is_empty());
    }

    fn token() -> impl Strategy<Value = &'static str> {
        prop_oneof![Just("a"), Just("b"), Just("*"), Just(">"), Just("")]
    }

    proptest! {
        /// The tiny model: a list of filters, each compared with `covers`.
        #[test]
        fn the_table_agrees_with_a_list(
            ops in prop::collection::vec((prop::collection::vec(token(), 1..5), prop::option::of(0..2u8), any::<bool>()), 1..40),
            subjects in prop::collection::vec(prop::collection::vec(prop_oneof![Just("a"), Just("b"), Just("c"), Just("")], 1..5), 1..20),
        ) {
            let mut table = Table::default();
            let mut model: Vec<(Bytes, Option<Bytes>, u64)> = Vec::new();
            for (id, (tokens, group, remove)) in (0u64..).zip(ops) {
                let filter = bytes(&tokens.join("."));
                if !is_valid_filter(&filter) {
                    continue;
                }
                let group = group.map(|g| bytes(&g.to_string()));
                let before = table.generation().load(Ordering::Relaxed);
                table.insert(&filter, group.as_ref(), id, id);
                model.push((filter, group, id));
                if remove {
                    let (filter, group, id) = model.swap_remove(model.len() / 2);
                    prop_assert!(table.remove(&filter, group.as_ref(), id));
                    prop_assert!(!table.remove(&filter, group.as_ref(), id));
                }
                prop_assert!(table.generation().load(Ordering::Relaxed) > before);
                prop_assert_eq!(table.len(), model.len());
            }
            for subject in subjects {
                let subject = subject.join(".");
                let valid = !subject.split('.').any(str::is_empty);
                let hears = |f: &Bytes| valid && covers(f, subject.as_bytes());
                let route = table.route(subject.as_bytes());
                let mut plain = route.plain.clone();
                plain.sort_unstable();
                let mut expected: Vec<u64> = model.iter().filter(|(f, g, _)| g.is_none() && hears(f)).map(|m| m.2).collect();
                expected.sort_unstable();
                prop_assert_eq!(plain, expected);
                let mut groups: Vec<Vec<u64>> = route.groups.iter().cloned().map(|mut g| { g.sort_unstable(); g }).collect();
                groups.sort();
                let mut expected: Vec<Vec<u64>> = ["0", "1"].iter().map(|name| {
                    let mut ids: Vec<u64> = model.iter().filter(|(f, g, _)| g.as_deref() == Some(name.as_bytes()) && hears(f)).map(|m| m.2).collect();
                    ids.sort_unstable();
                    ids
                }).filter(|ids| !ids.is_empty()).collect();
                expected.sort();
                prop_assert_eq!(groups, expected);
            }
        }
    }
}
