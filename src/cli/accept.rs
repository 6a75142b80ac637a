//! `oikos accept TASK`: takes an award that is offered to you, or accepts and pays what was delivered to you.

use super::connection::{ConnectArgs, shown, task_id};
use super::failure::Failure;
use super::inbox::waiting_on;
use oikos_protocol::command::award::AcceptAward;
use oikos_protocol::command::contract::AcceptDeliverable;
use oikos_protocol::id::{MilestoneId, TaskId};
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::query::Decision;
use serde_json::json;

/// Options of `oikos accept`.
#[derive(Debug, clap::Args)]
pub struct AcceptArgs {
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

impl AcceptArgs {
    /// Accepts.
    ///
    /// # Errors
    /// A [`Failure`], for example where the task does not wait for you.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (task, voice) = (self.task, self.at.voice());
        let item = waiting_on(&client, task).await?;
        let amount = shown(&item.amount);
        let (command, would, what) = match item.decision {
            Decision::TakeAward => (
                WireCommand::AcceptAward(AcceptAward { task }),
                format!("take {task} for {amount}"),
                format!("{task} is yours for {amount}"),
            ),
            Decision::Review => {
                let milestone = item.milestone.unwrap_or(MilestoneId(0));
                (
                    WireCommand::AcceptDeliverable(AcceptDeliverable { task, milestone }),
                    format!("accept {task} and pay {amount}"),
                    format!("{task} accepted · paid {amount}"),
                )
            }
            _ => {
                let why = format!("{task} waits for nothing that can be accepted");
                return Err(Failure::refused("not_to_accept", why).hint("`oikos inbox` says what it waits for"));
            }
        };
        if self.dry_run {
            voice.data(&format!("dry run: would {would}; nothing was sent"))?;
            voice.object(&json!({"dry_run": true, "task": task, "amount": item.amount}))?;
            return Ok(());
        }
        let done = client.command(command).await?;
        voice.data(&format!("{what} · receipt seq {}", done.seq))?;
        voice.object(&json!({"task": task, "accepted": true, "amount": item.amount, "seq": done.seq}))?;
        Ok(())
    }
}
