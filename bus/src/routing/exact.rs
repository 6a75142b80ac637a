//! Subscriptions to literal subjects: one look-up in a hash table, however many there are.
//!
//! Invariant: no empty leaf stays behind. The keys are chosen by strangers, so the hash is seeded at random.

use bytes::Bytes;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{Gathering, Leaf, SubscriptionId};

#[derive(Debug)]
pub(super) struct Exact<T> {
    leaves: HashMap<Bytes, Leaf<T>, RandomState>,
}

impl<T> Default for Exact<T> {
    fn default() -> Self {
        Self { leaves: HashMap::default() }
    }
}

impl<T: Clone> Exact<T> {
    pub(super) fn insert(&mut self, subject: &Bytes, group: Option<&Bytes>, id: SubscriptionId, target: T) {
        self.leaves.entry(subject.clone()).or_default().insert(group, id, target);
    }

    pub(super) fn remove(&mut self, subject: &Bytes, group: Option<&Bytes>, id: SubscriptionId) -> bool {
        let Some(leaf) = self.leaves.get_mut(subject) else {
            return false;
        };
        let removed = leaf.remove(group, id);
        if leaf.is_empty() {
            self.leaves.remove(subject);
        }
        removed
    }

    pub(super) fn gather<'a>(&'a self, subject: &[u8], into: &mut Gathering<'a, T>) {
        if let Some(leaf) = self.leaves.get(subject) {
            leaf.gather(into);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stays_behind_after_the_last_subscription() {
        let mut exact = Exact::default();
        let (subject, group) = (Bytes::from_static(b"a.b"), Bytes::from_static(b"q"));
        exact.insert(&subject, Some(&group), 1, ());
        exact.insert(&subject, None, 2, ());
        assert!(!exact.remove(&subject, None, 1), "subscription 1 is in a group");
        assert!(exact.remove(&subject, Some(&group), 1));
        assert!(exact.remove(&subject, None, 2));
        assert!(exact.leaves.is_empty());
    }
}
