//! How many task lifecycles a second does the economy take in memory ("L3")?
//!
//! One lifecycle is seven commands and one deadline: post, three sealed bids at distinct prices, the close of bids,
//! accept the award, submit, accept; first-price, no deposits, no fee. A thousand tasks are open at a time, between
//! 10,000 participants drawn with seed 42; the order of commands within a stage is that of the tasks. Every command
//! has an id and expires after a minute of economy time; the invariants are checked after every command and every
//! call of `advance`. Requests are made outside the measured time, as a node decodes them on other threads.
//! The digest of the final state proves the work; it depends on the workload alone. `--json` prints one object;
//! `--test` or `OIKOS_BENCH_SMALL=1` runs small.
//! Command: `cargo bench --bench lifecycles`.

#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

use oikos_ledger::NoPast;
use oikos_market::{Economy, Progress};
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::award::AcceptAward;
use oikos_protocol::command::bid::{BidTerms, PlaceBid};
use oikos_protocol::command::contract::{AcceptDeliverable, SubmitDeliverable};
use oikos_protocol::command::participant::{ParticipantKind, Register};
use oikos_protocol::command::task::{MechanismKind, Milestone, ReviewDefault, Sealing, Selection, TaskSpec, Windows};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::event::{Event, EventSink};
use oikos_protocol::genesis::{Genesis, Limits};
use oikos_protocol::id::{AssetId, Capability, CommandId, Hash32, MilestoneId, ParticipantId, TaskId};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::{Span, Timestamp};
use std::sync::Arc;
use std::time::{Duration, Instant};

const SEED: u64 = 42;
const OPEN: u64 = 1_000;
const BIDS: u64 = 3;
const COMMANDS_EACH: u64 = 7;
const EUR: AssetId = AssetId(1);
/// How long a command takes in economy time.
const TICK: Span = Span(1_000);

/// SplitMix64, by its published constants.
struct Random(u64);

impl Random {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.draw() % n
    }
}

/// Counts events; a node would encode them, a simulation fold them.
#[derive(Default)]
struct Counted(u64);

impl EventSink for Counted {
    fn emit(&mut self, _: &Event) {
        self.0 += 1;
    }
}

/// An economy, its time, and how long it has worked.
struct Run {
    economy: Economy,
    now: Timestamp,
    ids: u128,
    events: Counted,
    spent: Duration,
    /// The same without the time in which other processes had the core, where the system tells.
    on_core: Duration,
}

/// How long this thread has had a core.
fn on_core() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|text| text.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}

impl Run {
    fn new(participants: u64) -> Self {
        let economy = Economy::new(Genesis {
            economy: 1,
            epoch_unix_ns: 0,
            beacon_anchor: Hash32::ZERO,
            beacon_links: 0,
            beacon_window: Span::seconds(1),
            limits: Limits::default(),
        });
        let (spent, on_core, events) = (Duration::ZERO, Duration::ZERO, Counted::default());
        let mut run = Self { economy, now: Timestamp::ZERO, ids: 0, events, spent, on_core };
        let code = AssetCode::new("OIK").expect("three capitals");
        let scale = Scale::new(2).expect("two decimals");
        let regime = Regime::Issuer(ParticipantId::OPERATOR);
        let mut setup = vec![(ParticipantId::OPERATOR, Command::DefineAsset(DefineAsset { code, scale, regime }))];
        for n in 1..=participants {
            let register = Register {
                kind: ParticipantKind::Agent,
                principal: None,
                name: Hash32::ZERO,
                capabilities: vec![can_write()],
                calendar: None,
            };
            let money = Issue { asset: EUR, to: ParticipantId(n), amount: Amount(1 << 60), reference: Hash32::ZERO };
            setup.push((ParticipantId::OPERATOR, Command::Register(register)));
            setup.push((ParticipantId::OPERATOR, Command::Issue(money)));
        }
        let requests = run.requests(setup);
        run.apply(&requests);
        (run.spent, run.on_core) = (Duration::ZERO, Duration::ZERO);
        run
    }

    fn requests(&mut self, commands: Vec<(ParticipantId, Command)>) -> Vec<Request> {
        let mut now = self.now;
        let request = |(by, command)| {
            self.ids += 1;
            now = now.after(TICK);
            // Spread as random ids are, so that no map finds them in order.
            let id = CommandId(self.ids.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
            Request { by, id, expires: now.after(Span::seconds(60)), command }
        };
        commands.into_iter().map(request).collect()
    }

    fn apply(&mut self, requests: &[Request]) {
        let (start, core) = (Instant::now(), on_core());
        for request in requests {
            self.now = self.now.after(TICK);
            let outcome = loop {
                match self.economy.advance(self.now, 64, &mut self.events) {
                    Progress::Done(ready) => break self.economy.apply(ready, request, &NoPast, &mut self.events),
                    Progress::More => assert_eq!(self.economy.check_invariants(), Ok(())),
                }
            };
            assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
            assert_eq!(self.economy.check_invariants(), Ok(()));
        }
        self.spent += start.elapsed();
        self.on_core += on_core() - core;
    }

    /// Time passes, and deadlines fire.
    fn wait(&mut self, span: Span) {
        let (start, core) = (Instant::now(), on_core());
        self.now = self.now.after(span);
        while let Progress::More = self.economy.advance(self.now, 64, &mut self.events) {
            assert_eq!(self.economy.check_invariants(), Ok(()));
        }
        self.spent += start.elapsed();
        self.on_core += on_core() - core;
    }
}

fn can_write() -> Capability {
    Capability::new("write").expect("a name")
}

fn spec(now: Timestamp, input: u64) -> TaskSpec {
    TaskSpec {
        asset: EUR,
        budget: Amount(10_000),
        input: Hash32::of(&input.to_le_bytes()),
        requires: vec![can_write()],
        constraints: vec![],
        reputation_min: Share::NONE,
        mechanism: MechanismKind::FirstPrice,
        reserve: None,
        sealing: Sealing::Sealed,
        selection: Selection::Automatic,
        bid_deposit: Share::NONE,
        performance_bond: Share::NONE,
        damages_max: Share::NONE,
        cancel_fee: Amount::ZERO,
        approver: None,
        confirm_above: None,
        evaluator: None,
        review_default: ReviewDefault::Accept,
        milestones: vec![Milestone {
            share: Share::from_millionths(Share::WHOLE).unwrap_or_default(),
            deliver: Span::seconds(60),
        }],
        windows: Windows {
            approve: Span::seconds(60),
            bid: Span::seconds(1),
            accept: Span::seconds(60),
            grace: Span::ZERO,
            review: Span::seconds(60),
            retention: Span::ZERO,
        },
        ends_at: now.after(Span::hours(1)),
    }
}

/// Plays `lifecycles` tasks, a thousand at a time.
fn play(run: &mut Run, lifecycles: u64, participants: u64) {
    let mut random = Random(SEED);
    let mut next = 0;
    while next < lifecycles {
        let tasks: Vec<TaskId> = (next..lifecycles.min(next + OPEN)).map(TaskId).collect();
        next += tasks.len() as u64;
        let mut anybody = || ParticipantId(1 + random.below(participants));
        let mut posts = Vec::new();
        let (mut bids, mut takes, mut submits, mut accepts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for &task in &tasks {
            let mut people = Vec::with_capacity(1 + BIDS as usize);
            while people.len() < 1 + BIDS as usize {
                let one = anybody();
                if !people.contains(&one) {
                    people.push(one);
                }
            }
            posts.push((people[0], Command::PostTask(Arc::new(spec(run.now, task.0)))));
            let lowest = task.0 % BIDS;
            for (n, &bidder) in (0..).zip(&people[1..]) {
                let price = Amount(u128::from(5_000 + (n + BIDS - lowest) % BIDS));
                let terms = BidTerms::Priced { price, nonce: (task.0 as u128 * 0x9e37 + n as u128).to_le_bytes() };
                bids.push((bidder, Command::PlaceBid(PlaceBid { task, terms, team: vec![] })));
            }
            let (winner, milestone) = (people[1 + lowest as usize], MilestoneId(0));
            let deliverable = Hash32::of(&task.0.to_le_bytes());
            takes.push((winner, Command::AcceptAward(AcceptAward { task })));
            submits.push((winner, Command::SubmitDeliverable(SubmitDeliverable { task, milestone, deliverable })));
            accepts.push((people[0], Command::AcceptDeliverable(AcceptDeliverable { task, milestone })));
        }
        for stage in [posts, bids] {
            let requests = run.requests(stage);
            run.apply(&requests);
        }
        run.wait(Span::seconds(1));
        for stage in [takes, submits, accepts] {
            let requests = run.requests(stage);
            run.apply(&requests);
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let has = |flag: &str| args.iter().any(|arg| arg == flag);
    let small = has("--test") || std::env::var_os("OIKOS_BENCH_SMALL").is_some();
    let (lifecycles, participants, rounds) = if small { (2_000, 100, 1) } else { (100_000, 10_000, 5) };
    let (mut rates, mut core_rates) = (Vec::new(), Vec::new());
    let (mut digest, mut events, mut remembered) = (Hash32::ZERO, 0, 0);
    for round in 0..rounds {
        let mut run = Run::new(participants);
        run.events = Counted::default();
        play(&mut run, lifecycles, participants);
        rates.push((lifecycles as f64 / run.spent.as_secs_f64()) as u64);
        // Where the system does not tell, this is the wall clock too.
        let core = if run.on_core.is_zero() { run.spent } else { run.on_core };
        core_rates.push((lifecycles as f64 / core.as_secs_f64()) as u64);
        assert_eq!(run.economy.open_tasks().count(), 0);
        if round == 0 {
            assert_eq!(run.economy.audit(), Ok(()));
            (digest, events, remembered) = (run.economy.digest(), run.events.0, run.economy.remembered());
        }
    }
    rates.sort_unstable();
    core_rates.sort_unstable();
    let on_core = core_rates[core_rates.len() / 2];
    let (least, median, most) = (rates[0], rates[rates.len() / 2], rates[rates.len() - 1]);
    let commands = median * COMMANDS_EACH;
    if has("--json") {
        println!(
            "{{\"bench\":\"lifecycles\",\"lifecycles\":{lifecycles},\"lifecycles_per_second\":{median},\
             \"least\":{least},\"most\":{most},\"lifecycles_per_core_second\":{on_core},\"commands_per_second\":{commands},\"events\":{events},\
             \"digest\":\"{digest}\"}}"
        );
    } else {
        println!("lifecycles  {lifecycles} with {BIDS} bids, {participants} participants, {OPEN} open at a time");
        println!("rate        {median} lifecycles/s (median of {rounds}; {least} to {most}), {commands} commands/s");
        println!("on a core   {on_core} lifecycles/s while the thread had it, {} commands/s", on_core * COMMANDS_EACH);
        println!("work        {events} events, {remembered} ids remembered at the end");
        println!("digest      {digest}");
    }
}
