//! `oikos book PAIR`: the depth of a desk's book and its last trades.

use super::connection::ConnectArgs;
use super::desk::{Pair, desk_of, line, pair};
use super::failure::Failure;
use oikos_protocol::command::order::Side;
use oikos_protocol::wire::order::Level;
use serde_json::json;

/// Options of `oikos book`.
#[derive(Debug, clap::Args)]
pub struct BookArgs {
    /// Such as `KWH/OIK`
    #[arg(value_parser = pair)]
    pub pair: Pair,
    /// At most so many prices of a side, and so many trades
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub levels: u32,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl BookArgs {
    /// Shows it.
    ///
    /// # Errors
    /// A [`Failure`] where there is no such desk.
    pub async fn run(self) -> Result<(), Failure> {
        let (client, voice) = (self.at.connect().await?, self.at.voice());
        let (row, _) = desk_of(&client, self.pair, self.levels).await?;
        voice.data(&line(&row))?;
        let level = |level: &Level| {
            let orders = level.orders.unwrap_or_default();
            format!(
                "{:>12} × {:<10} {orders} order{}",
                level.price.to_string(),
                level.quantity,
                if orders == 1 { "" } else { "s" }
            )
        };
        for ask in row.asks.iter().rev() {
            voice.data(&format!("ask {}", level(ask)))?;
        }
        for bid in &row.bids {
            voice.data(&format!("bid {}", level(bid)))?;
        }
        for trade in &row.trades {
            let taker = if trade.taker == Side::Buy { "bought" } else { "sold" };
            voice.data(&format!("seq {:<6} {taker} {} at {}", trade.seq, trade.quantity, trade.price))?;
        }
        voice.object(&json!({"book": row}))?;
        Ok(())
    }
}
