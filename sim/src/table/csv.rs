//! CSV: the steps of a run, and the runs of a series. Money is whole minor units; the header says of what.

use crate::engine::observe::Row;
use crate::scenario::Scenario;
use oikos_protocol::id::Hash32;
use oikos_protocol::time::Span;
use std::io::Write;

/// One run of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunRow {
    /// Its seed.
    pub seed: u64,
    /// Its welfare in minor units.
    pub welfare: i128,
    /// Tasks settled.
    pub settled: u64,
    /// Whether every check held.
    pub conserved: bool,
    /// The digest of its final state.
    pub digest: Hash32,
}

fn minor(scenario: &Scenario) -> String {
    format!("{}_e-{}", scenario.asset.code, scenario.asset.scale.decimals())
}

/// Writes the steps of a run.
///
/// # Errors
/// What the writer said.
pub fn steps(out: impl Write, scenario: &Scenario, rows: &[Row]) -> Result<(), csv::Error> {
    let unit = minor(scenario);
    let mut csv = csv::Writer::from_writer(out);
    let money = |name: &str| format!("{name}_{unit}");
    csv.write_record([
        "step",
        "end_s",
        "posted",
        "bids",
        "awards",
        "settled",
        "open_tasks",
        &money("mean_price"),
        &money("volume"),
        &money("supply"),
    ])?;
    for row in rows {
        let end = Span(scenario.metrics_every.0.saturating_mul(row.step + 1));
        let price = row.awarded.checked_div(u128::from(row.awards)).map_or(String::new(), |mean| mean.to_string());
        csv.write_record([
            row.step.to_string(),
            seconds(end),
            row.posted.to_string(),
            row.bids.to_string(),
            row.awards.to_string(),
            row.settled.to_string(),
            row.open_tasks.to_string(),
            price,
            row.volume.to_string(),
            row.supply.to_string(),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

/// Writes the runs of a series.
///
/// # Errors
/// What the writer said.
pub fn runs(out: impl Write, scenario: &Scenario, rows: &[RunRow]) -> Result<(), csv::Error> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["seed", &format!("welfare_{}", minor(scenario)), "settled", "conserved", "digest"])?;
    for row in rows {
        csv.write_record([
            row.seed.to_string(),
            row.welfare.to_string(),
            row.settled.to_string(),
            row.conserved.to_string(),
            row.digest.to_string(),
        ])?;
    }
    csv.flush()?;
    Ok(())
}

fn seconds(span: Span) -> String {
    let (whole, rest) = (span.0 / 1_000_000_000, span.0 % 1_000_000_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:09}") }
}
