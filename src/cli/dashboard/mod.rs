//! `oikos dashboard [URL|RUN]`: a terminal's look at a live economy or a recorded run; `--once`, `--json`, `--svg` for
//! scripts and readers. The wiring of its sources: [`live`](self::live()) on a bus, [`player`] on a folder.

pub mod act;
pub mod history;
mod keyframes;
pub mod live;
pub mod player;
pub mod tape;

pub use live::{Options, live};

use super::connection::ConnectArgs;
use super::exit::{CliError, Exit};
use super::failure::Failure;
use clap::Args;
use oikos::dashboard::state::snapshot::{Lens, Snapshot, of};
use oikos::dashboard::state::ui::{Screen, Ui};
use oikos::dashboard::theme::Theme;
use oikos::dashboard::{Source, event_loop, picture};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long `--once` and `--json` wait for a live economy's history to be read.
const READ_WITHIN: Duration = Duration::from_secs(30);
/// How often `--watch` looks for a change.
const WATCH_EVERY: Duration = Duration::from_millis(200);

/// Look at a live economy, or a recorded run, in the terminal
#[derive(Debug, Clone, Args)]
pub struct DashboardArgs {
    /// The address of a live economy, or the folder of a run or of a node [default: the last `oikos up` here]
    #[arg(value_name = "URL|RUN")]
    what: Option<String>,
    /// Of a recorded run: the state after the entry of this sequence
    #[arg(long, value_name = "SEQUENCE")]
    at: Option<u64>,
    /// One drawing on standard output, as text
    #[arg(long)]
    once: bool,
    /// With `--json`: a line for every change
    #[arg(long, requires = "json")]
    watch: bool,
    /// One drawing as an SVG picture
    #[arg(long, conflicts_with = "once")]
    svg: bool,
    /// How large the drawing is
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "80x24", value_parser = size)]
    size: (u16, u16),
    /// Which screen: overview, market, people, ledger, inbox or events
    #[arg(long, value_parser = screen)]
    screen: Option<Screen>,
    /// Only rows with this in them, on that screen
    #[arg(long = "filter", id = "rows_with", value_name = "TEXT")]
    rows_with: Option<String>,
    /// The look: dark, light, high-contrast or mono [default: dark; mono where NO_COLOR is set]
    #[arg(long, value_parser = theme)]
    theme: Option<Theme>,
    /// Draw with ASCII alone
    #[arg(long)]
    ascii: bool,
    /// Of a recorded run: begin at its first entry, standing still
    #[arg(long)]
    paused: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub connect: ConnectArgs,
    /// JSON, from the option that all commands have.
    #[arg(skip)]
    pub json: bool,
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let expected = || "a size is such as 80x24, at most 500x300".to_owned();
    let (columns, rows) = text.split_once('x').ok_or_else(expected)?;
    let number = |text: &str, most| text.parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(expected);
    Ok((number(columns, 500)?, number(rows, 300)?))
}

fn screen(text: &str) -> Result<Screen, String> {
    let found = Screen::ALL.into_iter().find(|screen| screen.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "a screen is overview, market, people, ledger, inbox or events".to_owned())
}

fn theme(text: &str) -> Result<Theme, String> {
    Theme::named(text).ok_or_else(|| "a theme is dark, light, high-contrast or mono".to_owned())
}

/// How the dashboard looks when it opens.
#[must_use]
pub fn first_look(theme: Option<Theme>, is_ascii: bool) -> Ui {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let theme = theme.unwrap_or(if no_color { Theme::Mono } else { Theme::Dark });
    Ui { theme, is_ascii, ..Ui::default() }
}

impl DashboardArgs {
    /// Shows it.
    ///
    /// # Errors
    /// Usage, or there is nothing to look at.
    pub fn run(mut self, home: Option<PathBuf>) -> Result<Exit, CliError> {
        (self.connect.home, self.connect.json) = (home, self.json);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(CliError::from_error)?;
        let folder = self.what.as_deref().filter(|what| !what.contains("://")).map(PathBuf::from);
        let ended = match folder {
            Some(folder) => self.recorded(&folder, &runtime),
            None => {
                if self.at.is_some() || self.paused {
                    return Err(CliError::usage("`--at` and `--paused` are for the folder of a recorded run"));
                }
                self.connect.url = self.what.clone().or(self.connect.url.take());
                runtime.block_on(self.on_bus())
            }
        };
        // A thread that reads keys may still be waiting for one.
        runtime.shutdown_background();
        ended
    }

    fn ui(&self) -> Ui {
        let mut ui = first_look(self.theme, self.ascii);
        ui.screen = self.screen.unwrap_or_default();
        ui.pane_mut().filter = self.rows_with.clone().unwrap_or_default();
        ui
    }

    fn is_still(&self) -> bool {
        self.once || self.svg || (self.json && !self.watch)
    }

    fn recorded(&self, folder: &Path, runtime: &tokio::runtime::Runtime) -> Result<Exit, CliError> {
        if self.is_still() || self.watch {
            let (model, is_good) = tape::at(folder, self.at).map_err(tape::refused)?;
            self.show(&of(&model, &self.lens()))?;
            return Ok(if is_good { Exit::Done } else { Exit::False });
        }
        must_be_a_terminal()?;
        let source = player::play(folder, self.at, self.paused).map_err(tape::refused)?;
        runtime.block_on(event_loop::run(&source, self.ui())).map_err(CliError::from_error)?;
        Ok(Exit::Done)
    }

    async fn on_bus(&self) -> Result<Exit, CliError> {
        let client = self.connect.connect().await.map_err(told)?;
        if !self.is_still() && !self.watch {
            must_be_a_terminal()?;
            live(client, Options { ui: self.ui() }).await.map_err(told)?;
            return Ok(Exit::Done);
        }
        let source = live::attach(client).await.map_err(told)?;
        live::read(&source, READ_WITHIN).await;
        if self.watch {
            return self.watched(&source).await;
        }
        let snapshot = of(&source.model.read(), &self.lens());
        self.show(&snapshot)?;
        Ok(Exit::Done)
    }

    fn lens(&self) -> Lens {
        self.ui().lens()
    }

    /// A line for every change, until the reader goes away.
    async fn watched(&self, source: &Source) -> Result<Exit, CliError> {
        let mut before: Option<(u64, u32, usize)> = None;
        loop {
            let snapshot = of(&source.model.read(), &self.lens());
            let now = (snapshot.sequence, snapshot.index, snapshot.inbox.len());
            if before != Some(now) {
                before = Some(now);
                self.show(&snapshot)?;
            }
            if let Some(trouble) = snapshot.trouble {
                return Err(CliError::failed(trouble));
            }
            tokio::time::sleep(WATCH_EVERY).await;
        }
    }

    fn show(&self, snapshot: &Snapshot) -> Result<(), CliError> {
        let mut out = std::io::stdout().lock();
        let text = if self.json {
            json(snapshot)?
        } else {
            let (columns, rows) = self.size;
            let ui = self.ui();
            let cells = picture::cells(snapshot, &ui, columns, rows);
            if self.svg {
                let title = format!("oikos dashboard: {} of {}", ui.screen.name(), snapshot.economy);
                picture::svg(&cells, ui.theme, &title)
            } else {
                picture::text(&cells)
            }
        };
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| CliError::from_io(&error))
    }
}

/// A snapshot as one line of JSON that steers no terminal.
///
/// # Errors
/// There are none: a snapshot has a JSON form.
pub fn json(snapshot: &Snapshot) -> Result<String, CliError> {
    let value = serde_json::to_value(snapshot).map_err(CliError::from_error)?;
    Ok(format!("{}\n", super::voice::safe_json(&value)))
}

fn must_be_a_terminal() -> Result<(), CliError> {
    if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() {
        return Ok(());
    }
    let hint = "`--once` draws one picture, `--json` prints the snapshot, `--svg` a picture for a page";
    Err(CliError::usage("there is no terminal to draw on").hint(Some(hint)))
}

/// What a person's command says went wrong, in the manner of all others.
fn told(failure: Failure) -> CliError {
    failure.into()
}
