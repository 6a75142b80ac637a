//! How much memory a replay takes, measured with fewer and told for ten million events and a million participants.
//!
//! What is measured is what a replay holds: the economy that is applied anew, and the view of it. Commands expire a
//! second of economy time after they were sent, so that the memory of ids is short.
//! A test program of its own: the memory of a process is measured, and nothing else may run in it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use oikos_journal::{FileStorage, Group, Journal, Options, Stamp};
use oikos_market::{Economy, Progress};
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::award::AcceptAward;
use oikos_protocol::command::bid::{BidTerms, PlaceBid};
use oikos_protocol::command::contract::{AcceptDeliverable, SubmitDeliverable};
use oikos_protocol::command::participant::{ParticipantKind, Register};
use oikos_protocol::command::task::{MechanismKind, Milestone, ReviewDefault, Sealing, Selection, TaskSpec, Windows};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry, RULES};
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::genesis::{Genesis, Limits};
use oikos_protocol::id::{AssetId, CommandId, Hash32, MilestoneId, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::{Span, Timestamp};
use oikos_views::{Overview, Position};
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command as Program, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    memory("self", "VmRSS:").unwrap()
}

/// What the kernel says of a process' memory; nothing where it has ended.
fn memory(process: &str, what: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(what))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1_024)
}

fn spec() -> Arc<TaskSpec> {
    Arc::new(TaskSpec {
        asset: AssetId(1),
        budget: Amount(100),
        input: Hash32::of(b"input"),
        reserve: None,
        cancel_fee: Amount::ZERO,
        confirm_above: None,
        requires: Vec::new(),
        constraints: Vec::new(),
        reputation_min: Share::NONE,
        mechanism: MechanismKind::FirstPrice,
        sealing: Sealing::Sealed,
        selection: Selection::Automatic,
        bid_deposit: Share::NONE,
        performance_bond: Share::NONE,
        damages_max: Share::NONE,
        approver: None,
        evaluator: None,
        review_default: ReviewDefault::Accept,
        milestones: vec![Milestone { share: Share::from_millionths(1_000_000).unwrap(), deliver: Span::hours(1) }],
        windows: Windows {
            approve: Span::hours(24),
            bid: Span::seconds(60),
            accept: Span::seconds(60),
            grace: Span::ZERO,
            review: Span::hours(24),
            retention: Span::ZERO,
        },
        ends_at: Timestamp::NEVER,
    })
}

/// Takes down every entry in a journal, for a run's folder.
struct Recorder {
    journal: Journal,
    group: Group,
    bytes: Vec<u8>,
}

impl Recorder {
    fn in_folder(folder: &Path) -> Self {
        let storage = Arc::new(FileStorage::create_in(folder.join("journal")).unwrap());
        let (journal, _) = Journal::open(storage, Options::simulation([7; 16])).unwrap();
        Self { journal, group: Group::new(Stamp { time_ns: 0, rules: RULES.into(), term: 0 }), bytes: Vec::new() }
    }

    fn record(&mut self, t: Timestamp, body: Body) {
        let entry = Entry { now: t.0, t, body, evidence: Vec::new() };
        self.bytes = entry.encode_into(std::mem::take(&mut self.bytes)).unwrap();
        self.group.push(&self.bytes).unwrap();
        self.bytes.clear();
        self.group.set_time_ns(t.0);
        if self.group.record_bytes() > 256 << 10 {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.group.is_empty() {
            self.journal.append(&mut self.group).unwrap();
            self.group.clear(self.group.stamp());
        }
    }
}

/// A replay without its journal, or one that makes it.
struct Replay {
    recorder: Option<Recorder>,
    economy: Economy,
    past: oikos_ledger::MemoryPast,
    overview: Overview,
    seq: u64,
    t: Timestamp,
}

struct Watching<'a>(&'a mut Overview, Position, Timestamp);

impl EventSink for Watching<'_> {
    fn emit(&mut self, event: &Event) {
        self.0.take(self.1, self.2, event);
        self.1.index += 1;
    }
}

impl Replay {
    fn begin(mut recorder: Option<Recorder>) -> Self {
        let genesis = Genesis {
            economy: 1,
            epoch_unix_ns: 0,
            beacon_anchor: Hash32::ZERO,
            beacon_links: 0,
            beacon_window: Span::seconds(60),
            limits: Limits { remember: Span::seconds(60), ..Limits::default() },
        };
        let (past, overview) = (oikos_ledger::MemoryPast::new(), Overview::default());
        if let Some(recorder) = &mut recorder {
            recorder.record(Timestamp::ZERO, Body::Genesis(Box::new(genesis.clone())));
        }
        Self { recorder, economy: Economy::new(genesis), past, overview, seq: 0, t: Timestamp::ZERO }
    }

    fn apply(&mut self, by: u64, wait: Span, command: Command) {
        self.seq += 1;
        self.t = self.t.after(wait).after(Span::millis(10));
        let mut watch = Watching(&mut self.overview, Position { seq: self.seq, index: 0 }, self.t);
        let ready = loop {
            if let Progress::Done(ready) = self.economy.advance(self.t, 1_024, &mut watch) {
                break ready;
            }
        };
        let (by, id, expires) = (ParticipantId(by), CommandId(u128::from(self.seq)), self.t.after(Span::seconds(1)));
        let request = Request { by, id, expires, command };
        let outcome = self.economy.apply(ready, &request, &self.past, &mut watch);
        if let Some(recorder) = &mut self.recorder {
            recorder.record(self.t, Body::Request(request));
        }
        assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
    }

    fn participants(&mut self, count: u64) {
        for n in 0..count {
            let (kind, name) = (ParticipantKind::Agent, Hash32::of(&n.to_le_bytes()));
            let register = Register { kind, principal: None, name, capabilities: Vec::new(), calendar: None };
            self.apply(0, Span::ZERO, Command::Register(register));
        }
    }

    /// So many participants, and money for the first of them.
    fn money_after(&mut self, count: u64) {
        self.participants(count);
        let (code, scale) = (AssetCode::new("OIK").unwrap(), Scale::new(2).unwrap());
        let regime = Regime::Issuer(ParticipantId::OPERATOR);
        self.apply(0, Span::ZERO, Command::DefineAsset(DefineAsset { code, scale, regime }));
        let (asset, to, amount) = (AssetId(1), ParticipantId(1), Amount(1_000_000_000));
        self.apply(0, Span::ZERO, Command::Issue(Issue { asset, to, amount, reference: Hash32::of(b"test") }));
    }

    /// Whole lives of tasks, one after another: posted, bid for, awarded, delivered, paid.
    fn tasks(&mut self, from: u64, count: u64) {
        let spec = spec();
        for n in from..from + count {
            let (task, milestone, deliverable) = (TaskId(n), MilestoneId(0), Hash32::of(b"output"));
            let terms = BidTerms::Priced { price: Amount(7), nonce: [1; 16] };
            self.apply(1, Span::ZERO, Command::PostTask(spec.clone()));
            self.apply(2, Span::ZERO, Command::PlaceBid(PlaceBid { task, terms, team: Vec::new() }));
            self.apply(2, Span::seconds(61), Command::AcceptAward(AcceptAward { task }));
            let submit = SubmitDeliverable { task, milestone, deliverable };
            self.apply(2, Span::ZERO, Command::SubmitDeliverable(submit));
            self.apply(1, Span::ZERO, Command::AcceptDeliverable(AcceptDeliverable { task, milestone }));
        }
        assert_eq!(self.overview.settled().0, from + count);
    }
}

#[test]
fn a_replay_of_ten_million_events_and_a_million_participants_stays_under_300_mb() {
    const PARTICIPANTS: u64 = 40_000;
    let before = resident();
    let mut replay = Replay::begin(None);
    replay.money_after(2);
    replay.participants(PARTICIPANTS);
    let each = resident().saturating_sub(before) / PARTICIPANTS;
    // The bounded parts fill first: the last events, the last tasks, the last movements.
    replay.tasks(0, 1_000);
    let (filled, events) = (resident(), replay.overview.events());
    replay.tasks(1_000, 3_000);
    let (grown, told) = (resident().saturating_sub(filled), replay.overview.events() - events);
    let bounded = filled.saturating_sub(before).saturating_sub(each * PARTICIPANTS);
    let whole = each * 1_000_000 + bounded + grown * 10_000_000 / told;
    println!(
        "{each} bytes a participant, {bounded} bytes in bounded lists, {} bytes a thousand events: {whole} in all",
        grown * 1_000 / told
    );
    assert!(whole < 300_000_000, "{whole}");
}

/// The whole of it: `cargo test --release --test replay_memory -- --ignored whole_million --nocapture`.
#[test]
#[ignore = "takes minutes; the one above tells the same from fewer"]
fn whole_million() {
    let before = resident();
    let mut replay = Replay::begin(None);
    replay.money_after(2);
    replay.participants(1_000_000);
    let begun = replay.overview.events();
    let mut tasks = 0;
    while replay.overview.events() - begun < 10_000_000 {
        replay.tasks(tasks, 10_000);
        tasks += 10_000;
    }
    let taken = resident().saturating_sub(before);
    println!("{taken} bytes after {} events of {tasks} tasks", replay.overview.events());
    assert!(taken < 300_000_000, "{taken}");
}

/// The command itself, on the folder of such a run with a name for everybody: its peak, as the kernel counts it.
/// `cargo test --release --test replay_memory -- --ignored the_dashboard --nocapture`; `OIKOS_KEEP=FOLDER` keeps the run.
#[test]
#[ignore = "takes minutes and 1 GB of disk; the first one tells the same from fewer"]
fn the_dashboard_of_a_million_stays_under_300_mb() {
    const PARTICIPANTS: u64 = 1_000_000;
    let temporary = tempfile::tempdir().unwrap();
    let run = std::env::var_os("OIKOS_KEEP").map_or_else(|| temporary.path().join("run"), Into::into);
    std::fs::create_dir_all(&run).unwrap();
    let mut replay = Replay::begin(Some(Recorder::in_folder(&run)));
    replay.money_after(2);
    replay.participants(PARTICIPANTS - 2);
    let mut tasks = 0;
    while replay.overview.events() < 10_000_000 {
        replay.tasks(tasks, 10_000);
        tasks += 10_000;
    }
    let events = replay.overview.events();
    let mut recorder = replay.recorder.take().unwrap();
    recorder.flush();
    recorder.journal.close().unwrap();
    let mut manifest = format!(
        r#"{{"format":1,"config_hash":"{0}","exit":"completed","digest":"{1}","config":{{"participants":["#,
        Hash32::ZERO,
        replay.economy.digest()
    );
    for n in 0..PARTICIPANTS {
        let comma = if n == 0 { "" } else { "," };
        write!(manifest, r#"{comma}{{"name":"participant-{n:07}","kind":"agent"}}"#).unwrap();
    }
    manifest.push_str("]}}");
    std::fs::write(run.join("manifest.json"), manifest).unwrap();
    let begun = Instant::now();
    let mut shown = Program::new(env!("CARGO_BIN_EXE_oikos"))
        .args(["dashboard", "--json"])
        .arg(&run)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (process, mut peak) = (shown.id().to_string(), 0);
    let status = loop {
        peak = memory(&process, "VmHWM:").unwrap_or_default().max(peak);
        if let Some(status) = shown.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    println!("{peak} bytes at most for {events} events in {} entries, {:?}", replay.seq, begun.elapsed());
    assert!(status.success(), "{status}");
    assert!(peak < 300_000_000, "{peak}");
}
