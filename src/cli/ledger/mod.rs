//! `oikos ledger …`: the book on its own, and what can be shown of one from outside.

pub mod audit;
pub mod balance;
pub mod checkpoint;
pub mod exec;
pub mod export;
pub mod folder;
pub mod prove;
pub mod statement;
pub mod verify;

use super::exit::{CliError, Exit};
use super::output::Output;
use clap::Subcommand;

/// `oikos ledger`.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Drive a fresh in-memory ledger from a file of JSON lines
    Exec(exec::ExecArgs),
    /// Tell what was in an account, now or at any moment before, from a folder on which no node runs
    Balance(balance::BalanceArgs),
    /// Tell what moved in an account, the newest first, from a folder on which no node runs
    Statement(statement::StatementArgs),
    /// Prove that a transfer or a payment stands in the book
    Prove(prove::ProveArgs),
    /// Print a signed checkpoint, against which proofs are verified
    Checkpoint(checkpoint::CheckpointArgs),
    /// Verify a proof against a checkpoint, with no folder at hand
    Verify(verify::VerifyArgs),
    /// Check everything in a folder, from the first entry
    Audit(audit::AuditArgs),
    /// Write transfers, accounts and balances as tables
    Export(export::ExportArgs),
}

impl LedgerCommand {
    /// Lets the command answer.
    ///
    /// # Errors
    /// As the command's.
    pub fn run(self, output: Output) -> Result<Exit, CliError> {
        match self {
            Self::Exec(args) => exec(&args, output),
            Self::Balance(args) => args.run(output),
            Self::Statement(args) => args.run(output),
            Self::Prove(args) => args.run(output),
            Self::Checkpoint(args) => args.run(output),
            Self::Verify(args) => args.run(output),
            Self::Audit(args) => args.run(output),
            Self::Export(args) => args.run(output),
        }
    }
}

fn exec(args: &exec::ExecArgs, mut output: Output) -> Result<Exit, CliError> {
    use exec::ExecError;
    args.run(&mut output).map(|()| Exit::Done).map_err(|error| match error.downcast_ref::<ExecError>() {
        Some(ExecError::Line { .. }) => CliError::usage(format!("{error:#}")),
        Some(ExecError::Violation { .. }) => CliError::disproved(format!("{error:#}")),
        Some(ExecError::Io(error)) => CliError::from_io(error),
        None => CliError::failed(format!("{error:#}")),
    })
}
