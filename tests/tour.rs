//! The README keeps its word: its five minutes are run as they stand, and what they show is compared with what comes.
//!
//! Numbers, hashes and the names of nameless workers may differ; a line `…` stands for any number of lines, and white
//! space is not counted.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const OIKOS: &str = env!("CARGO_BIN_EXE_oikos");

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A command of the tour, and what it is said to show.
#[derive(Debug)]
struct Step {
    command: String,
    shows: Vec<String>,
}

/// The steps of all `console` blocks of a page.
fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in page.split("```console\n").skip(1) {
        for line in block.split("\n```").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => steps.push(Step { command: command.to_owned(), shows: Vec::new() }),
                None => steps.last_mut().expect("a block begins with a command").shows.push(line.to_owned()),
            }
        }
    }
    steps
}

/// A line without what differs from run to run.
fn plain(line: &str) -> String {
    let mut plain = String::new();
    let mut is_after_number = false;
    for word in line.split_whitespace() {
        // One segment or two: how many there are may differ.
        let (stem, comma) = word.strip_suffix(',').map_or((word, ""), |stem| (stem, ","));
        let singular = stem.strip_suffix('s').filter(|_| is_after_number).map(|stem| format!("{stem}{comma}"));
        is_after_number = word.chars().all(|c| c.is_ascii_digit());
        let word = singular.as_deref().unwrap_or(word);
        let is_hash = |word: &str| word.len() >= 32 && word.chars().all(|c| c.is_ascii_hexdigit());
        let word = if word.starts_with("worker-") { "worker-#" } else { word };
        if is_hash(word) {
            plain.push('#');
        } else {
            let mut digits = false;
            for c in word.chars() {
                if !c.is_ascii_digit() {
                    plain.push(c);
                } else if !digits {
                    plain.push('#');
                }
                digits = c.is_ascii_digit();
            }
        }
        plain.push(' ');
    }
    plain.trim_end().to_owned()
}

/// Whether lines are what was shown, where `…` stands for any number of lines.
fn is_as_shown(shown: &[String], lines: &[String]) -> bool {
    match shown {
        [] => lines.is_empty(),
        [any, rest @ ..] if any == "…" => (0..=lines.len()).any(|skipped| is_as_shown(rest, &lines[skipped..])),
        [first, rest @ ..] => lines.first() == Some(first) && is_as_shown(rest, &lines[1..]),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_five_minutes_of_the_readme_run_as_they_stand() {
    let steps = steps(&fs::read_to_string(root().join("README.md")).unwrap());
    assert!(steps.len() >= 10, "{steps:?}");
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("examples"), &folder.path().join("examples"));
    let mut script = String::from("exec 2>&1\n");
    for step in &steps {
        writeln!(script, "printf '\\n@@@\\n'; {}", step.command).unwrap();
    }
    // What was left in the background ends with the script.
    script.push_str("\nprintf '\\n@@@\\n'; kill $(jobs -p) 2>/dev/null; wait\n");
    let path = format!("{}:{}", Path::new(OIKOS).parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .arg("-c")
        .arg(&script)
        .current_dir(folder.path())
        .env("PATH", path)
        .env_remove("OIKOS_URL")
        .env_remove("OIKOS_AS")
        .env("OIKOS_HOME", folder.path().join("nobody"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let parts: Vec<&str> = said.split("\n@@@\n").skip(1).collect();
    assert_eq!(parts.len(), steps.len() + 1, "{said}");
    for (step, part) in steps.iter().zip(parts) {
        let lines: Vec<String> = part.lines().map(plain).filter(|line| !line.is_empty()).collect();
        let shown: Vec<String> = step.shows.iter().map(|line| plain(line)).collect();
        assert!(is_as_shown(&shown, &lines), "$ {}\nsaid\n{part}\nand not\n{}", step.command, step.shows.join("\n"));
    }
}

#[test]
fn what_differs_is_left_out_and_nothing_else() {
    assert_eq!(plain("  t73 posted,  0.10 held · worker-bca9 at 12"), "t# posted, #.# held · worker-# at #");
    assert_eq!(plain("7 segments, 1 snapshot"), plain("1 segment, 2 snapshots"));
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(is_as_shown(&lines("a\n…\nc"), &lines("a\nb\nb\nc")) && is_as_shown(&lines("…"), &[]));
    assert!(!is_as_shown(&lines("a"), &lines("a\nb")) && !is_as_shown(&lines("a\n…\nd"), &lines("a\nb\nc")));
}
