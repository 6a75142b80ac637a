//! How many signed commands a second, each safe on disk before its answer: one by one over TCP, and bundled?
//!
//! `cargo bench --bench signed_commands` measures; `--test` or `OIKOS_BENCH_SMALL=1` runs small and only checks its work.
//! Node and clients share one process and its cores. The floor is a loop of 4 KiB writes with `fdatasync` in the
//! same folder, taken before and after.

use oikos::node::start::FirstKeys;
use oikos::node::{Config, start};
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::identity::signature::Signed;
use oikos_bus::nats::client::{ConnectOptions, Credentials};
use oikos_bus::subject::{Name, Subject};
use oikos_bus::{Bus, Envelope};
use oikos_protocol::wire::join::{Info, Joined};
use oikos_protocol::wire::receipt::{Answered, Refusal, RefusalCode, WireOutcome};
use std::fmt::Write as _;
use std::io::{Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A participant with its connection.
#[derive(Clone)]
struct Client {
    bus: Bus,
    key: KeyPair,
    subject: Subject,
    expires_ns: u64,
    number: u64,
}

struct Workload {
    clients: u64,
    in_flight: u64,
    single: u64,
    bundles: u64,
    bundled: u64,
}

const FULL: Workload = Workload { clients: 16, in_flight: 8, single: 30_000, bundles: 400, bundled: 256 };
const SMALL: Workload = Workload { clients: 2, in_flight: 2, single: 40, bundles: 4, bundled: 16 };

fn main() -> Result<(), Failure> {
    let small = std::env::args().any(|arg| arg == "--test") || std::env::var_os("OIKOS_BENCH_SMALL").is_some();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(if small { &SMALL } else { &FULL }))
}

async fn run(workload: &Workload) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("signed").tempdir_in(std::env::current_dir()?)?;
    let mara = KeyPair::from_secret([12; 32]);
    let first = FirstKeys { operator: KeyPair::from_secret([11; 32]).public(), person: Some(mara.public()) };
    let economy = Name::new("kitchen")?;
    let config =
        Config { listen: "127.0.0.1:0".to_owned(), dev: true, join_open: true, ..Config::new(economy, folder.path()) };
    let node = start(config, first).await?;
    let mut clients = Vec::new();
    for number in 0..workload.clients {
        clients.push(join(node.url(), number).await?);
    }
    let floor_before = floor(folder.path())?;
    let begun = Instant::now();
    let mut waits = each(&clients, workload.in_flight, workload.single / workload.clients, 1).await?;
    let single = begun.elapsed();
    let begun = Instant::now();
    each(&clients, 2, workload.bundles / workload.clients, workload.bundled).await?;
    let bundled = begun.elapsed();
    let floor_after = floor(folder.path())?;
    waits.sort_unstable();
    let (singles, in_bundles) =
        (waits.len() as u64, workload.bundles / workload.clients * workload.clients * workload.bundled);
    let share = |nth: usize| waits.get(waits.len() * nth / 100).copied().unwrap_or_default();
    let mut report = String::new();
    writeln!(
        report,
        "single   {:>8}/s  {singles} commands, {} clients x {} in flight, p50 {:.2} ms, p99 {:.2} ms",
        rate(singles, single),
        workload.clients,
        workload.in_flight,
        ms(share(50)),
        ms(share(99))
    )?;
    writeln!(
        report,
        "bundled  {:>8}/s  {in_bundles} commands, {} a signature",
        rate(in_bundles, bundled),
        workload.bundled
    )?;
    writeln!(
        report,
        "floor    fdatasync of 4 KiB p50 {:.2} ms before, {:.2} ms after",
        ms(floor_before),
        ms(floor_after)
    )?;
    let accepted = workload.single / workload.clients * workload.clients + in_bundles;
    writeln!(report, "checked  {accepted} commands accepted")?;
    std::io::stdout().write_all(report.as_bytes())?;
    node.stop().await?;
    Ok(())
}

/// Sends `messages` from each client, so many at a time; every request must be accepted. Says how long each took.
async fn each(clients: &[Client], in_flight: u64, messages: u64, bundled: u64) -> Result<Vec<Duration>, Failure> {
    let mut lanes = tokio::task::JoinSet::new();
    for client in clients {
        for lane in 0..in_flight {
            let (client, share) = (client.clone(), messages / in_flight + u64::from(lane < messages % in_flight));
            lanes.spawn(async move {
                let mut waits = Vec::new();
                for message in 0..share {
                    let envelope = client.offers(bundled, lane, message)?;
                    let begun = Instant::now();
                    let receipt = loop {
                        let answer = client.bus.request(envelope.clone(), Duration::from_secs(30)).await?;
                        match serde_json::from_slice(&answer.body)? {
                            Answered::Receipt(receipt) => break receipt,
                            // What an honest client does, and what its latency is counted with.
                            Answered::Refused { refused: Refusal { code: RefusalCode::Busy, retry_after_ms, .. } } => {
                                tokio::time::sleep(Duration::from_millis(retry_after_ms.unwrap_or(50))).await;
                            }
                            Answered::Refused { refused } => return Err(format!("refused: {refused:?}").into()),
                        }
                    };
                    waits.push(begun.elapsed());
                    let accepted = |outcome: &WireOutcome| matches!(outcome, WireOutcome::Accepted(_));
                    if receipt.outcomes.len() as u64 != bundled || !receipt.outcomes.iter().all(accepted) {
                        return Err(format!("not accepted: {receipt:?}").into());
                    }
                }
                Ok::<_, Failure>(waits)
            });
        }
    }
    let mut all = Vec::new();
    while let Some(waits) = lanes.join_next().await {
        all.extend(waits??);
    }
    Ok(all)
}

impl Client {
    /// A signed message of `bundled` offers of one unit, each a command that changes the book of offers.
    fn offers(&self, bundled: u64, lane: u64, message: u64) -> Result<Envelope, Failure> {
        let mut body = String::from("{\"requests\":[");
        for place in 0..bundled {
            let comma = if place == 0 { "" } else { "," };
            let id = format!("{:04x}{:04x}{bundled:04x}{message:016x}{place:04x}", self.number, lane);
            write!(
                body,
                "{comma}{{\"id\":\"{id}\",\"command\":{{\"publish_offer\":{{\"capability\":\"text.shout/v1\",\
                \"asset\":\"OIK\",\"price\":\"0.02\",\"units\":1}}}}}}"
            )?;
        }
        body.push_str("]}");
        let body = body.into_bytes();
        let signed = Signed::sign(&self.key, self.subject.as_str(), "m", self.expires_ns, &body)?;
        Ok(signed.into_envelope(Envelope::new(self.subject.clone(), body))?)
    }
}

async fn join(url: &str, number: u64) -> Result<Client, Failure> {
    let key = KeyPair::from_secret([u8::try_from(100 + number)?; 32]);
    let guest = connect(url, &key).await?;
    let asked = guest.request(Envelope::new(Subject::new("oikos.info")?, Vec::new()), Duration::from_secs(5)).await?;
    let info: Info = serde_json::from_slice(&asked.body)?;
    let expires_ns = info.now.0 + 3_600_000_000_000;
    let subject = Subject::new("oikos.kitchen.join")?;
    let body =
        format!("{{\"name\":\"c{number}\",\"kind\":\"agent\",\"capabilities\":[\"text.shout/v1\"]}}").into_bytes();
    let signed = Signed::sign(&key, subject.as_str(), "j", expires_ns, &body)?;
    let answer = guest.request(signed.into_envelope(Envelope::new(subject, body))?, Duration::from_secs(5)).await?;
    let Joined::Welcome(_) = serde_json::from_slice(&answer.body)? else { return Err("not taken in".into()) };
    let bus = connect(url, &key).await?;
    Ok(Client { bus, key, subject: Subject::new(&format!("oikos.kitchen.cmd.c{number}"))?, expires_ns, number })
}

async fn connect(url: &str, key: &KeyPair) -> Result<Bus, Failure> {
    let inbox_prefix = Some(Subject::new(&format!("_INBOX.{}", key.public()))?);
    let credentials = Credentials::Nkey(Box::new(key.clone()));
    Ok(Bus::connect(url, ConnectOptions { credentials, name: None, inbox_prefix }).await?)
}

/// The median time of a 4 KiB write with `fdatasync`.
fn floor(folder: &Path) -> Result<Duration, Failure> {
    let mut file = std::fs::File::create(folder.join("floor"))?;
    let mut times = Vec::new();
    for round in 0..200u8 {
        file.rewind()?;
        file.write_all(&[round; 4096])?;
        let begun = Instant::now();
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn rate(count: u64, time: Duration) -> u64 {
    (count as f64 / time.as_secs_f64()) as u64
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
