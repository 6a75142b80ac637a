//! The index on disk, which may hold only what can be deleted and built again: keys in sled 0.34, long values beside it.
//!
//! In sled's tree a value is itself, or where it lies among the bodies; its first byte says which.
//! sled panics on some damage, so every call is made where a panic is caught and becomes an error. Its flush does not
//! survive a power cut on Linux; nothing here depends on that.

use super::bodies::{Bodies, Place};
use super::store::{Pair, Store, StoreError, Visit, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Bytes that sled keeps in memory: it has keys and places, and few of them.
const CACHE_BYTES: u64 = 16 << 20;
/// Longer values lie among the bodies.
const INLINE_BYTES_MAX: usize = 64;
const INLINE: u8 = 0;
const PLACED: u8 = 1;

/// The folder of sled's own files, and the file of bodies.
const KEYS: &str = "keys";
const BODIES: &str = "bodies";

/// An index in a folder of its own.
#[derive(Debug)]
pub struct SledStore {
    keys: sled::Db,
    bodies: Bodies,
}

fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(StoreError(error.to_string())),
        Err(_) => Err(StoreError("sled panicked; its files are damaged".to_owned())),
    }
}

impl SledStore {
    /// Opens the index in `folder`, a new one where there is none.
    ///
    /// # Errors
    /// [`StoreError`]: it is damaged or of another form, or another process has it open.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        let is_new = std::fs::read_dir(folder)?.next().is_none();
        let is_ours = folder.join(KEYS).is_dir() && folder.join(BODIES).is_file();
        if !is_new && !is_ours {
            return Err(StoreError("the folder holds something else than this form of index".to_owned()));
        }
        let config = sled::Config::new().path(folder.join(KEYS)).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        let bodies = Bodies::open(&folder.join(BODIES))?;
        let keys = guarded(|| config.open())?;
        Ok(Self { keys, bodies })
    }

    fn value(&self, stored: &[u8]) -> Result<Vec<u8>, StoreError> {
        let place = || {
            let (offset, bytes) = stored.get(1..)?.split_first_chunk::<8>()?;
            Some(Place { offset: u64::from_le_bytes(*offset), bytes: u32::from_le_bytes(bytes.try_into().ok()?) })
        };
        match stored.first() {
            Some(&INLINE) => Ok(stored[1..].to_vec()),
            Some(&PLACED) => self.bodies.read(place().ok_or_else(unreadable)?),
            _ => Err(unreadable()),
        }
    }

    fn pair(&self, found: Option<(sled::IVec, sled::IVec)>) -> Result<Option<Pair>, StoreError> {
        found.map(|(key, stored)| Ok((key.to_vec(), self.value(&stored)?))).transpose()
    }
}

fn unreadable() -> StoreError {
    StoreError("a key whose value makes no sense".to_owned())
}

impl Store for SledStore {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        guarded(|| self.keys.get(key))?.map(|stored| self.value(&stored)).transpose()
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        self.pair(guarded(|| self.keys.range(from..=to).next_back().transpose())?)
    }

    fn first(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError> {
        self.pair(guarded(|| self.keys.range(from..=to).next().transpose())?)
    }

    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let mut found = self.keys.scan_prefix(prefix);
        while let Some((key, stored)) = guarded(|| found.next().transpose())? {
            visit(&key, &self.value(&stored)?)?;
        }
        Ok(())
    }

    fn write(&self, batch: Vec<Write>) -> Result<(), StoreError> {
        let mut into = sled::Batch::default();
        let (mut long_keys, mut bodies) = (Vec::new(), Vec::new());
        for (key, value) in batch {
            match value {
                Some(value) if value.len() > INLINE_BYTES_MAX => {
                    long_keys.push(key);
                    bodies.push(value);
                }
                Some(mut value) => {
                    value.insert(0, INLINE);
                    into.insert(key, value);
                }
                None => into.remove(key),
            }
        }
        for (key, Place { offset, bytes }) in long_keys.into_iter().zip(self.bodies.write(&bodies)?) {
            into.insert(key, [&[PLACED][..], &offset.to_le_bytes(), &bytes.to_le_bytes()].concat());
        }
        guarded(|| {
            self.keys.apply_batch(into)?;
            self.keys.flush().map(drop)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> SledStore {
        SledStore::open(folder).unwrap()
    }

    #[test]
    fn short_and_long_values_are_found_again_by_key_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let values: Vec<(Vec<u8>, Vec<u8>)> = [0, 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1, 30_000]
            .iter()
            .zip(0u8..)
            .map(|(n, k)| (vec![k], vec![k; *n]))
            .collect();
        let store = open(folder.path());
        store.write(values.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect()).unwrap();
        drop(store);
        let store = open(folder.path());
        let mut scanned = Vec::new();
        store
            .scan(&[], &mut |key, value| {
                scanned.push((key.to_vec(), value.to_vec()));
                Ok(())
            })
            .unwrap();
        assert_eq!(scanned, values);
        for (key, value) in &values {
            assert_eq!(store.get(key).unwrap().as_ref(), Some(value));
        }
        assert_eq!(store.last(&[0], &[9]).unwrap(), values.last().cloned());
        assert_eq!(store.first(&[3], &[9]).unwrap(), values.get(3).cloned());
    }

    #[test]
    fn what_was_written_and_never_named_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store.bodies.write(&[vec![7; 100]]).unwrap();
        drop(store);
        let store = open(folder.path());
        store.write(vec![(vec![1], Some(vec![8; 100]))]).unwrap();
        assert_eq!(store.get(&[1]).unwrap(), Some(vec![8; 100]));
    }

    #[test]
    fn a_value_behind_the_end_of_the_bodies_is_an_error_and_takes_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path());
        store.keys.insert([1], [&[PLACED][..], &8u64.to_le_bytes(), &u32::MAX.to_le_bytes()].concat()).unwrap();
        store.keys.insert([2], &[PLACED, 1][..]).unwrap();
        store.keys.insert([3], &[9][..]).unwrap();
        for key in 1..=3 {
            assert!(store.get(&[key]).is_err(), "{key}");
        }
    }

    #[test]
    fn a_folder_of_another_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("db"), b"what sled wrote before").unwrap();
        assert!(SledStore::open(folder.path()).is_err());
    }
}
