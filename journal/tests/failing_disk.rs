//! A disk that breaks or fills up at its n-th call: poisoned and never tried again, or refused and
//! tried later; nothing acknowledged is lost either way.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

mod records;

use oikos_journal::storage::{Failing, Failure};
use oikos_journal::{AppendError, GroupCommit, Journal, Limits, Memory, OpenError, Snapshot, SubmitError};
use records::{SMALL, group, read_all};
use std::sync::Arc;

const SEED: u64 = 5;
const GROUPS: u64 = 30;

/// Appends [`GROUPS`] groups; what was acknowledged, and the error that stopped it.
fn work(journal: &mut Journal, acknowledged: &mut u64) -> Result<(), AppendError> {
    for step in 0..GROUPS {
        *acknowledged = journal.append(&mut group(SEED, *acknowledged + 1, 1 + step % 4))?.last();
    }
    Ok(())
}

#[test]
fn each_failing_call_poisons_the_journal_and_is_never_tried_again() {
    let calls = {
        let disk = Failing::once(Memory::new(), Failure::Device, u64::MAX);
        let (mut journal, _) = Journal::open(Arc::new(disk.clone()), SMALL).unwrap();
        work(&mut journal, &mut 0).unwrap();
        journal.close().unwrap();
        disk.calls()
    };
    assert!(calls > 60, "{calls}");
    let mut unnoticed = 0;
    for call in 0..calls {
        let memory = Memory::new();
        let disk = Failing::once(memory.clone(), Failure::Device, call);
        let mut acknowledged = 0;
        if let Ok((mut journal, _)) = Journal::open(Arc::new(disk.clone()), SMALL) {
            if let Err(error) = work(&mut journal, &mut acknowledged) {
                assert!(matches!(error, AppendError::Poisoned { .. }), "call {call}: {error}");
                // The next call would succeed: whoever tried again would go unnoticed but for this count.
                let calls_before = disk.calls();
                assert_eq!(journal.append(&mut group(SEED, acknowledged + 1, 1)), Err(error.clone()));
                assert_eq!(journal.close(), Err(error));
                assert_eq!(disk.calls(), calls_before, "call {call} was followed by another");
            } else {
                unnoticed += u64::from(journal.close().is_ok());
            }
        }
        let (read, _) = read_all(Arc::new(memory.clone()), SEED).unwrap();
        assert!(read >= acknowledged, "call {call}: {read} of {acknowledged}");
        let (_, recovery) = Journal::open(Arc::new(memory), SMALL).unwrap();
        assert!(recovery.end.sequence >= acknowledged, "call {call}");
    }
    // Only the segment that is made ahead and never used (made, zeroed, synced, removed) may fail in silence.
    assert!(unnoticed <= 4, "{unnoticed} failures had no consequence");
}

#[test]
fn a_snapshot_that_fails_leaves_the_older_one_and_the_journal() {
    for call in 0..5 {
        let memory = Memory::new();
        let (mut journal, _) = Journal::open(Arc::new(memory.clone()), SMALL).unwrap();
        let older = journal.append(&mut group(SEED, 1, 2)).unwrap().boundary;
        Snapshot::write(&memory, older, b"older").unwrap();
        let newer = journal.append(&mut group(SEED, 3, 2)).unwrap().boundary;
        let disk = Failing::once(memory.clone(), Failure::Device, call);
        assert!(Snapshot::write(&disk, newer, b"newer").is_err(), "call {call}");
        assert!(Snapshot::newest(&memory, journal.end()).unwrap().is_some());
        journal.append(&mut group(SEED, 5, 1)).unwrap();
        journal.close().unwrap();
        assert_eq!(Journal::open(Arc::new(memory), SMALL).unwrap().1.end.sequence, 5);
    }
}

#[test]
fn a_full_disk_refuses_writes_at_any_call_and_reads_go_on() {
    let mut refused = 0;
    for call in 0..40 {
        let memory = Memory::new();
        let disk = Failing::from(memory.clone(), Failure::Full, call);
        let (mut journal, _) = match Journal::open(Arc::new(disk.clone()), SMALL) {
            Ok(opened) => opened,
            Err(OpenError::Storage(error)) => {
                assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
                continue;
            }
            Err(other) => panic!("{other}"),
        };
        let mut acknowledged = 0;
        if let Err(error) = work(&mut journal, &mut acknowledged) {
            assert_eq!(error, AppendError::NoSpace, "call {call}");
            assert!(journal.is_full());
            assert_eq!(read_all(Arc::new(disk.clone()), SEED).unwrap().0, acknowledged);
            disk.heal();
            journal.try_space_again();
            assert!(!journal.is_full());
            work(&mut journal, &mut acknowledged).unwrap();
            refused += 1;
        }
        journal.close().unwrap();
        assert_eq!(read_all(Arc::new(memory), SEED).unwrap().0, acknowledged);
    }
    assert!(refused > 5, "{refused}");
}

#[test]
fn a_full_disk_is_seen_while_the_segment_still_has_room_and_no_sequence_is_given() {
    let disk = Failing::from(Memory::new(), Failure::Full, u64::MAX);
    let (journal, _) = Journal::open(Arc::new(disk.clone()), SMALL).unwrap();
    let full = Failing::from(Memory::new(), Failure::Full, 2); // The first segment is made, the next one is not.
    let (mut early, _) = Journal::open(Arc::new(full.clone()), SMALL).unwrap();
    assert!(early.is_full());
    early.append(&mut group(SEED, 1, 1)).unwrap();
    drop(journal);

    let queue = GroupCommit::start(early, Limits::default(), |_| {}).unwrap();
    let stamp = oikos_journal::Stamp::default();
    while !queue.is_full() {
        std::thread::yield_now();
    }
    assert_eq!(queue.submit(stamp, b"x"), Err(SubmitError::NoSpace));
    full.heal();
    // The thread looks for space on its own.
    let sequence = loop {
        match queue.submit(stamp, b"x") {
            Ok(sequence) => break sequence,
            Err(SubmitError::NoSpace) => std::thread::sleep(std::time::Duration::from_millis(20)),
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(sequence, 2, "a refusal gives no sequence");
    assert_eq!(queue.wait(2).unwrap().sequence, 2);
}
