//! The `oikos` command: reads the arguments, lets one command answer, and says how it ended.

mod cli;

use std::process::ExitCode;

/// A node makes and drops small things all the time, on one thread and another: signed lives of tasks are 15 % more a second
/// than with glibc's allocator (`docs/decisions.md`, N15).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::help::parse().run()
}
