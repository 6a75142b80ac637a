//! `oikos balance`: your money.

use super::connection::{ConnectArgs, balance};
use super::failure::Failure;
use serde_json::json;

/// Options of `oikos balance`.
#[derive(Debug, clap::Args)]
pub struct BalanceArgs {
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
        let (rows, voice) = (balance(&client).await?, self.at.voice());
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
            voice.data(&line)?;
        }
        voice.object(&json!({"name": client.name().as_str(), "balances": rows}))?;
        Ok(())
    }
}
