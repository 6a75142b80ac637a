//! Any program as a skill: JSON on its standard input, JSON on its standard output.
//!
//! Two ways: [`once`] starts the program for each job and reads one JSON value until it ends; [`lines`] keeps it
//! alive and speaks one JSON object a line, so that it can tell how far it is and what it has cost.
//! Invariants: a program gets no more time and no more output than [`Limits`] allow; whatever it started is killed
//! with it, because it runs in a process group of its own; its fault is the worker's ([`Fault::Mine`]) unless it
//! says otherwise in a line.
//! Absent on purpose: a shell, and a sandbox. The program has the rights of whoever started it.

mod group;
pub mod lines;
pub mod once;

use crate::fault::Fault;
use core::time::Duration;
use std::ffi::OsString;

/// What to run.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program and its arguments; never empty.
    command: Vec<OsString>,
    limits: Limits,
}

/// How much a program may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For one job, from its input to its output.
    pub time_max: Duration,
    /// Of output for one job; the bus carries 1 MiB.
    pub output_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time_max: Duration::from_secs(60), output_bytes_max: 512 << 10 }
    }
}

/// No program was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no program is named; write it behind `--`, such as `-- tr a-z A-Z`")]
pub struct NoProgram;

impl Program {
    /// This program with these arguments.
    ///
    /// # Errors
    /// [`NoProgram`] where the list is empty.
    pub fn new(command: Vec<OsString>, limits: Limits) -> Result<Self, NoProgram> {
        if command.is_empty() { Err(NoProgram) } else { Ok(Self { command, limits }) }
    }

    fn name(&self) -> String {
        self.command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    fn too_slow(&self) -> Fault {
        Fault::Mine(format!("`{}` gave no result within {:?} and was killed", self.name(), self.limits.time_max))
    }

    fn too_much(&self) -> Fault {
        let max = self.limits.output_bytes_max;
        Fault::Mine(format!("`{}` wrote more than {max} bytes and was killed", self.name()))
    }
}
