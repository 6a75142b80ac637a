//! How many signed commands a second, each safe on disk before its answer, and how many whole lives of tasks: one
//! command a signature, and bundled?
//!
//! `cargo bench --bench signed_commands` measures; `--test` or `OIKOS_BENCH_SMALL=1` runs small and only checks its work.
//! Node and clients share one process and its cores. The floor is a loop of 4 KiB writes with `fdatasync` in the
//! same folder, taken before and after. The work is checked by its money: the workers end with what their lives paid.

mod client;
mod lifecycles;

use client::Client;
use lifecycles::{Cell, Lives, live, tasks_at_once};
use oikos::node::start::FirstKeys;
use oikos::node::{Config, start};
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::subject::Name;
use std::fmt::Write as _;
use std::io::{Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

// That of the binary, since the node runs in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Workload {
    clients: u64,
    in_flight: u64,
    single: u64,
    bundles: u64,
    bundled: u64,
    single_lives: usize,
    bundled_lives: usize,
}

/// Posters at work at the same time, each with three workers.
const CELLS: u64 = 4;
const FULL: Workload = Workload {
    clients: 16,
    in_flight: 8,
    single: 30_000,
    bundles: 400,
    bundled: 256,
    single_lives: 12_000,
    bundled_lives: 128,
};
const SMALL: Workload =
    Workload { clients: 16, in_flight: 2, single: 64, bundles: 32, bundled: 16, single_lives: 4, bundled_lives: 1 };

fn main() -> Result<(), Failure> {
    let small = std::env::args().any(|arg| arg == "--test") || std::env::var_os("OIKOS_BENCH_SMALL").is_some();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(if small { &SMALL } else { &FULL }))
}

async fn run(workload: &Workload) -> Result<(), Failure> {
    let folder = tempfile::Builder::new().prefix("signed").tempdir_in(std::env::current_dir()?)?;
    let (operator, mara) = (KeyPair::from_secret([11; 32]), KeyPair::from_secret([12; 32]));
    let first = FirstKeys { operator: operator.public(), person: Some(mara.public()) };
    let economy = Name::new("kitchen")?;
    let config =
        Config { listen: "127.0.0.1:0".to_owned(), dev: true, join_open: true, ..Config::new(economy, folder.path()) };
    let node = start(config, first).await?;
    let mut clients = Vec::new();
    for number in 0..workload.clients {
        clients.push(Client::join(node.url(), number).await?);
    }
    let floor_before = floor(folder.path())?;
    let begun = Instant::now();
    let mut waits = each(&clients, workload.in_flight, workload.single / workload.clients, 1).await?;
    let single = begun.elapsed();
    let begun = Instant::now();
    each(&clients, 2, workload.bundles / workload.clients, workload.bundled).await?;
    let bundled = begun.elapsed();
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

    let operator = Client::known(node.url(), operator, "operator", 1_000).await?;
    let piece = operator.put("\"hello\"").await?;
    let mut cells = Vec::new();
    for cell in clients.chunks_exact(4).take(usize::try_from(CELLS)?) {
        let [poster, one, two, three] = cell else { return Err("a cell has four".into()) };
        operator.send(&[issue(poster.participant, "1000.00")]).await?;
        cells.push(Cell { poster: poster.clone(), workers: [one.clone(), two.clone(), three.clone()] });
    }
    let mut lived = 0;
    for (name, groups, tasks, commands_per_s) in [
        ("lives, single ", workload.single_lives, 1, rate(singles, single)),
        (
            "lives, bundled",
            workload.bundled_lives,
            usize::try_from(workload.bundled)?,
            // A command of a life costs more than an offer: with more than this, bids come too late for their windows.
            rate(in_bundles, bundled) * 2 / 5,
        ),
    ] {
        let at_once = (tasks_at_once(commands_per_s) / cells.len() / tasks).max(1);
        let took =
            live(&cells, Lives { groups, tasks, at_once }, &piece).await.map_err(|why| format!("{report}{why}"))?;
        lived += groups * tasks;
        let count = (cells.len() * groups * tasks) as u64;
        let all_at_once = at_once * tasks * cells.len();
        writeln!(
            report,
            "{name} {:>8}/s  {count} lives of 7 commands and 3 bids, {all_at_once} at once",
            rate(count, took)
        )?;
    }
    let floor_after = floor(folder.path())?;
    writeln!(
        report,
        "floor    fdatasync of 4 KiB p50 {:.2} ms before, {:.2} ms after",
        ms(floor_before),
        ms(floor_after)
    )?;
    for cell in &cells {
        let (paid, expected) = (cell.workers[0].cents().await?, lived);
        if paid != expected {
            return Err(format!("a worker has {paid} cents after {expected} lives at one").into());
        }
    }
    writeln!(report, "checked  every command accepted, every life paid")?;
    std::io::stdout().write_all(report.as_bytes())?;
    node.stop().await?;
    Ok(())
}

/// Sends `messages` from each client, so many at a time; every request must be accepted. Says how long each took.
async fn each(clients: &[Client], in_flight: u64, messages: u64, bundled: u64) -> Result<Vec<Duration>, Failure> {
    // A command that changes the book of offers.
    let offer =
        "{\"publish_offer\":{\"capability\":\"text.shout/v1\",\"asset\":\"OIK\",\"price\":\"0.02\",\"units\":1}}";
    let offers = vec![offer.to_owned(); usize::try_from(bundled)?];
    let mut lanes = tokio::task::JoinSet::new();
    for client in clients {
        for lane in 0..in_flight {
            let (client, offers) = (client.clone(), offers.clone());
            let share = messages / in_flight + u64::from(lane < messages % in_flight);
            lanes.spawn(async move {
                let mut waits = Vec::new();
                for _ in 0..share {
                    let begun = Instant::now();
                    client.send(&offers).await?;
                    waits.push(begun.elapsed());
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

fn issue(to: u64, amount: &str) -> String {
    let reference = format!("{to:064x}");
    format!("{{\"issue\":{{\"asset\":\"OIK\",\"to\":{to},\"amount\":\"{amount}\",\"reference\":\"{reference}\"}}}}")
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
