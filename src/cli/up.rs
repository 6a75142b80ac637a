//! `oikos up`: a live economy in one process.

use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use clap::Args;
use oikos::home::{Current, Home};
use oikos::node::config::Progress;
use oikos::node::directory::OPERATOR;
use oikos::node::start::{FIRST_PERSON, FirstKeys};
use oikos::node::{Config, start};
use oikos_bus::subject::Name;
use oikos_protocol::id::ParticipantId;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Runs an economy until it is interrupted.
#[derive(Debug, Args)]
pub struct Up {
    /// A development economy: fake money, a person named mara, a clock that `oikos clock` moves, joining open.
    #[arg(long)]
    dev: bool,
    /// The economy's name.
    #[arg(long, default_value = "kitchen", value_parser = super::near::name)]
    economy: Name,
    /// The folder of its journal, keys and content.
    #[arg(long, default_value = "./oikos-data", value_name = "FOLDER")]
    data: PathBuf,
    /// Where the bus listens.
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// On which port; 0 takes a free one.
    #[arg(long, default_value_t = 4222)]
    port: u16,
    /// A NATS server to use instead of the embedded bus.
    #[arg(long, value_name = "URL")]
    nats: Option<String>,
    /// Lets anybody with a key join; in development that is so anyway.
    #[arg(long)]
    join_open: bool,
    /// After how many entries a checkpoint and a snapshot are made.
    #[arg(long, default_value_t = 100_000, value_name = "ENTRIES")]
    snapshot_every: u64,
}

/// What stands in the one object that `--json` prints.
#[derive(Debug, Serialize)]
struct Ready<'a> {
    economy: &'a str,
    url: &'a str,
    journal: String,
    fdatasync_ms: String,
    dev: bool,
    you: &'a str,
    balance: &'a str,
    replayed: u64,
    ready_ms: u64,
}

impl Up {
    /// Runs it.
    ///
    /// # Errors
    /// The node did not start, or ended against its will.
    pub async fn run(self, home: &Home, output: &mut Output) -> Result<Exit, CliError> {
        let begun = Instant::now();
        let economy = self.economy.as_str();
        let operator = home.key_or_new(economy, OPERATOR).map_err(CliError::from_error)?;
        let you = if self.dev { FIRST_PERSON.0 } else { OPERATOR };
        let person = if self.dev {
            Some(home.key_or_new(economy, FIRST_PERSON.0).map_err(CliError::from_error)?.public())
        } else {
            None
        };
        let config = Config {
            listen: format!("{}:{}", self.host, self.port),
            nats: self.nats.clone(),
            dev: self.dev,
            join_open: self.join_open || self.dev,
            snapshot_entries: self.snapshot_every.max(1),
            ..Config::new(self.economy.clone(), &self.data)
        };
        // Only where there is much to read: a bar that flashes by tells nothing.
        let bar = crate::cli::progress::bar(None, "entries read");
        let shown = bar.clone();
        let config = Config {
            progress: Some(Progress(Arc::new(move |done, all| {
                shown.set_length(all);
                shown.set_position(done);
            }))),
            ..config
        };
        let first = FirstKeys { operator: operator.public(), person };
        let started = start(config, first).await;
        bar.finish_and_clear();
        let mut node = started.map_err(|error| {
            let (data, port) = (self.data.display(), self.port);
            let hint = format!("`oikos doctor {data} --port {port}` looks for what is in the way");
            CliError::from_error(error).hint(Some(hint))
        })?;
        let current = Current { url: node.url().to_owned(), economy: economy.to_owned(), name: you.to_owned() };
        home.set_current(&current).map_err(CliError::from_error)?;
        let participant = ParticipantId(u64::from(self.dev));
        let balance = node.money(participant).unwrap_or("0");
        let fdatasync_ms = milliseconds(node.disk());
        let took = begun.elapsed();
        if output.is_json() {
            output.json(&Ready {
                economy,
                url: node.url(),
                journal: self.data.display().to_string(),
                fdatasync_ms,
                dev: self.dev,
                you,
                balance,
                replayed: node.replayed(),
                ready_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            })?;
        } else {
            let dev = if self.dev { " · DEV: fake money, no slashing" } else { "" };
            let journal = self.data.display();
            output.line(format!("economy {economy} · journal {journal} (fdatasync {fdatasync_ms} ms){dev}"))?;
            let tenths = took.as_millis() / 100;
            let ready = format!("{}.{} s", tenths / 10, tenths % 10);
            output.line(format!("bus {} · you are \"{you}\", {balance} · ready in {ready}", node.url()))?;
        }
        tokio::select! {
            () = interrupted() => {
                node.stop().await.map_err(CliError::failed)?;
                Ok(Exit::Done)
            }
            ended = node.ended() => {
                let why = ended.err().unwrap_or_else(|| "the node ended".to_owned());
                Err(CliError::failed(why))
            }
        }
    }
}

/// Milliseconds with two decimals.
fn milliseconds(time: std::time::Duration) -> String {
    let hundredths = time.as_micros() / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Waits for Ctrl-C or a polite kill.
pub async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
