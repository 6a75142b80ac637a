//! `oikos refuse TASK`: stops a task that waits for your approval, with a reason; or declines an award.

use super::connection::{ConnectArgs, task_id};
use super::failure::Failure;
use super::inbox::waiting_on;
use oikos_protocol::command::award::DeclineAward;
use oikos_protocol::command::task::RefuseTask;
use oikos_protocol::id::TaskId;
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::query::Decision;
use serde_json::json;

/// Options of `oikos refuse`.
#[derive(Debug, clap::Args)]
pub struct RefuseArgs {
    /// Which task, such as `t7`
    #[arg(value_parser = task_id)]
    pub task: TaskId,
    /// Why; needed to stop a task
    #[arg(long)]
    pub reason: Option<String>,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl RefuseArgs {
    /// Refuses.
    ///
    /// # Errors
    /// A [`Failure`], for example where the task does not wait for you.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (task, voice) = (self.task, self.at.voice());
        let (command, what) = match (waiting_on(&client, task).await?.decision, &self.reason) {
            (Decision::Approve, Some(reason)) => {
                let reason = client.put_text(reason).await?;
                (WireCommand::RefuseTask(RefuseTask { task, reason }), "refused: its budget is free again")
            }
            (Decision::Approve, None) => return Err(Failure::usage("say why, with `--reason \"…\"`")),
            (Decision::TakeAward, _) => (WireCommand::DeclineAward(DeclineAward { task }), "declined"),
            _ => {
                return Err(Failure::refused("not_to_refuse", format!("{task} waits for nothing that can be refused")));
            }
        };
        let done = client.command(command).await?;
        voice.data(&format!("{task} {what} · receipt seq {}", done.seq))?;
        voice.object(&json!({"task": task, "refused": true, "seq": done.seq}))?;
        Ok(())
    }
}
