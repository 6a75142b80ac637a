//! `oikos tasks`: tasks, the newest first.

use super::connection::{ConnectArgs, Names, shown};
use super::failure::Failure;
use super::voice::safe;
use oikos::text::count;
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::Capability;
use oikos_protocol::wire::query::{Found, WireQuery};
use serde_json::json;

/// Options of `oikos tasks`.
#[derive(Debug, clap::Args)]
pub struct TasksArgs {
    /// Only those you posted, bid for, work on, approve or evaluate
    #[arg(long)]
    pub mine: bool,
    /// Only those that take bids now
    #[arg(long)]
    pub open: bool,
    /// Only those that ask for this
    #[arg(long, value_name = "CAPABILITY")]
    pub capability: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl TasksArgs {
    /// Lists them.
    ///
    /// # Errors
    /// A [`Failure`] where the economy cannot be asked.
    pub async fn run(self) -> Result<(), Failure> {
        let capability = self.capability.as_deref().map(Capability::new).transpose();
        let query = WireQuery::Tasks {
            phase: self.open.then_some(Phase::Open),
            capability: capability.map_err(|why| Failure::usage(why.to_string()))?,
            mine: self.mine,
            limit: Some(self.limit),
        };
        let client = self.at.connect().await?;
        let Found::Tasks(rows) = client.ask(query).await?.answer else { return Ok(()) };
        let voice = self.at.voice();
        let mut names = Names::of(&client);
        for row in &rows {
            let poster = names.name(row.poster).await?;
            let requires: Vec<String> = row.requires.iter().map(|capability| safe(capability.as_str())).collect();
            let award = match (row.worker, &row.price) {
                (Some(worker), Some(price)) => format!(" · {} at {price}", names.name(worker).await?),
                _ => format!(" · {}", count(row.bids, "bid")),
            };
            let (task, phase, budget) = (row.task, row.phase, shown(&row.budget));
            voice.data(&format!(
                "{task:<6} {phase:<15} {} · up to {budget} · for {poster}{award}",
                requires.join(", ")
            ))?;
        }
        if rows.is_empty() {
            voice.talk("no tasks")?;
        }
        voice.object(&json!({"tasks": rows}))?;
        Ok(())
    }
}
