//! `oikos submit TASK`: a person's deliverable, one JSON value from standard input.

use super::connection::{ConnectArgs, task_id};
use super::failure::Failure;
use super::input;
use oikos_protocol::command::contract::SubmitDeliverable;
use oikos_protocol::id::{MilestoneId, TaskId};
use oikos_protocol::wire::command::WireCommand;
use serde_json::json;

/// Options of `oikos submit`.
#[derive(Debug, clap::Args)]
pub struct SubmitArgs {
    /// Which task, such as `t7`
    #[arg(value_parser = task_id)]
    pub task: TaskId,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl SubmitArgs {
    /// Delivers.
    ///
    /// # Errors
    /// A [`Failure`], for example `contract.not_the_worker`.
    pub async fn run(self) -> Result<(), Failure> {
        let output = input::read()?;
        let client = self.at.connect().await?;
        let (task, voice) = (self.task, self.at.voice());
        let due = client.task(task).await?.and_then(|story| story.milestone);
        let milestone = due.unwrap_or(MilestoneId(0));
        let deliverable = client.put(&output).await?;
        let submit = SubmitDeliverable { task, milestone, deliverable };
        let done = client.command(WireCommand::SubmitDeliverable(submit)).await?;
        voice.data(&format!("{task} delivered ({milestone}) · receipt seq {}", done.seq))?;
        voice.object(&json!({"task": task, "milestone": milestone, "deliverable": deliverable, "seq": done.seq}))?;
        Ok(())
    }
}
