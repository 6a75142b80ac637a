//! `docs/mechanisms.md` says what the code says: every name, every claim, every source, every counter-example.

use oikos_market::mechanism::kit::{Effort, check_all};
use oikos_market::mechanism::{Claim, MECHANISMS, Mechanism};
use oikos_protocol::command::scoring::Scoring;
use oikos_protocol::command::task::MechanismKind;

fn document() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/mechanisms.md")).unwrap()
}

/// The claims of a mechanism as the table has them.
fn claims(mechanism: &dyn Mechanism) -> String {
    let mut said = Vec::new();
    for (property, claim) in mechanism.properties().named() {
        let property = property.replace('_', " ");
        match claim {
            Claim::Holds => said.push(property),
            Claim::When(condition) => said.push(format!("{property} ({condition})")),
            Claim::Fails => said.push(format!("**not** {property}")),
            Claim::NotAsked(_) => {}
        }
    }
    said.join(", ")
}

/// The rows that must be in the document, each a line.
fn expected() -> Vec<String> {
    let rows = MECHANISMS.iter().map(|rule| format!("| `{}` | {} | {} |", rule.name(), claims(*rule), rule.source()));
    let effort = Effort { draws: 0, grids: 1, ..Effort::SHORT };
    let findings = check_all(effort);
    let examples = findings.iter().filter_map(|finding| {
        let example = finding.counter_example()?;
        Some(format!("| `{}` | {} | {example} |", finding.mechanism, finding.property.replace('_', " ")))
    });
    rows.chain(examples).collect()
}

#[test]
fn every_mechanism_claim_source_and_counter_example_stands_in_the_document_as_in_the_code() {
    let document = document();
    let lines: Vec<&str> = document.lines().collect();
    let expected = expected();
    let missing: Vec<&String> = expected.iter().filter(|row| !lines.contains(&row.as_str())).collect();
    assert!(
        missing.is_empty(),
        "docs/mechanisms.md lacks:\n{}",
        missing.iter().map(|row| format!("{row}\n")).collect::<String>()
    );
    // And nothing else: a row for a mechanism that is gone, or a claim of yesterday.
    let rows = lines.iter().filter(|line| line.starts_with("| `"));
    let strangers: Vec<_> = rows.filter(|line| !expected.iter().any(|row| row == *line)).collect();
    assert!(strangers.is_empty(), "docs/mechanisms.md has rows that the code does not know: {strangers:#?}");
}

#[test]
fn every_file_named_in_the_document_is_there() {
    for word in document().split('`').filter(|word| word.starts_with("market/") || word.starts_with("examples/")) {
        let path = format!("{}/../{word}", env!("CARGO_MANIFEST_DIR"));
        assert!(std::path::Path::new(&path).exists(), "{word}");
    }
}

#[test]
fn the_rules_that_a_task_can_choose_are_listed_as_the_protocol_names_them() {
    // Exhaustive, so that a new rule has to come by here.
    let selectable = |kind: MechanismKind| match kind {
        MechanismKind::PostedPrice
        | MechanismKind::Lottery
        | MechanismKind::FirstPrice
        | MechanismKind::SecondPrice
        | MechanismKind::ScoringFirst(_)
        | MechanismKind::ScoringSecond(_) => kind.name(),
    };
    let kinds = [
        MechanismKind::PostedPrice,
        MechanismKind::Lottery,
        MechanismKind::FirstPrice,
        MechanismKind::SecondPrice,
        MechanismKind::ScoringFirst(Scoring::default()),
        MechanismKind::ScoringSecond(Scoring::default()),
    ];
    assert!(kinds.iter().all(|kind| MechanismKind::named(kind.name(), Some(Scoring::default())) == Some(*kind)));
    let document = document();
    let listed: Vec<&str> = document.lines().filter_map(|line| line.strip_prefix("- `")?.split('`').next()).collect();
    assert_eq!(listed, kinds.map(selectable));
    assert!(listed.iter().all(|name| MECHANISMS.iter().any(|rule| rule.name() == *name)));
}
