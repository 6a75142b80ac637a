//! `oikos stream`: pay by time.

use super::connection::{ConnectArgs, Names};
use super::failure::Failure;
use super::intent::{Intent, asset_of, code, decimal, found, numbered, span, who};
use oikos_agents::Client;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::command::stream::{SettleStream, StopStream};
use oikos_protocol::id::StreamId;
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::query::{Found, StreamRow, WireQuery};
use oikos_protocol::wire::stream::{WireOpenStream, WireRate, WireTopUpStream};
use oikos_protocol::wire::text::Lasting;
use serde_json::json;

/// Options of `oikos stream`.
#[derive(Debug, clap::Args)]
pub struct StreamArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Begins to pay by time, out of what is set apart at once
    Open(OpenArgs),
    /// Sets more apart for a stream that you pay
    TopUp(TopUpArgs),
    /// Pays what a stream has run up
    Settle(OneArgs),
    /// Pays what a stream has run up, and ends it
    Stop(OneArgs),
    /// Shows the streams that you pay or are paid by
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
struct OpenArgs {
    /// To whom
    to: String,
    /// How fast: an amount by a time, such as `0.10/1h`
    rate: String,
    /// How much is set apart at once
    #[arg(long, value_name = "AMOUNT")]
    hold: String,
    /// The most that is ever paid [default: no bound]
    #[arg(long, value_name = "AMOUNT")]
    cap: Option<String>,
    /// Of which asset [default: the economy's first]
    #[arg(long, value_parser = code)]
    asset: Option<AssetCode>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    at: ConnectArgs,
}

#[derive(Debug, clap::Args)]
struct TopUpArgs {
    /// Which, such as `s3`
    #[arg(value_parser = stream_id)]
    stream: StreamId,
    /// How much
    amount: String,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    at: ConnectArgs,
}

#[derive(Debug, clap::Args)]
struct OneArgs {
    /// Which, such as `s3`
    #[arg(value_parser = stream_id)]
    stream: StreamId,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    at: ConnectArgs,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Where to connect, and as whom
    #[command(flatten)]
    at: ConnectArgs,
}

fn stream_id(text: &str) -> Result<StreamId, String> {
    numbered(text, 's').map(StreamId)
}

impl StreamArgs {
    /// Where to connect.
    pub const fn at(&mut self) -> &mut ConnectArgs {
        match &mut self.what {
            What::Open(args) => &mut args.at,
            What::TopUp(args) => &mut args.at,
            What::Settle(args) | What::Stop(args) => &mut args.at,
            What::Show(args) => &mut args.at,
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// A [`Failure`], for example `stream.insufficient_funds`.
    pub async fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Open(args) => args.run().await,
            What::TopUp(args) => args.run().await,
            What::Settle(args) => {
                let stream = args.stream;
                args.run(WireCommand::SettleStream(SettleStream { stream }), "settle").await
            }
            What::Stop(args) => {
                let stream = args.stream;
                args.run(WireCommand::StopStream(StopStream { stream }), "stop").await
            }
            What::Show(args) => args.run().await,
        }
    }
}

impl OpenArgs {
    async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (asset, scale) = asset_of(&client, self.asset)?;
        let to = who(&client, &self.to).await?;
        let (amount, per) = self.rate.split_once('/').ok_or_else(|| {
            Failure::usage(format!("`{}` is not a rate", super::voice::safe(&self.rate))).hint("write `0.10/1h`")
        })?;
        let rate = WireRate { amount: decimal(amount, scale)?, per: Lasting(span(per).map_err(Failure::usage)?) };
        let hold = decimal(&self.hold, scale)?;
        let cap = self.cap.as_deref().map(|cap| decimal(cap, scale)).transpose()?;
        let name = super::voice::safe(&self.to);
        let words = format!("pay {name} {} {asset} every {}, {hold} {asset} set apart", rate.amount, rate.per.0);
        let object = json!({"to": to, "asset": asset, "rate": rate, "hold": hold, "cap": cap});
        let command = WireCommand::OpenStream(WireOpenStream { to, asset, rate, hold, cap });
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl TopUpArgs {
    async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let row = row(&client, self.stream).await?;
        let (asset, scale) = asset_of(&client, Some(row.asset))?;
        let amount = decimal(&self.amount, scale)?;
        let words = format!("set {amount} {asset} more apart for {}", self.stream);
        let object = json!({"topped_up": self.stream, "asset": asset, "amount": amount});
        let command = WireCommand::TopUpStream(WireTopUpStream { stream: self.stream, amount });
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl OneArgs {
    async fn run(self, command: WireCommand, verb: &str) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let row = row(&client, self.stream).await?;
        let words = format!("{verb} {}: about {} {} due", self.stream, row.due, row.asset);
        let object =
            json!({"of": self.stream, "did": verb, "asset": row.asset, "due": row.due, "paid_before": row.paid});
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl ShowArgs {
    async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (rows, voice) = (rows(&client).await?, self.at.voice());
        let mut names = Names::of(&client);
        for row in &rows {
            let (from, to) = (names.name(row.from).await?, names.name(row.to).await?);
            let StreamRow { stream, asset, rate, paid, due, held, .. } = row;
            voice.data(&format!(
                "{stream:<5} {from} → {to}: {} {asset} every {} · {paid} paid, {due} due, {held} set apart",
                rate.amount, rate.per.0
            ))?;
        }
        if rows.is_empty() {
            voice.talk("no streams")?;
        }
        voice.object(&json!({"streams": rows}))?;
        Ok(())
    }
}

async fn rows(client: &Client) -> Result<Vec<StreamRow>, Failure> {
    match found(client, WireQuery::Streams {}).await? {
        Found::Streams(rows) => Ok(rows),
        _ => Ok(Vec::new()),
    }
}

async fn row(client: &Client, stream: StreamId) -> Result<StreamRow, Failure> {
    rows(client).await?.into_iter().find(|row| row.stream == stream).ok_or_else(|| {
        Failure::refused("stream.unknown", format!("no open stream {stream} is yours"))
            .hint("`oikos stream show` lists them")
    })
}
