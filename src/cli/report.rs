//! `oikos report RUN`: makes the page of a run again from its folder.

use super::exit::{CliError, Exit};
use super::near;
use super::output::Output;
use clap::Args;
use oikos_sim::report::{self, ReportError};
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// Make the report of a run again, from the files of its folder
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The folder of a run, or of a series of runs
    #[arg(value_name = "RUN")]
    folder: PathBuf,
    /// Where the page goes; `-` is standard output [default: RUN/report.html]
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Answer<'a> {
    run: &'a Path,
    report: &'a Path,
    bytes: usize,
    plots: usize,
}

impl ReportArgs {
    /// Makes it.
    ///
    /// # Errors
    /// Usage where there is no run; else what the disk said.
    pub fn run(&self, mut output: Output) -> Result<Exit, CliError> {
        let (page, plots) = report::of_folder(&self.folder).map_err(|error| self.failed(&error))?;
        if self.out.as_deref() == Some(Path::new("-")) {
            return output.line(page).map(|()| Exit::Done);
        }
        let path = self.out.clone().unwrap_or_else(|| self.folder.join(report::REPORT));
        std::fs::write(&path, &page)
            .map_err(|error| CliError::failed(format!("cannot write `{}`: {error}", path.display())))?;
        if output.is_json() {
            let answer = Answer { run: &self.folder, report: &path, bytes: page.len(), plots: plots.len() };
            output.json(&answer)?;
        } else {
            output.line(path.display())?;
        }
        Ok(Exit::Done)
    }

    fn failed(&self, error: &ReportError) -> CliError {
        match error {
            ReportError::Disk { error: why, .. } if why.kind() == io::ErrorKind::NotFound => {
                let hint = near::file(&self.folder);
                let hint = hint.unwrap_or_else(|| "`oikos sim SCENARIO` makes a run and says where".to_owned());
                CliError::usage(format!("`{}` is not the folder of a run: {error}", self.folder.display()))
                    .hint(Some(hint))
            }
            ReportError::Interrupted => CliError::failed(error.to_string())
                .hint(Some("run it again: the same configuration gives the same run")),
            _ => CliError::failed(error.to_string()),
        }
    }
}
