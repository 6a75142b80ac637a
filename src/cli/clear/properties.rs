//! `oikos clear properties`: what each mechanism claims, checked now; and `oikos clear list`.

use super::answer::write_json;
use super::{ClearArgs, ClearFailure, Verdict, read};
use oikos_market::mechanism::kit::{Effort, Finding, check, check_all};
use oikos_market::mechanism::{Claim, MECHANISMS, by_name};
use serde::Serialize;
use std::io::Write;

/// A finding as it is printed.
#[derive(Debug, Serialize)]
struct Row {
    mechanism: &'static str,
    property: &'static str,
    /// `holds`, `when`, `fails` or `not_asked`.
    claim: &'static str,
    /// Of `when` the condition, of `not_asked` the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<&'static str>,
    claimed: bool,
    as_claimed: bool,
    cases: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter_example: Option<String>,
}

fn row(finding: &Finding) -> Row {
    let (claim, condition) = match finding.claim {
        Claim::Holds => ("holds", None),
        Claim::When(condition) => ("when", Some(condition)),
        Claim::Fails => ("fails", None),
        Claim::NotAsked(why) => ("not_asked", Some(why)),
    };
    Row {
        mechanism: finding.mechanism,
        property: finding.property,
        claim,
        condition,
        claimed: finding.claim.claimed(),
        as_claimed: finding.as_claimed(),
        cases: finding.cases,
        counter_example: finding.counter_example().map(str::to_owned),
    }
}

/// Checks the claims; [`Verdict::False`] where one is not as claimed.
pub(super) fn run(args: &ClearArgs, out: &mut impl Write) -> Result<Verdict, ClearFailure> {
    let effort = Effort { draws: args.draws, ..Effort::USUAL };
    let findings = match (&args.file, args.all) {
        (Some(name), false) => {
            let name = name.to_string_lossy();
            let unknown = || ClearFailure::usage(format!("no mechanism is called `{}`", read::shown(&name)));
            check(by_name(&name).ok_or_else(unknown)?, effort)
        }
        (None, true) => check_all(effort),
        _ => {
            return Err(ClearFailure::usage(
                "`oikos clear properties` needs the name of a mechanism or --all".to_owned(),
            ));
        }
    };
    let rows: Vec<Row> = findings.iter().map(row).collect();
    let as_claimed = rows.iter().all(|row| row.as_claimed);
    if args.json {
        #[derive(Serialize)]
        struct All {
            as_claimed: bool,
            findings: Vec<Row>,
        }
        write_json(out, &All { as_claimed, findings: rows })?;
    } else {
        for row in &rows {
            let verdict = if row.as_claimed { "ok" } else { "FALSE" };
            write!(
                out,
                "{:<16} {:<22} {:<10} {verdict:<6}{:>9} cases",
                row.mechanism, row.property, row.claim, row.cases
            )?;
            if let Some(condition) = row.condition {
                write!(out, "  ({condition})")?;
            }
            if let Some(example) = &row.counter_example {
                write!(out, "  {example}")?;
            }
            writeln!(out)?;
        }
    }
    Ok(if as_claimed { Verdict::Done } else { Verdict::False })
}

/// Names and sources.
pub(super) fn list(json: bool, out: &mut impl Write) -> Result<Verdict, ClearFailure> {
    if json {
        #[derive(Serialize)]
        struct Entry {
            name: &'static str,
            source: &'static str,
        }
        #[derive(Serialize)]
        struct All {
            mechanisms: Vec<Entry>,
            tools: &'static [&'static str],
        }
        let mechanisms = MECHANISMS.iter().map(|rule| Entry { name: rule.name(), source: rule.source() }).collect();
        write_json(out, &All { mechanisms, tools: super::toolbox::TOOLS })?;
    } else {
        for rule in MECHANISMS {
            writeln!(out, "{:<16} {}", rule.name(), rule.source())?;
        }
        writeln!(out, "tools: {}", super::toolbox::TOOLS.join(", "))?;
    }
    Ok(Verdict::Done)
}
