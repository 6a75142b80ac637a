//! `oikos sim`, `oikos replay` and `oikos journal check` as a user types them: what they print and how they end.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;

const STREET: &str = "examples/market-street.toml";

/// Exit code, stdout, stderr.
fn oikos(words: &[&str]) -> (i32, String, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("oikos")).args(words).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(words: &[&str]) -> Value {
    let (code, out, talk) = oikos(words);
    assert_eq!(code, 0, "{words:?}: {talk}");
    assert_eq!(out.lines().count(), 1, "one object: {out}");
    serde_json::from_str(&out).unwrap()
}

fn street_in(folder: &Path, more: &[&str]) -> Value {
    json(&[&["sim", STREET, "--json", "--out", folder.to_str().unwrap()], more].concat())
}

#[test]
fn a_run_answers_with_one_object_and_leaves_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let answer = street_in(folder.path(), &[]);
    assert_eq!(answer["welfare"], "24.00");
    assert_eq!(answer["conserved"], true);
    assert_eq!(answer["run"], folder.path().to_str().unwrap());
    for file in ["manifest.json", "journal", "metrics.csv", "checks.json"] {
        assert!(folder.path().join(file).exists(), "{file}");
    }
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.path().join("manifest.json")).unwrap()).unwrap();
    assert_eq!((&manifest["digest"], &manifest["exit"]), (&answer["digest"], &"completed".into()));
    assert_eq!(manifest["tasks"]["Settled"], 3);
    let checks: Value = serde_json::from_slice(&std::fs::read(folder.path().join("checks.json")).unwrap()).unwrap();
    assert!(checks.as_array().unwrap().iter().all(|check| check["ok"] == true), "{checks}");
    let metrics = std::fs::read_to_string(folder.path().join("metrics.csv")).unwrap();
    assert!(
        metrics.starts_with("step,end_s,posted,bids,awards,settled,ended,open_tasks,mean_price_OIK_e-2,"),
        "{metrics}"
    );
}

#[test]
fn a_series_answers_with_mean_deviation_interval_and_number() {
    let folder = tempfile::tempdir().unwrap();
    let answer = street_in(folder.path(), &["--runs", "40", "--set", "award=any"]);
    let welfare = &answer["welfare"];
    assert_eq!(welfare["n"], 40);
    let number = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
    assert!(
        number(&welfare["ci95"][0]) < number(&welfare["mean"])
            && number(&welfare["mean"]) < number(&welfare["ci95"][1])
    );
    let runs = std::fs::read_to_string(folder.path().join("runs.csv")).unwrap();
    assert_eq!(runs.lines().count(), 41);
    assert!(!folder.path().join("journal").exists());
}

#[test]
fn a_table_is_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = oikos(&["sim", STREET, "--out", folder.path().to_str().unwrap()]);
    assert_eq!(code, 0);
    assert!(out.contains("welfare") && out.contains("24.00 OIK") && out.contains("3 Settled"), "{out}");
}

#[test]
fn replay_finds_the_digest_equal_and_a_lie_in_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().to_str().unwrap();
    let answer = street_in(folder.path(), &["--set", "checkpoint_every=5"]);
    let replayed = json(&["replay", run, "--json"]);
    assert_eq!((&replayed["digest_equal"], &replayed["digest"]), (&true.into(), &answer["digest"]));
    assert_eq!(json(&["replay", run, "--until", "20", "--json"])["digest_equal"], Value::Null);

    let path = folder.path().join("manifest.json");
    let honest = std::fs::read_to_string(&path).unwrap();
    let digest = answer["digest"].as_str().unwrap();
    std::fs::write(&path, honest.replace(digest, &"ab".repeat(32))).unwrap();
    let (code, out, _) = oikos(&["replay", run, "--json"]);
    let replayed: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &replayed["digest_equal"]), (3, &false.into()), "{out}");
    assert!(replayed["fault"]["what"].as_str().unwrap().contains("the manifest says abab"));
}

#[test]
fn damage_is_named_by_segment_offset_and_sequence() {
    let folder = tempfile::tempdir().unwrap();
    street_in(folder.path(), &[]);
    let run = folder.path().to_str().unwrap();
    let journal = folder.path().join("journal");
    let checked = json(&["journal", "check", journal.to_str().unwrap(), "--json"]);
    assert_eq!((&checked["verdict"], &checked["sound"]), (&"clean".into(), &true.into()));
    assert_eq!(json(&["journal", "check", run, "--json"]), checked, "the run's folder will do");

    let segment = std::fs::read_dir(&journal).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[5_000] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    for command in [&["journal", "check", run][..], &["replay", run]] {
        let (code, out, _) = oikos(&[command, &["--json"]].concat());
        let answer: Value = serde_json::from_str(&out).unwrap();
        let fault = if command[0] == "replay" { &answer["fault"] } else { &answer };
        assert_eq!(
            (code, &fault["segment"], &fault["offset"], &fault["sequence"]),
            (3, &1.into(), &4096.into(), &1.into()),
            "{out}"
        );
    }
}

#[test]
fn mistakes_end_with_two_their_place_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let typo = folder.path().join("typo.toml");
    let text = std::fs::read_to_string(STREET).unwrap();
    std::fs::write(&typo, text.replacen("\naward =", "\nawrad =", 1)).unwrap();
    let (code, out, talk) = oikos(&["sim", typo.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(talk.contains("typo.toml:") && talk.ends_with("hint: did you mean `award`?\n"), "{talk}");

    let nothing = folder.path().join("nothing");
    let nothing = nothing.to_str().unwrap();
    for words in [
        &["sim", STREET, "--set", "award=best"][..],
        &["sim", STREET, "--runs", "0"],
        &["sim", "no/such.toml"],
        &["sim"],
        &["sim", "import", "magentic", nothing, "-o", "x.toml"],
        &["replay", nothing],
        &["journal", "check", nothing],
        &["fly"],
    ] {
        let (code, _, talk) = oikos(words);
        assert_eq!(code, 2, "{words:?}: {talk}");
        assert!(!talk.is_empty() && !talk.contains("panicked"), "{talk}");
    }
    let run = folder.path().join("run");
    street_in(&run, &[]);
    let (code, _, talk) = oikos(&["sim", STREET, "--seed", "2", "--out", run.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(talk.contains("hint: choose another folder with `--out`"), "{talk}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_went_away_ends_a_command_quietly() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("oikos"))
        .args(["sim", STREET, "--json", "--out", folder.path().to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.len()),
        (Some(0), 0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
