//! `oikos inbox`: who asks, how much, for what, by when, and what happens if you do nothing.

use super::answer::{Question, questions};
use super::connection::{ConnectArgs, Names, shown};
use super::failure::Failure;
use super::voice::safe;
use oikos_agents::Client;
use oikos_protocol::id::TaskId;
use oikos_protocol::wire::query::{Decision, Found, InboxItem, WireQuery};
use serde_json::{Value, json};

/// Options of `oikos inbox`.
#[derive(Debug, clap::Args)]
pub struct InboxArgs {
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl InboxArgs {
    /// Shows it.
    ///
    /// # Errors
    /// A [`Failure`] where the economy cannot be asked.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (items, questions, voice) = (waiting(&client).await?, questions(&client).await?, self.at.voice());
        let mut names = Names::of(&client);
        for item in &items {
            let from = names.name(item.from).await?;
            let what: Vec<String> = item.requires.iter().map(|capability| safe(capability.as_str())).collect();
            let (task, amount, what) = (item.task, shown(&item.amount), what.join(", "));
            voice.data(&format!("{task} {}: {from} · {amount} · for {what}", asks(item.decision)))?;
            voice.data(&format!(
                "   within {} · if you do nothing: {}",
                within(item.left_ns.0),
                safe(&item.if_silent_text)
            ))?;
            voice.data(&format!("   {}", way(item)))?;
        }
        for line in questions.iter().flat_map(Question::lines) {
            voice.data(&line)?;
        }
        if items.is_empty() && questions.is_empty() {
            voice.talk("nothing waits for you")?;
        }
        let asked: Vec<Value> = questions
            .iter()
            .map(|Question { task, from, text }| json!({"task": task, "from": from, "question": text}))
            .collect();
        voice.object(&json!({"inbox": items, "questions": asked}))?;
        Ok(())
    }
}

/// What waits for this participant.
///
/// # Errors
/// A [`Failure`] where the economy cannot be asked.
pub async fn waiting(client: &Client) -> Result<Vec<InboxItem>, Failure> {
    match client.ask(WireQuery::Inbox {}).await?.answer {
        Found::Inbox(items) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

/// What waits for this participant on a task.
///
/// # Errors
/// A [`Failure`] where nothing does.
pub async fn waiting_on(client: &Client, task: TaskId) -> Result<InboxItem, Failure> {
    let item = waiting(client).await?.into_iter().find(|item| item.task == task);
    item.ok_or_else(|| {
        let why = format!("{task} does not wait for {}", client.name());
        Failure::refused("nothing_waits", why).hint("`oikos inbox` shows what waits for you")
    })
}

const fn asks(decision: Decision) -> &'static str {
    match decision {
        Decision::Approve => "asks you to approve",
        Decision::Confirm => "asks you to confirm the award",
        Decision::TakeAward => "is offered to you",
        Decision::Select => "asks you to choose a bid",
        Decision::Reveal => "asks you to reveal your bid",
        Decision::Review => "asks you to review what was delivered",
        Decision::Deliver => "waits for you to deliver",
    }
}

fn way(item: &InboxItem) -> String {
    let task = item.task;
    match item.decision {
        Decision::Approve => format!("oikos approve {task} · oikos refuse {task} --reason \"…\""),
        Decision::Confirm => format!("oikos approve {task}"),
        Decision::TakeAward => format!("oikos accept {task} · oikos refuse {task}"),
        Decision::Select => format!("oikos task {task}"),
        Decision::Reveal => "reveal it with the program that made the commitment".to_owned(),
        Decision::Review => format!("oikos task {task} · oikos accept {task}"),
        Decision::Deliver => format!("oikos submit {task} < output.json"),
    }
}

/// A length of time as people say it, in at most two units.
fn within(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_said_in_at_most_two_units() {
        let seconds = [5, 65, 3_700, 90_000];
        let said = seconds.map(|seconds| within(seconds * 1_000_000_000));
        assert_eq!(said, ["5 s", "1 min 5 s", "1 h 1 min", "1 d 1 h"]);
    }
}
