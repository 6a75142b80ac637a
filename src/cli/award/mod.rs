//! `oikos task record|verify|whatif`: an award computed again by whoever doubts it.
//!
//! Owns the arguments of the three, the record as it is printed and read ([`document`]), and the way from a run's
//! journal to a record ([`history`]). Whether a record holds is for [`oikos_market::verify`] alone to say.
//! Absent on purpose: the node. A record is checked without asking whoever made the award.
//! Start at [`AwardCommand::run`].

pub mod document;
pub mod failure;
pub mod history;
pub mod record;
pub mod verify;
pub mod whatif;

pub use failure::AwardFailure;

use super::clear::Verdict;
use oikos_protocol::id::TaskId;
use std::io::Write;

/// What can be asked about an award that was made.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum AwardCommand {
    /// Print all that is needed to compute an award again
    Record(record::RecordArgs),
    /// Compute an award again; exit 3 where it is not what the rule says
    Verify(verify::VerifyArgs),
    /// Clear the recorded bids under another rule
    Whatif(whatif::WhatifArgs),
}

impl AwardCommand {
    /// Answers on `out`, in one JSON object where `json` says so.
    ///
    /// # Errors
    /// [`AwardFailure`], which knows its code and its exit.
    pub fn run(&self, json: bool, out: &mut impl Write) -> Result<Verdict, AwardFailure> {
        match self {
            Self::Record(args) => args.run(out),
            Self::Verify(args) => args.run(json, out),
            Self::Whatif(args) => args.run(json, out),
        }
    }
}

/// Reads a task's number, with or without its `t`.
fn task_number(text: &str) -> Result<TaskId, String> {
    let digits = text.strip_prefix('t').unwrap_or(text);
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    number.map(TaskId).ok_or_else(|| "expected the number of a task, such as `t7`".to_owned())
}

#[cfg(test)]
mod tests;
