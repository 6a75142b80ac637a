//! What does an attached dashboard cost a busy node, in milliseconds of CPU a second, and does it apply a command?
//!
//! `cargo bench --bench dashboard_cost` measures; `--test` or `OIKOS_BENCH_SMALL=1` runs small and only checks its work.
//! The node is a process of its own (`oikos up --dev`), and its time is what the kernel counts for it. Whole lives of tasks
//! are posted, bid for, awarded, delivered and paid at a steady rate; `oikos dashboard --json --watch` is attached and
//! taken away in turn, and what it costs is each turn's time less the mean of the two beside it. Then the load stops,
//! and an attached dashboard must leave the journal's last sequence where it is.

use oikos::home::Home;
use oikos_agents::{Client, Guest};
use oikos_bus::subject::Name;
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::id::{Capability, Hash32};
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::join::Join;
use oikos_protocol::wire::query::WireQuery;
use oikos_protocol::wire::receipt::WireOutcome;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const OIKOS: &str = env!("CARGO_BIN_EXE_oikos");
const ECONOMY: &str = "kitchen";
/// Posts follow one another so.
const BEAT: Duration = Duration::from_millis(250);
/// Bids are taken for so long.
const BIDS: Duration = Duration::from_millis(1_500);
/// The clock of processes: so many ticks a second, on every Linux.
const TICKS: u64 = 100;

struct Workload {
    lives_per_s: &'static [u64],
    turns: usize,
    turn: Duration,
}

const FULL: Workload = Workload { lives_per_s: &[40, 160], turns: 6, turn: Duration::from_secs(10) };
const SMALL: Workload = Workload { lives_per_s: &[20], turns: 1, turn: Duration::from_secs(1) };

/// A process that ends with its owner.
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.0.kill(); // It may have ended by itself.
        let _ = self.0.wait();
    }
}

fn main() -> Result<(), Failure> {
    let small = std::env::args().any(|arg| arg == "--test") || std::env::var_os("OIKOS_BENCH_SMALL").is_some();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(if small { &SMALL } else { &FULL }))
}

async fn run(workload: &Workload) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("dashboard").tempdir_in(std::env::current_dir()?)?;
    let home = Home::find(Some(&folder.path().join("home")));
    let (node, url) = node(folder.path())?;
    let process = node.0.id();
    let mara = Guest::connect(&url, home.key(ECONOMY, "mara")?).await?.enter(&Name::new("mara")?).await?;
    let operator = Guest::connect(&url, home.key(ECONOMY, "operator")?).await?.enter(&Name::new("operator")?).await?;
    operator
        .command(command(json!({"issue": {
            "asset": "OIK", "to": mara.participant(), "amount": "100000.00", "reference": Hash32::of(b"bench"),
        }}))?)
        .await?;
    let mut workers = Vec::new();
    for name in ["one", "two", "three"] {
        let capabilities = Vec::from_iter(Capability::new("text.shout/v1"));
        let join =
            Join { name: name.to_owned(), kind: ParticipantKind::Agent, capabilities, calendar: None, key: None };
        workers.push(Guest::connect(&url, home.key_or_new(ECONOMY, name)?).await?.join(&join).await?);
    }
    let input = mara.put(&json!("hello")).await?;
    let mut report = String::new();
    for &lives_per_s in workload.lives_per_s {
        let load = Load::begin(lives_per_s, &mara, &workers, input);
        tokio::time::sleep(BIDS * 2).await;
        let begun = (load.paid.load(Ordering::Relaxed), Instant::now());
        let mut readings = Vec::new();
        let mut turns = vec![turn(process, workload.turn).await?];
        for _ in 0..workload.turns {
            let (ticks_before, begun) = (ticks(process)?, Instant::now());
            let now = operator.ask(WireQuery::Totals {}).await?.seq;
            let watching = dashboard(folder.path(), &url, now)?;
            let taken = (ticks(process)? - ticks_before) * 1_000 / TICKS;
            readings.push((now, begun.elapsed(), taken));
            turns.push(turn(process, workload.turn).await?);
            drop(watching);
            turns.push(turn(process, workload.turn).await?);
        }
        let paid = load.paid.load(Ordering::Relaxed) - begun.0;
        let rate = paid as f64 / begun.1.elapsed().as_secs_f64();
        load.end().await?;
        let costs = turns.windows(3).step_by(2).map(|three| three[1] - f64::midpoint(three[0], three[2]));
        let mut costs: Vec<f64> = costs.collect();
        let mut alone: Vec<f64> = turns.iter().step_by(2).copied().collect();
        costs.sort_unstable_by(f64::total_cmp);
        alone.sort_unstable_by(f64::total_cmp);
        for (entries, took, taken) in readings {
            report.push_str(&format!("  attached: {entries} entries of history read in {took:.1?}, {taken} ms of the node's CPU in that time\n"));
        }
        report.push_str(&format!(
            "{rate:.0} lives/s: the node takes {:.0} ms/s alone; a dashboard costs {:.1} ms/s ({:.1} to {:.1}, {} turns of {} s)\n",
            alone[alone.len() / 2],
            costs[costs.len() / 2],
            costs[0],
            costs[costs.len() - 1],
            costs.len(),
            workload.turn.as_secs(),
        ));
    }
    let before = operator.ask(WireQuery::Totals {}).await?.seq;
    let watching = dashboard(folder.path(), &url, before)?;
    tokio::time::sleep(workload.turn).await;
    let after = operator.ask(WireQuery::Totals {}).await?.seq;
    drop(watching);
    if before != after {
        return Err(format!("a dashboard was attached, and the journal went from {before} to {after}").into());
    }
    report.push_str(&format!("checked  {after} entries, and none of them the dashboard's\n"));
    std::io::stdout().write_all(report.as_bytes())?;
    Ok(())
}

/// A node in a process of its own, and where it is.
fn node(folder: &Path) -> Result<(Kept, String), Failure> {
    let mut node = Command::new(OIKOS)
        .args(["up", "--dev", "--port", "0", "--economy", ECONOMY, "--data"])
        .arg(folder.join("data"))
        .arg("--home")
        .arg(folder.join("home"))
        .stdout(Stdio::piped())
        .spawn()?;
    let out = node.stdout.take().ok_or("the node has no output")?;
    let node = Kept(node);
    for line in BufReader::new(out).lines() {
        let line = line?;
        if let Some(url) = line.split_whitespace().find(|word| word.starts_with("nats://")) {
            return Ok((node, url.to_owned()));
        }
    }
    Err("the node did not start".into())
}

/// A dashboard that has read the history up to an entry.
fn dashboard(folder: &Path, url: &str, upto: u64) -> Result<Kept, Failure> {
    let mut watching = Command::new(OIKOS)
        .args(["dashboard", url, "--json", "--watch", "--as", "mara", "--home"])
        .arg(folder.join("home"))
        .stdout(Stdio::piped())
        .spawn()?;
    let out = watching.stdout.take().ok_or("the dashboard has no output")?;
    let watching = Kept(watching);
    let mut lines = BufReader::new(out);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Err("the dashboard shows nothing".into());
        }
        let shown: Value = serde_json::from_str(&line)?;
        // The last entries may hold nothing that a participant sees.
        if shown["sequence"].as_u64().is_some_and(|sequence| sequence + 100 > upto) {
            break;
        }
    }
    // A reader of its own: nobody may wait for us.
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    Ok(watching)
}

/// Milliseconds of CPU a second that a process takes.
async fn turn(process: u32, lasts: Duration) -> Result<f64, Failure> {
    let (before, begun) = (ticks(process)?, Instant::now());
    tokio::time::sleep(lasts).await;
    let taken = (ticks(process)? - before) * 1_000 / TICKS;
    Ok(taken as f64 / begun.elapsed().as_secs_f64())
}

/// What the kernel counted for a process, its own time and the system's for it.
fn ticks(process: u32) -> Result<u64, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let rest = stat.rsplit_once(')').ok_or("no such process")?.1;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    Ok(fields.get(11).ok_or("short")?.parse::<u64>()? + fields.get(12).ok_or("short")?.parse::<u64>()?)
}

/// Lives of tasks at a steady rate, until it is told to end.
struct Load {
    wanted: Arc<AtomicBool>,
    paid: Arc<AtomicU64>,
    lives: tokio::task::JoinHandle<Result<(), Failure>>,
}

impl Load {
    fn begin(lives_per_s: u64, poster: &Client, workers: &[Client], input: Hash32) -> Self {
        let (wanted, paid) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::new(0)));
        let group = usize::try_from(u128::from(lives_per_s) * BEAT.as_millis() / 1_000).unwrap_or(1).max(1);
        let (poster, workers) = (poster.clone(), workers.to_vec());
        let (is_wanted, counted) = (Arc::clone(&wanted), Arc::clone(&paid));
        let lives = tokio::spawn(async move {
            let mut beat = tokio::time::interval(BEAT);
            let mut groups = tokio::task::JoinSet::new();
            while is_wanted.load(Ordering::Relaxed) {
                beat.tick().await;
                let (poster, workers, counted) = (poster.clone(), workers.clone(), Arc::clone(&counted));
                groups.spawn(async move {
                    live(&poster, &workers, input, group).await?;
                    counted.fetch_add(group as u64, Ordering::Relaxed);
                    Ok::<_, Failure>(())
                });
            }
            while let Some(ended) = groups.join_next().await {
                ended??;
            }
            Ok(())
        });
        Self { wanted, paid, lives }
    }

    async fn end(self) -> Result<(), Failure> {
        self.wanted.store(false, Ordering::Relaxed);
        self.lives.await?
    }
}

/// A group of tasks from the post to the payment.
async fn live(poster: &Client, workers: &[Client], input: Hash32, group: usize) -> Result<(), Failure> {
    let post = json!({"post_task": {
        "asset": "OIK", "budget": "0.03", "input": input, "requires": ["text.shout/v1"],
        "windows": {
            "bid": format!("{}ms", BIDS.as_millis()), "accept": "1h", "approve": "1h", "grace": "0", "review": "24h",
            "retention": "0",
        },
    }});
    let receipt = poster.commands(vec![command(post)?; group]).await?;
    let closes = tokio::time::Instant::now() + BIDS;
    let task = |outcome: &WireOutcome| match outcome {
        WireOutcome::Accepted(reply) => reply.task.ok_or_else(|| "a post without a task".into()),
        other => Err(Failure::from(format!("{other:?}"))),
    };
    let tasks = receipt.outcomes.iter().map(task).collect::<Result<Vec<_>, Failure>>()?;
    let all = |form: &dyn Fn(Value) -> Value| {
        tasks.iter().map(|task| command(form(json!(task)))).collect::<Result<Vec<_>, Failure>>()
    };
    for (worker, price) in workers.iter().zip(["0.01", "0.02", "0.03"]) {
        let nonce = "0".repeat(32);
        let bids = all(&|task| json!({"place_bid": {"task": task, "price": price, "nonce": nonce}}))?;
        accepted(worker, bids).await?;
    }
    tokio::time::sleep_until(closes + Duration::from_millis(50)).await;
    accepted(&workers[0], all(&|task| json!({"accept_award": {"task": task}}))?).await?;
    let submit = |task| json!({"submit_deliverable": {"task": task, "milestone": 0, "deliverable": input}});
    accepted(&workers[0], all(&submit)?).await?;
    accepted(poster, all(&|task| json!({"accept_deliverable": {"task": task, "milestone": 0}}))?).await
}

async fn accepted(who: &Client, commands: Vec<WireCommand>) -> Result<(), Failure> {
    let receipt = who.commands(commands).await?;
    let refused = receipt.outcomes.iter().find(|outcome| !matches!(outcome, WireOutcome::Accepted(_)));
    refused.map_or(Ok(()), |outcome| Err(format!("{outcome:?}").into()))
}

fn command(value: Value) -> Result<WireCommand, Failure> {
    Ok(serde_json::from_value(value)?)
}
