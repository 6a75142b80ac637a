//! `docs/lifecycle.md` is written from the table of `lifecycle.rs` and never drifts from it.
//!
//! `OIKOS_BLESS=1 cargo test -p oikos-market --test lifecycle_manual` writes it anew.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

use oikos_market::task::lifecycle::{Ask, ROWS, Row, Trigger};
use oikos_protocol::event::task::Phase;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

const INTRODUCTION: &str = "\
# A task's life

*An economy is a deterministic state machine that eats ordered commands and emits events.* This is the part of it
that a task goes through. The page is written from the one table in `market/src/task/lifecycle.rs`, and a test
compares the two (`OIKOS_BLESS=1 cargo test -p oikos-market --test lifecycle_manual` writes it anew).

What holds everywhere:

- A command in a state without a row for it is refused with the code at the end of this page, and changes nothing
  but the memory of its id.
- Every open state has exactly one deadline, with a default that favours whoever kept theirs. A draft waits for
  nobody but its poster: its deadline is the hard end itself. Deadlines run in economy time, which stands still
  while the node is down; they fire in order (moment, kind, id), and a command at its deadline is late.
- Nothing leaves a terminal state, and there hold, escrow, deposits and bond of the task are gone.
- The hard end leaves room for every window, for a lot, and for every silent reviewer in working time. Only
  declines can use that time up.

P poster · W bidder or worker · B budget · p price of the award · m_i a milestone's part of it · d deposit of a bid ·
b_w performance bond · T a deadline.
";

fn trigger(row: &Row) -> String {
    match row.trigger {
        Trigger::Asked(ask) => format!("{ask:?}"),
        Trigger::Deadline => "deadline".into(),
        Trigger::Lot => "lot".into(),
        Trigger::HardEnd => "hard end".into(),
    }
}

fn names(phases: &[Phase]) -> String {
    let open = Phase::ALL.iter().filter(|phase| !phase.is_terminal());
    if phases.is_empty() {
        "*new*".into()
    } else if phases.iter().eq(open) {
        "any open".into()
    } else {
        phases.iter().map(Phase::to_string).collect::<Vec<_>>().join(", ")
    }
}

/// One arrow for each pair of states, with all that leads along it. The hard end leads from all open ones.
fn diagram() -> String {
    let mut arrows: BTreeMap<(Option<Phase>, Phase), Vec<String>> = BTreeMap::new();
    for row in ROWS.iter().filter(|row| row.trigger != Trigger::HardEnd) {
        let from: Vec<Option<Phase>> =
            if row.from.is_empty() { vec![None] } else { row.from.iter().copied().map(Some).collect() };
        for from in from {
            for to in row.to {
                let labels = arrows.entry((from, *to)).or_default();
                let label = trigger(row);
                if !labels.contains(&label) {
                    labels.push(label);
                }
            }
        }
    }
    let mut text = String::from("```mermaid\nstateDiagram-v2\n");
    for ((from, to), labels) in &arrows {
        let from = from.map_or("[*]".to_owned(), |from| from.to_string());
        let _ = writeln!(text, "    {from} --> {to}: {}", labels.join(", "));
    }
    for phase in Phase::ALL.iter().filter(|phase| phase.is_terminal()) {
        let _ = writeln!(text, "    {phase} --> [*]");
    }
    text + "    note right of Expired: from any open state, at the hard end\n```\n"
}

fn manual() -> String {
    let mut text = format!("{INTRODUCTION}\n{}\n## The table\n\n", diagram());
    text += "The numbers are those of the design; the rows that are missing come later and fit in between.\n\n";
    text += "| # | from | by | what | to | guard; deadline | money |\n|---|---|---|---|---|---|---|\n";
    for row in ROWS {
        let Row { number, by, guard, money, .. } = row;
        let (from, what, to) = (names(row.from), trigger(row), names(row.to));
        let _ = writeln!(text, "| {number} | {from} | {by} | {what} | {to} | {guard} | {money} |");
    }
    text += "\n## What is refused, and how\n\n| command | in a state without a row |\n|---|---|\n";
    for ask in Ask::OF_A_TASK {
        let _ = writeln!(text, "| {ask:?} | `{}` |", ask.refusal());
    }
    text
}

#[test]
fn the_manual_of_a_tasks_life_says_what_the_table_says() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/lifecycle.md");
    if std::env::var_os("OIKOS_BLESS").is_some() {
        std::fs::write(&path, manual()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == manual(), "docs/lifecycle.md differs from the table; OIKOS_BLESS=1 writes it anew");
}
