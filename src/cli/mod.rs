//! The command line: one file a command. Data goes to stdout, talk to stderr.

pub mod accept;
pub mod answer;
pub mod approve;
pub mod asset;
pub mod attack;
pub mod award;
pub mod backup;
pub mod balance;
pub mod bench;
pub mod bid;
pub mod bus;
pub mod clear;
pub mod clock;
pub mod connection;
#[cfg(feature = "dashboard")]
pub mod dashboard;
pub mod demo;
pub mod desk;
pub mod doctor;
pub mod exchange;
pub mod exit;
pub mod failure;
pub mod help;
pub mod inbox;
pub mod input;
pub mod intent;
pub mod issue;
pub mod join;
pub mod journal;
pub mod key;
pub mod ledger;
pub mod limit;
pub mod log;
pub mod moment;
pub mod near;
pub mod order;
pub mod order_book;
pub mod output;
pub mod pay;
pub mod people;
pub mod post;
pub mod progress;
pub mod refuse;
pub mod replay;
pub mod report;
pub mod restore;
pub mod schema;
pub mod session;
pub mod sim;
pub mod snapshot;
pub mod statement;
pub mod story;
pub mod stream;
pub mod submit;
pub mod task;
pub mod tasks;
pub mod up;
pub mod voice;
pub mod work;

use clap::{Parser, Subcommand};
use exit::{CliError, Exit};
use oikos::home::Home;
use output::Output;
use std::path::PathBuf;
use std::process::ExitCode;

/// A multi-agent economy runtime
#[derive(Debug, Parser)]
#[command(name = "oikos", version, propagate_version = true, arg_required_else_help = true)]
pub struct Oikos {
    /// What to do.
    #[command(subcommand)]
    command: Command,
    /// Print one JSON object instead of lines for people
    #[arg(long, global = true)]
    json: bool,
    /// The folder of your keys [default: the platform's folder for configuration]
    #[arg(long, env = "OIKOS_HOME", global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    #[command(flatten)]
    log: log::Log,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a live economy with agents at work, and you in it
    Demo(demo::DemoArgs),
    /// Run a simulated economy from a scenario
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Sim(sim::SimArgs),
    /// Apply a run's journal again and compare every digest
    Replay(replay::ReplayArgs),
    /// Make the report of a run again from its folder, or one of a node's data folder
    Report(report::ReportArgs),
    /// Look at a live economy, or a recorded run, in the terminal
    #[cfg(feature = "dashboard")]
    Dashboard(Box<dashboard::DashboardArgs>),
    /// Look at a live economy, or a recorded run, in the terminal (this build has no dashboard)
    #[cfg(not(feature = "dashboard"))]
    Dashboard {
        /// What it would take
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        args: Vec<String>,
    },
    /// Look at a journal from outside
    #[command(subcommand)]
    Journal(journal::JournalCommand),
    /// Drive the book of accounts and transfers on its own
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Copy an economy's folder, also while its node runs
    Backup(backup::BackupArgs),
    /// Restore an economy's folder from a backup
    Restore(restore::RestoreArgs),
    /// Write a signed checkpoint and a snapshot now
    Snapshot(snapshot::SnapshotArgs),
    /// Measure this machine, each figure beside a floor of the same run
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Clear bids from a file by a mechanism, without an economy
    Clear(clear::ClearArgs),
    /// Play attacks on the economy: each is to fail, and says how
    Attack(attack::AttackArgs),
    /// Run a live economy in one process
    Up(up::Up),
    /// Make, list, change and revoke keys
    Key(key::Key),
    /// Move the clock of a development economy forward
    Clock(clock::Clock),
    /// Print the JSON Schemas of the wire
    Schema(schema::Schema),
    /// Run the bus alone: a listener that any NATS client in any language can join
    Bus(bus::BusArgs),
    /// Look for what is in the way: disk, clock, permissions, port, lock, journal
    Doctor(doctor::DoctorArgs),
    /// Print the completions of a shell
    Completions(help::CompletionsArgs),
    /// Print the man page, or write one a command into a folder
    Man(help::ManArgs),
    /// What people and workers do on a live economy
    #[command(flatten)]
    People(people::PeopleCommand),
}

/// `oikos bench`.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Transfers a second, in memory and on disk
    Ledger(bench::ledger::LedgerBench),
}

impl Oikos {
    /// Lets the command answer, and says how it ended.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let Self { command, json, home, log } = self;
        match command {
            // Asks a journal or a file, and no node.
            Command::People(people::PeopleCommand::Task(task::TaskArgs { award: Some(award), .. })) => {
                exit::end(of_award(&award, Output::new(json)), json)
            }
            // People's commands speak for themselves, also about what went wrong.
            Command::People(people) => match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
                Ok(runtime) => ExitCode::from(runtime.block_on(people.run(home, json))),
                Err(error) => exit::end(Err(CliError::from_error(error)), json),
            },
            command => exit::end(answer(command, json, home, &log), json),
        }
    }
}

fn answer(command: Command, json: bool, home: Option<PathBuf>, log: &log::Log) -> Result<Exit, CliError> {
    let mut output = Output::new(json);
    match command {
        Command::Sim(args) => args.run(output),
        Command::Replay(args) => args.run(output),
        Command::Report(args) => args.run(output),
        Command::Doctor(args) => args.run(&Home::find(home.as_deref()), output),
        Command::Completions(args) => args.run(output),
        Command::Man(args) => args.run(output),
        #[cfg(feature = "dashboard")]
        Command::Dashboard(mut args) => {
            drop(output);
            args.json = json;
            args.run(home)
        }
        #[cfg(not(feature = "dashboard"))]
        Command::Dashboard { .. } => Err(CliError::usage("this build was made without the feature `dashboard`")
            .hint(Some("build it with `cargo build --release --features dashboard`"))),
        Command::Journal(journal::JournalCommand::Check(args)) => args.run(output),
        Command::Ledger(command) => command.run(output),
        Command::Backup(args) => args.run(output),
        Command::Restore(args) => args.run(output),
        Command::Bench(BenchCommand::Ledger(args)) => args.run(output),
        Command::Clear(args) => clear(&args, output),
        Command::Attack(args) => {
            attack::run(&args, &mut output).map(verdict).map_err(|error| CliError::from_io(&error))
        }
        Command::Bus(args) => match bus::run(&args) {
            Ok(code) if code == ExitCode::SUCCESS => Ok(Exit::Done),
            Ok(_) => Err(CliError::failed("the bus did not end well")),
            Err(error) => Err(CliError::failed(format!("{error:#}"))),
        },
        command => {
            // Where the dashboard has the terminal, nothing else writes there.
            if !matches!(&command, Command::Demo(demo) if demo.opens_dashboard(json)) {
                log.begin().map_err(CliError::usage)?;
            }
            let home = Home::find(home.as_deref());
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            runtime.map_err(CliError::from_error)?.block_on(live(command, &home, &mut output))
        }
    }
}

async fn live(command: Command, home: &Home, output: &mut Output) -> Result<Exit, CliError> {
    match command {
        Command::Up(up) => up.run(home, output).await,
        Command::Demo(demo) => demo.run(output).await,
        Command::Key(key) => key.run(home, output).await,
        Command::Clock(clock) => clock.run(home, output).await,
        Command::Snapshot(snapshot) => snapshot.run(home, output).await,
        Command::Schema(schema) => schema.run(output),
        _ => Err(CliError::usage("this command is answered elsewhere")),
    }
}

fn verdict(verdict: clear::Verdict) -> Exit {
    match verdict {
        clear::Verdict::Done => Exit::Done,
        clear::Verdict::False => Exit::False,
    }
}

fn clear(args: &clear::ClearArgs, mut output: Output) -> Result<Exit, CliError> {
    match clear::run(args, &mut output, &mut std::io::stderr().lock()) {
        Ok(answer) => Ok(verdict(answer)),
        Err(failure) => Err(CliError::new(failure.exit(), failure.to_string()).code(failure.code())),
    }
}

fn of_award(command: &award::AwardCommand, mut output: Output) -> Result<Exit, CliError> {
    match command.run(output.is_json(), &mut output) {
        Ok(answer) => Ok(verdict(answer)),
        Err(award::AwardFailure::Unwritten(error)) => Err(CliError::from_io(&error)),
        Err(failure) => Err(CliError::new(failure.exit(), failure.to_string()).code(failure.code())),
    }
}
