//! `oikos help`: the commands in groups, and examples; completions and man pages from the same definition.
//!
//! The groups name commands, and say nothing of them: each line of help is the command's own. A command in no group
//! stands among the others, so that none is ever missing.

use super::Oikos;
use super::exit::{CliError, Exit};
use super::output::Output;
use clap::{Args, Command, CommandFactory as _, FromArgMatches as _};
use clap_complete::Shell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

/// The groups, in order of what a newcomer needs; names of commands.
const GROUPS: [(&str, &[&str]); 8] = [
    ("Begin here", &["demo", "up", "dashboard", "doctor"]),
    ("Work and buy work", &["work", "post", "join", "tasks", "task", "bid", "submit", "accept"]),
    ("Decide", &["inbox", "approve", "refuse"]),
    ("Money", &["balance", "statement", "pay", "limit", "stream", "exchange", "desk", "order", "book"]),
    ("Assets", &["asset", "issue", "deposit", "withdraw", "burn", "credit"]),
    ("Simulate", &["sim", "report", "replay", "clear", "attack", "bench"]),
    ("Keep it running", &["key", "clock", "journal", "ledger", "snapshot", "backup", "restore"]),
    ("Build on it", &["schema", "bus", "completions", "man", "help"]),
];

const EXAMPLES: &str = "\
Examples:
  oikos up --dev                                         a live economy, with fake money and you in it
  oikos work text.upper/v1 --price 0.02 -- tr a-z A-Z    any program becomes a paid worker
  echo '\"hello\"' | oikos post text.upper/v1 --budget 0.10 --wait
  oikos sim examples/market-street.toml --runs 50        fifty simulated markets, and a report
  oikos doctor                                           what is in the way, and the way out

Every command that prints knows --json. Exit codes: 0 done, 1 refused, 2 usage, 3 verified and false.
`oikos help COMMAND` tells more of one; docs/ in the source tells the rest.
";

/// The definition of all commands, with help in groups.
#[must_use]
pub fn definition() -> Command {
    let mut command = Oikos::command();
    command.build();
    let groups = grouped(&command);
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} oikos [OPTIONS] <COMMAND>\n\n{groups}Options:\n{{options}}\n\n{EXAMPLES}"
    ))
}

/// Reads the arguments of this process, or ends it as clap does.
#[must_use]
pub fn parse() -> Oikos {
    let matches = definition().get_matches();
    Oikos::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// The list of commands, a group after another.
fn grouped(command: &Command) -> String {
    let known: Vec<&Command> = command.get_subcommands().filter(|known| !known.is_hide_set()).collect();
    let width = known.iter().map(|known| known.get_name().len()).max().unwrap_or_default();
    let mut text = String::new();
    let mut list = |title: &str, of: &[&&Command]| {
        if of.is_empty() {
            return;
        }
        let _ = writeln!(text, "{title}:");
        for command in of {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            // The first clause: the rest stands in the command's own help.
            let about =
                about.lines().next().unwrap_or_default().split("; ").next().unwrap_or_default().trim_end_matches('.');
            let _ = writeln!(text, "  {:width$}  {about}", command.get_name());
        }
        text.push('\n');
    };
    let named = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    for (title, names) in GROUPS {
        let of: Vec<&&Command> =
            names.iter().filter_map(|name| known.iter().find(|known| known.get_name() == *name)).collect();
        list(title, &of);
    }
    let others: Vec<&&Command> = known.iter().filter(|known| !named(known.get_name())).collect();
    list("Other commands", &others);
    text
}

/// Print the completions of a shell
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl CompletionsArgs {
    /// Prints them.
    ///
    /// # Errors
    /// The reader went away.
    pub fn run(&self, mut output: Output) -> Result<Exit, CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Oikos::command(), "oikos", &mut script);
        output.write_all(&script).and_then(|()| output.flush()).map_err(|error| CliError::from_io(&error))?;
        Ok(Exit::Done)
    }
}

/// Print the man page, or write one a command into a folder
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Where the pages go, one a command; made if it is not there
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl ManArgs {
    /// Prints or writes them.
    ///
    /// # Errors
    /// What the disk said.
    pub fn run(&self, mut output: Output) -> Result<Exit, CliError> {
        let Some(folder) = &self.out else {
            let mut page = Vec::new();
            clap_mangen::Man::new(Oikos::command()).render(&mut page).map_err(|error| CliError::from_io(&error))?;
            output.write_all(&page).and_then(|()| output.flush()).map_err(|error| CliError::from_io(&error))?;
            return Ok(Exit::Done);
        };
        let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Oikos::command(), folder));
        written.map_err(|error| CliError::failed(format!("cannot write to `{}`: {error}", folder.display())))?;
        if output.is_json() {
            output.json(&serde_json::json!({ "folder": folder.display().to_string() }))?;
        } else {
            output.line(format!(
                "man pages in {}; `man -l {}/oikos.1` shows the first",
                folder.display(),
                folder.display()
            ))?;
        }
        Ok(Exit::Done)
    }
}

/// The reference of the command line, as `docs/reference/cli.md` has it.
#[cfg(test)]
fn reference() -> String {
    fn one(text: &mut String, command: &Command, path: &str) {
        let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
        // What the machine it was made on has in its environment is nobody else's, and what every command knows stands
        // with the first.
        let is_first = !path.contains(' ');
        let mut shown = command.clone().term_width(100).mut_args(|arg| {
            let is_known = matches!(arg.get_id().as_str(), "help" | "version") || (arg.is_global_set() && !is_first);
            arg.hide_env_values(true).hide(is_known)
        });
        let help = shown.render_long_help().to_string();
        let help: Vec<&str> = help.lines().skip_while(|line| !line.starts_with("Usage:")).map(str::trim_end).collect();
        let level = "#".repeat(path.split(' ').count() + 1);
        let _ = write!(text, "\n{level} `{path}`\n\n{about}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help" && !inner.is_hide_set()) {
            one(text, inner, &format!("{path} {}", inner.get_name()));
        }
    }
    let mut text = String::from(
        "# The command line\n\nMade from the program by `OIKOS_BLESS=1 cargo test -p oikos --bin oikos reference`; a \
         test keeps it in step.\nThe options of `oikos` itself can be given to every command.\n",
    );
    let mut whole = Oikos::command();
    whole.build();
    one(&mut text, &whole, "oikos");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Oikos::command().debug_assert();
    }

    #[test]
    fn help_names_every_command_once() {
        let command = definition();
        let groups = grouped(&command);
        for known in command.get_subcommands() {
            let line = format!("\n  {} ", known.get_name());
            assert_eq!(groups.matches(&line).count(), 1, "{}\n{groups}", known.get_name());
        }
    }

    #[test]
    fn the_reference_is_in_step_with_the_program() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/cli.md");
        let made = reference();
        if std::env::var_os("OIKOS_BLESS").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference")).unwrap();
            std::fs::write(path, &made).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        let apart = kept.lines().zip(made.lines()).find(|(kept, made)| kept != made);
        assert!(
            kept == made,
            "docs/reference/cli.md is not what the program says: {apart:?}; OIKOS_BLESS=1 makes it again"
        );
    }

    #[test]
    fn completions_and_man_pages_know_every_command() {
        let commands: Vec<String> =
            Oikos::command().get_subcommands().map(|known| known.get_name().to_owned()).collect();
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Oikos::command(), "oikos", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(commands.iter().all(|name| script.contains(name)), "{shell}");
        }
    }
}
