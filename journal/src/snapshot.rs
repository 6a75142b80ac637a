//! Snapshots: a state that stands for all records up to a boundary, in one file each.
//!
//! Layout: magic "OIKOSNAP", CRC-32 of bytes 12..128, format u16, zero [2], payload length u64 (16),
//! sequence u64 (24), link [32] (32), BLAKE3 of the payload [32] (64), zeros to 128, the payload.
//! Invariants: a file under its final name was synced first, so two snapshots are kept and the
//! newest whole one is loaded; a snapshot above the journal's end, or whose link is not the
//! journal's at that sequence, is a reason to refuse ([`crate::Journal::open`] does).
//! Absent on purpose: what is in the payload.

use crate::damage::{Damage, Place, What};
use crate::frame::{FORMAT, u16_at, u32_at, u64_at};
use crate::link::{Boundary, Link};
use crate::segment::is_zero;
use crate::storage::{Handle, Storage};
use std::io::{self, Write};

const MAGIC: [u8; 8] = *b"OIKOSNAP";
const HEADER_BYTES: usize = 128;

/// How much is written, and synced, at once.
const PIECE_BYTES: usize = 4 << 20;

/// How many snapshots are kept.
pub const SNAPSHOTS_KEPT: usize = 2;

/// A snapshot, loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// What it stands for.
    pub at: Boundary,
    /// The caller's bytes.
    pub payload: Vec<u8>,
}

/// What a whole snapshot claims to stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub file: String,
    pub at: Boundary,
}

#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// Ascending by sequence.
    pub good: Vec<Claim>,
    pub bad: Vec<Damage>,
}

impl Claim {
    pub(crate) fn damage(&self, what: What) -> Damage {
        let place = Place { file: self.file.clone(), segment: None, offset: 0, sequence: self.at.sequence };
        Damage { place, what }
    }
}

impl Snapshot {
    /// Writes a snapshot of the state at `at` and takes away all but the newest [`SNAPSHOTS_KEPT`].
    /// Returns the file's name. `at` is a [`crate::Committed::boundary`] or [`crate::Journal::end`].
    ///
    /// # Errors
    /// What the disk said; older snapshots are then still there.
    pub fn write(storage: &dyn Storage, at: Boundary, payload: &[u8]) -> io::Result<String> {
        let mut writer = SnapshotWriter::create(storage, at)?;
        writer.write_all(payload)?;
        writer.finish()
    }

    /// The newest whole snapshot at or below `end`; `None` where there is none.
    ///
    /// # Errors
    /// What the disk said.
    pub fn newest(storage: &dyn Storage, end: Boundary) -> io::Result<Option<Self>> {
        for name in storage.list()?.iter().rev().filter(|name| is_snapshot(name)) {
            if let Some(snapshot) = load(storage, name)?
                && snapshot.at.sequence <= end.sequence
            {
                return Ok(Some(snapshot));
            }
        }
        Ok(None)
    }
}

/// A snapshot on its way to the disk, piece by piece, so that it is never in memory as a whole.
///
/// Invariant: it gets its final name when all of it is synced. Every few megabytes are synced on their own, so that
/// whoever syncs another file meanwhile does not wait for all of it.
#[derive(Debug)]
pub struct SnapshotWriter<'a> {
    storage: &'a dyn Storage,
    at: Boundary,
    file: Box<dyn Handle>,
    buffer: Vec<u8>,
    written: u64,
    hasher: blake3::Hasher,
}

impl<'a> SnapshotWriter<'a> {
    /// Begins a snapshot of the state at `at`, which is a [`crate::Committed::boundary`] or [`crate::Journal::end`].
    ///
    /// # Errors
    /// What the disk said.
    pub fn create(storage: &'a dyn Storage, at: Boundary) -> io::Result<Self> {
        let file = storage.create(&format!("{}.tmp", file_name(at.sequence)))?;
        let buffer = Vec::with_capacity(PIECE_BYTES);
        Ok(Self { storage, at, file, buffer, written: 0, hasher: blake3::Hasher::new() })
    }

    /// Syncs what was written, names it, and takes away all but the newest [`SNAPSHOTS_KEPT`]. Returns its name.
    ///
    /// # Errors
    /// What the disk said; older snapshots are then still there.
    pub fn finish(mut self) -> io::Result<String> {
        self.flush()?;
        let name = file_name(self.at.sequence);
        let header = encode(self.at, self.written, Link(*self.hasher.finalize().as_bytes()));
        self.file.write_at(&header, 0)?;
        self.file.sync()?;
        self.storage.rename(&format!("{name}.tmp"), &name)?;
        self.storage.sync_directory()?;
        let names: Vec<String> = self.storage.list()?.into_iter().filter(|name| is_snapshot(name)).collect();
        for old in names.iter().rev().skip(SNAPSHOTS_KEPT) {
            self.storage.remove(old)?;
        }
        Ok(name)
    }
}

impl Write for SnapshotWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE_BYTES {
            self.flush()?;
            self.file.sync()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hasher.update(&self.buffer);
        self.file.write_at(&self.buffer, HEADER_BYTES as u64 + self.written)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

/// What all snapshots claim, and which of them are damaged.
pub(crate) fn claims(storage: &dyn Storage) -> io::Result<Claims> {
    let mut claims = Claims::default();
    for name in storage.list()?.into_iter().filter(|name| is_snapshot(name)) {
        match load(storage, &name)? {
            Some(snapshot) => claims.good.push(Claim { file: name, at: snapshot.at }),
            None => {
                let sequence = name.trim_end_matches(".snapshot").parse().unwrap_or(0);
                let place = Place { file: name, segment: None, offset: 0, sequence };
                claims.bad.push(Damage { place, what: What::SnapshotUnreadable });
            }
        }
    }
    Ok(claims)
}

fn file_name(sequence: u64) -> String {
    // 20 digits, so that the order of names is the order of sequences.
    format!("{sequence:020}.snapshot")
}

pub(crate) fn is_snapshot(name: &str) -> bool {
    let sequence = name.strip_suffix(".snapshot").and_then(|digits| digits.parse().ok());
    sequence.is_some_and(|sequence| file_name(sequence) == name)
}

fn encode(at: Boundary, payload_bytes: u64, payload_hash: Link) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[0..8].copy_from_slice(&MAGIC);
    bytes[12..14].copy_from_slice(&FORMAT.to_le_bytes());
    bytes[16..24].copy_from_slice(&payload_bytes.to_le_bytes());
    bytes[24..32].copy_from_slice(&at.sequence.to_le_bytes());
    bytes[32..64].copy_from_slice(&at.link.0);
    bytes[64..96].copy_from_slice(&payload_hash.0);
    let checksum = crc32fast::hash(&bytes[12..]);
    bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// A snapshot's content, or `None` where the file is not whole.
fn load(storage: &dyn Storage, name: &str) -> io::Result<Option<Snapshot>> {
    let file = storage.open(name, false)?;
    let mut bytes = vec![0; file.length()? as usize];
    let read = file.read_at(&mut bytes, 0)?;
    bytes.truncate(read);
    let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else { return Ok(None) };
    let payload_bytes = (bytes.len() - HEADER_BYTES) as u64;
    let at = Boundary { sequence: u64_at(header, 24), link: Link::at(header, 32) };
    let is_whole = header[0..8] == MAGIC
        && u32_at(header, 8) == crc32fast::hash(&header[12..])
        && u16_at(header, 12) == FORMAT
        && is_zero(&header[96..])
        && u64_at(header, 16) == payload_bytes
        && file_name(at.sequence) == name
        && Link::at(header, 64) == Link::of(&bytes[HEADER_BYTES..]);
    Ok(is_whole.then(|| {
        bytes.drain(..HEADER_BYTES);
        Snapshot { at, payload: bytes }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Memory;

    fn at(sequence: u64) -> Boundary {
        Boundary { sequence, link: Link([sequence as u8; 32]) }
    }

    #[test]
    fn the_two_newest_are_kept_and_the_newest_whole_one_is_loaded() {
        let memory = Memory::new();
        let names = [9, 10, 200].map(|n| Snapshot::write(&memory, at(n), &[n as u8; 1000]).unwrap());
        assert_eq!(memory.list().unwrap(), names[1..]);
        assert_eq!(Snapshot::newest(&memory, at(500)).unwrap().unwrap().at, at(200));
        assert_eq!(Snapshot::newest(&memory, at(199)).unwrap().unwrap().at, at(10));
        let mut spoiled = memory.content(&names[2]).unwrap();
        spoiled[700] ^= 1;
        memory.replace(&names[2], spoiled);
        assert_eq!(Snapshot::newest(&memory, at(500)).unwrap().unwrap().payload, [10; 1000]);
        assert_eq!(claims(&memory).unwrap().bad.len(), 1);
    }
}
