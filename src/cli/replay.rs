//! `oikos replay RUN`: applies a run's journal again, compares every checkpoint and the final digest.

use super::exit::{CliError, Exit};
use super::output::Output;
use super::progress;
use clap::Args;
use oikos::text::count;
use oikos_sim::run::replay::{Fault, Replay, ReplayError, replay};
use serde::Serialize;
use std::path::PathBuf;

/// Apply a run's journal again and compare every digest
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The run's folder
    #[arg(value_name = "RUN")]
    folder: PathBuf,
    /// Stop behind the entry of this sequence
    #[arg(long, value_name = "SEQUENCE")]
    until: Option<u64>,
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    run: &'a std::path::Path,
    did: &'static str,
    entries: u64,
    checkpoints: u64,
    sequence: u64,
    digest: String,
    expected: Option<String>,
    digest_equal: Option<bool>,
    fault: Option<FaultAnswer<'a>>,
}

#[derive(Serialize)]
struct FaultAnswer<'a> {
    what: &'a str,
    sequence: u64,
    file: Option<&'a str>,
    segment: Option<u64>,
    offset: Option<u64>,
}

impl ReplayArgs {
    /// Replays the run.
    ///
    /// # Errors
    /// Usage where there is no run; else what failed. A difference is an answer.
    pub fn run(self, mut output: Output) -> Result<Exit, CliError> {
        #[cfg(feature = "dashboard")]
        if self.json && self.until.is_some() {
            // The state there whole, as `oikos dashboard RUN --at N --json` prints it.
            let (model, is_good) =
                super::dashboard::tape::at(&self.folder, self.until).map_err(super::dashboard::tape::refused)?;
            let snapshot = oikos::dashboard::state::snapshot::of(&model, &Default::default());
            output.line(super::dashboard::json(&snapshot)?.trim_end())?;
            return Ok(if is_good { Exit::Done } else { Exit::False });
        }
        let bar = progress::bar(None, "entries");
        let found = replay(&self.folder, self.until, &mut |sequence| bar.set_position(sequence));
        bar.finish_and_clear();
        let found = found.map_err(|error| match error {
            ReplayError::NoRun { .. } | ReplayError::NoJournal(_) => {
                let otherwise = "a run is a folder that `oikos sim SCENARIO` makes and names";
                CliError::usage(error.to_string()).hint(super::near::file_or(&self.folder, otherwise))
            }
            ReplayError::Disk(_) => CliError::failed(error.to_string()),
        })?;
        if self.json {
            output.json(&self.answer(&found))?;
        } else {
            output.line(format!(
                "re-applied {}, compared {}, digest {} at sequence {}",
                count(found.entries, "entry"),
                count(found.checkpoints, "checkpoint"),
                found.digest,
                found.sequence
            ))?;
            output.line(match (&found.fault, found.digest_equal()) {
                (Some(fault), _) => format!("DIFFERS at sequence {}{}: {}", fault.sequence, place(fault), fault.what),
                (None, Some(_)) => "equal to the run".to_owned(),
                (None, None) if found.stopped => "equal as far as it was to go".to_owned(),
                (None, None) => "the run was interrupted, equal as far as it came".to_owned(),
            })?;
        }
        Ok(if found.fault.is_some() { Exit::False } else { Exit::Done })
    }

    fn answer<'a>(&'a self, found: &'a Replay) -> Answer<'a> {
        Answer {
            run: &self.folder,
            did: "re-applied every command of the journal",
            entries: found.entries,
            checkpoints: found.checkpoints,
            sequence: found.sequence,
            digest: found.digest.to_string(),
            expected: found.expected.map(|digest| digest.to_string()),
            digest_equal: found.digest_equal(),
            fault: found.fault.as_ref().map(|fault| FaultAnswer {
                what: &fault.what,
                sequence: fault.sequence,
                file: fault.place.as_ref().map(|place| place.file.as_str()),
                segment: fault.place.as_ref().and_then(|place| place.segment),
                offset: fault.place.as_ref().map(|place| place.offset),
            }),
        }
    }
}

fn place(fault: &Fault) -> String {
    fault.place.as_ref().map_or(String::new(), |place| format!(", {} at byte {}", place.file, place.offset))
}
