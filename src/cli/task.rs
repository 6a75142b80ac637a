//! `oikos task ID`: a task's story with its money movements. `oikos task explain ID`: why it was awarded as it was.

use super::award::AwardCommand;
use super::connection::{ConnectArgs, Names, shown, task_id};
use super::failure::Failure;
use super::story;
use super::voice::{safe, safe_json};
use oikos::text::promises;
use oikos_agents::Client;
use oikos_protocol::id::TaskId;
use oikos_protocol::wire::query::{Explanation, Found, WireQuery};
use serde_json::json;

/// Options of `oikos task`.
#[derive(Debug, clap::Args)]
#[command(subcommand_negates_reqs = true)]
pub struct TaskArgs {
    /// What is asked of a journal or a file instead, without a node
    #[command(subcommand)]
    pub award: Option<AwardCommand>,
    /// Which, such as `t7`; or `explain` and which
    #[arg(required = true, num_args = 1..=2, value_names = ["explain", "TASK"])]
    pub which: Vec<String>,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl TaskArgs {
    /// Tells it.
    ///
    /// # Errors
    /// A [`Failure`] where there is no such task.
    pub async fn run(self) -> Result<(), Failure> {
        let words: Vec<&str> = self.which.iter().map(String::as_str).collect();
        let (explain, task) = match *words.as_slice() {
            ["explain", task] => (true, task),
            [task] => (false, task),
            _ => {
                return Err(Failure::usage("a task, or `explain` and a task, is expected")
                    .hint("such as `oikos task explain t7`"));
            }
        };
        let told = Told { task: task_id(task).map_err(Failure::usage)?, at: self.at };
        if explain { told.explain().await } else { told.tell().await }
    }
}

/// What is to be told of a task.
struct Told {
    task: TaskId,
    at: ConnectArgs,
}

fn unknown(task: TaskId) -> Failure {
    Failure::refused("task.unknown", format!("there is no task {task} that you may see"))
        .hint("`oikos tasks` lists them")
}

impl Told {
    async fn tell(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let found = client.task(self.task).await?.ok_or_else(|| unknown(self.task))?;
        let voice = self.at.voice();
        let mut names = Names::of(&client);
        let requires: Vec<String> = found.spec.requires.iter().map(|capability| safe(capability.as_str())).collect();
        voice.data(&format!(
            "{} · {} · {} · up to {}",
            self.task,
            found.row.phase,
            requires.join(", "),
            shown(&found.row.budget)
        ))?;
        for event in &found.story {
            if let Some(line) = story::sentence(event, &mut names).await? {
                let seconds = event.t.0 / 1_000_000_000;
                voice.data(&format!(
                    "  {:>4}.{:03} s  seq {:<6} {line}",
                    seconds,
                    event.t.0 / 1_000_000 % 1_000,
                    event.seq
                ))?;
            }
        }
        let input = client.get(found.spec.input).await.ok();
        let output = match found.deliverable {
            Some(hash) => client.get(hash).await.ok(),
            None => None,
        };
        for (what, content) in [("input", &input), ("output", &output)] {
            if let Some(content) = content {
                voice.data(&format!("  {what}: {}", clipped(&safe_json(content))))?;
            }
        }
        voice.object(&json!({
            "task": self.task, "row": found.row, "spec": found.spec, "story": found.story, "input": input, "output": output,
        }))?;
        Ok(())
    }

    async fn explain(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let Found::Explain(found) = client.ask(WireQuery::Explain { task: self.task }).await?.answer else {
            return Err(unknown(self.task));
        };
        let voice = self.at.voice();
        match &found {
            Some(found) => {
                for line in words(found, &client).await? {
                    voice.data(&line)?;
                }
            }
            None if client.task(self.task).await?.is_some() => {
                voice.talk("bids are open; there is nothing to explain yet")?
            }
            None => return Err(unknown(self.task)),
        }
        voice.object(&json!({"task": self.task, "explanation": found}))?;
        Ok(())
    }
}

async fn words(found: &Explanation, client: &Client) -> Result<Vec<String>, Failure> {
    let mut names = Names::of(client);
    let mut lines =
        vec![format!("{} · {} · no award above {}", found.task, safe(&found.mechanism), shown(&found.reserve))];
    for bid in &found.bids {
        let asked =
            bid.price.as_ref().map_or_else(|| "kept its price closed".to_owned(), |price| format!("asked {price}"));
        let passed = match &bid.excluded {
            None => "compared".to_owned(),
            Some(why) => format!("not compared: {}", safe(why)),
        };
        let promised = bid.promised.as_ref().map_or_else(String::new, |told| {
            format!(" · promised {} · score {}", promises(&told.promise, told.reputation), safe(&told.score))
        });
        lines.push(format!("  {} {asked}{promised} · {passed}", names.name(bid.bidder).await?));
    }
    for silent in &found.eligible {
        lines.push(format!("  {} could have bid and did not", names.name(*silent).await?));
    }
    match found.lots {
        Some(seed) => lines.push(format!("  drawn by lot, seed {seed}")),
        None => lines.push("  no lot was needed".to_owned()),
    }
    for award in &found.awards {
        let end = if award.declined { ", declined" } else { "" };
        lines.push(format!("  awarded to {} at {}{end}", names.name(award.bidder).await?, award.price));
    }
    if found.awards.is_empty() {
        lines.push("  nobody was awarded it".to_owned());
    }
    Ok(lines)
}

/// At most a line of a terminal or two; `--json` has it whole.
fn clipped(text: &str) -> String {
    const CHARS_MAX: usize = 160;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
