//! `oikos statement`: your money movements, the newest first.

use super::connection::{ConnectArgs, Names};
use super::failure::Failure;
use super::moment::moment;
use super::story;
use oikos_protocol::wire::event::WireEvent;
use oikos_protocol::wire::query::{Found, Moment, WireQuery};
use serde_json::json;

/// Options of `oikos statement`.
#[derive(Debug, clap::Args)]
pub struct StatementArgs {
    /// Up to this sequence or this time in UTC [default: now]
    #[arg(long = "at", value_name = "SEQ|TIME", value_parser = moment)]
    pub moment: Option<Moment>,
    /// At most so many
    #[arg(long, visible_alias = "last", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl StatementArgs {
    /// Shows them.
    ///
    /// # Errors
    /// A [`Failure`] where the economy cannot be asked.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let query = WireQuery::Statement { limit: Some(self.limit), at: self.moment };
        let Found::Statement(rows) = client.ask(query).await?.answer else { return Ok(()) };
        let voice = self.at.voice();
        let mut names = Names::of(&client);
        for row in &rows {
            let line = match &row.event {
                WireEvent::Transfer(transfer) => {
                    let mut ends = [String::from("–"), String::from("–")];
                    for (end, whose) in ends.iter_mut().zip([transfer.from, transfer.to]) {
                        if let Some(whose) = whose {
                            *end = names.name(whose).await?;
                        }
                    }
                    let [from, to] = ends;
                    Some(format!("{} {}: {from} → {to} (payment)", transfer.amount, transfer.asset))
                }
                _ => story::sentence(row, &mut names).await?,
            };
            if let Some(line) = line {
                // The number by which `oikos ledger prove` knows it.
                voice.data(&format!("seq {:<8} {line}", format!("{}.{}", row.seq, row.index)))?;
            }
        }
        voice.object(&json!({"statement": rows}))?;
        Ok(())
    }
}
