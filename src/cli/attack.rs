//! `oikos attack`: the attacks on the economy, played for real; exit 3 if one succeeded.

use super::clear::Verdict;
use oikos_sim::attack::{self, Report};
use std::io::{self, Write};

/// Play attacks on the economy: each is to fail, and says how
#[derive(Debug, Clone, clap::Args)]
pub struct AttackArgs {
    /// Which attack
    #[arg(required_unless_present = "all", value_parser = names())]
    name: Option<String>,
    /// All of them
    #[arg(long, conflicts_with = "name")]
    all: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

fn names() -> clap::builder::PossibleValuesParser {
    attack::ATTACKS.iter().map(|attack| attack.name).collect::<Vec<_>>().into()
}

/// Plays the attacks and prints what came of them.
///
/// # Errors
/// Where the output can't be written.
pub fn run(args: &AttackArgs, out: &mut impl Write) -> io::Result<Verdict> {
    let chosen = attack::ATTACKS.iter().filter(|attack| args.all || args.name.as_deref() == Some(attack.name));
    let reports: Vec<Report> = chosen.map(attack::Attack::play).collect();
    let failed = reports.iter().all(|report| report.failed);
    if args.json {
        let object = serde_json::json!({ "all_failed": failed, "attacks": reports });
        writeln!(out, "{object}")?;
    } else {
        for report in &reports {
            let mark = if report.failed { "failed" } else { "SUCCEEDED" };
            writeln!(out, "{}: {mark}\n  aim: {}\n  {}", report.attack, report.aim, report.how)?;
        }
    }
    Ok(if failed { Verdict::Done } else { Verdict::False })
}
