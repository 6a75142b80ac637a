//! How many transfers a second in memory, while a million ids are bound, and while ten million are?
//!
//! One workload: single-phase transfers in batches of 8,190 between 10,000 accounts drawn by Zipf (exponent 1),
//! seed 42, fresh ids. Batches are prepared outside the measured time. The digest of the final book proves the
//! work; it depends on the workload alone. `--json` prints one object; `--test` or `OIKOS_BENCH_SMALL=1` runs small.

#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

use oikos_ledger::{Ledger, NoPast};
use oikos_protocol::command::account::Account;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::id::{AccountId, AssetId, TransferId};
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::transfer::CreateTransferStatus;
use oikos_protocol::time::Timestamp;
use std::time::{Duration, Instant};

const BATCH: usize = 8_190;
const SEED: u64 = 42;

struct Size {
    accounts: u64,
    transfers: u64,
}

/// SplitMix64, by its published constants.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Zipf with exponent 1 over 0..n, in integers: weight 2^40 / rank.
struct Zipf {
    sums: Vec<u64>,
    total: u64,
}

impl Zipf {
    fn new(n: u64) -> Self {
        let mut total = 0;
        let sums = (1..=n)
            .map(|rank| {
                total += (1 << 40) / rank;
                total
            })
            .collect();
        Self { sums, total }
    }

    fn draw(&self, random: &mut Random) -> u64 {
        let at = random.next() % self.total;
        self.sums.partition_point(|sum| *sum <= at) as u64
    }
}

struct Result {
    at: u64,
    per_second: u64,
    last_per_second: u64,
    worst_batch: Duration,
    digest: String,
}

fn run(size: &Size, marks: &[u64]) -> Vec<Result> {
    let mut ledger = Ledger::new();
    let accounts: Vec<Account> = (1..=size.accounts)
        .map(|id| Account { id: AccountId(u128::from(id)), ledger: AssetId(1), code: 1, ..Account::ZERO })
        .collect();
    ledger.create_accounts(Timestamp(1), &accounts, &NoPast, &mut (), &mut Vec::new());
    let (zipf, mut random) = (Zipf::new(size.accounts), Random(SEED));
    let mut batch = Vec::with_capacity(BATCH);
    let mut out = Vec::with_capacity(BATCH);
    let (mut made, mut spent, mut worst) = (0, Duration::ZERO, Duration::ZERO);
    let mut recent: Vec<Duration> = Vec::new();
    let mut results = Vec::new();
    while made < size.transfers {
        batch.clear();
        let count = (size.transfers - made).min(BATCH as u64);
        for n in 0..count {
            let debit = zipf.draw(&mut random);
            let credit = (debit + 1 + zipf.draw(&mut random) % (size.accounts - 1)) % size.accounts;
            batch.push(Transfer {
                id: TransferId(u128::from(random.next()) << 64 | u128::from(made + n + 1)),
                debit_account_id: AccountId(u128::from(debit + 1)),
                credit_account_id: AccountId(u128::from(credit + 1)),
                amount: Amount(u128::from(random.next() % 1_000)),
                ledger: AssetId(1),
                code: 1,
                ..Transfer::ZERO
            });
        }
        out.clear();
        let start = Instant::now();
        ledger.create_transfers(Timestamp(1), &batch, &NoPast, &mut (), &mut out);
        let took = start.elapsed();
        assert!(out.iter().all(|status| *status == CreateTransferStatus::Created));
        made += count;
        spent += took;
        worst = worst.max(took);
        recent.push(took);
        if marks.contains(&made) || made == size.transfers {
            let tail = &recent[recent.len().saturating_sub(20)..];
            let tail_each = tail.iter().sum::<Duration>() / tail.len() as u32;
            assert_eq!(ledger.check_invariants(), Ok(()));
            results.push(Result {
                at: made,
                per_second: rate(made, spent),
                last_per_second: rate(BATCH as u64, tail_each),
                worst_batch: worst,
                digest: ledger.digest().to_string(),
            });
        }
    }
    results
}

fn rate(count: u64, time: Duration) -> u64 {
    (u128::from(count) * 1_000_000_000 / time.as_nanos().max(1)) as u64
}

fn main() {
    let small = std::env::args().any(|arg| arg == "--test") || std::env::var_os("OIKOS_BENCH_SMALL").is_some();
    let json = std::env::args().any(|arg| arg == "--json");
    let batch = BATCH as u64;
    let (size, marks) = if small {
        (Size { accounts: 100, transfers: 2 * batch }, vec![batch])
    } else {
        (Size { accounts: 10_000, transfers: 10_000_000 }, vec![1_000_000 / batch * batch])
    };
    let results = run(&size, &marks);
    if json {
        let results: Vec<_> = results
            .iter()
            .map(|r| {
                serde_json::json!({
                    "ids": r.at, "transfers_per_second": r.per_second, "transfers_per_second_last_20_batches": r.last_per_second,
                    "worst_batch_us": r.worst_batch.as_micros() as u64, "digest": r.digest,
                })
            })
            .collect();
        println!(
            "{}",
            serde_json::json!({ "bench": "ledger_transfers", "seed": SEED, "batch": BATCH, "results": results })
        );
    } else {
        for r in results {
            println!(
                "{:>10} ids: {:>9} transfers/s so far, {:>9} in the last 20 batches, worst batch {:?}, digest {}",
                r.at, r.per_second, r.last_per_second, r.worst_batch, r.digest
            );
        }
    }
}
