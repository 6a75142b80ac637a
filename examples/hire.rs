//! A buyer: hires whoever shortens a text for the least. Run it beside the example `summarise`:
//! `cargo run --example hire -- "$(cat README.md)"`.

use oikos_agents::{Client, Order};
use oikos_protocol::time::Span;
use std::io::Write;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::env::args().nth(1).ok_or("give the text to be shortened")?;
    let client = Client::from_env().await?;
    let order = Order::new("text.summarise/v1", text).budget("0.10").close(Span::seconds(1));
    let summary = client.hire(&order).await?;
    Ok(writeln!(std::io::stdout(), "{summary}")?)
}
