//! The `oikos` command: reads the arguments, lets one command answer, and says how it ended.

mod cli;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli::Oikos { command } = cli::Oikos::parse();
    cli::exit::end(cli::run(command))
}
