//! The real storage: the same journal in a folder of this machine's file system.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

mod records;

use oikos_journal::storage::{Forgetful, Operation};
use oikos_journal::{FileStorage, Fill, Found, Group, Journal, Options, Prepare, Stamp, Verdict, check};
use records::{group, read_all};
use std::sync::Arc;

#[test]
fn a_journal_on_disk_is_written_killed_adopted_closed_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 128 << 10, ..Options::live([3; 16]) };
    let storage = Arc::new(FileStorage::create_in(folder.path().join("journal")).unwrap());
    let (mut journal, recovery) = Journal::open(storage.clone(), options).unwrap();
    assert_eq!(recovery.found, Found::Nothing);
    for _ in 0..60 {
        let first = journal.end().sequence + 1;
        journal.append(&mut group(9, first, 7)).unwrap();
    }
    drop(journal);
    let report = check(storage.folder()).unwrap();
    assert_eq!((report.verdict, report.end.sequence), (Verdict::Open, 420));
    assert!(report.segments > 2, "{}", report.segments);
    let (mut journal, recovery) = Journal::open(storage.clone(), options).unwrap();
    assert_eq!((recovery.found, recovery.end.sequence), (Found::Open, 420));
    journal.append(&mut group(9, 421, 2)).unwrap();
    journal.close().unwrap();
    assert_eq!(check(storage.folder()).unwrap().verdict, Verdict::Clean);
    assert_eq!(read_all(storage.clone(), 9).unwrap().0, 422);
    let leftovers = std::fs::read_dir(storage.folder())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().ends_with(".tmp"));
    assert_eq!(leftovers.count(), 0);
}

#[test]
fn behind_large_groups_the_next_segments_are_reserved_and_no_byte_of_them_is_written_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 2 << 20, prepare: Prepare::Inline, ..Options::live([3; 16]) };
    let storage = Arc::new(FileStorage::create_in(folder.path()).unwrap());
    let (mut journal, _) = Journal::open(storage.clone(), options).unwrap();
    let mut group = Group::new(Stamp { time_ns: 1, rules: 1, term: 1 });
    group.push(&vec![7; 400 << 10]).unwrap();
    for _ in 0..24 {
        journal.append(&mut group).unwrap();
    }
    let trace = Arc::new(Forgetful::new());
    for (bytes, wanted) in [(400 << 10, true), (4 << 10, false)] {
        let (mut journal, _) = Journal::open(trace.clone(), options).unwrap();
        let mut group = Group::new(Stamp { time_ns: 1, rules: 1, term: 1 });
        group.push(&vec![7; bytes]).unwrap();
        let before = trace.trace().len();
        for _ in 0..(8 << 20) / bytes {
            journal.append(&mut group).unwrap();
        }
        let calls = trace.trace();
        let reserved = calls[before..].iter().filter(|call| call.operation == Operation::SetLength).count();
        assert_eq!(reserved > 0, wanted, "{reserved} segments were reserved while groups had {bytes} bytes");
    }
    drop(journal);
    let (journal, recovery) = Journal::open(storage.clone(), options).unwrap();
    assert_eq!((recovery.found, recovery.end.sequence), (Found::Open, 24));
    journal.close().unwrap();
    assert_eq!(check(storage.folder()).unwrap().verdict, Verdict::Clean);
}

#[test]
fn a_simulations_journal_takes_no_more_room_than_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::simulation([4; 16]);
    assert_eq!((options.prepare, options.fill), (Prepare::OnDemand, Fill::Sparse));
    let storage = Arc::new(FileStorage::create_in(folder.path()).unwrap());
    let (mut journal, _) = Journal::open(storage.clone(), options).unwrap();
    journal.append(&mut group(9, 1, 50)).unwrap();
    journal.close().unwrap();
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 1);
    assert!(files[0].metadata().unwrap().len() < 64 << 10);
    assert_eq!(check(folder.path()).unwrap().verdict, Verdict::Clean);
    assert_eq!(read_all(storage, 9).unwrap().0, 50);
}
