//! The `oikos` command: reads the arguments, lets one command answer, and says how it ended.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::help::parse().run()
}
