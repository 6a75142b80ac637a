//! Many threads, one journal: every answer is durable, in the order of the sequences.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

mod records;

use oikos_journal::storage::{Failing, Failure, Forgetful, Loss, Operation};
use oikos_journal::{AppendError, GroupCommit, Journal, Limits, Memory, Options, Prepare, Reader, Stamp, SubmitError};
use records::SMALL;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

const STAMP: Stamp = Stamp { time_ns: 1, rules: 1, term: 1 };
const WIDE: Options = Options { segment_bytes: 256 << 10, prepare: Prepare::Background, ..SMALL };

#[test]
fn what_many_threads_were_told_is_durable_is_there_after_a_power_cut() {
    let disk = Forgetful::new();
    let (journal, _) = Journal::open(Arc::new(disk.clone()), WIDE).unwrap();
    let hooked = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&hooked);
    let queue =
        GroupCommit::start(journal, Limits::default(), move |c| seen.store(c.last(), Ordering::SeqCst)).unwrap();
    let submitted = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..16_u64 {
            let (queue, submitted) = (&queue, &submitted);
            scope.spawn(move || {
                for n in 0..50_u64 {
                    let record = [thread, n].map(u64::to_le_bytes).concat();
                    let sequence = queue.submit(STAMP, &record).unwrap();
                    assert!(queue.wait(sequence).unwrap().sequence >= sequence);
                    submitted.lock().unwrap().push((sequence, record));
                }
            });
        }
    });
    assert_eq!(hooked.load(Ordering::SeqCst), 800);
    let syncs = disk.trace().iter().filter(|call| call.operation == Operation::Sync).count();
    assert!(syncs < 800, "records shared their syncs: {syncs}");
    let mut submitted = submitted.into_inner().unwrap();
    submitted.sort();
    let mut reader = Reader::open(Arc::new(disk.after_power_cut(Loss::All, 1))).unwrap();
    for (sequence, record) in &submitted {
        let found = reader.next_record().unwrap().unwrap();
        assert_eq!((found.sequence, found.bytes), (*sequence, &record[..]));
    }
    assert!(reader.next_record().unwrap().is_none());
    assert_eq!(queue.close().unwrap().sequence, 800);
}

#[test]
fn a_full_queue_answers_busy_and_other_rules_begin_a_new_frame() {
    let (journal, _) = Journal::open(Arc::new(Memory::new()), SMALL).unwrap();
    // The hook holds the thread, so that the queue fills.
    let gate = Arc::new(Mutex::new(()));
    let held = gate.lock().unwrap();
    let in_hook = Arc::clone(&gate);
    let limits = Limits { queue_bytes: 1000, queue_records: 4 };
    let queue = GroupCommit::start(journal, limits, move |_| drop(in_hook.lock())).unwrap();
    queue.submit(STAMP, b"first").unwrap();
    let mut taken = 1;
    // The first may be in the queue still or in the thread; after that four fit.
    let refusal = loop {
        match queue.submit(STAMP, b"more") {
            Ok(_) => taken += 1,
            Err(refusal) => break refusal,
        }
        assert!(taken < 20);
    };
    assert_eq!(refusal, SubmitError::Busy);
    assert_eq!(queue.submit(STAMP, &[0; 1001]), Err(SubmitError::TooLarge { bytes: 1001, bytes_max: 1000 }));
    drop(held);
    queue.wait(taken).unwrap();
    let later = Stamp { rules: 2, ..STAMP };
    let sequences = [queue.submit(STAMP, b"old").unwrap(), queue.submit(later, b"new").unwrap()];
    queue.wait(sequences[1]).unwrap();
    assert_eq!(queue.close().unwrap().sequence, sequences[1]);
}

#[test]
fn each_frame_keeps_the_rules_of_its_records() {
    let memory = Memory::new();
    let (journal, _) = Journal::open(Arc::new(memory.clone()), SMALL).unwrap();
    let queue = GroupCommit::start(journal, Limits::default(), |_| {}).unwrap();
    for n in 0..60_u32 {
        queue.submit(Stamp { rules: 1 + n / 20, ..STAMP }, &n.to_le_bytes()).unwrap();
    }
    queue.close().unwrap();
    let mut reader = Reader::open(Arc::new(memory)).unwrap();
    for n in 0..60_u32 {
        let found = reader.next_record().unwrap().unwrap();
        assert_eq!((found.stamp.rules, found.bytes), (1 + n / 20, &n.to_le_bytes()[..]));
    }
}

#[test]
fn a_failed_sync_wakes_and_refuses_everybody() {
    let disk = Failing::once(Memory::new(), Failure::Device, u64::MAX);
    let (journal, _) = Journal::open(Arc::new(disk.clone()), SMALL).unwrap();
    let queue = GroupCommit::start(journal, Limits::default(), |_| {}).unwrap();
    queue.wait(queue.submit(STAMP, b"kept").unwrap()).unwrap();
    disk.fail();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let answer = match queue.submit(STAMP, b"lost") {
                    Ok(sequence) => queue.wait(sequence).map(drop),
                    Err(SubmitError::Failed(failure)) => Err(failure),
                    Err(other) => panic!("{other}"),
                };
                assert!(matches!(answer, Err(AppendError::Poisoned { .. })), "{answer:?}");
            });
        }
    });
    assert_eq!(queue.durable().sequence, 1);
    assert!(matches!(queue.close(), Err(AppendError::Poisoned { .. })));
}

#[test]
fn clients_that_send_with_each_answer_share_one_commit_a_round() {
    let (journal, _) = Journal::open(Arc::new(Memory::new()), WIDE).unwrap();
    let commits = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&commits);
    // A slow disk.
    let slow = move |_: &_| {
        counted.fetch_add(1, Ordering::SeqCst);
        std::thread::sleep(std::time::Duration::from_millis(8));
    };
    let queue = GroupCommit::start(journal, Limits::default(), slow).unwrap();
    let (clients, rounds) = (64, 40);
    let mut waiting: std::collections::VecDeque<u64> =
        (0..clients).map(|_| queue.submit(STAMP, b"1").unwrap()).collect();
    for _ in 0..clients * (rounds - 1) {
        queue.wait(waiting.pop_front().unwrap()).unwrap();
        waiting.push_back(queue.submit(STAMP, b"1").unwrap());
    }
    queue.close().unwrap();
    let commits = commits.load(Ordering::SeqCst);
    assert!(commits < rounds * 5 / 4, "{rounds} rounds took {commits} commits; two a round were 80");
}
