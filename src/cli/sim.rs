//! `oikos sim SCENARIO`: runs a scenario once, or once for each of many seeds, and says what came of it.

use super::exit::{CliError, Exit};
use super::output::Output;
use super::progress;
use clap::{Args, Subcommand};
use comfy_table::Table;
use oikos::text::count;
use oikos_protocol::event::task::Phase;
use oikos_protocol::money::Scale;
use oikos_sim::import::magentic;
use oikos_sim::metric::sample::Sample;
use oikos_sim::run::many::{self, series_hash};
use oikos_sim::run::single::{self, SimError, folder_name};
use oikos_sim::run::{Run, Series};
use oikos_sim::scenario::{self, Overrides, Scenario};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

/// Run a simulated economy from a scenario
#[derive(Debug, Args)]
pub struct SimArgs {
    #[command(subcommand)]
    command: Option<SimCommand>,
    /// The scenario's file
    #[arg(required = true, value_name = "SCENARIO")]
    file: Option<PathBuf>,
    /// Change a field of the scenario, such as `award=cheapest` or `windows.bid=2h`; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// The seed of all chance
    #[arg(long, value_parser = clap::value_parser!(u64).range(..1 << 53))]
    seed: Option<u64>,
    /// Run it so many times, with one seed after another
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    runs: Option<u64>,
    /// The run's folder [default: runs/<scenario>-<seed>-<hash>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Write over the folder of another run
    #[arg(long)]
    force: bool,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum SimCommand {
    /// Make a scenario of a published market
    #[command(subcommand)]
    Import(ImportCommand),
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// Market data as published with Magentic Marketplace: YAML, one file a participant
    Magentic(MagenticArgs),
}

#[derive(Debug, Args)]
struct MagenticArgs {
    /// The folder with `businesses` and `customers`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The scenario's file to be written
    #[arg(short, long, value_name = "FILE.toml")]
    out: PathBuf,
    /// The rule by which tasks are awarded, to be changed in the file or by `--set award=…`
    #[arg(long, default_value = "optimal", value_parser = ["optimal", "cheapest", "any", "any_amenities"])]
    award: String,
}

/// The answer of a single run.
#[derive(Serialize)]
struct RunAnswer<'a> {
    run: &'a std::path::Path,
    seed: u64,
    digest: String,
    conserved: bool,
    welfare: String,
    tasks: u64,
    settled: u64,
    commands: u64,
    rejections: u64,
    events: u64,
    entries: u64,
    elapsed_ms: u64,
}

/// The answer of a series.
#[derive(Serialize)]
struct SeriesAnswer<'a> {
    run: &'a std::path::Path,
    seed: u64,
    runs: usize,
    digest: String,
    conserved: bool,
    welfare: Statistics,
    settled: u64,
    elapsed_ms: u64,
}

#[derive(Serialize)]
struct Statistics {
    mean: String,
    sd: Option<String>,
    ci95: Option<[String; 2]>,
    n: usize,
}

impl SimArgs {
    /// Runs the scenario.
    ///
    /// # Errors
    /// Usage where the scenario has a mistake; else what failed.
    pub fn run(self, output: Output) -> Result<Exit, CliError> {
        if let Some(SimCommand::Import(ImportCommand::Magentic(args))) = &self.command {
            return args.run();
        }
        let file = self.file.as_deref().ok_or_else(|| CliError::usage("a scenario is missing"))?;
        let overrides = Overrides { sets: self.sets.clone(), seed: self.seed };
        let scenario = scenario::read(file, &overrides).map_err(|error| {
            let otherwise = "`examples/` of the repository has scenarios, and docs/scenarios.md how one is written";
            let missing = || (!file.exists()).then(|| super::near::file_or(file, otherwise)).flatten();
            let hint = error.hint.clone().or_else(missing);
            CliError::usage(error.to_string()).hint(hint)
        })?;
        match self.runs {
            Some(runs) => self.series(&scenario, runs, output),
            None => self.single(&scenario, output),
        }
    }

    fn folder(&self, name: impl FnOnce() -> String) -> PathBuf {
        self.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(name()))
    }

    fn single(&self, scenario: &Scenario, mut output: Output) -> Result<Exit, CliError> {
        let began = Instant::now();
        let bar = progress::bar(Some(scenario.tasks.len() as u64), "tasks");
        let folder = self.folder(|| folder_name(scenario, scenario.hash()));
        let run = single::single(scenario, &folder, self.force, &mut |over| bar.set_position(over));
        bar.finish_and_clear();
        let run = run.map_err(failed)?;
        let elapsed_ms = began.elapsed().as_millis() as u64;
        if self.json {
            output.json(&RunAnswer {
                run: &run.folder,
                seed: run.seed,
                digest: run.digest.to_string(),
                conserved: run.conserved(),
                welfare: scenario.asset.scale.show_signed(run.welfare).to_string(),
                tasks: scenario.tasks.len() as u64,
                settled: run.settled(),
                commands: run.counts.commands,
                rejections: run.counts.rejections,
                events: run.counts.events,
                entries: run.counts.entries,
                elapsed_ms,
            })?;
        } else {
            output.line(run_table(scenario, &run, elapsed_ms))?;
        }
        verdict(run.conserved(), || {
            let broken = run.checks.iter().filter(|check| !check.ok);
            broken.map(|check| format!("{} ({})", check.name, check.detail)).collect::<Vec<_>>().join(", ")
        })
    }

    fn series(&self, scenario: &Scenario, runs: u64, mut output: Output) -> Result<Exit, CliError> {
        let began = Instant::now();
        let bar = progress::bar(Some(runs), "runs");
        let folder = self.folder(|| folder_name(scenario, series_hash(scenario, runs)));
        let series = many::many(scenario, runs, &folder, self.force, &|| bar.inc(1));
        bar.finish_and_clear();
        let series = series.map_err(failed)?;
        let elapsed_ms = began.elapsed().as_millis() as u64;
        let welfare = Statistics::new(&series.welfare, scenario.asset.scale);
        if self.json {
            output.json(&SeriesAnswer {
                run: &series.folder,
                seed: series.seed,
                runs: series.runs.len(),
                digest: series.digest.to_string(),
                conserved: series.conserved(),
                welfare,
                settled: series.runs.iter().map(|run| run.settled).sum(),
                elapsed_ms,
            })?;
        } else {
            output.line(series_table(scenario, &series, &welfare, elapsed_ms))?;
        }
        verdict(series.conserved(), || "the checks of some runs; see runs.csv".to_owned())
    }
}

impl MagenticArgs {
    fn run(&self) -> Result<Exit, CliError> {
        let text = magentic::import(&self.folder, &self.award).map_err(|error| {
            let hint = error.hint();
            CliError::usage(error.to_string()).hint(hint)
        })?;
        let written = std::fs::write(&self.out, text);
        written.map_err(|error| CliError::failed(format!("cannot write `{}`: {error}", self.out.display())))?;
        Ok(Exit::Done)
    }
}

impl Statistics {
    /// With four decimals more than the asset has.
    fn new(sample: &Sample, scale: Scale) -> Self {
        let decimals = usize::from(scale.decimals());
        let show = |minor: f64| format!("{:.*}", decimals + 4, minor / 10f64.powi(decimals as i32));
        let Sample { n, mean, sd, ci95 } = *sample;
        Self { mean: show(mean), sd: sd.map(show), ci95: ci95.map(|(low, high)| [show(low), show(high)]), n }
    }
}

fn failed(error: SimError) -> CliError {
    match &error {
        SimError::Folder(folder) => {
            let hint = folder.hint();
            let exit = if hint.is_some() { CliError::usage } else { CliError::failed };
            exit(error.to_string()).hint(hint)
        }
        SimError::Run(oikos_sim::engine::RunError::Broken { .. }) => CliError::disproved(error.to_string()),
        SimError::Plan(_) | SimError::Run(_) => CliError::failed(error.to_string()),
    }
}

fn verdict(conserved: bool, broken: impl FnOnce() -> String) -> Result<Exit, CliError> {
    if conserved { Ok(Exit::Done) } else { Err(CliError::disproved(format!("these do not hold: {}", broken()))) }
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table
}

fn run_table(scenario: &Scenario, run: &Run, elapsed_ms: u64) -> Table {
    let mut table = table();
    let counts = &run.counts;
    let conserved = if run.conserved() { "yes" } else { "NO" };
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row("scenario", format!("{} (seed {})", scenario.name, run.seed));
    row("welfare", format!("{} {}", scenario.asset.scale.show_signed(run.welfare), scenario.asset.code));
    row("conserved", format!("{conserved} ({})", count(run.checks.len(), "check")));
    for phase in Phase::ALL {
        if let Some(tasks) = run.tasks.get(phase.name()) {
            row("tasks", format!("{tasks} {phase}"));
        }
    }
    if let Some(tasks) = run.tasks.get("NotPosted") {
        row("tasks", format!("{tasks} refused when they were posted"));
    }
    row("commands", format!("{}, of which {} rejected", counts.commands, counts.rejections));
    row("events", counts.events.to_string());
    row("digest", run.digest.to_string());
    row("run", run.folder.display().to_string());
    row("took", format!("{elapsed_ms} ms"));
    table
}

fn series_table(scenario: &Scenario, series: &Series, welfare: &Statistics, elapsed_ms: u64) -> Table {
    let mut table = table();
    let code = scenario.asset.code;
    let conserved = if series.conserved() { "yes, in every run" } else { "NO" };
    let mut row = |name: &str, value: String| {
        table.add_row([name.to_owned(), value]);
    };
    row("scenario", format!("{} (seeds from {})", scenario.name, series.seed));
    row("runs", welfare.n.to_string());
    row("welfare, mean", format!("{} {code}", welfare.mean));
    if let (Some(sd), Some([low, high])) = (&welfare.sd, &welfare.ci95) {
        row("standard deviation", sd.clone());
        row("95 % interval", format!("{low} to {high}"));
    }
    row("conserved", conserved.to_owned());
    row("digest", series.digest.to_string());
    row("run", series.folder.display().to_string());
    row("took", format!("{elapsed_ms} ms"));
    table
}
