//! A disk in memory that forgets what was not synced when its power is cut.
//!
//! Owns, for each file, the bytes on the platter and the changes still in the cache; for the
//! folder, the durable names and the renames and creates still in the cache. A cut keeps, by
//! [`Loss`] and a seed, none, all, a torn prefix or an arbitrary choice of 512-byte sectors.
//! Pessimistic on purpose: a file's length, its sectors and its name are lost apart from each
//! other, and the order between files means nothing.
//! [`Forgetful::lying`] gives a disk that answers a sync without doing it, so that a test of
//! durability can be shown to fail.

use super::memory::{read, set_length, write};
use super::{Handle, Storage};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SECTOR_BYTES: usize = 512;

/// What a power cut does to the changes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// All are lost.
    All,
    /// The earlier ones are kept, one is torn at a sector, the later ones are lost.
    Torn,
    /// Each sector, length and name is kept or lost on its own.
    Reordered,
    /// All are kept, though nobody promised it.
    Nothing,
}

/// One call that changed or synced something, as the disk saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What was asked.
    pub operation: Operation,
    /// The file it was asked of, by its name at that time; empty for the folder.
    pub file: String,
}

/// The operations of a [`Call`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// A file was made.
    Create,
    /// Bytes were written.
    Write,
    /// A file was synced.
    Sync,
    /// A file was cut or extended.
    SetLength,
    /// A file was renamed.
    Rename,
    /// A file was removed.
    Remove,
    /// The folder was synced.
    SyncDirectory,
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: u64, bytes: Vec<u8> },
    Length(u64),
}

#[derive(Debug, Clone, Default)]
struct File {
    platter: Vec<u8>,
    live: Vec<u8>,
    cached: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Naming {
    Bind { name: String, file: usize },
    Move { from: String, to: String, file: usize },
    Unbind { name: String },
}

#[derive(Debug, Clone, Default)]
struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    cached_names: Vec<Naming>,
    trace: Vec<Call>,
    cut_at: Option<usize>,
    off: bool,
    lies: bool,
}

/// A disk whose power can be cut. Clones share the same disk.
#[derive(Debug, Clone, Default)]
pub struct Forgetful {
    disk: Arc<Mutex<Disk>>,
}

impl Forgetful {
    /// An empty, honest disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty disk that answers every sync with `Ok` and does nothing.
    #[must_use]
    pub fn lying() -> Self {
        let disk = Self::default();
        disk.lock().lies = true;
        disk
    }

    /// The power goes at call number `call` of the [`Forgetful::trace`]: that call is under way
    /// and fails, and so does everything after it.
    pub fn cut_at(&self, call: usize) {
        self.lock().cut_at = Some(call);
    }

    /// All calls so far that changed or synced something.
    #[must_use]
    pub fn trace(&self) -> Vec<Call> {
        self.lock().trace.clone()
    }

    /// The disk after its power was cut now (or earlier, by [`Forgetful::cut_at`]) and came back.
    #[must_use]
    pub fn after_power_cut(&self, loss: Loss, seed: u64) -> Self {
        let mut dice = Dice(seed ^ 0x6f69_6b6f_7370_6f77);
        let old = self.lock();
        let mut names = old.durable_names.clone();
        for naming in surviving(&old.cached_names, loss, &mut dice) {
            apply_naming(&mut names, naming);
        }
        let files = old.files.iter().map(|file| platter_after(file, loss, &mut dice));
        let files = files.map(|platter| File { live: platter.clone(), platter, cached: Vec::new() }).collect();
        Self::restarted(Disk { files, durable_names: names.clone(), names, lies: old.lies, ..Disk::default() })
    }

    /// The same disk after the process died and nothing else: the cache is still there, unsynced.
    #[must_use]
    pub fn after_kill(&self) -> Self {
        let old = self.lock();
        Self::restarted(Disk { trace: Vec::new(), cut_at: None, off: false, ..old.clone() })
    }

    fn restarted(disk: Disk) -> Self {
        Self { disk: Arc::new(Mutex::new(disk)) }
    }

    // No critical section here runs foreign code, so a poisoned lock still holds whole data.
    fn lock(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk {
    /// Notes the call. `Ok(false)` means: the power goes during this call.
    fn begin(&mut self, operation: Operation, file: &str) -> io::Result<bool> {
        if self.off {
            return Err(power_is_off());
        }
        self.off = self.cut_at == Some(self.trace.len());
        self.trace.push(Call { operation, file: file.to_owned() });
        Ok(!self.off)
    }

    fn name_of(&self, file: usize) -> String {
        self.names.iter().find(|(_, bound)| **bound == file).map_or_else(String::new, |(name, _)| name.clone())
    }

    fn name(&mut self, operation: Operation, file: &str, naming: Naming) -> io::Result<()> {
        let powered = self.begin(operation, file)?;
        apply_naming(&mut self.names, &naming);
        self.cached_names.push(naming);
        if powered { Ok(()) } else { Err(power_is_off()) }
    }

    fn change(&mut self, operation: Operation, file: usize, change: Change) -> io::Result<()> {
        let powered = self.begin(operation, &self.name_of(file))?;
        apply_change(&mut self.files[file].live, &change);
        self.files[file].cached.push(change);
        if powered { Ok(()) } else { Err(power_is_off()) }
    }
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off (simulated)")
}

fn apply_naming(names: &mut BTreeMap<String, usize>, naming: &Naming) {
    match naming {
        Naming::Bind { name, file } => drop(names.insert(name.clone(), *file)),
        Naming::Move { from, to, file } => {
            names.remove(from);
            names.insert(to.clone(), *file);
        }
        Naming::Unbind { name } => drop(names.remove(name)),
    }
}

fn apply_change(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { offset, bytes: new } => write(bytes, new, *offset),
        Change::Length(length) => set_length(bytes, *length as usize),
    }
}

fn surviving<'a, T>(changes: &'a [T], loss: Loss, dice: &mut Dice) -> Vec<&'a T> {
    match loss {
        Loss::All => Vec::new(),
        Loss::Nothing => changes.iter().collect(),
        Loss::Torn => changes[..dice.below(changes.len() + 1)].iter().collect(),
        Loss::Reordered => changes.iter().filter(|_| dice.coin()).collect(),
    }
}

fn platter_after(file: &File, loss: Loss, dice: &mut Dice) -> Vec<u8> {
    let mut platter = file.platter.clone();
    match loss {
        Loss::All => {}
        Loss::Nothing => platter.clone_from(&file.live),
        Loss::Torn => {
            let whole = dice.below(file.cached.len() + 1);
            file.cached[..whole].iter().for_each(|change| apply_change(&mut platter, change));
            if let Some(Change::Write { offset, bytes }) = file.cached.get(whole) {
                let kept = dice.below(bytes.len() / SECTOR_BYTES + 1) * SECTOR_BYTES;
                write(&mut platter, &bytes[..kept], *offset);
            }
        }
        Loss::Reordered => {
            for change in &file.cached {
                let Change::Write { offset, bytes } = change else {
                    if dice.coin() {
                        apply_change(&mut platter, change);
                    }
                    continue;
                };
                for (index, sector) in bytes.chunks(SECTOR_BYTES).enumerate() {
                    if dice.coin() {
                        write(&mut platter, sector, offset + (index * SECTOR_BYTES) as u64);
                    }
                }
            }
        }
    }
    platter
}

impl Storage for Forgetful {
    fn create(&self, name: &str) -> io::Result<Box<dyn Handle>> {
        let mut disk = self.lock();
        let file = disk.files.len();
        disk.files.push(File::default());
        disk.name(Operation::Create, name, Naming::Bind { name: name.to_owned(), file })?;
        Ok(Box::new(ForgetfulFile { disk: self.clone(), file }))
    }

    fn open(&self, name: &str, _write: bool) -> io::Result<Box<dyn Handle>> {
        let disk = self.lock();
        if disk.off {
            return Err(power_is_off());
        }
        let file = *disk.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(ForgetfulFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut disk = self.lock();
        let file = *disk.names.get(from).ok_or(io::ErrorKind::NotFound)?;
        disk.name(Operation::Rename, from, Naming::Move { from: from.to_owned(), to: to.to_owned(), file })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.lock().name(Operation::Remove, name, Naming::Unbind { name: name.to_owned() })
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let disk = self.lock();
        if disk.off { Err(power_is_off()) } else { Ok(disk.names.keys().cloned().collect()) }
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut disk = self.lock();
        if !disk.begin(Operation::SyncDirectory, "")? {
            return Err(power_is_off());
        }
        if !disk.lies {
            disk.cached_names.clear();
            disk.durable_names = disk.names.clone();
        }
        Ok(())
    }
}

#[derive(Debug)]
struct ForgetfulFile {
    disk: Forgetful,
    file: usize,
}

impl Handle for ForgetfulFile {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let disk = self.disk.lock();
        if disk.off { Err(power_is_off()) } else { Ok(read(&disk.files[self.file].live, buffer, offset)) }
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let change = Change::Write { offset, bytes: bytes.to_vec() };
        self.disk.lock().change(Operation::Write, self.file, change)
    }

    fn sync(&self) -> io::Result<()> {
        let mut disk = self.disk.lock();
        let name = disk.name_of(self.file);
        if !disk.begin(Operation::Sync, &name)? {
            return Err(power_is_off());
        }
        if !disk.lies {
            let File { platter, cached, .. } = &mut disk.files[self.file];
            cached.drain(..).for_each(|change| apply_change(platter, &change));
        }
        Ok(())
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.disk.lock().change(Operation::SetLength, self.file, Change::Length(bytes))
    }

    fn reserve(&self, bytes: u64) -> io::Result<()> {
        self.set_length(bytes)
    }

    fn length(&self) -> io::Result<u64> {
        let disk = self.disk.lock();
        if disk.off { Err(power_is_off()) } else { Ok(disk.files[self.file].live.len() as u64) }
    }
}

/// SplitMix64: the same cut for the same seed on every machine.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(disk: &Forgetful, name: &str) -> Option<Vec<u8>> {
        let file = disk.open(name, false).ok()?;
        let mut bytes = vec![0; file.length().unwrap() as usize];
        file.read_at(&mut bytes, 0).unwrap();
        Some(bytes)
    }

    #[test]
    fn unsynced_bytes_are_lost_and_synced_ones_are_kept() {
        let disk = Forgetful::new();
        let file = disk.create("a").unwrap();
        file.write_at(b"kept", 0).unwrap();
        file.sync().unwrap();
        disk.sync_directory().unwrap();
        file.write_at(b"lost", 4).unwrap();
        assert_eq!(content(&disk.after_power_cut(Loss::All, 1), "a").unwrap(), b"kept");
        assert_eq!(content(&disk.after_power_cut(Loss::Nothing, 1), "a").unwrap(), b"keptlost");
    }

    #[test]
    fn a_synced_file_without_a_synced_name_is_lost() {
        let disk = Forgetful::new();
        let file = disk.create("a").unwrap();
        file.write_at(b"x", 0).unwrap();
        file.sync().unwrap();
        assert_eq!(content(&disk.after_power_cut(Loss::All, 1), "a"), None);
        disk.sync_directory().unwrap();
        disk.rename("a", "b").unwrap();
        assert_eq!(disk.after_power_cut(Loss::All, 1).list().unwrap(), ["a"]);
    }

    #[test]
    fn sectors_are_torn_and_reordered_one_by_one() {
        let disk = Forgetful::new();
        let file = disk.create("a").unwrap();
        file.write_at(&[0; 4096], 0).unwrap();
        file.sync().unwrap();
        disk.sync_directory().unwrap();
        file.write_at(&[1; 4096], 0).unwrap();
        let mut seen_hole = false;
        for seed in 0..64 {
            let torn = content(&disk.after_power_cut(Loss::Torn, seed), "a").unwrap();
            assert!(torn.chunks(512).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
            assert!(torn.is_sorted_by(|a, b| a >= b), "a torn write keeps a prefix");
            let reordered = content(&disk.after_power_cut(Loss::Reordered, seed), "a").unwrap();
            seen_hole |= !reordered.is_sorted_by(|a, b| a >= b);
        }
        assert!(seen_hole);
    }

    #[test]
    fn a_lying_disk_forgets_what_it_said_it_had_synced() {
        let disk = Forgetful::lying();
        let file = disk.create("a").unwrap();
        file.write_at(b"x", 0).unwrap();
        file.sync().unwrap();
        disk.sync_directory().unwrap();
        assert_eq!(content(&disk.after_power_cut(Loss::All, 1), "a"), None);
    }
}
