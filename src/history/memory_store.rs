//! A store in memory: for tests, and to show that another one fits behind the trait.

use super::store::{Pair, Store, StoreError, Visit, Write};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// An ordered map in memory; clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<RwLock<BTreeMap<Vec<u8>, Vec<u8>>>>);

impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = map.range(from.to_vec()..=to.to_vec()).next_back();
        Ok(found.map(|(key, value)| (key.clone(), value.clone())))
    }

    fn first(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = map.range(from.to_vec()..=to.to_vec()).next();
        Ok(found.map(|(key, value)| (key.clone(), value.clone())))
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = map.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        found.try_for_each(|(key, value)| visit(key, value))
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in batch {
            match value {
                Some(value) => drop(map.insert(key, value)),
                None => drop(map.remove(&key)),
            }
        }
        Ok(())
    }
}
