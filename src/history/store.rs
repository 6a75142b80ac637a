//! Where the index is kept: keys in order, values, and batches that are taken whole or not at all.
//!
//! What a store promises: after [`Store::write`] returned, the batch survives the death of this process. It need not
//! survive a power cut: whoever opens an index verifies it, and the journal has everything.
//! Absent on purpose: transactions, deletion of ranges, more than one writer.

use std::fmt;

/// A store that cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the index cannot be read or written: {0}")]
pub struct StoreError(pub String);

/// A key with its value; `None` takes the key away.
pub type Write = (Vec<u8>, Option<Vec<u8>>);

/// A key with its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// What [`Store::scan`] calls for each key with its value.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<(), StoreError> + 'a;

/// An ordered map on disk.
pub trait Store: Send + Sync + fmt::Debug {
    /// The value of a key.
    ///
    /// # Errors
    /// [`StoreError`].
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// The greatest key in `from..=to` with its value.
    ///
    /// # Errors
    /// [`StoreError`].
    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError>;

    /// The smallest key in `from..=to` with its value.
    ///
    /// # Errors
    /// [`StoreError`].
    fn first(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, StoreError>;

    /// Calls `visit` for every key that begins with `prefix`, in order.
    ///
    /// # Errors
    /// [`StoreError`], its own or the visitor's.
    fn scan(&self, prefix: &[u8], visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Takes a batch in, all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn write(&self, batch: Vec<Write>) -> Result<(), StoreError>;
}
