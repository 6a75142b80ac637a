//! The index in sled 0.34, which may hold only what can be deleted and built again.
//!
//! sled panics on some damage, so every call is made where a panic is caught and becomes an error. Its flush does not
//! survive a power cut on Linux; nothing here depends on that.

use super::store::{Pair, Store, StoreError, Visit, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Bytes that sled keeps in memory: few, large values need no more.
const CACHE_BYTES: u64 = 48 << 20;

/// A sled database in a folder of its own.
#[derive(Debug)]
pub struct SledStore(sled::Db);

fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(StoreError(error.to_string())),
        Err(_) => Err(StoreError("sled panicked; its files are damaged".to_owned())),
    }
}

impl SledStore {
    /// Opens the database in `folder`, a new one where there is none.
    ///
    /// # Errors
    /// [`StoreError`]: it is damaged, or another process has it open.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let config = sled::Config::new().path(folder).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        guarded(|| config.open()).map(Self)
    }
}

impl Store for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        guarded(|| Ok(self.0.get(key)?.map(|value| value.to_vec())))
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        guarded(|| {
            let found = self.0.range(from..=to).next_back().transpose()?;
            Ok(found.map(|(key, value)| (key.to_vec(), value.to_vec())))
        })
    }

    fn first(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        guarded(|| {
            let found = self.0.range(from..=to).next().transpose()?;
            Ok(found.map(|(key, value)| (key.to_vec(), value.to_vec())))
        })
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let mut found = self.0.scan_prefix(prefix);
        while let Some((key, value)) = guarded(|| found.next().transpose())? {
            visit(&key, &value)?;
        }
        Ok(())
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        guarded(|| {
            let mut into = sled::Batch::default();
            for (key, value) in batch {
                match value {
                    Some(value) => into.insert(key, value),
                    None => into.remove(key),
                }
            }
            self.0.apply_batch(into)?;
            self.0.flush().map(drop)
        })
    }
}
