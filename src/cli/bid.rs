//! `oikos bid TASK PRICE`: a person's, or a script's, bid.

use super::connection::{ConnectArgs, task_id};
use super::failure::Failure;
use oikos::text::share;
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::id::TaskId;
use oikos_protocol::money::Share;
use oikos_protocol::wire::command::{WireBid, WireCommand};
use oikos_protocol::wire::text::Decimal;
use serde_json::json;

/// Options of `oikos bid`.
#[derive(Debug, clap::Args)]
pub struct BidArgs {
    /// Which task, such as `t7`
    #[arg(value_parser = task_id)]
    pub task: TaskId,
    /// What you ask, such as `0.05`
    pub price: String,
    /// How good it is going to be, 0 to 1 or in percent, where the task's score counts it
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub quality: Option<Share>,
    /// How much of the time for delivery you need, 0 to 1 or in percent, where the task's score counts it
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub time: Option<Share>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl BidArgs {
    /// Bids.
    ///
    /// # Errors
    /// A [`Failure`], for example `bid.lacks_capability`.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (task, voice) = (self.task, self.at.voice());
        let story = client.task(task).await?.ok_or_else(|| {
            Failure::refused("bid.unknown_task", format!("there is no task {task}"))
                .hint("`oikos tasks --open` lists them")
        })?;
        let asset = story.spec.asset;
        let scale =
            client.scale(asset).ok_or_else(|| Failure::refused("unknown_asset", format!("no asset {asset}")))?;
        let price = scale.parse(&self.price).map_err(|why| Failure::usage(why.to_string()))?;
        let deposit = Decimal::of(price.share_down(story.spec.bid_deposit), scale);
        let price = Decimal::of(price, scale);
        if self.dry_run {
            voice.data(&format!(
                "dry run: would bid {price} {asset} for {task} and lay down {deposit} {asset}; nothing was sent"
            ))?;
            voice
                .object(&json!({"dry_run": true, "task": task, "price": price, "deposit": deposit, "asset": asset}))?;
            return Ok(());
        }
        let nonce = Some(oikos_agents::client::nonce()?);
        let said = self.quality.is_some() || self.time.is_some() || story.spec.mechanism.scoring().is_some();
        let promise = said.then_some(Promise { quality: self.quality, time: self.time });
        let bid = WireBid { task, price: Some(price.clone()), nonce, commitment: None, promise, team: Vec::new() };
        let done = client.command(WireCommand::PlaceBid(bid)).await?;
        voice.data(&format!("bid {price} {asset} for {task} · deposit {deposit} · receipt seq {}", done.seq))?;
        voice.object(&json!({"task": task, "price": price, "deposit": deposit, "asset": asset, "seq": done.seq}))?;
        Ok(())
    }
}
