//! `oikos report RUN`: makes the page of a run again from its folder, or one of a node's journal.
//!
//! Pictures of a run's folder are made again too; a node's folder gets none, and the page only where it is told.

mod node;

use super::exit::{CliError, Exit};
use super::output::Output;
use super::{near, progress};
use clap::Args;
use oikos_sim::report::{self, ReportError, Source};
use oikos_sim::run::folder::MANIFEST;
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// Make the report of a run again from its folder, or one of a node's data folder
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The folder of a run, of a series of runs, or of a node
    #[arg(value_name = "RUN")]
    folder: PathBuf,
    /// Where the page goes; `-` is standard output [default: RUN/report.html, or ECONOMY.html for a node's folder]
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
        let is_node = self.folder.join("economy.json").is_file() && !self.folder.join(MANIFEST).is_file();
        let source = if is_node {
            let bar = progress::bar(None, "entries");
            let read = node::read(&self.folder, &mut |sequence| bar.set_position(sequence));
            bar.finish_and_clear();
            read
        } else {
            Source::read(&self.folder)
        };
        let source = source.map_err(|error| self.failed(&error))?;
        let (page, plots) = report::of(&source);
        if self.out.as_deref() == Some(Path::new("-")) {
            return output.line(page).map(|()| Exit::Done);
        }
        let path = match (&self.out, is_node) {
            (Some(path), _) => path.clone(),
            (None, false) => self.folder.join(report::REPORT),
            (None, true) => PathBuf::from(format!("{}.html", node::economy_name(&self.folder))),
        };
        if self.out.is_none() && !is_node {
            let folder = self.folder.join(report::PLOTS);
            let written = std::fs::create_dir_all(folder)
                .and_then(|()| plots.iter().try_for_each(|(file, svg)| std::fs::write(self.folder.join(file), svg)));
            written.map_err(|error| CliError::failed(format!("cannot write the plots: {error}")))?;
        }
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
