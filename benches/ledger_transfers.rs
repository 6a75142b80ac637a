//! How many transfers a second in memory, while a million ids are bound, and while ten million are; and how many on disk?
//!
//! The workload and the loops are those of `oikos bench ledger` (`src/bench/`). The digest of the final book proves the
//! work; it depends on the workload alone. `--json` prints one object; `--test` or `OIKOS_BENCH_SMALL=1` runs small;
//! `OIKOS_BENCH_DIR` chooses the folder of the journal (default: the target folder, which is on a disk).

#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

use anyhow::Result;
use oikos::bench::ledger::{Place, Size, batches, in_memory, singles};
use oikos::bench::workload::{BATCH, SEED};
use std::path::PathBuf;
use std::time::Duration;

fn main() -> Result<()> {
    let has = |name: &str| std::env::args().any(|arg| arg == name);
    let small = !has("--bench") || has("--test") || std::env::var_os("OIKOS_BENCH_SMALL").is_some();
    let (size, few) = if small {
        (Size { accounts: 100, transfers: 2 * BATCH as u64 }, Size { accounts: 100, transfers: 1_000 })
    } else {
        (Size { accounts: 10_000, transfers: 10_000_000 }, Size { accounts: 10_000, transfers: 100_000 })
    };
    let root =
        std::env::var_os("OIKOS_BENCH_DIR").map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), PathBuf::from);
    let memory = in_memory(size)?;
    let durable = batches(size, &Place::new(&root, Duration::ZERO)?)?;
    let (single, half_load) = singles(few, &Place::new(&root, Duration::ZERO)?)?;
    if has("--json") {
        let object = serde_json::json!({
            "bench": "ledger_transfers", "seed": SEED, "batch": BATCH,
            "memory": memory, "durable": durable, "single": single, "half_load": half_load,
        });
        println!("{object}");
        return Ok(());
    }
    for row in memory {
        println!("{row:?}");
    }
    println!("durable {durable:?}");
    println!("single {single:?}");
    println!("{half_load:?}");
    Ok(())
}
