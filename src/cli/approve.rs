//! `oikos approve TASK`: lets a task, or an award above its threshold, go on.

use super::connection::{ConnectArgs, shown, task_id};
use super::failure::Failure;
use super::inbox::waiting_on;
use oikos_protocol::command::award::ConfirmAward;
use oikos_protocol::command::task::ApproveTask;
use oikos_protocol::id::TaskId;
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::query::Decision;
use serde_json::json;

/// Options of `oikos approve`.
#[derive(Debug, clap::Args)]
pub struct ApproveArgs {
    /// Which task, such as `t7`
    #[arg(value_parser = task_id)]
    pub task: TaskId,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl ApproveArgs {
    /// Approves.
    ///
    /// # Errors
    /// A [`Failure`], for example where the task does not wait for you.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (task, voice) = (self.task, self.at.voice());
        let item = waiting_on(&client, task).await?;
        let (command, what) = match item.decision {
            Decision::Approve => (WireCommand::ApproveTask(ApproveTask { task }), "approved: it takes bids now"),
            Decision::Confirm => (WireCommand::ConfirmAward(ConfirmAward { task }), "confirmed: work begins"),
            _ => {
                return Err(Failure::refused("not_to_approve", format!("{task} does not wait for an approval"))
                    .hint("`oikos inbox` says what it waits for"));
            }
        };
        let amount = shown(&item.amount);
        if self.dry_run {
            voice.data(&format!("dry run: would let {task} spend up to {amount}; nothing was sent"))?;
            voice.object(&json!({"dry_run": true, "task": task, "amount": item.amount}))?;
            return Ok(());
        }
        let done = client.command(command).await?;
        voice.data(&format!("{task} {what} · up to {amount} · receipt seq {}", done.seq))?;
        voice.object(&json!({"task": task, "approved": true, "amount": item.amount, "seq": done.seq}))?;
        Ok(())
    }
}
