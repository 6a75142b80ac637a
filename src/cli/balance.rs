//! `oikos balance`: your money.

use super::connection::ConnectArgs;
use super::failure::Failure;
use super::moment::moment;
use oikos_protocol::wire::query::{Found, Moment, WireQuery};
use serde_json::json;

/// Options of `oikos balance`.
#[derive(Debug, clap::Args)]
pub struct BalanceArgs {
    /// As it was after this sequence or at this time in UTC [default: now]
    #[arg(long = "at", value_name = "SEQ|TIME", value_parser = moment)]
    pub moment: Option<Moment>,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl BalanceArgs {
    /// Shows it.
    ///
    /// # Errors
    /// A [`Failure`] where the economy cannot be asked.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let answer = client.ask(WireQuery::Balance { at: self.moment }).await?;
        let (seq, voice) = (answer.seq, self.at.voice());
        let Found::Balance(rows) = answer.answer else { return Ok(()) };
        for row in &rows {
            let mut line = format!("{} {} to spend", row.available, row.asset);
            for (amount, what) in [
                (&row.held, "held for your tasks and orders"),
                (&row.at_stake, "at stake in deposits and bonds"),
                (&row.streaming, "set apart for your streams"),
                (&row.credit, "of it your line of credit"),
            ] {
                if amount.0.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
                    line.push_str(&format!(" · {amount} {what}"));
                }
            }
            if self.moment.is_some() {
                line.push_str(&format!(" · as of seq {seq}"));
            }
            voice.data(&line)?;
        }
        voice.object(&json!({"name": client.name().as_str(), "seq": seq, "balances": rows}))?;
        Ok(())
    }
}
