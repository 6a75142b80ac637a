//! What a report is made of: the files of a run's folder, read back.
//!
//! A report is made from what is written down and from nothing else, so that `oikos report` makes the same one again.
//! Floats begin here: everything before is whole numbers.

use crate::metric::sample::Sample;
use crate::run::folder::{CHECKS, MANIFEST, METRICS, PARTICIPANTS, RUNS};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;

/// Why a report cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file is missing, or the disk refused.
    #[error("cannot read `{file}`: {error}")]
    Disk {
        /// Which file.
        file: String,
        /// What the disk said.
        error: std::io::Error,
    },
    /// A file is not what a run writes.
    #[error("`{file}` is not what a run writes: {why}")]
    Form {
        /// Which file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// There is nothing to report yet.
    #[error("the run did not come to its end, so there is nothing to report")]
    Interrupted,
}

/// What was run.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The name of the scenario, or of the economy.
    pub name: String,
    /// What it is: a run, a series, a node's journal.
    pub what: String,
    /// The code of the money.
    pub code: String,
    /// Its decimals.
    pub scale: u8,
    /// What stands at the foot, by name.
    pub provenance: Vec<(String, String)>,
}

/// One check, by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// Whether it holds.
    pub ok: bool,
    /// What was compared.
    pub detail: String,
}

/// A step of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[expect(missing_docs, reason = "the columns of metrics.csv, in units of the money")]
pub struct Step {
    pub end_s: f64,
    pub posted: f64,
    pub ended: f64,
    pub settled: f64,
    pub awards: f64,
    pub open_tasks: f64,
    pub mean_price: Option<f64>,
    pub low_price: Option<f64>,
    pub high_price: Option<f64>,
    pub volume: f64,
    pub human_income: f64,
    pub agent_income: f64,
    pub organisation_income: f64,
    pub gini: Option<f64>,
    pub welfare: Option<f64>,
    pub supply: f64,
}

/// Somebody who took part.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Its name.
    pub name: String,
    /// agent, human or organisation.
    pub kind: String,
    /// Whether it ever bid or earned.
    pub sells: bool,
    /// What it earned.
    pub earned: f64,
    /// What it has at the end.
    pub left: f64,
}

/// A run.
#[derive(Debug, Clone, Default)]
pub struct Single {
    /// What was run.
    pub facts: Facts,
    /// Its steps.
    pub steps: Vec<Step>,
    /// How many tasks ended in which phase.
    pub phases: BTreeMap<String, u64>,
    /// Who took part.
    pub people: Vec<Person>,
    /// Whether it adds up.
    pub checks: Vec<Checked>,
}

/// A series of runs.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// What was run.
    pub facts: Facts,
    /// Welfare of each run.
    pub welfare: Vec<f64>,
    /// Mean price of each run that had an award.
    pub price: Vec<f64>,
    /// Volume of each run.
    pub volume: Vec<f64>,
    /// Which part of the tasks was settled.
    pub fill_rate: Vec<f64>,
    /// Which part of the income people had.
    pub human_share: Vec<f64>,
    /// The Gini coefficient.
    pub gini: Vec<f64>,
    /// The Lorenz curve of each run, at equal parts of the sellers, without its corners.
    pub lorenz: Vec<Vec<f64>>,
    /// Runs whose checks all hold.
    pub conserved: usize,
    /// Runs.
    pub runs: usize,
}

/// What a folder holds.
#[derive(Debug, Clone)]
pub enum Source {
    /// One run.
    Single(Box<Single>),
    /// Many.
    Series(Box<Series>),
}

impl Source {
    /// Reads a run's folder.
    ///
    /// # Errors
    /// [`ReportError`].
    pub fn read(folder: &Path) -> Result<Self, ReportError> {
        let bytes = read(folder, MANIFEST)?;
        let manifest: Value = serde_json::from_slice(&bytes).map_err(|error| form(MANIFEST, error.to_string()))?;
        if manifest["exit"] != "completed" {
            return Err(ReportError::Interrupted);
        }
        let runs = manifest["runs"].as_u64().unwrap_or(1);
        let facts = Facts::of(&manifest, runs);
        if manifest["journal"] == "none" {
            return Series::of(facts, read(folder, RUNS)?.as_slice()).map(|series| Self::Series(Box::new(series)));
        }
        let checks = serde_json::from_slice(&read(folder, CHECKS)?).map_err(|error| form(CHECKS, error.to_string()))?;
        let (steps, people) = (read(folder, METRICS)?, read(folder, PARTICIPANTS)?);
        let phases = serde_json::from_value(manifest["tasks"].clone()).unwrap_or_default();
        Single::of(facts, steps.as_slice(), people.as_slice(), checks, phases).map(|run| Self::Single(Box::new(run)))
    }
}

impl Facts {
    fn of(manifest: &Value, runs: u64) -> Self {
        let config = &manifest["config"];
        let scenario = if config["scenario"].is_object() { &config["scenario"] } else { config };
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let seed = text(&manifest["seed"]);
        let (participants, tasks) = (count(&scenario["participants"]), count(&scenario["tasks"]));
        let seeds = if runs == 1 { format!("seed {seed}") } else { format!("{runs} runs, seeds from {seed}") };
        let many = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        let (participants, tasks) = (many(participants, "participant"), many(tasks, "task"));
        let what = format!("{seeds} · award {} · {participants} · {tasks}", text(&scenario["award"]));
        let provenance = [
            ("Oikos", &manifest["version"]),
            ("Rules", &manifest["rules"]),
            ("Seed", &manifest["seed"]),
            ("Runs", &manifest["runs"]),
            ("Chance", &manifest["generator"]),
            ("Journal", &manifest["journal"]),
            ("Configuration", &manifest["config_hash"]),
            ("Digest", &manifest["digest"]),
        ];
        Self {
            name: text(&manifest["scenario"]),
            what,
            code: text(&scenario["asset"]["code"]),
            scale: scenario["asset"]["scale"].as_u64().and_then(|scale| scale.try_into().ok()).unwrap_or_default(),
            provenance: provenance.map(|(name, value)| (name.to_owned(), text(value))).to_vec(),
        }
    }
}

impl Single {
    /// A run of these tables.
    ///
    /// # Errors
    /// [`ReportError::Form`].
    pub fn of(
        facts: Facts,
        steps: impl Read,
        people: impl Read,
        checks: Vec<Checked>,
        phases: BTreeMap<String, u64>,
    ) -> Result<Self, ReportError> {
        let steps = each(METRICS, steps, |row| Step {
            end_s: row.number("end_s").unwrap_or_default(),
            posted: row.number("posted").unwrap_or_default(),
            ended: row.number("ended").unwrap_or_default(),
            settled: row.number("settled").unwrap_or_default(),
            awards: row.number("awards").unwrap_or_default(),
            open_tasks: row.number("open_tasks").unwrap_or_default(),
            mean_price: row.number("mean_price"),
            low_price: row.number("low_price"),
            high_price: row.number("high_price"),
            volume: row.number("volume").unwrap_or_default(),
            human_income: row.number("human_income").unwrap_or_default(),
            agent_income: row.number("agent_income").unwrap_or_default(),
            organisation_income: row.number("organisation_income").unwrap_or_default(),
            gini: row.number("gini"),
            welfare: row.number("welfare"),
            supply: row.number("supply").unwrap_or_default(),
        })?;
        let people = each(PARTICIPANTS, people, |row| Person {
            name: row.text("name").to_owned(),
            kind: row.text("kind").to_owned(),
            sells: row.text("sells") == "true",
            earned: row.number("earned").unwrap_or_default(),
            left: row.number("left").unwrap_or_default(),
        })?;
        Ok(Self { facts, steps, phases, people, checks })
    }
}

impl Series {
    /// A series of this table.
    ///
    /// # Errors
    /// [`ReportError::Form`].
    pub fn of(facts: Facts, runs: impl Read) -> Result<Self, ReportError> {
        let mut series = Self { facts, ..Self::default() };
        each(RUNS, runs, |row| {
            series.runs += 1;
            series.conserved += usize::from(row.text("conserved") == "true");
            let lists = [
                ("welfare", &mut series.welfare),
                ("mean_price", &mut series.price),
                ("volume", &mut series.volume),
                ("fill_rate", &mut series.fill_rate),
                ("human_share", &mut series.human_share),
                ("gini", &mut series.gini),
            ];
            lists.into_iter().for_each(|(name, list)| list.extend(row.number(name)));
            let parts = crate::metric::inequality::LORENZ_PARTS;
            let lorenz = (1..parts).filter_map(|part| row.number(&format!("lorenz_{}", part * 100 / parts)));
            let lorenz: Vec<f64> = lorenz.collect();
            if !lorenz.is_empty() {
                series.lorenz.push(lorenz);
            }
        })?;
        Ok(series)
    }

    /// Mean and interval of a column.
    #[must_use]
    pub fn sample(values: &[f64]) -> Option<Sample> {
        Sample::of_reals(values)
    }
}

/// A row of a table with named columns.
struct Row<'a> {
    places: &'a HashMap<String, (usize, i32)>,
    cells: &'a csv::StringRecord,
}

impl Row<'_> {
    fn text(&self, name: &str) -> &str {
        self.places.get(name).and_then(|(place, _)| self.cells.get(*place)).unwrap_or_default()
    }

    /// A number in units of the money, where the column is money.
    fn number(&self, name: &str) -> Option<f64> {
        let (place, scale) = self.places.get(name)?;
        let value: f64 = self.cells.get(*place)?.parse().ok()?;
        Some(value / 10f64.powi(*scale))
    }
}

fn each<T>(file: &str, from: impl Read, mut make: impl FnMut(Row<'_>) -> T) -> Result<Vec<T>, ReportError> {
    let mut csv = csv::Reader::from_reader(from);
    let header = csv.headers().map_err(|error| form(file, error.to_string()))?.clone();
    let places = header.iter().enumerate().map(|(place, name)| {
        // `volume_OIK_e-2` is `volume`, in units of a hundredth.
        match name.rsplit_once("_e-").and_then(|(name, scale)| Some((name.rsplit_once('_')?.0, scale.parse().ok()?))) {
            Some((name, scale)) => (name.to_owned(), (place, scale)),
            None => (name.to_owned(), (place, 0)),
        }
    });
    let places: HashMap<String, (usize, i32)> = places.collect();
    let mut rows = Vec::new();
    for cells in csv.records() {
        let cells = cells.map_err(|error| form(file, error.to_string()))?;
        rows.push(make(Row { places: &places, cells: &cells }));
    }
    Ok(rows)
}

fn read(folder: &Path, file: &str) -> Result<Vec<u8>, ReportError> {
    let path = folder.join(file);
    std::fs::read(&path).map_err(|error| ReportError::Disk { file: path.display().to_string(), error })
}

fn form(file: &str, why: String) -> ReportError {
    ReportError::Form { file: file.to_owned(), why }
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_in_its_unit_and_names_with_commas_stay_whole() {
        let steps = "step,end_s,posted,volume_OIK_e-2,gini\n0,3600,2,1250,\n1,7200,0,0,0.25\n";
        let people = "name,kind,sells,begun_OIK_e-2,earned_OIK_e-2,left_OIK_e-2\n\"Wang, 老\",human,true,0,1250,1250\n";
        let facts = Facts::default();
        let run = Single::of(facts, steps.as_bytes(), people.as_bytes(), Vec::new(), BTreeMap::new()).unwrap();
        assert_eq!((run.steps[0].volume, run.steps[0].gini, run.steps[1].gini), (12.5, None, Some(0.25)));
        assert_eq!((run.people[0].name.as_str(), run.people[0].earned), ("Wang, 老", 12.5));
    }
}
