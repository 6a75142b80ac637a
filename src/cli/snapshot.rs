//! `oikos snapshot DIR`: a signed checkpoint and a snapshot, now.

use super::exit::{CliError, Exit};
use super::ledger::prove::no_folder;
use super::output::Output;
use super::session::Where;
use clap::Args;
use oikos::care::Folder;
use oikos::care::snapshot::{SnapshotError, snapshot};
use oikos::home::Home;
use oikos::node::clock::Machine;
use oikos::node::directory::OPERATOR;
use oikos_protocol::wire::operator::{OperatorAnswer, OperatorAsk};
use serde::Serialize;
use std::path::PathBuf;

/// Write a signed checkpoint and a snapshot now
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// The folder of the economy; where a node runs on it, its operator asks the node
    #[arg(value_name = "DIR", default_value = "./oikos-data")]
    folder: PathBuf,
    #[command(flatten)]
    at: Where,
}

#[derive(Debug, Serialize)]
struct Done {
    seq: u64,
    by: &'static str,
}

impl SnapshotArgs {
    /// Writes them.
    ///
    /// # Errors
    /// The node refused; or the folder is none.
    pub async fn run(self, home: &Home, output: &mut Output) -> Result<Exit, CliError> {
        let folder = Folder::open(&self.folder).map_err(no_folder)?;
        let done = if folder.is_running() {
            let economy = folder.identity().map_or("", |identity| identity.economy.as_str());
            let session = self.at.or_economy(economy).connect(home, Some(OPERATOR)).await?;
            let answer: OperatorAnswer = session.ask("operator", &OperatorAsk::Snapshot {}).await?;
            match answer {
                OperatorAnswer::Refused(refusal) => return Err(refusal.into()),
                OperatorAnswer::Snapshot { seq } => Done { seq, by: "node" },
                OperatorAnswer::Clock { .. } => return Err(CliError::failed("the node answered something else")),
            }
        } else {
            let seq = snapshot(&self.folder, Machine::system()).map_err(|error| match error {
                SnapshotError::NoNode { .. } => CliError::usage(error.to_string()),
                error => CliError::from_error(error),
            })?;
            Done { seq, by: "this command" }
        };
        if output.is_json() {
            output.json(&done)?;
        } else {
            output.line(format!("checkpoint and snapshot at {} · written by {}", done.seq, done.by))?;
        }
        Ok(Exit::Done)
    }
}
