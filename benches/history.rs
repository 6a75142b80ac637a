//! What does history on disk cost, and how fast does it answer?
//!
//! Workload: 10,000 participants; transfers in batches of 8,190 of one payer each to payees drawn at random (seed 42),
//! each batch an entry, made durable and then applied, as the node does it, with the index behind. Every third of the
//! way a follower makes a snapshot beside it. At the end: bytes a transfer on disk and resident memory; the longest
//! step of a loop of single durable transfers while a snapshot is made, beside the same loop without; then everything is closed
//! and opened again, from the snapshot; then statements of 50 rows and balances of random accounts as of random
//! sequences. The last balances are compared with the book's own.
//! Arguments: `--transfers N`, `--json`. Without `--bench`, or with `OIKOS_BENCH_SMALL=1`, it runs small.
//! `OIKOS_BENCH_DIR` chooses the folder (default: the target folder, which is on a disk).
#![allow(clippy::print_stdout, reason = "figures are printed")]

use anyhow::{Context as _, Result, ensure};
use oikos::history::{History, Opened, Topic, free};
use oikos::node::apply::Core;
use oikos::node::content::ContentStore;
use oikos::node::directory::SharedDirectory;
use oikos::node::replay::Replay;
use oikos::node::snapshotter::{Follower, write, yield_to_others};
use oikos::node::state::PastOf;
use oikos_bus::identity::nkey::KeyPair;
use oikos_journal::{Boundary, FileStorage, Group, Journal, Options, Stamp, Storage};
use oikos_market::available_account;
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::participant::{ParticipantKind, Register};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::money::Purse;
use oikos_protocol::genesis::{Genesis, Limits};
use oikos_protocol::id::{AssetId, CommandId, Hash32, ParticipantId, TransferId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::time::{Span, Timestamp};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const JOURNAL: [u8; 16] = [3; 16];
const BATCH: usize = 8_190;
const OIK: AssetId = AssetId(1);

/// SplitMix64, by its published constants.
struct Random(u64);

impl Random {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The stations of a node, without its bus.
struct Line {
    journal: Journal,
    core: Core,
    end: Boundary,
    payload_bytes: u64,
    ids: u128,
    t: u64,
    commit: Duration,
    apply: Duration,
    longest_apply: Duration,
}

impl Line {
    fn ask(&mut self, by: ParticipantId, command: Command) -> Result<Option<Outcome>> {
        self.ask_all(by, vec![command])
    }

    /// All of it in one group; the last outcome.
    fn ask_all(&mut self, by: ParticipantId, commands: Vec<Command>) -> Result<Option<Outcome>> {
        let mut entries = Vec::with_capacity(commands.len());
        let mut group = Group::new(Stamp { time_ns: self.t, rules: 1, term: 1 });
        for command in commands {
            self.ids += 1;
            self.t += 1_000_000;
            let expires = Timestamp(self.t).after(Span::hours(1));
            let body = Body::Request(Request { by, id: CommandId(self.ids), expires, command });
            let entry = Entry { now: self.t, t: Timestamp(self.t), body, evidence: Vec::new() };
            let bytes = entry.encode_into(Vec::new())?;
            self.payload_bytes += bytes.len() as u64;
            group.push(&bytes)?;
            entries.push(entry);
        }
        let begun = Instant::now();
        self.end = self.journal.append(&mut group)?.boundary;
        let committed = Instant::now();
        let mut last = None;
        for entry in &entries {
            last = self.core.apply(entry)?.outcome;
        }
        self.commit += committed - begun;
        let apply = committed.elapsed();
        self.apply += apply;
        self.longest_apply = self.longest_apply.max(apply);
        Ok(last)
    }

    fn pay(&mut self, random: &mut Random, people: u64, count: usize) -> Result<()> {
        let payer = ParticipantId(1 + random.draw() % people);
        let transfers: Vec<Transfer> = (0..count)
            .map(|_| Transfer {
                id: TransferId(u128::from(random.draw()) << 64 | u128::from(random.draw())),
                debit_account_id: available_account(payer, OIK),
                credit_account_id: available_account(
                    ParticipantId(1 + (payer.0 + random.draw() % (people - 1)) % people),
                    OIK,
                ),
                amount: Amount(1 + u128::from(random.draw() % 100)),
                ledger: OIK,
                code: 1,
                ..Transfer::ZERO
            })
            .collect();
        match self.ask(payer, Command::CreateTransfers(transfers))? {
            Some(Outcome::Accepted(Reply::Transfers(statuses))) => {
                ensure!(
                    statuses.iter().all(|status| format!("{status:?}") == "Created" || count == 1),
                    "a transfer failed"
                );
                Ok(())
            }
            other => anyhow::bail!("{other:?}"),
        }
    }
}

fn kib(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

fn written_bytes() -> u64 {
    let io = std::fs::read_to_string("/proc/self/io").unwrap_or_default();
    let line = io.lines().find(|line| line.starts_with("write_bytes"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|bytes| bytes.parse().ok()).unwrap_or(0)
}

fn folder_bytes(folder: &Path, ending: &str) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => folder_bytes(&entry.path(), ending),
        Ok(meta) if entry.file_name().to_string_lossy().ends_with(ending) => meta.len(),
        _ => 0,
    };
    entries.filter_map(Result::ok).map(of).sum()
}

/// Median and 99th percentile in microseconds.
fn percentiles(times: &mut [Duration]) -> (u64, u64) {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).map_or(0, |time| time.as_micros() as u64);
    (at(50), at(99))
}

/// An economy's line with what lies beside its journal.
type Begun = (Line, History, Arc<dyn Storage>, Arc<ContentStore>);

fn begin(folder: &Path, people: u64) -> Result<Begun> {
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::create_in(folder.join("journal"))?);
    let (mut journal, _) = Journal::open(Arc::clone(&storage), Options::live(JOURNAL))?;
    let (history, _) = History::open(&folder.join("history"), JOURNAL, Arc::clone(&storage), 0)?;
    let names = Arc::new(ContentStore::open(&folder.join("content"))?);
    let genesis = Genesis {
        economy: 3,
        epoch_unix_ns: 0,
        beacon_anchor: Hash32::ZERO,
        beacon_links: 0,
        beacon_window: Span::seconds(60),
        limits: Limits::default(),
    };
    let entry = Entry { now: 1, t: Timestamp(1), body: Body::Genesis(Box::new(genesis)), evidence: Vec::new() };
    let mut group = Group::new(Stamp { time_ns: 1, rules: 1, term: 1 });
    group.push(&entry.encode_into(Vec::new())?)?;
    let end = journal.append(&mut group)?.boundary;
    let core = Core::begin(&entry, SharedDirectory::default(), Arc::clone(&names))?;
    let core = core.with_past(PastOf::Index(history.clone()));
    let nothing = Duration::ZERO;
    let mut line = Line {
        journal,
        core,
        end,
        payload_bytes: 0,
        ids: 0,
        t: 1,
        commit: nothing,
        apply: nothing,
        longest_apply: nothing,
    };
    let (code, scale) = (AssetCode::new("OIK").context("a code")?, Scale::new(2).context("a scale")?);
    let regime = Regime::Issuer(ParticipantId::OPERATOR);
    line.ask(ParticipantId::OPERATOR, Command::DefineAsset(DefineAsset { code, scale, regime }))?;
    let mut commands = Vec::new();
    for number in 1..=people {
        let name = Hash32::of(&number.to_le_bytes());
        let kind = ParticipantKind::Agent;
        let register = Register { kind, principal: None, name, capabilities: Vec::new(), calendar: None };
        commands.push(Command::Register(register));
        let to = ParticipantId(number);
        commands.push(Command::Issue(Issue { asset: OIK, to, amount: Amount(1 << 40), reference: name }));
    }
    line.ask_all(ParticipantId::OPERATOR, commands)?;
    Ok((line, history, storage, names))
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let is_small = !has("--bench") || has("--test") || std::env::var_os("OIKOS_BENCH_SMALL").is_some();
    let wanted = arguments.iter().position(|argument| argument == "--transfers").and_then(|at| arguments.get(at + 1));
    let transfers = match wanted {
        Some(text) => text.parse()?,
        None if is_small => 3 * BATCH,
        None => 10_000_000,
    };
    let people = if is_small { 100 } else { 10_000 };
    let root = std::env::var_os("OIKOS_BENCH_DIR")
        .map_or_else(|| env!("CARGO_TARGET_TMPDIR").into(), std::path::PathBuf::from);
    let folder = tempfile::tempdir_in(root)?;
    let folder = folder.path();

    let (mut line, history, storage, names) = begin(folder, people)?;
    let key = KeyPair::from_secret([1; 32]);
    let follower =
        Arc::new(Follower { storage: Arc::clone(&storage), names: Arc::clone(&names), history: history.clone(), key });
    let mut random = Random(42);
    let batches = transfers / BATCH;
    let before_bytes = written_bytes();
    (line.commit, line.apply, line.payload_bytes) = (Duration::ZERO, Duration::ZERO, 0);
    let begun = Instant::now();
    let mut snapshots: Vec<std::thread::JoinHandle<bool>> = Vec::new();
    for batch in 0..batches {
        line.pay(&mut random, people, BATCH)?;
        if batch + 1 == batches / 3 || batch + 1 == batches * 2 / 3 {
            let (follower, at) = (Arc::clone(&follower), line.end);
            snapshots.push(std::thread::spawn(move || {
                yield_to_others();
                follower.make(at).is_ok()
            }));
        }
    }
    let made = batches * BATCH;
    let took = begun.elapsed();
    for snapshot in snapshots {
        ensure!(snapshot.join().is_ok_and(|made| made), "no snapshot was made");
    }
    history.flush()?;
    let written = written_bytes() - before_bytes;
    let (journal_payload, commit, apply) = (line.payload_bytes, line.commit, line.apply);
    let resident = (kib("VmRSS"), kib("VmHWM"));

    // One transfer at a time, durable, with a snapshot being made beside it and without.
    let loop_of =
        |line: &mut Line, random: &mut Random, done: &dyn Fn() -> bool| -> Result<(u64, Duration, Duration)> {
            let (mut steps, mut longest) = (0, Duration::ZERO);
            line.longest_apply = Duration::ZERO;
            while steps < 200 || !done() {
                let step = Instant::now();
                line.pay(random, people, 1)?;
                longest = longest.max(step.elapsed());
                steps += 1;
            }
            Ok((steps, longest, line.longest_apply))
        };
    let (at, make) = (line.end, Arc::clone(&follower));
    let snapshot_begun = Instant::now();
    let making = std::thread::spawn(move || {
        yield_to_others();
        make.make(at).ok().map(|_| Instant::now())
    });
    let (steps_beside, longest_beside, apply_beside) = loop_of(&mut line, &mut random, &|| making.is_finished())?;
    let snapshot_took = making.join().ok().flatten().context("no snapshot was made")? - snapshot_begun;
    let until = Instant::now() + snapshot_took;
    let (steps_alone, longest_alone, apply_alone) = loop_of(&mut line, &mut random, &|| Instant::now() >= until)?;
    let snapshot_bytes = folder_bytes(&folder.join("journal"), ".snapshot") / 2;

    // A stop, and a start.
    history.flush()?;
    write(&line.core, &*storage, line.end)?;
    let (digest, seq, end) = (line.core.digest(), line.core.seq(), line.end);
    let books: Vec<Amount> =
        (1..=people).map(|whose| line.core.economy().balance(Purse::Available(ParticipantId(whose)), OIK)).collect();
    line.journal.close()?;
    drop((line.core, history, follower));
    let index_bytes = folder_bytes(&folder.join("history"), "");
    let reopen = Instant::now();
    let (journal, recovery) = Journal::open(Arc::clone(&storage), Options::live(JOURNAL))?;
    let recovered = reopen.elapsed();
    ensure!(recovery.end == end, "the journal ends elsewhere");
    let (history, opened) = History::open(&folder.join("history"), JOURNAL, Arc::clone(&storage), end.sequence)?;
    ensure!(opened == Opened::Whole(seq), "{opened:?}");
    let indexed = reopen.elapsed();
    let directory = SharedDirectory::default();
    let replay = Replay { storage: &storage, end, directory: &directory, names: &names };
    let replayed = replay.indexed(&history, &mut |_, _| {})?.context("there is a journal")?;
    let reopened = reopen.elapsed();
    ensure!(replayed.core.digest() == digest && replayed.entries == 0, "another state");
    drop(journal);

    let (mut statements, mut balances, mut rows) = (Vec::new(), Vec::new(), 0);
    for _ in 0..if is_small { 20 } else { 500 } {
        let account = available_account(ParticipantId(1 + random.draw() % people), OIK);
        let upto = (1 + random.draw() % seq, u32::MAX);
        let begun = Instant::now();
        history.balances(account, upto)?;
        balances.push(begun.elapsed());
        let begun = Instant::now();
        for posting in history.postings(Topic::Account(account), upto, 50)? {
            rows += usize::from(history.event(posting.at)?.is_some());
        }
        statements.push(begun.elapsed());
    }
    for (whose, book) in (1..).zip(books) {
        let account = available_account(ParticipantId(whose), OIK);
        ensure!(free(&history.balances(account, (u64::MAX, u32::MAX))?) == book, "participant {whose}");
    }
    let (balance_p50, balance_p99) = percentiles(&mut balances);
    let (statement_p50, statement_p99) = percentiles(&mut statements);
    let per = |bytes: u64| bytes as f64 / made.max(1) as f64;
    let round = |value: f64| (value * 10.0).round() / 10.0;
    let figures = json!({
        "bench": "history", "seed": 42, "transfers": made, "participants": people, "digest": digest.to_string(),
        "transfers_per_second": (made as f64 / took.as_secs_f64()).round(),
        "commit_s": round(commit.as_secs_f64()), "apply_s": round(apply.as_secs_f64()),
        "bytes_per_transfer": {
            "journal_payload": round(per(journal_payload)), "index_on_disk": round(per(index_bytes)),
            "one_snapshot": round(per(snapshot_bytes)), "all_writes_with_zeroed_segments": round(per(written)),
        },
        "resident_mib": resident.0 / 1024, "resident_peak_mib": resident.1 / 1024,
        "snapshot": {
            "ms": snapshot_took.as_millis() as u64, "steps_beside": steps_beside,
            "longest_step_beside_us": longest_beside.as_micros() as u64,
            "longest_apply_beside_us": apply_beside.as_micros() as u64, "longest_apply_alone_us": apply_alone.as_micros() as u64,
            "steps_alone": steps_alone, "longest_step_alone_us": longest_alone.as_micros() as u64,
        },
        "reopen_ms": {
            "journal": recovered.as_millis() as u64, "index": (indexed - recovered).as_millis() as u64,
            "state": (reopened - indexed).as_millis() as u64, "all": reopened.as_millis() as u64,
        },
        "balance_us": {"p50": balance_p50, "p99": balance_p99},
        "statement_us": {"p50": statement_p50, "p99": statement_p99, "rows": rows / statements.len().max(1)},
    });
    if has("--json") {
        println!("{figures}");
    } else {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    }
    Ok(())
}
