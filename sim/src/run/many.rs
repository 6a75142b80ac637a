//! A series: the same scenario with one seed after another, in parallel, without journals.
//!
//! The order of threads decides nothing: each run is its own, and the results stand in the order of their seeds.

use super::folder::{self, Folder, RUNS, RUNS_PARQUET};
use super::manifest::{Exit, FORMAT, Written};
use super::single::SimError;
use crate::engine::random::GENERATOR;
use crate::engine::{Plan, RunError, Unrecorded, run};
use crate::metric::sample::Sample;
use crate::metric::series::RunRow;
use crate::scenario::Scenario;
use crate::table::sheet::Runs;
use oikos_protocol::entry;
use oikos_protocol::id::Hash32;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a series came to.
#[derive(Debug)]
pub struct Series {
    /// Its folder.
    pub folder: PathBuf,
    /// The seed of its first run.
    pub seed: u64,
    /// The runs, in order of their seeds.
    pub runs: Vec<RunRow>,
    /// Their welfare together.
    pub welfare: Sample,
    /// The hash of all digests in order.
    pub digest: Hash32,
}

impl Series {
    /// Whether every check of every run holds.
    #[must_use]
    pub fn conserved(&self) -> bool {
        self.runs.iter().all(|run| run.conserved)
    }
}

/// The configuration of a series.
#[derive(Serialize)]
struct Config<'a> {
    runs: u64,
    scenario: &'a Scenario,
}

/// The hash of the configuration of a series.
#[must_use]
pub fn series_hash(scenario: &Scenario, runs: u64) -> Hash32 {
    Hash32::of(&[&scenario.hash().0[..], &runs.to_le_bytes()].concat())
}

/// Runs a plan once for each of `runs` seeds from `seed` on; `done` is told after each.
///
/// # Errors
/// The first [`RunError`] in order of seeds.
pub fn rows(plan: &Plan<'_>, seed: u64, runs: u64, done: &(dyn Fn() + Sync)) -> Result<Vec<RunRow>, RunError> {
    let one = |seed: u64| {
        let finished = run(plan, seed, &mut Unrecorded, &mut |_| {})?;
        let row = RunRow::of(plan, seed, &finished);
        done();
        Ok(row)
    };
    (seed..seed.saturating_add(runs)).into_par_iter().map(one).collect()
}

/// Runs a scenario `runs` times and writes one folder for all.
///
/// # Errors
/// [`SimError`]; the folder then says that the series was interrupted.
pub fn many(
    scenario: &Scenario,
    runs: u64,
    path: &Path,
    force: bool,
    done: &(dyn Fn() + Sync),
) -> Result<Series, SimError> {
    let plan = Plan::new(scenario)?;
    let config_hash = series_hash(scenario, runs);
    let folder = Folder::prepare(path, config_hash, force)?;
    let config = Config { runs, scenario };
    let mut manifest = Written {
        format: FORMAT,
        scenario: &scenario.name,
        seed: scenario.seed,
        runs,
        version: env!("CARGO_PKG_VERSION"),
        rules: entry::RULES,
        entry_format: entry::FORMAT,
        generator: GENERATOR,
        journal: "none",
        exit: Exit::Interrupted,
        digest: None,
        conserved: None,
        welfare: None,
        counts: None,
        tasks: BTreeMap::new(),
        files: Vec::new(),
        config_hash,
        config: &config,
    };
    folder.write(folder::MANIFEST, &manifest.to_json())?;
    let rows = rows(&plan, scenario.seed, runs, done)?;
    folder.write_sheet(RUNS, Some(RUNS_PARQUET), &Runs { scenario, rows: &rows })?;
    let welfare: Vec<i128> = rows.iter().map(|run| run.welfare).collect();
    let sample = Sample::of(&welfare).ok_or_else(|| RunError::Record("a series of no runs".to_owned()))?;
    let digests: Vec<u8> = rows.iter().flat_map(|run| run.digest.0).collect();
    let series = Series {
        folder: folder.path().to_owned(),
        seed: scenario.seed,
        welfare: sample,
        digest: Hash32::of(&digests),
        runs: rows,
    };
    manifest.exit = Exit::Completed;
    manifest.digest = Some(series.digest);
    manifest.conserved = Some(series.conserved());
    let unit = 10f64.powi(i32::from(scenario.asset.scale.decimals()));
    manifest.welfare = Some(format!("{:.6}", sample.mean / unit));
    folder.write(folder::MANIFEST, &manifest.to_json())?;
    folder.write_report()?;
    manifest.files = folder.list()?;
    folder.write(folder::MANIFEST, &manifest.to_json())?;
    Ok(series)
}
