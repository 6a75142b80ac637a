//! The `oikos` command.

mod cli;

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "oikos", version, about = "A multi-agent economy runtime")]
struct Oikos {
    #[command(subcommand)]
    command: cli::people::PeopleCommand,
    /// One JSON object instead of lines for people
    #[arg(long, global = true)]
    json: bool,
    /// The folder of your keys [default: the platform's folder for configuration]
    #[arg(long, env = "OIKOS_HOME", global = true, value_name = "DIR")]
    home: Option<PathBuf>,
}

fn main() -> ExitCode {
    let Oikos { command, json, home } = Oikos::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => ExitCode::from(runtime.block_on(command.run(home, json))),
        Err(_) => ExitCode::FAILURE,
    }
}
