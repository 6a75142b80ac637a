//! The command line: one file a command. Data goes to stdout, talk to stderr.

pub mod bus;
pub mod clear;
pub mod exit;
pub mod journal;
pub mod ledger;
pub mod output;
pub mod progress;
pub mod replay;
pub mod sim;

use clap::{Parser, Subcommand};
use exit::{CliError, Exit};
use output::Output;
use std::process::ExitCode;

/// A multi-agent economy runtime
#[derive(Debug, Parser)]
#[command(name = "oikos", version, propagate_version = true, arg_required_else_help = true)]
pub struct Oikos {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a simulated economy from a scenario
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Sim(sim::SimArgs),
    /// Apply a run's journal again and compare every digest
    Replay(replay::ReplayArgs),
    /// Look at a journal from outside
    #[command(subcommand)]
    Journal(journal::JournalCommand),
    /// Drive the book of accounts and transfers on its own
    #[command(subcommand)]
    Ledger(LedgerCommand),
    /// Clear bids from a file by a mechanism, without an economy
    Clear(clear::ClearArgs),
    /// Run the bus alone: a listener that any NATS client in any language can join
    Bus(bus::BusArgs),
}

/// `oikos ledger`.
#[derive(Debug, Subcommand)]
pub enum LedgerCommand {
    /// Drive a fresh in-memory ledger from a file of JSON lines
    Exec(ledger::exec::ExecArgs),
}

/// Lets a command answer.
///
/// # Errors
/// What the command could not do.
pub fn run(command: Command) -> Result<Exit, CliError> {
    let output = Output::new();
    match command {
        Command::Sim(args) => args.run(output),
        Command::Replay(args) => args.run(output),
        Command::Journal(journal::JournalCommand::Check(args)) => args.run(output),
        Command::Ledger(LedgerCommand::Exec(args)) => exec(&args, output),
        Command::Clear(args) => clear(&args, output),
        Command::Bus(args) => match bus::run(&args) {
            Ok(code) if code == ExitCode::SUCCESS => Ok(Exit::Done),
            Ok(_) => Err(CliError::failed("the bus did not end well")),
            Err(error) => Err(CliError::failed(format!("{error:#}"))),
        },
    }
}

fn exec(args: &ledger::exec::ExecArgs, mut output: Output) -> Result<Exit, CliError> {
    use ledger::exec::ExecError;
    args.run(&mut output).map(|()| Exit::Done).map_err(|error| match error.downcast_ref::<ExecError>() {
        Some(ExecError::Line { .. }) => CliError::usage(format!("{error:#}")),
        Some(ExecError::Violation { .. }) => CliError::disproved(format!("{error:#}")),
        Some(ExecError::Io(error)) => CliError::from_io(error),
        None => CliError::failed(format!("{error:#}")),
    })
}

fn clear(args: &clear::ClearArgs, mut output: Output) -> Result<Exit, CliError> {
    match clear::run(args, &mut output, &mut std::io::stderr().lock()) {
        Ok(clear::Verdict::Done) => Ok(Exit::Done),
        Ok(clear::Verdict::False) => Ok(Exit::False),
        Err(failure) => Err(CliError::new(failure.exit(), failure.to_string()).code(failure.code())),
    }
}
