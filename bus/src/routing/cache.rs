//! Answers of the routing table that one publisher remembers, so that the busy path takes no lock.
//!
//! Invariants: an answer of an older generation of the table is never given; at most two maps of
//! [`ENTRIES_MAX`] subjects are held. Subjects seen once (the inbox of a request) push each other out in the
//! young map and leave what is in use in the old one alone.
//! Absent on purpose: a list of recent use; two maps that change places do the same for one extra look-up.

use std::sync::Arc;

use bytes::Bytes;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::Route;

/// Subjects in each of the two maps.
pub const ENTRIES_MAX: usize = 512;

type Remembered<T> = HashMap<Bytes, Arc<Route<T>>, RandomState>;

/// What one publisher remembers.
#[derive(Debug)]
pub struct Cache<T> {
    generation: u64,
    last: Option<(Bytes, Arc<Route<T>>)>,
    young: Remembered<T>,
    old: Remembered<T>,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { generation: 0, last: None, young: HashMap::default(), old: HashMap::default() }
    }
}

impl<T> Cache<T> {
    /// The route of `subject` at this generation of the table: remembered, or looked up and then remembered.
    pub fn route(&mut self, generation: u64, subject: &[u8], look_up: impl FnOnce() -> Route<T>) -> Arc<Route<T>> {
        if self.generation != generation {
            self.generation = generation;
            self.last = None;
            self.young.clear();
            self.old.clear();
        }
        if let Some((known, route)) = &self.last
            && known == subject
        {
            return Arc::clone(route);
        }
        let found = match self.young.get_key_value(subject) {
            Some((key, route)) => (key.clone(), Arc::clone(route)),
            None => {
                let (key, route) = self
                    .old
                    .remove_entry(subject)
                    .unwrap_or_else(|| (Bytes::copy_from_slice(subject), Arc::new(look_up())));
                if self.young.len() >= ENTRIES_MAX {
                    core::mem::swap(&mut self.young, &mut self.old);
                    self.young.clear();
                }
                self.young.insert(key.clone(), Arc::clone(&route));
                (key, route)
            }
        };
        let route = Arc::clone(&found.1);
        self.last = Some(found);
        route
    }

    /// Forgets everything and gives the memory back: an idle publisher costs nothing.
    pub fn release(&mut self) {
        *self = Self { generation: self.generation, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(plain: Vec<u32>) -> Route<u32> {
        Route { plain, ..Route::default() }
    }

    #[test]
    fn an_answer_of_an_older_generation_is_never_given() {
        let mut cache = Cache::default();
        assert_eq!(cache.route(1, b"a", || route(vec![1])).plain, [1]);
        assert_eq!(cache.route(1, b"a", || unreachable!("remembered")).plain, [1]);
        assert_eq!(cache.route(2, b"a", || route(vec![2])).plain, [2]);
    }

    #[test]
    fn subjects_seen_once_cannot_grow_it_and_one_in_use_stays() {
        let mut cache = Cache::default();
        let _ = cache.route(1, b"busy", || route(vec![7]));
        for n in 0..10 * ENTRIES_MAX {
            let _ = cache.route(1, format!("_INBOX.{n}").as_bytes(), || route(vec![]));
            assert_eq!(cache.route(1, b"busy", || unreachable!("in use")).plain, [7]);
        }
        assert!(cache.young.len() + cache.old.len() <= 2 * ENTRIES_MAX);
    }
}
