//! Flipped bits, cuts, swapped entries and lost files: each is detected, named, and told apart from
//! a crash, and everything before it stays readable.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's own functions, which clippy takes for production code")]

mod records;

use oikos_journal::{
    BLOCK_BYTES, Damage, Found, Journal, Memory, OpenError, ReadError, Snapshot, Storage, Verdict, What, check_storage,
};
use records::{Dice, SMALL, group, read_all};
use std::sync::Arc;

const SEED: u64 = 42;

/// A journal of several segments and two snapshots; closed if asked. Returns its last sequence.
fn run(memory: &Memory, closed: bool) -> u64 {
    let (mut journal, _) = Journal::open(Arc::new(memory.clone()), SMALL).unwrap();
    for step in 1..=40 {
        let first = journal.end().sequence + 1;
        let committed = journal.append(&mut group(SEED, first, 1 + step % 5)).unwrap();
        if step % 10 == 0 {
            Snapshot::write(memory, committed.boundary, &committed.boundary.link.0.repeat(20)).unwrap();
        }
    }
    let end = journal.end().sequence;
    if closed {
        journal.close().unwrap();
    }
    end
}

fn verdict(memory: &Memory) -> Verdict {
    check_storage(&(Arc::new(memory.clone()) as Arc<dyn Storage>)).unwrap().verdict
}

fn damage(memory: &Memory) -> Damage {
    match verdict(memory) {
        Verdict::Damaged(damage) => damage,
        other => panic!("not called damage: {other:?}"),
    }
}

/// Reading and opening agree with the check, and everything before the place is readable.
fn stands_before(memory: &Memory, damage: &Damage, end: u64) {
    let before = memory.copy();
    let (read, stop) = read_all(Arc::new(memory.clone()), SEED).unwrap();
    if damage.place.segment.is_some() {
        assert_eq!(read, damage.place.sequence - 1, "{damage}");
        let Some(ReadError::Damaged(met)) = stop else { panic!("reading met {stop:?}, check says {damage}") };
        assert_eq!(*met, *damage);
        let refused = Journal::open(Arc::new(memory.clone()), SMALL).unwrap_err();
        assert!(matches!(refused, OpenError::Damaged(_)), "{refused}");
        for name in before.list().unwrap() {
            assert_eq!(before.content(&name), memory.content(&name), "opening changed {name}");
        }
    } else {
        assert_eq!((read, stop.is_none()), (end, true), "a snapshot's damage does not touch the records");
    }
}

#[test]
fn a_thousand_flipped_bits_of_a_closed_run_are_detected_and_named() {
    let whole = Memory::new();
    let end = run(&whole, true);
    assert_eq!(verdict(&whole), Verdict::Clean);
    let names = whole.list().unwrap();
    let sizes: Vec<u64> = names.iter().map(|name| whole.content(name).unwrap().len() as u64).collect();
    let mut dice = Dice(7);
    let mut in_zeros = 0;
    for trial in 0..1000 {
        // Every file in turn, so that small ones and the snapshots get their share.
        let file = trial % names.len();
        let bit = dice.below(sizes[file] * 8);
        let (name, at) = (&names[file], bit / 8);
        let spoiled = whole.copy();
        let mut bytes = whole.content(name).unwrap();
        in_zeros += u64::from(bytes[at as usize] == 0);
        bytes[at as usize] ^= 1 << (bit % 8);
        spoiled.replace(name, bytes);
        let damage = damage(&spoiled);
        assert_eq!(&damage.place.file, name, "bit {bit}: {damage}");
        assert!(damage.place.offset <= at, "bit {bit} of {name}: {damage}");
        assert!(at - damage.place.offset < 3 * BLOCK_BYTES as u64 || name.ends_with(".snapshot"), "{bit}: {damage}");
        stands_before(&spoiled, &damage, end);
    }
    assert!(in_zeros > 200, "padding was hit {in_zeros} times");
}

#[test]
fn a_closed_run_cut_anywhere_is_told_as_cut() {
    let whole = Memory::new();
    let end = run(&whole, true);
    let names = whole.list().unwrap();
    let mut dice = Dice(8);
    for name in names.iter().filter(|name| name.ends_with(".segment")) {
        let bytes = whole.content(name).unwrap();
        let blocks = (0..bytes.len()).step_by(BLOCK_BYTES);
        let odd = (0..20).map(|_| dice.below(bytes.len() as u64) as usize);
        for length in blocks.chain(odd) {
            let cut = whole.copy();
            cut.replace(name, bytes[..length].to_vec());
            let damage = damage(&cut);
            assert_eq!(&damage.place.file, name);
            let found_bytes = length as u64;
            let is_cut = [What::Cut { found_bytes }, What::WrongLength { found_bytes }].contains(&damage.what);
            assert!(is_cut || matches!(damage.what, What::FrameUnreadable), "{name} cut to {length}: {damage}");
            stands_before(&cut, &damage, end);
        }
    }
}

#[test]
fn a_lost_file_is_missed() {
    let whole = Memory::new();
    run(&whole, true);
    let segments: Vec<String> = whole.list().unwrap().into_iter().filter(|name| name.ends_with(".segment")).collect();
    assert!(segments.len() > 3);
    for name in &segments {
        let lost = whole.copy();
        lost.remove(name).unwrap();
        if *name == segments[0] {
            // The snapshots stand for it: that is how an archived journal looks, and the report says so.
            let report = check_storage(&(Arc::new(lost) as Arc<dyn Storage>)).unwrap();
            assert!(report.verdict == Verdict::Clean && report.first_sequence > 1);
            continue;
        }
        let damage = damage(&lost);
        assert_eq!((&damage.place.file, damage.what), (name, What::SegmentMissing));
    }
    let headless = Memory::new();
    run(&headless, true);
    headless
        .list()
        .unwrap()
        .iter()
        .filter(|name| name.ends_with("snapshot"))
        .for_each(|name| headless.remove(name).unwrap());
    headless.remove(&segments[0]).unwrap();
    assert_eq!(damage(&headless).what, What::HeadMissing);
}

#[test]
fn swapped_entries_are_told_as_out_of_order() {
    let whole = Memory::new();
    let (mut journal, _) = Journal::open(Arc::new(whole.clone()), SMALL).unwrap();
    let mut stamp = records::group(SEED, 1, 1);
    for text in ["one", "two", "three"] {
        stamp.clear(stamp.stamp());
        stamp.push(text.as_bytes()).unwrap();
        journal.append(&mut stamp).unwrap();
    }
    for closed in [false, true] {
        if closed {
            // The journal value stays open; its file is what is looked at.
            let (other, _) = Journal::open(Arc::new(whole.clone()), SMALL).unwrap();
            other.close().unwrap();
        }
        for (a, b) in [(1, 2), (2, 3), (1, 3)] {
            let swapped = whole.copy();
            let mut bytes = whole.content("0000000001.segment").unwrap();
            let (left, right) = bytes.split_at_mut(b * BLOCK_BYTES);
            left[a * BLOCK_BYTES..(a + 1) * BLOCK_BYTES].swap_with_slice(&mut right[..BLOCK_BYTES]);
            swapped.replace("0000000001.segment", bytes);
            let damage = damage(&swapped);
            assert_eq!(damage.place.offset, (a * BLOCK_BYTES) as u64);
            assert_eq!(damage.what, What::OutOfOrder { expected: a as u64, found: b as u64 });
        }
    }
}

#[test]
fn a_torn_tail_is_cleared_and_an_older_flip_is_not_taken_for_one() {
    let whole = Memory::new();
    let end = run(&whole, false);
    assert_eq!(verdict(&whole), Verdict::Open);
    let last = whole.list().unwrap().into_iter().rfind(|name| name.ends_with(".segment")).unwrap();
    // A group whose write was cut short: its first sectors are there, the rest is zero.
    let torn = whole.copy();
    let (mut journal, _) = Journal::open(Arc::new(torn.clone()), SMALL).unwrap();
    let before = torn.content(&last).unwrap();
    let mut long = group(SEED, end + 1, 1);
    long.clear(long.stamp());
    long.push(&[7; 3000]).unwrap();
    journal.append(&mut long).unwrap();
    let after = torn.content(&last).unwrap();
    let start = before.iter().zip(&after).position(|(a, b)| a != b).unwrap();
    for kept in [512, 1024, 2048] {
        let mut half = before.clone();
        half[start..start + kept].copy_from_slice(&after[start..start + kept]);
        torn.replace(&last, half);
        let Verdict::TornTail(place) = verdict(&torn) else { panic!("{:?}", verdict(&torn)) };
        assert_eq!((place.offset, place.sequence), (start as u64, end + 1));
        let (read, stop) = read_all(Arc::new(torn.clone()), SEED).unwrap();
        assert!(read == end && matches!(stop, Some(ReadError::TornTail(_))));
        let (_, recovery) = Journal::open(Arc::new(torn.clone()), SMALL).unwrap();
        assert!(matches!(recovery.found, Found::TornTail { cleared_bytes: 4096, .. }), "{:?}", recovery.found);
        assert_eq!(torn.content(&last).unwrap(), before);
    }
}

/// Five groups of one block each in one segment that stays open.
fn five_blocks(text: &str) -> Memory {
    let memory = Memory::new();
    let (mut journal, _) = Journal::open(Arc::new(memory.clone()), SMALL).unwrap();
    let mut one = group(SEED, 1, 1);
    for n in 1..=5 {
        one.clear(one.stamp());
        one.push(text.repeat(50 * n).as_bytes()).unwrap();
        journal.append(&mut one).unwrap();
    }
    memory
}

#[test]
fn in_an_open_journal_only_a_flip_in_the_very_last_group_can_pass_for_a_torn_tail() {
    let name = "0000000001.segment";
    let whole = five_blocks("abc");
    let bytes = whole.content(name).unwrap();
    let mut dice = Dice(3);
    let mut torn = 0;
    for block in 0..8 {
        for _ in 0..50 {
            let at = block * BLOCK_BYTES + dice.below(BLOCK_BYTES as u64) as usize;
            let spoiled = whole.copy();
            let mut changed = bytes.clone();
            changed[at] ^= 1 << dice.below(8);
            spoiled.replace(name, changed);
            match verdict(&spoiled) {
                Verdict::Damaged(damage) => {
                    assert_eq!((damage.place.offset, block < 6), ((block * BLOCK_BYTES) as u64, true), "byte {at}");
                }
                Verdict::TornTail(place) => {
                    torn += 1;
                    // Block 5 holds the last group. Behind it nothing was ever written; a bit there looks
                    // like the trace of a write that lost its first sectors.
                    assert!(block >= 5, "byte {at}: {place}");
                    assert_eq!(place.sequence, if block == 5 { 5 } else { 6 });
                }
                other => panic!("byte {at}: {other:?}"),
            }
        }
    }
    assert!(torn > 100, "{torn}");
}

#[test]
fn a_whole_frame_of_another_history_breaks_the_chain() {
    let name = "0000000001.segment";
    let (whole, other) = (five_blocks("abc"), five_blocks("abd"));
    for block in 2..=5 {
        let place = block * BLOCK_BYTES..(block + 1) * BLOCK_BYTES;
        let mut bytes = whole.content(name).unwrap();
        bytes[place.clone()].copy_from_slice(&other.content(name).unwrap()[place.clone()]);
        let spliced = whole.copy();
        spliced.replace(name, bytes);
        let damage = damage(&spliced);
        assert_eq!(damage.place.offset, place.start as u64);
        assert!(matches!(damage.what, What::ChainBroken { .. }), "{damage}");
    }
}

#[test]
fn a_snapshot_above_the_end_or_of_another_history_is_refused() {
    let whole = Memory::new();
    let end = run(&whole, true);
    let (journal, recovery) = Journal::open(Arc::new(whole.clone()), SMALL).unwrap();
    assert!(journal.require("index", end).is_ok());
    let refusal = journal.require("index of tasks", end + 1).unwrap_err();
    assert_eq!((refusal.claimed, refusal.end), (end + 1, end));
    drop(journal);
    let mut above = recovery.end;
    above.sequence += 1;
    let name = Snapshot::write(&whole, above, b"x").unwrap();
    assert_eq!(damage(&whole).what, What::SnapshotAboveEnd { claimed: end + 1, end });
    assert!(matches!(Journal::open(Arc::new(whole.clone()), SMALL), Err(OpenError::Damaged(_))));
    whole.remove(&name).unwrap();
    let mut foreign = recovery.end;
    foreign.link.0[3] ^= 1;
    Snapshot::write(&whole, foreign, b"x").unwrap();
    assert_eq!(damage(&whole).what, What::SnapshotOfAnotherHistory);
}

#[test]
fn another_journal_and_an_empty_folder_are_told() {
    let memory = Memory::new();
    assert_eq!(verdict(&memory), Verdict::Nothing);
    run(&memory, true);
    let other = oikos_journal::Options { journal: [9; 16], ..SMALL };
    assert!(matches!(Journal::open(Arc::new(memory), other), Err(OpenError::OtherJournal)));
}

#[test]
fn whatever_the_bytes_are_nothing_panics() {
    let whole = Memory::new();
    run(&whole, true);
    let names = whole.list().unwrap();
    let mut dice = Dice(11);
    for trial in 0..300 {
        let wild = whole.copy();
        let name = &names[trial % names.len()];
        let mut bytes = whole.content(name).unwrap();
        let (start, count) = (dice.below(bytes.len() as u64) as usize, 1 + dice.below(9000) as usize);
        bytes.iter_mut().skip(start).take(count).for_each(|byte| *byte = dice.next() as u8);
        wild.replace(name, bytes);
        assert!(!verdict(&wild).is_sound());
        let _ = read_all(Arc::new(wild), SEED).unwrap();
    }
}
