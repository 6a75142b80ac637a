//! The `oikos` command.

mod cli;

use clap::{Parser, Subcommand};
use oikos::home::Home;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "oikos", version, about = "A multi-agent economy runtime")]
struct Oikos {
    #[command(subcommand)]
    command: Command,
    /// One JSON object instead of lines for people.
    #[arg(long, global = true)]
    json: bool,
    /// The home of your keys.
    #[arg(long, env = "OIKOS_HOME", global = true, value_name = "FOLDER")]
    home: Option<PathBuf>,
    #[command(flatten)]
    log: cli::log::Log,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a live economy in one process.
    Up(cli::up::Up),
    /// Makes, lists, changes and revokes keys.
    Key(cli::key::Key),
    /// Moves the clock of a development economy forward.
    Clock(cli::clock::Clock),
    /// Prints the JSON Schemas of the wire.
    Schema(cli::schema::Schema),
    /// What people and workers do.
    #[command(flatten)]
    People(cli::people::PeopleCommand),
}

fn main() -> ExitCode {
    let Oikos { command, json, home, log } = Oikos::parse();
    let folder = home;
    let home = Home::find(folder.as_deref());
    let mut output = cli::output::Output::new(json);
    let run = async {
        log.begin().map_err(cli::exit::CliError::usage)?;
        match command {
            Command::Up(up) => up.run(&home, &mut output).await?,
            Command::Key(key) => key.run(&home, &mut output).await?,
            Command::Clock(clock) => clock.run(&home, &mut output).await?,
            Command::Schema(schema) => schema.run(&mut output)?,
            // They tell their failures themselves, with a code and the way out.
            Command::People(people) => return Ok(ExitCode::from(people.run(folder.clone(), json).await)),
        };
        Ok(ExitCode::SUCCESS)
    };
    let ended = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run),
        Err(error) => Err(cli::exit::CliError::from_error(error)),
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            // Nobody may be there to read it.
            let _ = writeln!(std::io::stderr(), "error: {}", error.message);
            (&error).into()
        }
    }
}
