//! A single run, recorded in its folder.

use super::folder::{self, CHECKS, Folder, FolderError, JOURNAL, METRICS, METRICS_PARQUET, PARTICIPANTS, TASKS};
use super::manifest::{Exit, FORMAT, Written, by_phase};
use super::record::{Recording, SNAPSHOT_EVERY};
use crate::engine::plan::PlanError;
use crate::engine::random::{GENERATOR, key};
use crate::engine::{Counts, Finished, Plan, RunError, run};
use crate::metric::checks::{Check, checks, conserved};
use crate::metric::welfare::{by_step, welfare};
use crate::scenario::Scenario;
use crate::table::sheet::{Participants, Steps, Tasks};
use oikos_protocol::entry;
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::Hash32;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    /// Its folder.
    pub folder: PathBuf,
    /// Its seed.
    pub seed: u64,
    /// The digest of its final state.
    pub digest: Hash32,
    /// The welfare of its customers, in minor units.
    pub welfare: i128,
    /// The checks.
    pub checks: Vec<Check>,
    /// What was counted.
    pub counts: Counts,
    /// How many tasks ended in which phase.
    pub tasks: BTreeMap<&'static str, u64>,
}

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The scenario cannot be made ready.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The run ended early.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Run {
    /// Whether every check holds.
    #[must_use]
    pub fn conserved(&self) -> bool {
        conserved(&self.checks)
    }

    /// Tasks that were settled.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.tasks.get(Phase::Settled.name()).copied().unwrap_or_default()
    }
}

/// The folder's name where none is given: `<scenario>-<seed>-<hash>`.
#[must_use]
pub fn folder_name(scenario: &Scenario, config_hash: Hash32) -> String {
    format!("{}-{}-{}", scenario.name, scenario.seed, &config_hash.to_string()[..12])
}

/// Runs a scenario once and writes its folder.
///
/// # Errors
/// [`SimError`]; the folder then says that the run was interrupted.
pub fn single(scenario: &Scenario, path: &Path, force: bool, progress: &mut dyn FnMut(u64)) -> Result<Run, SimError> {
    let plan = Plan::new(scenario)?;
    let config_hash = scenario.hash();
    let folder = Folder::prepare(path, config_hash, force)?;
    let seed = scenario.seed;
    let mut manifest = Written {
        format: FORMAT,
        scenario: &scenario.name,
        seed,
        runs: 1,
        version: env!("CARGO_PKG_VERSION"),
        rules: entry::RULES,
        entry_format: entry::FORMAT,
        generator: GENERATOR,
        journal: "commands",
        exit: Exit::Interrupted,
        digest: None,
        conserved: None,
        welfare: None,
        counts: None,
        tasks: BTreeMap::new(),
        files: Vec::new(),
        config_hash,
        config: scenario,
    };
    folder.write(folder::MANIFEST, &manifest.to_json())?;

    let mut journal = [0; 16];
    journal.copy_from_slice(&key(seed, &scenario.name, "journal", &config_hash.to_string()).0[..16]);
    let snapshot_every = scenario.snapshot_every.unwrap_or(SNAPSHOT_EVERY);
    let mut recording = Recording::begin(&folder.join(JOURNAL), journal, snapshot_every)?;
    let finished = run(&plan, seed, &mut recording, progress)?;
    recording.close()?;

    let checks = checks(&plan, &finished);
    let welfare = welfare(&plan, &finished);
    let Finished { counts, digest, .. } = finished;
    let tasks = by_phase(finished.ends.iter().map(|end| end.phase));
    let steps = Steps {
        code: &scenario.asset.code.to_string(),
        scale: scenario.asset.scale.decimals(),
        width: scenario.metrics_every,
        rows: &finished.figures.rows,
        welfare: Some(&by_step(&plan, &finished)),
    };
    folder.write_sheet(METRICS, Some(METRICS_PARQUET), &steps)?;
    folder.write_sheet(TASKS, None, &Tasks { plan: &plan, ends: &finished.ends })?;
    folder.write_sheet(PARTICIPANTS, None, &Participants { plan: &plan, finished: &finished })?;
    let mut json = serde_json::to_vec_pretty(&checks).map_err(|error| RunError::Record(error.to_string()))?;
    json.push(b'\n');
    folder.write(CHECKS, &json)?;
    manifest.exit = Exit::Completed;
    manifest.digest = Some(digest);
    manifest.conserved = Some(conserved(&checks));
    manifest.welfare = Some(scenario.asset.scale.show_signed(welfare).to_string());
    manifest.counts = Some(counts);
    manifest.tasks = tasks.clone();
    // The report is made of what is written down, and the manifest then lists it too.
    folder.write(folder::MANIFEST, &manifest.to_json())?;
    folder.write_report()?;
    manifest.files = folder.list()?;
    folder.write(folder::MANIFEST, &manifest.to_json())?;
    Ok(Run { folder: folder.path().to_owned(), seed, digest, welfare, checks, counts, tasks })
}
