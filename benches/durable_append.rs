//! How much of the disk's own speed is left when each batch is in the journal, durable and chained?
//!
//! Workload: batches that take 4 KiB, 64 KiB and 1 MiB on disk, of 128-byte records, one at a time.
//! Peer: a bare loop of write + `fdatasync` at the same size, into a zero-written file of the same
//! kind, in interleaved rounds of the same run; medians. `append` is the commit
//! alone, of a group that was gathered (and its body hashed, 64 KiB at a time) before; `fill+append`
//! gathers the records in the same thread, which in a node the submitting threads do meanwhile.
//! `rotating` writes through several segments while the next ones are zeroed in the background.
//! Group commit: 256 producers of 128-byte records, each waiting for its answer, driven by one
//! thread and by 256; the peer is the bare loop at the size of a commit of all 256.
//! Arguments: `--json` prints one object. Without `--bench`, or with `OIKOS_BENCH_SMALL=1`, it runs
//! small. `OIKOS_BENCH_DIR` chooses the folder (default: the target folder, which is on a disk).

use anyhow::{Context, Result, ensure};
use oikos_journal::{
    BLOCK_BYTES, FRAME_HEADER_BYTES, FileStorage, Group, GroupCommit, Journal, Limits, Options, Prepare, Reader, Stamp,
    SubmitError, Verdict, check,
};
use serde_json::json;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const RECORD_BYTES: usize = 128;
const PRODUCERS: usize = 256;
const STAMP: Stamp = Stamp { time_ns: 1, rules: 1, term: 1 };

struct Scale {
    rounds: usize,
    round_bytes: usize,
    round_batches_max: usize,
    round_records: u64,
    is_small: bool,
}

struct Row {
    name: &'static str,
    batch_bytes: usize,
    floor_per_second: f64,
    per_second: f64,
    share: f64,
    extra: String,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let is_small = !has("--bench") || has("--test") || std::env::var_os("OIKOS_BENCH_SMALL").is_some();
    let scale = if is_small {
        Scale { rounds: 3, round_bytes: 1 << 20, round_batches_max: 8, round_records: 1_000, is_small }
    } else {
        Scale { rounds: 15, round_bytes: 64 << 20, round_batches_max: 64, round_records: 16_384, is_small }
    };
    let root =
        std::env::var_os("OIKOS_BENCH_DIR").map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let folder = tempfile::tempdir_in(root)?;

    let mut rows = Vec::new();
    for batch_bytes in [4 << 10, 64 << 10, 1 << 20] {
        rows.extend(batches(folder.path(), &scale, batch_bytes)?);
    }
    if !scale.is_small {
        rows.push(rotating(folder.path())?);
    }
    rows.push(group_commit(folder.path(), &scale, "group commit, 1 driver", one_driver)?);
    rows.push(group_commit(folder.path(), &scale, "group commit, 256 threads", many_threads)?);
    show(&rows, has("--json"))
}

fn show(rows: &[Row], as_json: bool) -> Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        let rows = rows.iter().map(|row| {
            json!({
                "name": row.name, "batch_bytes": row.batch_bytes, "per_second": row.per_second.round(),
                "floor_per_second": row.floor_per_second.round(), "share": (row.share * 1000.0).round() / 1000.0,
                "extra": row.extra,
            })
        });
        let object = json!({ "bench": "durable_append", "rows": rows.collect::<Vec<_>>() });
        writeln!(out, "{object}")?;
        return Ok(());
    }
    writeln!(out, "{:<26}{:>10}{:>12}{:>12}{:>8}", "", "bytes", "bare /s", "journal /s", "share")?;
    for row in rows {
        writeln!(
            out,
            "{:<26}{:>10}{:>12.0}{:>12.0}{:>8.2}  {}",
            row.name, row.batch_bytes, row.floor_per_second, row.per_second, row.share, row.extra
        )?;
    }
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// A zero-written, synced file, and where the next write goes.
struct Floor {
    file: File,
    bytes: u64,
    offset: u64,
    buffer: Vec<u8>,
}

impl Floor {
    fn new(folder: &Path, write_bytes: usize, total_bytes: u64) -> Result<Self> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(folder.join("floor"))?;
        let zeros = vec![0; 1 << 20];
        let bytes = total_bytes.next_multiple_of(zeros.len() as u64).next_multiple_of(write_bytes as u64);
        for offset in (0..bytes).step_by(zeros.len()) {
            file.write_all_at(&zeros, offset)?;
        }
        file.sync_data()?;
        File::open(folder)?.sync_all()?;
        Ok(Self { file, bytes, offset: 0, buffer: vec![7; write_bytes] })
    }

    /// Seconds for `count` writes with their syncs.
    fn run(&mut self, count: usize) -> Result<f64> {
        let start = Instant::now();
        for _ in 0..count {
            if self.offset + self.buffer.len() as u64 > self.bytes {
                self.offset = 0;
            }
            self.file.write_all_at(&self.buffer, self.offset)?;
            self.file.sync_data()?;
            self.offset += self.buffer.len() as u64;
        }
        Ok(start.elapsed().as_secs_f64())
    }
}

fn fill(group: &mut Group, frame_bytes: usize) -> Result<()> {
    group.clear(STAMP);
    let count = (frame_bytes - FRAME_HEADER_BYTES) / (RECORD_BYTES + 4);
    for n in 0..count {
        group.push(&[n as u8; RECORD_BYTES])?;
    }
    ensure!(group.frame_bytes() as usize == frame_bytes, "{} and not {frame_bytes}", group.frame_bytes());
    Ok(())
}

fn open(folder: &Path, segment_bytes: u64, prepare: Prepare) -> Result<(PathBuf, Journal)> {
    let folder = folder.join("journal");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let options = Options { segment_bytes, prepare, ..Options::live([1; 16]) };
    let (journal, _) = Journal::open(Arc::new(FileStorage::create_in(&folder)?), options)?;
    Ok((folder, journal))
}

/// Closes and checks: a figure counts only if the work is there.
fn verify(folder: &Path, sequence: u64) -> Result<()> {
    let report = check(folder).context("checking the journal that was written")?;
    ensure!(report.verdict == Verdict::Clean && report.end.sequence == sequence, "{report:?}");
    Ok(())
}

/// Interleaved rounds of the bare loop, of appends, and of filling and appending.
fn batches(folder: &Path, scale: &Scale, batch_bytes: usize) -> Result<Vec<Row>> {
    let count = (scale.round_bytes / batch_bytes).clamp(1, scale.round_batches_max);
    let total = (count * scale.rounds * batch_bytes) as u64;
    let mut floor = Floor::new(folder, batch_bytes, total)?;
    // One segment that holds everything, so that the two write into files of the same kind.
    let (place, mut journal) = open(folder, (2 * total + (1 << 20)).next_multiple_of(1 << 20), Prepare::OnDemand)?;
    let mut group = Group::new(STAMP);
    fill(&mut group, batch_bytes)?;
    let (mut bare, mut append, mut filled) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..scale.rounds {
        bare.push(floor.run(count)? / count as f64);
        let start = Instant::now();
        for _ in 0..count {
            journal.append(&mut group)?;
        }
        append.push(start.elapsed().as_secs_f64() / count as f64);
        let start = Instant::now();
        for _ in 0..count {
            fill(&mut group, batch_bytes)?;
            journal.append(&mut group)?;
        }
        filled.push(start.elapsed().as_secs_f64() / count as f64);
    }
    verify(&place, journal.close()?.sequence)?;
    let floor_per_second = 1.0 / median(&mut bare.clone());
    let row = |name, seconds: &[f64]| {
        let mut shares: Vec<f64> = bare.iter().zip(seconds).map(|(bare, ours)| bare / ours).collect();
        let per_second = 1.0 / median(&mut seconds.to_vec());
        let share = median(&mut shares);
        let (low, high) = (shares.first().copied().unwrap_or(0.0), shares.last().copied().unwrap_or(0.0));
        let extra = format!("({low:.2} to {high:.2})");
        Row { name, batch_bytes, floor_per_second, per_second, share, extra }
    };
    Ok(vec![row("append", &append), row("fill+append", &filled)])
}

/// Six segments in a row: the zeroing of the next one shares the disk.
fn rotating(folder: &Path) -> Result<Row> {
    let batch_bytes = 1 << 20;
    let count = 6 * 64;
    let mut floor = Floor::new(folder, batch_bytes, 64 << 20)?;
    let floor_seconds = floor.run(count)? / count as f64;
    let (place, mut journal) = open(folder, 64 << 20, Prepare::Background)?;
    let mut group = Group::new(STAMP);
    fill(&mut group, batch_bytes)?;
    let start = Instant::now();
    for _ in 0..count {
        journal.append(&mut group)?;
    }
    let seconds = start.elapsed().as_secs_f64() / count as f64;
    verify(&place, journal.close()?.sequence)?;
    let share = floor_seconds / seconds;
    let extra = "six segments, zeroed ahead meanwhile".to_owned();
    Ok(Row {
        name: "rotating",
        batch_bytes,
        floor_per_second: 1.0 / floor_seconds,
        per_second: 1.0 / seconds,
        share,
        extra,
    })
}

fn submit(queue: &GroupCommit, record: &[u8]) -> Result<u64> {
    loop {
        match queue.submit(STAMP, record) {
            Err(SubmitError::Busy) => std::thread::yield_now(),
            answer => return Ok(answer?),
        }
    }
}

/// All producers in one thread: each has one record under way, and the next goes in with its answer.
fn one_driver(queue: &GroupCommit, records: u64) -> Result<()> {
    let mut waiting: VecDeque<u64> = VecDeque::with_capacity(PRODUCERS);
    let mut submitted = 0;
    while submitted < records || !waiting.is_empty() {
        while waiting.len() < PRODUCERS && submitted < records {
            waiting.push_back(submit(queue, &[submitted as u8; RECORD_BYTES])?);
            submitted += 1;
        }
        let Some(oldest) = waiting.front() else { break };
        let durable = queue.wait(*oldest)?.sequence;
        while waiting.front().is_some_and(|sequence| *sequence <= durable) {
            waiting.pop_front();
        }
    }
    Ok(())
}

fn many_threads(queue: &GroupCommit, records: u64) -> Result<()> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..PRODUCERS as u64)
            .map(|producer| {
                scope.spawn(move || -> Result<()> {
                    for _ in (producer..records).step_by(PRODUCERS) {
                        queue.wait(submit(queue, &[producer as u8; RECORD_BYTES])?)?;
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow::anyhow!("a producer panicked"))?)
    })
}

fn group_commit(
    folder: &Path,
    scale: &Scale,
    name: &'static str,
    drive: fn(&GroupCommit, u64) -> Result<()>,
) -> Result<Row> {
    let segment_bytes = if scale.is_small { 4 << 20 } else { 256 << 20 };
    let (place, journal) = open(folder, segment_bytes, Prepare::OnDemand)?;
    let commits = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&commits);
    let queue = GroupCommit::start(journal, Limits::default(), move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
    })?;
    let frame_bytes = PRODUCERS * (RECORD_BYTES + 4) + FRAME_HEADER_BYTES;
    let batch_bytes = frame_bytes.next_multiple_of(BLOCK_BYTES);
    let mut floor = Floor::new(folder, batch_bytes, 16 << 20)?;
    let (mut bare, mut ours, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    let mut records_per_second = Vec::new();
    for _ in 0..scale.rounds {
        let bare_per_second = scale.round_batches_max as f64 / floor.run(scale.round_batches_max)?;
        let commits_before = commits.load(Ordering::Relaxed);
        let start = Instant::now();
        drive(&queue, scale.round_records)?;
        let seconds = start.elapsed().as_secs_f64();
        let per_second = (commits.load(Ordering::Relaxed) - commits_before) as f64 / seconds;
        records_per_second.push(scale.round_records as f64 / seconds);
        shares.push(per_second / bare_per_second);
        bare.push(bare_per_second);
        ours.push(per_second);
    }
    let end = queue.close()?.sequence;
    verify(&place, end)?;
    let mut reader = Reader::open_from(Arc::new(FileStorage::existing(&place)?), end)?;
    let last = reader.next_record()?.context("the last record is not there")?;
    ensure!(last.sequence == end && last.bytes.len() == RECORD_BYTES, "another record stands at the end");
    let mean = end as f64 / commits.load(Ordering::Relaxed) as f64;
    let extra = format!("{:.0} records/s, {mean:.0} a commit", median(&mut records_per_second));
    let (floor_per_second, per_second, share) = (median(&mut bare), median(&mut ours), median(&mut shares));
    Ok(Row { name, batch_bytes, floor_per_second, per_second, share, extra })
}
