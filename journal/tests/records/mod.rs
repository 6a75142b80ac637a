//! Records whose content follows from a seed and their sequence, so that a reader knows at once
//! whether one is lost, doubled, moved or changed.
#![allow(dead_code, reason = "each test file uses a part of it")]

use oikos_journal::{Group, Options, Prepare, ReadError, Reader, Stamp, Storage, SyncMode};
use std::sync::Arc;

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Small segments, made by the caller in the same order every time.
pub const SMALL: Options = Options {
    segment_bytes: 32 << 10,
    prepare: Prepare::Inline,
    sync: SyncMode::Every,
    ..Options::live(*b"the-test-economy")
};

pub fn record(seed: u64, sequence: u64) -> Vec<u8> {
    let mut dice = Dice(seed ^ sequence.wrapping_mul(0xd6e8_feb8_6659_fd93));
    let bytes = match dice.below(8) {
        0 => 0,
        1 => dice.below(6000),
        _ => dice.below(300),
    };
    let mut record = Vec::with_capacity(bytes as usize + 8);
    while (record.len() as u64) < bytes {
        record.extend(dice.next().to_le_bytes());
    }
    record.truncate(bytes as usize);
    record
}

/// A group of `count` records from `first` on.
pub fn group(seed: u64, first: u64, count: u64) -> Group {
    let mut group = Group::new(Stamp { time_ns: first * 10, rules: 1, term: 1 });
    (first..first + count).for_each(|sequence| group.push(&record(seed, sequence)).expect("it is small"));
    group
}

/// Reads all that can be read: how many records were right from 1 on, and how it ended.
/// An error if a record is out of order or changed.
pub fn read_all(storage: Arc<dyn Storage>, seed: u64) -> Result<(u64, Option<ReadError>), String> {
    let mut reader = match Reader::open(storage) {
        Ok(reader) => reader,
        Err(error) => return Ok((0, Some(error))),
    };
    let mut read = 0;
    loop {
        match reader.next_record() {
            Ok(None) => return Ok((read, None)),
            Err(error) => return Ok((read, Some(error))),
            Ok(Some(found)) if found.sequence != read + 1 => {
                return Err(format!("record {} follows record {read}", found.sequence));
            }
            Ok(Some(found)) if found.bytes != record(seed, found.sequence) => {
                return Err(format!("record {} is changed", found.sequence));
            }
            Ok(Some(_)) => read += 1,
        }
    }
}
