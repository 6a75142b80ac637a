//! People and workers at a live economy, by the commands they would type: `oikos up --dev` on a free port.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const OIKOS: &str = env!("CARGO_BIN_EXE_oikos");

/// A process that ends with the test.
struct Running {
    child: Child,
    lines: mpsc::Receiver<String>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Running {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let (tell, lines) = mpsc::channel();
        let reader = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || reader.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { child, lines }
    }

    /// The next line that has this in it.
    fn says(&self, what: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("no `{what}`"));
            if line.contains(what) {
                return line;
            }
        }
    }
}

/// An economy of its own.
struct Town {
    folder: tempfile::TempDir,
    url: String,
    _node: Running,
}

impl Town {
    fn up() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(OIKOS);
        command.args(["up", "--dev", "--port", "0", "--data"]).arg(folder.path().join("data"));
        let node = Running::start(command.env("OIKOS_HOME", folder.path().join("home")));
        let line = node.says("bus nats://");
        let url = line.split_whitespace().nth(1).unwrap().to_owned();
        Self { folder, url, _node: node }
    }

    fn at(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env("OIKOS_HOME", self.folder.path().join("home")).env("OIKOS_URL", &self.url);
        command
    }

    fn oikos(&self, args: &[&str], input: &str) -> Output {
        let mut command = self.at(OIKOS);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Where cargo puts the examples of this build.
fn example(name: &str) -> PathBuf {
    let built = Command::new(env!("CARGO")).args(["build", "-q", "--example", name]).status().unwrap();
    assert!(built.success(), "the example {name} does not build");
    Path::new(OIKOS).parent().unwrap().join("examples").join(name)
}

#[test]
fn a_program_is_hired_paid_and_its_output_printed() {
    let town = Town::up();
    let mut command = town.at(OIKOS);
    let worker = Running::start(command.args(["work", "text.shout/v1", "--price", "0.02", "--", "tr", "a-z", "A-Z"]));
    worker.says("bids 0.02 · capacity 1 · waiting");
    let done = town.oikos(&["post", "text.shout/v1", "--budget", "0.10", "--close", "500ms", "--wait"], "\"hello\"");
    assert_eq!(text(&done.stdout), "\"HELLO\"\n");
    assert!(text(&done.stderr).contains("paid 0.02, returned 0.08"), "{}", text(&done.stderr));
    assert!(text(&done.stderr).contains("balance 99.98"), "{}", text(&done.stderr));
    worker.says("paid 0.02");
}

#[test]
fn the_examples_sell_and_buy_a_summary_in_under_25_lines_each() {
    for name in ["summarise", "hire"] {
        let lines = include_str_of(name).lines().count();
        assert!(lines < 25, "examples/{name}.rs has {lines} lines");
    }
    let town = Town::up();
    let _seller = Running::start(&mut town.at(example("summarise")));
    let text_given = "It rained. The baker sold bread at the market, and the market was full of bread. So it goes.";
    // The seller may join after the first task closed: the buyer asks again, as people do.
    let bought = (0..10).find_map(|_| {
        let done = town.at(example("hire")).arg(text_given).output().unwrap();
        done.status.success().then(|| text(&done.stdout))
    });
    let best = "\"The baker sold bread at the market, and the market was full of bread.\"\n";
    assert_eq!(bought.as_deref(), Some(best));
}

fn include_str_of(name: &str) -> String {
    std::fs::read_to_string(format!("{}/examples/{name}.rs", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_worker_in_python_joins_bids_delivers_and_is_paid() {
    let Some(python) = python() else {
        println!("skipped: pip cannot be had, so no nats-py");
        return;
    };
    let town = Town::up();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/python/worker.py");
    let mut command = town.at(python);
    let worker = Running::start(
        command.arg(script).args([&town.url, "text.reverse/v1", "0.03"]).arg(town.folder.path().join("python.nk")),
    );
    worker.says("listening");
    let done =
        town.oikos(&["post", "text.reverse/v1", "--budget", "0.10", "--close", "500ms", "--wait"], "\"stressed\"");
    assert_eq!(text(&done.stdout), "\"desserts\"\n", "{}", text(&done.stderr));
    worker.says("paid 0.03");
}

/// A Python with nats-py and PyNaCl, made under `target/` on first use.
fn python() -> Option<PathBuf> {
    let venv = Path::new(OIKOS).ancestors().nth(2)?.join("venv-worker");
    let python = venv.join("bin/python");
    let has = || {
        let check = Command::new(&python).args(["-c", "import nats, nkeys, nacl"]).stderr(Stdio::null()).status();
        check.is_ok_and(|status| status.success())
    };
    if !has() {
        Command::new("python3").args(["-m", "venv"]).arg(&venv).status().ok()?;
        let pip = venv.join("bin/pip");
        Command::new(pip).args(["install", "-q", "nats-py", "nkeys", "PyNaCl"]).status().ok()?;
    }
    has().then_some(python)
}
