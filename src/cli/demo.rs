//! `oikos demo`: a live economy in one process, with agents that do real work and you in the middle of it.

use crate::cli::dashboard;
use crate::cli::exit::{CliError, Exit};
use crate::cli::output::Output;
use crate::cli::voice::safe;
use clap::Args;
use oikos::demo::{Demo, DemoFolder, Script, Summary, audit};
#[cfg(feature = "dashboard")]
use oikos::text::count;
use oikos_bus::subject::Name;
use oikos_protocol::time::Span;
use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How long it runs where nobody can watch and nothing is said.
const UNWATCHED: Span = Span::seconds(20);
/// How often it says how far it is.
const SAY_EVERY: Duration = Duration::from_secs(5);

/// What `--json` prints, said once more for `--help`.
const KEYS: &str = "\
With --json one object is printed at the end:
  economy, seed, ran_ms, url, folder
  settled, verified, paid      tasks delivered and paid; those whose deliverable passes its trade's check
  conserved, money             asset, issued, supply, in_accounts, debits, credits, held, audit
  trades[]                     capability, title, posted, settled, verified, defaulted, paid
  earners[]                    name, settled, defaulted, balance
  you                          name, balance, inbox[] (as `oikos inbox --json`)
  receipts                     entries, digest, latest[] (task, capability, worker, paid, seq)
All of it is read from the journal after the economy has stopped.
Exit code 0 if every paid deliverable passes its check and money was conserved, 3 if not.";

/// Starts a live economy on a temporary folder and opens it to you: on a terminal with the dashboard
#[derive(Debug, Args)]
#[command(after_help = KEYS)]
pub struct DemoArgs {
    /// How long it runs [default: until you leave; 20s where there is no terminal]
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    lasts: Option<Span>,
    /// What orders are drawn
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// A folder for its journal and keys, which stays [default: a temporary one, which is removed]
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// The port of its bus; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Who you are in it
    #[arg(long = "as", value_name = "NAME", default_value = "mara", value_parser = crate::cli::near::name)]
    you: Name,
}

fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).map_err(|why| why.to_string())
}

impl DemoArgs {
    /// Whether somebody is at a terminal and wants to see it all: then nothing else may write there.
    #[must_use]
    pub fn opens_dashboard(&self, is_json: bool) -> bool {
        let is_terminal = std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
        cfg!(feature = "dashboard") && is_terminal && !is_json && self.lasts.is_none()
    }

    /// Runs it.
    ///
    /// # Errors
    /// It did not start, or its books cannot be read.
    pub async fn run(self, output: &mut Output) -> Result<Exit, CliError> {
        let talk = Talk { is_quiet: output.is_json() };
        talk.say(&format!("oikos demo · seed {} · starting", self.seed));
        let folder = DemoFolder::take(self.keep.as_deref()).map_err(|why| {
            let folder = self.keep.as_deref().map(|folder| folder.display().to_string()).unwrap_or_default();
            CliError::failed(format!("{folder}: {why}")).hint(Some("name another folder with `--keep FOLDER`"))
        })?;
        let script = Script { seed: self.seed, port: self.port, you: self.you.clone() };
        let mut demo = Demo::start(&script, &folder).await.map_err(CliError::from_error)?;
        let (trades, cast) = demo.cast();
        talk.say(&format!("bus {} · {cast} agents, people and organisations in {trades} trades", demo.url()));
        let home = folder.home();
        talk.say(&format!("you are \"{}\" · in another terminal: export OIKOS_HOME={}", self.you, home.display()));
        talk.say("  then: oikos inbox · oikos tasks · oikos balance");
        if self.opens_dashboard(output.is_json()) {
            look(&mut demo).await?;
        } else {
            let is_watched = std::io::stdout().is_terminal() && !output.is_json();
            watch(&mut demo, self.lasts.or((!is_watched).then_some(UNWATCHED)), talk).await?;
        }
        talk.say("stopping · contracts under way come to their end");
        let ended = demo.stop().await.map_err(CliError::from_error)?;
        let summary = audit(&folder, self.seed, self.you.as_str(), ended).map_err(CliError::from_error)?;
        if output.is_json() {
            let value = serde_json::to_value(&summary).map_err(CliError::from_error)?;
            output.line(crate::cli::voice::safe_json(&value))?;
        } else {
            tell(&summary, output)?;
        }
        Ok(if summary.holds() { Exit::Done } else { Exit::False })
    }
}

/// Shows the dashboard as you, until you leave it or the node fails.
#[cfg(feature = "dashboard")]
async fn look(demo: &mut Demo) -> Result<(), CliError> {
    let options = dashboard::Options { ui: dashboard::first_look(None, false) };
    tokio::select! {
        left = dashboard::live(demo.you().clone(), options) => Ok(left?),
        error = demo.failed() => Err(CliError::from_error(error)),
    }
}

/// Without a dashboard nobody asks for one.
#[cfg(not(feature = "dashboard"))]
async fn look(demo: &mut Demo) -> Result<(), CliError> {
    watch(demo, None, Talk { is_quiet: false }).await
}

/// Says how far it is until its time is over, somebody wants it to end, or the node fails.
async fn watch(demo: &mut Demo, lasts: Option<Span>, talk: Talk) -> Result<(), CliError> {
    let end = async {
        match lasts {
            Some(span) => tokio::time::sleep(Duration::from_nanos(span.0)).await,
            None => core::future::pending().await,
        }
    };
    tokio::pin!(end);
    let interrupted = crate::cli::up::interrupted();
    tokio::pin!(interrupted);
    let mut say = tokio::time::interval(SAY_EVERY);
    say.tick().await;
    loop {
        tokio::select! {
            () = &mut end => return Ok(()),
            () = &mut interrupted => return Ok(()),
            _ = say.tick() => {
                let progress = demo.progress();
                let [posted, settled, refused] =
                    [&progress.posted, &progress.settled, &progress.refused].map(|count| count.load(Ordering::Relaxed));
                talk.say(&format!("{posted} posted · {settled} checked and paid · {refused} refused by their check"));
            }
            error = demo.failed() => return Err(CliError::from_error(error)),
        }
    }
}

/// Talk, on standard error; none with `--json`.
#[derive(Debug, Clone, Copy)]
struct Talk {
    is_quiet: bool,
}

impl Talk {
    fn say(self, line: &str) {
        if !self.is_quiet {
            // That nobody listens is no reason to stop.
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    }
}

fn tell(summary: &Summary, output: &mut Output) -> Result<(), CliError> {
    let Summary { settled, verified, paid, money, you, receipts, .. } = summary;
    let settled = count(settled, "task");
    output.line(format!("{settled} settled, {verified} of them verified · {paid} {} paid", money.asset))?;
    for row in &summary.trades {
        output.line(format!(
            "  {:<22} {:<24} {:>4} settled · {:>4} verified · {:>3} defaulted · {} paid",
            row.capability, row.title, row.settled, row.verified, row.defaulted, row.paid
        ))?;
    }
    let mark = if summary.conserved { "conserved" } else { "NOT CONSERVED" };
    output.line(format!(
        "money {mark}: issued {} = supply {} = in accounts {} ({} of it held) · debits {} = credits {} · audit {}",
        money.issued, money.supply, money.in_accounts, money.held, money.debits, money.credits, money.audit
    ))?;
    for earner in summary.earners.iter().take(5) {
        let (name, settled) = (safe(&earner.name), earner.settled);
        output.line(format!("  {name}: {settled} settled, {} defaulted · {}", earner.defaulted, earner.balance))?;
    }
    output.line(format!("you are {} with {} {}", safe(&you.name), you.balance, money.asset))?;
    if you.inbox.is_empty() {
        output.line("  nothing waits for you")?;
    }
    for item in &you.inbox {
        let what: Vec<String> = item.requires.iter().map(|capability| safe(capability.as_str())).collect();
        let (amount, asset, silent) = (&item.amount.amount, item.amount.asset, safe(&item.if_silent_text));
        output.line(format!(
            "  {} waits for your word on {amount} {asset} for {} · if you do nothing: {silent}",
            item.task,
            what.join(", ")
        ))?;
    }
    output.line(format!("{} in the journal · digest {}", count(receipts.entries, "entry"), receipts.digest))?;
    for settlement in receipts.latest.iter().take(3) {
        let (worker, paid) = (safe(&settlement.worker), &settlement.paid);
        output.line(format!("  {} · {worker} was paid {paid} · receipt seq {}", settlement.task, settlement.seq))?;
    }
    match &summary.folder {
        Some(folder) => output.line(format!(
            "kept in {folder}: `oikos up --dev --economy {} --data {folder}/data --home {folder}/home` goes on with it",
            summary.economy
        )),
        None => output.line("the temporary folder is removed; `--keep FOLDER` keeps it"),
    }
}
