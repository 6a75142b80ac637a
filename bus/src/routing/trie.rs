//! Subscriptions with wildcards, by token: a level a token, `*` and the final `>` beside the literal children.
//!
//! Invariants: no empty node stays behind; a look-up visits each node at most once, since a node's depth is
//! the number of the token it stands for. Depth is bounded by the length of a control line.

use bytes::Bytes;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{Gathering, Leaf, SubscriptionId};

#[derive(Debug)]
pub(super) struct Trie<T> {
    root: Node<T>,
}

#[derive(Debug)]
struct Node<T> {
    literal: HashMap<Bytes, Node<T>, RandomState>,
    star: Option<Box<Node<T>>>,
    /// Filters that go on with `>` from here.
    rest: Leaf<T>,
    /// Filters that end here.
    here: Leaf<T>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self { literal: HashMap::default(), star: None, rest: Leaf::default(), here: Leaf::default() }
    }
}

impl<T> Default for Trie<T> {
    fn default() -> Self {
        Self { root: Node::default() }
    }
}

impl<T: Clone> Trie<T> {
    pub(super) fn insert(&mut self, filter: &Bytes, group: Option<&Bytes>, id: SubscriptionId, target: T) {
        let mut node = &mut self.root;
        for token in filter.split(|&b| b == b'.') {
            match token {
                b">" => return node.rest.insert(group, id, target),
                b"*" => node = node.star.get_or_insert_default(),
                _ => node = node.literal.entry(Bytes::copy_from_slice(token)).or_default(),
            }
        }
        node.here.insert(group, id, target);
    }

    pub(super) fn remove(&mut self, filter: &Bytes, group: Option<&Bytes>, id: SubscriptionId) -> bool {
        self.root.remove(filter.split(|&b| b == b'.'), group, id)
    }

    pub(super) fn gather<'a>(&'a self, subject: &[u8], into: &mut Gathering<'a, T>) {
        // An empty token matches nothing, not even `>`, wherever in the subject it stands.
        if !subject.split(|&b| b == b'.').any(<[u8]>::is_empty) {
            self.root.gather(subject.split(|&b| b == b'.'), into);
        }
    }
}

impl<T: Clone> Node<T> {
    fn remove<'s>(
        &mut self,
        mut tokens: impl Iterator<Item = &'s [u8]>,
        group: Option<&Bytes>,
        id: SubscriptionId,
    ) -> bool {
        match tokens.next() {
            None => self.here.remove(group, id),
            Some(b">") => self.rest.remove(group, id),
            Some(b"*") => {
                let Some(child) = &mut self.star else {
                    return false;
                };
                let removed = child.remove(tokens, group, id);
                if child.is_empty() {
                    self.star = None;
                }
                removed
            }
            Some(token) => {
                let Some(child) = self.literal.get_mut(token) else {
                    return false;
                };
                let removed = child.remove(tokens, group, id);
                if child.is_empty() {
                    self.literal.remove(token);
                }
                removed
            }
        }
    }

    fn gather<'a, 's>(&'a self, mut tokens: impl Iterator<Item = &'s [u8]> + Clone, into: &mut Gathering<'a, T>) {
        let Some(token) = tokens.next() else {
            return self.here.gather(into);
        };
        self.rest.gather(into);
        if let Some(child) = &self.star {
            child.gather(tokens.clone(), into);
        }
        if let Some(child) = self.literal.get(token) {
            child.gather(tokens, into);
        }
    }

    fn is_empty(&self) -> bool {
        self.literal.is_empty() && self.star.is_none() && self.rest.is_empty() && self.here.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stays_behind_after_the_last_subscription() {
        let mut trie = Trie::default();
        let filters = ["*", ">", "a.*.c", "a.>", "*.*.>"].map(|f| Bytes::from_static(f.as_bytes()));
        for (id, filter) in (0..).zip(&filters) {
            trie.insert(filter, None, id, ());
        }
        assert!(!trie.remove(&Bytes::from_static(b"a.*.d"), None, 2));
        for (id, filter) in (0..).zip(&filters) {
            assert!(trie.remove(filter, None, id));
        }
        assert!(trie.root.is_empty());
    }
}
