//! How many transfers a second: in memory, durable in batches, durable one by one from 256 clients.
//!
//! In memory: the book alone. Durable: a batch is an entry, encoded by its sender; the journal commits it, then it is
//! decoded and applied, while the next one is committed. Single: each transfer is an entry of its own; 256 clients
//! have one under way each. Half load: single transfers arrive at half of that rate, and each waits for its answer.

use crate::bench::floor::Floor;
use crate::bench::slow_disk::SlowDisk;
use crate::bench::spread::Spread;
use crate::bench::workload::{BATCH, Workload};
use anyhow::{Context, Result, ensure};
use oikos_journal::{FileStorage, GroupCommit, Journal, Limits, Options, Stamp, SubmitError};
use oikos_ledger::{Ledger, NoPast};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry, RULES};
use oikos_protocol::id::{CommandId, ParticipantId};
use oikos_protocol::rejection::transfer::CreateTransferStatus;
use oikos_protocol::time::Timestamp;
use serde::Serialize;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Clients with a single transfer under way each.
pub const CLIENTS: usize = 256;
const STAMP: Stamp = Stamp { time_ns: 1, rules: RULES as u32, term: 1 };
/// Batches prepared at a time.
const CHUNK: u64 = 32;

/// How large.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Transfers in all.
    pub transfers: u64,
    /// Accounts.
    pub accounts: u64,
}

/// The book alone, at a number of ids.
#[derive(Debug, Clone, Serialize)]
pub struct InMemory {
    /// Transfers made so far.
    pub ids: u64,
    /// Since the beginning.
    pub transfers_per_second: u64,
    /// Around this number: the last twenty batches.
    pub transfers_per_second_here: u64,
    /// The slowest batch.
    pub batch_us_max: u64,
    /// Resident memory of this process.
    pub resident_bytes: u64,
    /// Of the book.
    pub digest: String,
}

/// Durable batches, or durable single transfers.
#[derive(Debug, Clone, Serialize)]
pub struct Durable {
    /// Transfers made.
    pub transfers: u64,
    /// Durable and applied.
    pub transfers_per_second: u64,
    /// What decoding and applying alone reach, in the same run.
    pub apply_per_second: u64,
    /// What one `fdatasync` for each such write allows, in the same run; the median.
    pub floor_per_second: u64,
    /// Bytes of such a write.
    pub floor_write_bytes: usize,
    /// Of the lesser of the two.
    pub share: f64,
    /// Bytes of the journal for each transfer.
    pub journal_bytes_per_transfer: f64,
    /// Resident memory of this process.
    pub resident_bytes: u64,
    /// Of the book.
    pub digest: String,
}

/// Answers at half of the rate that single transfers reach.
#[derive(Debug, Clone, Serialize)]
pub struct HalfLoad {
    /// Transfers that arrived a second.
    pub arrivals_per_second: u64,
    /// From the arrival to the answer.
    pub answer_us_p50: u64,
    /// From the arrival to the answer.
    pub answer_us_p99: u64,
    /// Of a bare write and `fdatasync`, in the same run.
    pub fdatasync_us_p50: u64,
    /// Of a bare write and `fdatasync`, in the same run.
    pub fdatasync_us_p99: u64,
    /// How many times as long.
    pub ratio_p99: f64,
}

fn rate(count: u64, time: Duration) -> u64 {
    (u128::from(count) * 1_000_000_000 / time.as_nanos().max(1)) as u64
}

/// Resident memory of this process; zero where the system does not tell.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// The book alone, told at a million ids and at the end.
///
/// # Errors
/// A transfer that was not made, or a book that does not add up.
pub fn in_memory(size: Size) -> Result<Vec<InMemory>> {
    let mut workload = Workload::new(size.accounts);
    let mut ledger = workload.book();
    let (mut batch, mut out) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    let (mut made, mut spent, mut slowest) = (0, Duration::ZERO, Duration::ZERO);
    let mut recent: VecDeque<Duration> = VecDeque::new();
    let mark = 1_000_000 / BATCH as u64 * BATCH as u64;
    let mut told = Vec::new();
    while made < size.transfers {
        let count = (size.transfers - made).min(BATCH as u64);
        workload.fill(&mut batch, count as usize);
        out.clear();
        let start = Instant::now();
        ledger.create_transfers(Timestamp(1), &batch, &NoPast, &mut (), &mut out);
        let took = start.elapsed();
        ensure!(out.iter().all(|status| *status == CreateTransferStatus::Created), "a transfer was not made");
        made += count;
        spent += took;
        slowest = slowest.max(took);
        if count == BATCH as u64 {
            recent.push_back(took);
        }
        if recent.len() > 20 {
            recent.pop_front();
        }
        if made == mark || made == size.transfers {
            ledger.check_invariants()?;
            told.push(InMemory {
                ids: made,
                transfers_per_second: rate(made, spent),
                transfers_per_second_here: rate((BATCH * recent.len()) as u64, recent.iter().sum()),
                batch_us_max: slowest.as_micros() as u64,
                resident_bytes: resident_bytes(),
                digest: ledger.digest().to_string(),
            });
        }
    }
    Ok(told)
}

/// A folder of this run alone, gone with it.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    sync_at_least: Duration,
}

impl Place {
    /// A new folder in `parent`, on a disk whose syncs take at least so long.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn new(parent: &Path, sync_at_least: Duration) -> Result<Self> {
        let folder = parent.join(format!("oikos-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder, sync_at_least })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok(); // What is left of a bench harms nobody.
    }
}

/// A journal with its thread.
struct Log {
    queue: GroupCommit,
    folder: PathBuf,
}

impl Log {
    fn open(place: &Place, name: &str, limits: Limits) -> Result<Self> {
        let folder = place.folder.join(name);
        let storage = Arc::new(SlowDisk::new(FileStorage::create_in(&folder)?, place.sync_at_least));
        let (journal, _) = Journal::open(storage, Options::live([1; 16]))?;
        Ok(Self { queue: GroupCommit::start(journal, limits, |_| {})?, folder })
    }

    fn submit(&self, record: &[u8]) -> Result<u64> {
        loop {
            match self.queue.submit(STAMP, record) {
                Err(SubmitError::Busy) => std::thread::sleep(Duration::from_micros(50)),
                answer => return Ok(answer?),
            }
        }
    }

    /// Closes it; says how long it is. A closed journal is tight, so that its length is what was written.
    fn close(self) -> Result<u64> {
        self.queue.close()?;
        let mut bytes = 0;
        for entry in std::fs::read_dir(&self.folder)? {
            bytes += entry?.metadata()?.len();
        }
        Ok(bytes)
    }
}

fn entry(transfers: Vec<Transfer>, number: u64) -> Result<Vec<u8>> {
    let command = Command::CreateTransfers(transfers);
    let (by, id) = (ParticipantId(1), CommandId(u128::from(number)));
    let request = Request { by, id, expires: Timestamp::NEVER, command };
    let entry = Entry { now: number, t: Timestamp(number), body: Body::Request(request), evidence: Vec::new() };
    Ok(entry.encode_into(Vec::new())?)
}

/// Decodes an entry and makes its transfers, as a node does once it is durable.
struct Applier {
    ledger: Ledger,
    out: Vec<CreateTransferStatus>,
    busy: Duration,
    made: u64,
}

impl Applier {
    fn new(ledger: Ledger) -> Self {
        Self { ledger, out: Vec::new(), busy: Duration::ZERO, made: 0 }
    }

    fn apply(&mut self, bytes: &[u8]) -> Result<()> {
        let start = Instant::now();
        let Entry { body: Body::Request(request), .. } = Entry::decode(bytes)? else { return Ok(()) };
        let Command::CreateTransfers(transfers) = &request.command else { return Ok(()) };
        self.out.clear();
        self.ledger.create_transfers(Timestamp(1), transfers, &NoPast, &mut (), &mut self.out);
        self.busy += start.elapsed();
        self.made += transfers.len() as u64;
        ensure!(self.out.iter().all(|status| *status == CreateTransferStatus::Created), "a transfer was not made");
        Ok(())
    }
}

/// What both durable measurements have in common.
fn tell(applier: &Applier, spent: Duration, floor: (u64, usize), journal_bytes: u64) -> Result<Durable> {
    applier.ledger.check_invariants()?;
    let transfers_per_second = rate(applier.made, spent);
    let apply_per_second = rate(applier.made, applier.busy);
    let (floor_per_second, floor_write_bytes) = floor;
    Ok(Durable {
        transfers: applier.made,
        transfers_per_second,
        apply_per_second,
        floor_per_second,
        floor_write_bytes,
        share: transfers_per_second as f64 / apply_per_second.min(floor_per_second).max(1) as f64,
        journal_bytes_per_transfer: journal_bytes as f64 / applier.made.max(1) as f64,
        resident_bytes: resident_bytes(),
        digest: applier.ledger.digest().to_string(),
    })
}

/// Batches, each an entry: committed, then applied while the next one is committed.
///
/// # Errors
/// Those of the disk; a transfer that was not made.
pub fn batches(size: Size, place: &Place) -> Result<Durable> {
    let mut workload = Workload::new(size.accounts);
    let mut applier = Applier::new(workload.book());
    // As many batches wait as a client or two would have under way.
    let log = Log::open(place, "batches", Limits { queue_bytes: 1 << 20, queue_records: 64 })?;
    let (mut spent, mut floors, mut floor) = (Duration::ZERO, Spread::default(), None);
    let mut number = 0;
    let mut left = size.transfers;
    while left > 0 {
        let mut records = Vec::new();
        while records.len() < CHUNK as usize && left > 0 {
            let count = left.min(BATCH as u64);
            let mut batch = Vec::new();
            workload.fill(&mut batch, count as usize);
            number += 1;
            records.push(entry(batch, number)?);
            left -= count;
        }
        if floor.is_none() {
            floor = Some(Floor::new(&place.folder, records.first().map_or(1, Vec::len), place.sync_at_least)?);
        }
        if let Some(floor) = &mut floor {
            floors.join(floor.run(4)?);
        }
        let start = Instant::now();
        std::thread::scope(|scope| -> Result<()> {
            let (log, records, applier) = (&log, &records, &mut applier);
            let (durable, wait_for) = mpsc::channel();
            let applying = scope.spawn(move || -> Result<()> {
                for (record, sequence) in records.iter().zip(wait_for) {
                    log.queue.wait(sequence)?;
                    applier.apply(record)?;
                }
                Ok(())
            });
            for record in records {
                durable.send(log.submit(record)?).context("the applying thread ended early")?;
            }
            drop(durable);
            applying.join().map_err(|_| anyhow::anyhow!("the applying thread panicked"))?
        })?;
        spent += start.elapsed();
    }
    let write_bytes = floor.map_or(0, |floor| floor.write_bytes());
    let floor_per_second = rate(BATCH as u64, floors.percentile(50));
    let bytes = log.close()?;
    tell(&applier, spent, (floor_per_second, write_bytes), bytes)
}

/// Single transfers from [`CLIENTS`] clients; then answers at half of that rate.
///
/// # Errors
/// Those of the disk; a transfer that was not made.
pub fn singles(size: Size, place: &Place) -> Result<(Durable, HalfLoad)> {
    let mut workload = Workload::new(size.accounts);
    let mut applier = Applier::new(workload.book());
    let log = Log::open(place, "singles", Limits::default())?;
    let (mut number, mut batch) = (0, Vec::new());
    let mut prepare = |count: u64| -> Result<Vec<Vec<u8>>> {
        workload.fill(&mut batch, count as usize);
        let one = |transfer: &Transfer| {
            number += 1;
            entry(vec![*transfer], number)
        };
        batch.iter().map(one).collect()
    };
    let (mut spent, mut floors, mut floor) = (Duration::ZERO, Spread::default(), None);
    let mut left = size.transfers;
    while left > 0 {
        let records = prepare(left.min(CLIENTS as u64 * 64))?;
        left -= records.len() as u64;
        if floor.is_none() {
            let each = records.iter().map(Vec::len).sum::<usize>() / records.len().max(1) + 4;
            floor = Some(Floor::new(&place.folder, CLIENTS * each, place.sync_at_least)?);
        }
        if let Some(floor) = &mut floor {
            floors.join(floor.run(32)?);
        }
        let start = Instant::now();
        closed_loop(&records, &log, &mut applier)?;
        spent += start.elapsed();
    }
    let write_bytes = floor.as_ref().map_or(0, Floor::write_bytes);
    let floor_per_second = rate(CLIENTS as u64, floors.percentile(50));
    let told = tell(&applier, spent, (floor_per_second, write_bytes), 0)?;

    let arrivals = (told.transfers_per_second / 2).max(1);
    let count = (arrivals * 3).min(size.transfers.max(1));
    let records = prepare(count)?;
    let mut sync = floor.as_mut().map_or_else(|| Ok(Spread::default()), |floor| floor.run(128))?;
    let answers = open_loop(&records, arrivals, &log, &mut applier)?;
    sync.join(floor.as_mut().map_or_else(|| Ok(Spread::default()), |floor| floor.run(128))?);
    sync.join(floors);
    let us = |time: Duration| time.as_micros() as u64;
    let half = HalfLoad {
        arrivals_per_second: arrivals,
        answer_us_p50: us(answers.percentile(50)),
        answer_us_p99: us(answers.percentile(99)),
        fdatasync_us_p50: us(sync.percentile(50)),
        fdatasync_us_p99: us(sync.percentile(99)),
        ratio_p99: answers.percentile(99).as_secs_f64() / sync.percentile(99).as_secs_f64().max(1e-9),
    };
    let bytes = log.close()?;
    Ok((Durable { journal_bytes_per_transfer: bytes as f64 / applier.made.max(1) as f64, ..told }, half))
}

/// Each client has one record under way, and sends the next with its answer.
fn closed_loop(records: &[Vec<u8>], log: &Log, applier: &mut Applier) -> Result<()> {
    let mut waiting: VecDeque<(u64, &[u8])> = VecDeque::with_capacity(CLIENTS);
    let mut next = records.iter();
    loop {
        while waiting.len() < CLIENTS
            && let Some(record) = next.next()
        {
            waiting.push_back((log.submit(record)?, record));
        }
        let Some((oldest, _)) = waiting.front() else { return Ok(()) };
        let durable = log.queue.wait(*oldest)?.sequence;
        while let Some((sequence, record)) = waiting.front().copied().filter(|(sequence, _)| *sequence <= durable) {
            waiting.pop_front();
            applier.apply(record)?;
            // Its client sends the next at once, so that the disk has something to do meanwhile.
            if sequence < durable
                && let Some(record) = next.next()
            {
                waiting.push_back((log.submit(record)?, record));
            }
        }
    }
}

/// Records arrive at a steady rate, whether those before were answered or not.
fn open_loop(records: &[Vec<u8>], per_second: u64, log: &Log, applier: &mut Applier) -> Result<Spread> {
    std::thread::scope(|scope| -> Result<Spread> {
        let (submitted, wait_for) = mpsc::channel::<(u64, Instant)>();
        let answering = scope.spawn(move || -> Result<Spread> {
            let mut answers = Spread::default();
            for (record, (sequence, arrived)) in records.iter().zip(wait_for) {
                log.queue.wait(sequence)?;
                applier.apply(record)?;
                answers.add(arrived.elapsed());
            }
            Ok(answers)
        });
        let start = Instant::now();
        for (n, record) in (0u64..).zip(records) {
            let arrives = start + Duration::from_nanos(n * 1_000_000_000 / per_second);
            if let Some(early) = arrives.checked_duration_since(Instant::now()).filter(|early| !early.is_zero()) {
                std::thread::sleep(early);
            }
            submitted.send((log.submit(record)?, arrives)).context("the answering thread ended early")?;
        }
        drop(submitted);
        answering.join().map_err(|_| anyhow::anyhow!("the answering thread panicked"))?
    })
}
