//! Where the bytes live: the few file operations the journal needs, behind one trait.
//!
//! Owns the contract between the journal and a disk. What a storage promises: bytes whose
//! [`Handle::sync`] returned `Ok` survive a power cut, and so does a create, rename or remove once
//! [`Storage::sync_directory`] returned `Ok`. It promises nothing about anything else: unsynced
//! bytes may be kept, lost, torn at 512 bytes or kept in another order.
//! Absent on purpose: append, seek, buffering, retries. A failed sync is never tried again.
//! Start at [`Storage`]; [`FileStorage`] is the real one, the others exist so that a test can cut
//! the power ([`Forgetful`]) or break a call ([`Failing`]).

mod failing;
mod file;
mod forgetful;
mod memory;

pub use failing::{Failing, Failure};
pub use file::FileStorage;
pub use forgetful::{Call, Forgetful, Loss, Operation};
pub use memory::Memory;

use std::fmt;
use std::io;

/// One folder of files with flat names.
pub trait Storage: Send + Sync + fmt::Debug {
    /// Makes an empty file for writing; one of the same name is emptied.
    ///
    /// # Errors
    /// What the disk said.
    fn create(&self, name: &str) -> io::Result<Box<dyn Handle>>;

    /// Opens an existing file, for writing too when `write` is set.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none; else what the disk said.
    fn open(&self, name: &str, write: bool) -> io::Result<Box<dyn Handle>>;

    /// Gives a file another name, replacing a file that has it.
    ///
    /// # Errors
    /// What the disk said.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Takes a file away.
    ///
    /// # Errors
    /// What the disk said.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// All names, sorted.
    ///
    /// # Errors
    /// What the disk said.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes creates, renames and removes durable.
    ///
    /// # Errors
    /// What the disk said; the caller must then treat the folder as unknown.
    fn sync_directory(&self) -> io::Result<()>;
}

/// One open file.
pub trait Handle: Send + fmt::Debug {
    /// Fills `buffer` from `offset`; fewer bytes only where the file ends.
    ///
    /// # Errors
    /// What the disk said.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// What the disk said; how much was written is then unknown.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes content and length durable (`fdatasync`).
    ///
    /// # Errors
    /// What the disk said; nothing is known then about any byte written since the last success.
    fn sync(&self) -> io::Result<()>;

    /// Cuts or extends the file (with zeros) to `bytes`.
    ///
    /// # Errors
    /// What the disk said.
    fn set_length(&self, bytes: u64) -> io::Result<()>;

    /// Extends the file (with zeros) to `bytes` and keeps the space for it, so that a write below never finds a full disk.
    ///
    /// # Errors
    /// What the disk said; [`io::ErrorKind::Unsupported`] where the file system cannot.
    fn reserve(&self, bytes: u64) -> io::Result<()>;

    /// The length in bytes.
    ///
    /// # Errors
    /// What the disk said.
    fn length(&self) -> io::Result<u64>;
}
