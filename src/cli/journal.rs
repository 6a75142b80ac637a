//! `oikos journal check DIR`: whether a journal is whole, and where it is not.

use super::exit::{CliError, Exit};
use super::output::Output;
use clap::{Args, Subcommand};
use oikos::text::count;
use oikos_journal::{Place, Report, Verdict, check};
use serde::Serialize;
use std::path::PathBuf;

/// Where journals are.
pub const WHERE: &str =
    "a journal is in the folder of a run (`oikos sim`), and in that of a node (`oikos up --data FOLDER`)";

/// `oikos journal`.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Check every byte of a journal without changing it
    Check(CheckArgs),
}

/// Check every byte of a journal without changing it
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The journal's folder, or that of a run with a journal in it
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// One JSON object instead of a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    verdict: &'static str,
    sound: bool,
    what: Option<String>,
    file: Option<&'a str>,
    segment: Option<u64>,
    offset: Option<u64>,
    sequence: u64,
    groups: u64,
    segments: u64,
    snapshots: u64,
    link: String,
}

impl CheckArgs {
    /// Checks the journal.
    ///
    /// # Errors
    /// Usage where there is no journal; else what the disk said. Damage is an answer.
    pub fn run(self, mut output: Output) -> Result<Exit, CliError> {
        let inside = self.folder.join(oikos_sim::run::folder::JOURNAL);
        let folder = if inside.is_dir() { inside } else { self.folder };
        let report = check(&folder).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                CliError::usage(format!("there is no journal in `{}`: {error}", folder.display()))
                    .hint(super::near::file_or(&folder, WHERE))
            }
            _ => CliError::failed(format!("cannot read the journal in `{}`: {error}", folder.display())),
        })?;
        if report.verdict == Verdict::Nothing {
            return Err(CliError::usage(format!("there is no journal in `{}`", folder.display())).hint(Some(WHERE)));
        }
        let (verdict, what, place) = describe(&report);
        if self.json {
            output.json(&Answer {
                verdict,
                sound: report.verdict.is_sound(),
                what,
                file: place.map(|place| place.file.as_str()),
                segment: place.and_then(|place| place.segment),
                offset: place.map(|place| place.offset),
                sequence: place.map_or(report.end.sequence, |place| place.sequence),
                groups: report.groups,
                segments: report.segments,
                snapshots: report.snapshots,
                link: report.end.link.to_string(),
            })?;
        } else {
            let records = count(report.end.sequence, "record");
            let (groups, segments) = (count(report.groups, "group"), count(report.segments, "segment"));
            let whole = format!("{records} in {groups} and {segments}");
            output.line(match (place, what) {
                (Some(place), Some(what)) => format!("{verdict}: {place}: {what}; {whole} before it are whole"),
                _ => format!("{verdict}: {whole}, {}", count(report.snapshots, "snapshot")),
            })?;
        }
        Ok(if report.verdict.is_sound() { Exit::Done } else { Exit::False })
    }
}

fn describe(report: &Report) -> (&'static str, Option<String>, Option<&Place>) {
    match &report.verdict {
        Verdict::Nothing => ("nothing", None, None),
        Verdict::Clean => ("clean", None, None),
        Verdict::Open => ("open", None, None),
        Verdict::TornTail(place) => ("torn_tail", Some("the last write did not finish".to_owned()), Some(place)),
        Verdict::Damaged(damage) => ("damaged", Some(damage.what.to_string()), Some(&damage.place)),
    }
}
