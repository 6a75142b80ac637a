//! The long values of the index, one behind the other in a file that only grows.
//!
//! sled keeps the keys and where their values lie: a tree moves what it holds again and again, so that of each long value
//! it wrote several copies. Here each is written once.
//! Invariants: a place is handed out after its bytes were written; bytes are never changed. What was written and never
//! named, because the process died in between, stays behind and harms nobody.
//! Absent on purpose: syncing, and checksums (whoever stores a value puts its own before it).

use super::store::StoreError;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where a value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub offset: u64,
    pub bytes: u32,
}

#[derive(Debug)]
pub(crate) struct Bodies {
    file: File,
    /// Where the next one goes. There is one writer.
    end: AtomicU64,
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

impl Bodies {
    /// Opens the file, a new one where there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let end = AtomicU64::new(file.metadata()?.len());
        Ok(Self { file, end })
    }

    /// Takes values in, all with one write.
    pub(crate) fn write(&self, values: &[Vec<u8>]) -> Result<Vec<Place>, StoreError> {
        let begin = self.end.load(Ordering::Acquire);
        let mut together = Vec::with_capacity(values.iter().map(Vec::len).sum());
        let mut places = Vec::with_capacity(values.len());
        for value in values {
            let bytes = u32::try_from(value.len()).map_err(|_| StoreError("a value of 4 GiB or more".to_owned()))?;
            places.push(Place { offset: begin + together.len() as u64, bytes });
            together.extend_from_slice(value);
        }
        self.file.write_all_at(&together, begin)?;
        self.end.store(begin + together.len() as u64, Ordering::Release);
        Ok(places)
    }

    /// The value at a place.
    pub(crate) fn read(&self, place: Place) -> Result<Vec<u8>, StoreError> {
        // Said by a file that may be damaged: nothing is made room for that is not there.
        let end = self.end.load(Ordering::Acquire);
        if place.offset.checked_add(u64::from(place.bytes)).is_none_or(|upto| upto > end) {
            return Err(StoreError("a value lies behind the end of its file".to_owned()));
        }
        let mut value = vec![0; place.bytes as usize];
        self.file.read_exact_at(&mut value, place.offset)?;
        Ok(value)
    }
}
