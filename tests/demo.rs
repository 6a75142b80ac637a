//! `oikos demo` as a script sees it: real work of several trades, checked, paid, and the books read afterwards.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn demo(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_oikos"));
    command.arg("demo").args(args).env_remove("OIKOS_HOME").env_remove("OIKOS_URL").env_remove("OIKOS_AS");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn summary(output: &Output) -> Value {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&text).unwrap()
}

fn demos_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count()
}

#[test]
fn a_demo_settles_verified_work_in_four_trades_and_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let output = demo(&["--for", "9s", "--json", "--seed", "3"]).env("TMPDIR", temporary.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let summary = summary(&output);
    let count = |value: &Value| value.as_u64().unwrap();
    assert!(count(&summary["settled"]) >= 10, "{summary}");
    assert_eq!(summary["settled"], summary["verified"]);
    let trades = summary["trades"].as_array().unwrap();
    assert!(trades.iter().filter(|row| count(&row["settled"]) > 0).count() >= 4, "{summary}");
    assert!(trades.iter().all(|row| row["settled"] == row["verified"]));
    let money = &summary["money"];
    assert_eq!(summary["conserved"], true);
    assert_eq!((&money["issued"], &money["debits"]), (&money["in_accounts"], &money["credits"]));
    assert!(money["supply"].as_str().unwrap().contains('.'), "money is told as decimal text");
    let inbox = summary["you"]["inbox"].as_array().unwrap();
    assert!(inbox.iter().any(|item| item["decision"] == "approve" && item["if_silent"] == "rejected"), "{summary}");
    assert!(count(&summary["receipts"]["entries"]) > count(&summary["settled"]));
    assert!(summary["earners"].to_string().contains("atelier-nord"), "the team earned: {summary}");
    assert_eq!(demos_in(temporary.path()), 0, "the temporary folder is removed");
}

#[test]
fn the_first_word_comes_within_a_second_and_an_interrupt_ends_it_well() {
    let (begun, temporary) = (Instant::now(), tempfile::tempdir().unwrap());
    let mut child = demo(&["--for", "60s", "--as", "王梅二"]).env("TMPDIR", temporary.path()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    let took = begun.elapsed();
    assert!(first.starts_with("oikos demo · seed 7") && took < Duration::from_secs(1), "{first} after {took:?}");
    assert!(lines.any(|line| line.contains("you are \"王梅二\"")));
    std::thread::sleep(Duration::from_secs(2));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.collect();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{rest:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("money conserved") && said.contains("you are 王梅二 with 100.00 OIK"), "{said}");
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    assert_eq!(demos_in(temporary.path()), 0, "the temporary folder is removed");
}

#[test]
fn what_cannot_be_verified_any_more_is_told_with_exit_code_3() {
    let folder = tempfile::tempdir().unwrap();
    let town = folder.path().join("town");
    let child = demo(&["--for", "8s", "--json", "--keep", town.to_str().unwrap()]).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(8));
    // Somebody takes the deliverables away: what was paid can no longer be checked.
    for entry in std::fs::read_dir(town.join("data/content")).unwrap().map(Result::unwrap) {
        drop(std::fs::remove_dir_all(entry.path()));
    }
    let output = child.wait_with_output().unwrap();
    let summary = summary(&output);
    assert_eq!(output.status.code(), Some(3), "{summary}");
    assert!(summary["verified"].as_u64() < summary["settled"].as_u64(), "{summary}");
    assert_eq!(summary["folder"], town.to_str().unwrap());
    // It stays, and a second demo does not write over it.
    let again = demo(&["--for", "1s", "--keep", town.to_str().unwrap()]).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("hint: "), "{again:?}");
}
