//! The real storage: one folder of a Unix file system.
//!
//! `sync` is `fdatasync` on Linux and `F_FULLFSYNC` on macOS (as `std` does it).
//! Absent on purpose: O_DIRECT (measured: no faster than the page cache plus `fdatasync`).

use super::{Handle, Storage};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// A folder on disk.
#[derive(Debug, Clone)]
pub struct FileStorage {
    folder: PathBuf,
}

impl FileStorage {
    /// Uses `folder`, which must exist; for a journal that is read or checked.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] or [`io::ErrorKind::NotADirectory`] where there is no such folder.
    pub fn existing(folder: impl AsRef<Path>) -> io::Result<Self> {
        let folder = folder.as_ref();
        if !fs::metadata(folder)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { folder: folder.to_path_buf() })
    }

    /// Uses `folder` and makes it, durably, where it is missing.
    ///
    /// # Errors
    /// What the disk said.
    pub fn create_in(folder: impl AsRef<Path>) -> io::Result<Self> {
        let folder = folder.as_ref();
        let missing: Vec<&Path> =
            folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
        fs::create_dir_all(folder)?;
        for made in missing {
            // A folder is an entry of its parent: without this sync a power cut takes the journal with it.
            let parent = made.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(parent)?.sync_all()?;
        }
        Self::existing(folder)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Storage for FileStorage {
    fn create(&self, name: &str) -> io::Result<Box<dyn Handle>> {
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(self.folder.join(name))?;
        Ok(Box::new(file))
    }

    fn open(&self, name: &str, write: bool) -> io::Result<Box<dyn Handle>> {
        Ok(Box::new(OpenOptions::new().read(true).write(write).open(self.folder.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // A name that is no text is none of ours.
            if let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn sync_directory(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

impl Handle for File {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() {
            match FileExt::read_at(self, &mut buffer[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        Ok(rustix::fs::fallocate(self, rustix::fs::FallocateFlags::empty(), 0, bytes)?)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_made_with_its_parents_and_a_missing_one_is_not_read() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b/c");
        assert_eq!(FileStorage::existing(&folder).unwrap_err().kind(), io::ErrorKind::NotFound);
        let storage = FileStorage::create_in(&folder).unwrap();
        assert_eq!(storage.list().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_read_past_the_end_is_short_and_not_an_error() {
        let place = tempfile::tempdir().unwrap();
        let storage = FileStorage::create_in(place.path()).unwrap();
        let file = storage.create("x").unwrap();
        file.write_at(b"abc", 2).unwrap();
        let mut buffer = [9; 8];
        assert_eq!(file.read_at(&mut buffer, 1).unwrap(), 4);
        assert_eq!(&buffer[..4], b"\0abc");
    }
}
