//! A recorded run: the same at every sequence as `oikos replay` says, forwards and backwards.

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

fn oikos(args: &[&str]) -> (i32, String) {
    let ran = Command::cargo_bin("oikos").unwrap().args(args).output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    assert!(ran.stderr.is_empty() || !out.is_empty(), "{}", String::from_utf8_lossy(&ran.stderr));
    (ran.status.code().unwrap(), out)
}

fn run_in(folder: &Path) -> String {
    let run = folder.join("run").display().to_string();
    let scenario = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/market-street.toml");
    assert_eq!(oikos(&["sim", scenario, "--out", &run]).0, 0);
    run
}

#[test]
fn the_state_is_exact_at_every_sequence() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path());
    let whole: Value = serde_json::from_str(&oikos(&["dashboard", &run, "--json"]).1).unwrap();
    let last = whole["sequence"].as_u64().unwrap();
    assert_eq!(whole["digest_equal"], Value::Bool(true));
    assert_eq!(whole["figures"]["conserved"], Value::Bool(true));
    assert!(last > 30, "{last}");
    let step = usize::try_from(last / 12).unwrap().max(1);
    for sequence in (1..=last).step_by(step).chain([last]) {
        let at = sequence.to_string();
        let (shown, replayed) =
            (oikos(&["dashboard", &run, "--at", &at, "--json"]), oikos(&["replay", &run, "--until", &at, "--json"]));
        assert_eq!(shown, replayed, "at {at}");
        let shown: Value = serde_json::from_str(&shown.1).unwrap();
        assert_eq!(shown["sequence"], sequence);
        assert!(shown["digest"].as_str().is_some_and(|digest| digest.len() == 64));
    }
    // A name of the scenario, and not a number, stands in the rows.
    assert!(whole["people"].as_array().unwrap().iter().any(|row| row["name"].as_str().unwrap().len() > 3));
}

#[test]
fn one_drawing_has_its_size_and_a_missing_run_a_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_in(folder.path());
    for (size, rows) in [("80x24", 24), ("140x40", 40), ("1x1", 1)] {
        let (code, out) = oikos(&["dashboard", &run, "--once", "--size", size]);
        assert_eq!((code, out.lines().count()), (0, rows));
        let columns: usize = size.split('x').next().unwrap().parse().unwrap();
        assert!(out.lines().all(|line| oikos::text::width(line) <= columns), "{out}");
    }
    assert!(oikos(&["dashboard", &run, "--svg"]).1.starts_with("<svg "));
    let nowhere = folder.path().join("nowhere").display().to_string();
    let ran = Command::cargo_bin("oikos").unwrap().args(["dashboard", &nowhere, "--once"]).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("hint:"));
    // Without a terminal, and without being asked for a picture, it says how to get one.
    let ran = Command::cargo_bin("oikos").unwrap().args(["dashboard", &run]).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("--once"));
}
