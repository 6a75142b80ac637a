//! `oikos doctor`: what is in the way of an economy on this machine, and the way out.
//!
//! Looks and measures; changes nothing but a file of its own for the disk to sync, which it takes away again. Every
//! finding says ok, warn or bad; only what is bad ends the command with 1.

mod clock;
mod disk;
mod folder;
mod limits;
mod port;
mod secrets;

use super::exit::{CliError, Exit};
use super::output::Output;
use clap::Args;
use oikos::home::Home;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Look for what is in the way: disk, clock, permissions, port, lock, journal
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The folder of an economy
    #[arg(value_name = "DIR", default_value = "./oikos-data")]
    folder: PathBuf,
    /// The port that a node would listen on [default: that of the last `oikos up` here, else 4222]
    #[arg(long)]
    port: Option<u16>,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should know.
    Warn,
    /// It does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What.
    pub check: &'static str,
    /// How bad it is.
    pub state: State,
    /// What was seen.
    pub seen: String,
    /// The way out, where one is needed.
    pub way_out: Option<String>,
}

impl Finding {
    fn ok(check: &'static str, seen: impl Into<String>) -> Self {
        Self { check, state: State::Ok, seen: seen.into(), way_out: None }
    }

    fn warn(check: &'static str, seen: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { check, state: State::Warn, seen: seen.into(), way_out: Some(way_out.into()) }
    }

    fn bad(check: &'static str, seen: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self { state: State::Bad, ..Self::warn(check, seen, way_out) }
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    folder: &'a Path,
    state: State,
    findings: &'a [Finding],
}

impl DoctorArgs {
    /// Looks at everything.
    ///
    /// # Errors
    /// Something is bad.
    pub fn run(&self, home: &Home, mut output: Output) -> Result<Exit, CliError> {
        let current = home.current();
        let mut findings = disk::look(&self.folder);
        findings.extend(clock::look(&self.folder));
        findings.extend(secrets::look(home, &self.folder));
        findings.extend(folder::look(&self.folder));
        findings.push(port::look(self.port, current.as_ref()));
        findings.push(limits::open_files());
        let worst = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
        if output.is_json() {
            output.json(&Answer { folder: &self.folder, state: worst, findings: &findings })?;
        } else {
            for Finding { check, state, seen, way_out } in &findings {
                let mark = match state {
                    State::Ok => "ok  ",
                    State::Warn => "warn",
                    State::Bad => "BAD ",
                };
                output.line(format!("{mark}  {check:12}  {}", super::voice::safe(seen)))?;
                if let Some(way_out) = way_out {
                    output.line(format!("                    -> {}", super::voice::safe(way_out)))?;
                }
            }
        }
        if worst < State::Bad {
            return Ok(Exit::Done);
        }
        let bad: Vec<&str> = findings.iter().filter(|finding| finding.state == State::Bad).map(|f| f.check).collect();
        Err(CliError::failed(format!("in the way: {}", bad.join(", "))).code("doctor.bad"))
    }
}

/// The folder, or the nearest above it that is there.
fn nearest(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find(|above| above.is_dir());
    there.filter(|above| !above.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}
