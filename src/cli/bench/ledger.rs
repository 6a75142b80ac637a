//! `oikos bench ledger`: transfers a second, in memory and on disk.

use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use clap::ValueEnum;
use oikos::bench::ledger::{Durable, HalfLoad, InMemory, Place, Size, batches, in_memory, singles};
use oikos::bench::workload::{BATCH, SEED};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Options of `oikos bench ledger`.
#[derive(Debug, clap::Args)]
pub struct LedgerBench {
    /// How many transfers
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub transfers: u64,
    /// Between how many accounts
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(2..=1_000_000))]
    pub accounts: u64,
    /// What is measured [default: all of it, one after the other]
    #[arg(long)]
    pub mode: Option<Mode>,
    /// At most so many single transfers: they take as long as the disk does
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub singles: u64,
    /// Where the journal is written: on the disk that is to be measured
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
    /// Let every sync take at least so long, the floor's as well: what a slower disk would make of it
    #[arg(long, default_value_t = 0, value_name = "MICROSECONDS", value_parser = clap::value_parser!(u64).range(..=1_000_000))]
    pub sync_us: u64,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// The book alone
    Memory,
    /// Durable batches of 8,190
    Durable,
    /// Durable single transfers from 256 clients, and answers at half of that load
    Single,
}

impl LedgerBench {
    /// Measures.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn run(&self, mut output: Output) -> Result<Exit, CliError> {
        let failed = |error: anyhow::Error| CliError::failed(format!("{error:#}"));
        let wanted = |mode| self.mode.is_none_or(|wanted| wanted == mode);
        let sync_at_least = Duration::from_micros(self.sync_us);
        let size = Size { transfers: self.transfers, accounts: self.accounts };
        let mut object = json!({
            "bench": "ledger", "seed": SEED, "batch": BATCH,
            "transfers": self.transfers, "accounts": self.accounts, "sync_us": self.sync_us,
        });
        if wanted(Mode::Memory) {
            let rows = in_memory(size).map_err(failed)?;
            tell_memory(&rows, &mut output)?;
            object["memory"] = json!(rows);
        }
        if wanted(Mode::Durable) {
            let place = Place::new(&self.dir, sync_at_least).map_err(failed)?;
            let row = batches(size, &place).map_err(failed)?;
            tell_durable("durable, batches of 8,190", &row, &mut output)?;
            object["durable"] = json!(row);
        }
        if wanted(Mode::Single) {
            let place = Place::new(&self.dir, sync_at_least).map_err(failed)?;
            let size = Size { transfers: self.transfers.min(self.singles), ..size };
            let (row, half) = singles(size, &place).map_err(failed)?;
            tell_durable("durable, single, 256 clients", &row, &mut output)?;
            tell_half(&half, &mut output)?;
            object["single"] = json!(row);
            object["half_load"] = json!(half);
        }
        if output.is_json() {
            output.json(&object)?;
        }
        Ok(Exit::Done)
    }
}

fn tell_memory(rows: &[InMemory], output: &mut Output) -> Result<(), CliError> {
    if output.is_json() {
        return Ok(());
    }
    for row in rows {
        output.line(format!(
            "in memory: {} transfers/s at {} ids ({} since the beginning), slowest batch {} µs, {} MiB resident",
            row.transfers_per_second_here,
            row.ids,
            row.transfers_per_second,
            row.batch_us_max,
            row.resident_bytes >> 20
        ))?;
        output.line(format!("  digest {}", row.digest))?;
    }
    Ok(())
}

fn tell_durable(what: &str, row: &Durable, output: &mut Output) -> Result<(), CliError> {
    if output.is_json() {
        return Ok(());
    }
    output.line(format!(
        "{what}: {} transfers/s, {:.2} of the lesser of {} (apply) and {} (fdatasync of {} bytes)",
        row.transfers_per_second, row.share, row.apply_per_second, row.floor_per_second, row.floor_write_bytes
    ))?;
    output.line(format!(
        "  {:.1} bytes written a transfer, {} MiB resident, digest {}",
        row.journal_bytes_per_transfer,
        row.resident_bytes >> 20,
        row.digest
    ))
}

fn tell_half(half: &HalfLoad, output: &mut Output) -> Result<(), CliError> {
    if output.is_json() {
        return Ok(());
    }
    output.line(format!(
        "half load: {} arrivals/s answered in p50 {} µs, p99 {} µs; fdatasync p50 {} µs, p99 {} µs: {:.1} times",
        half.arrivals_per_second,
        half.answer_us_p50,
        half.answer_us_p99,
        half.fdatasync_us_p50,
        half.fdatasync_us_p99,
        half.ratio_p99
    ))
}
