//! `oikos pay TO AMOUNT`: one receiver, several by weight, or a waterfall; out of your money or under a limit.

use super::connection::ConnectArgs;
use super::failure::Failure;
use super::intent::{Intent, asset_of, code, decimal, numbered, who};
use oikos_agents::Client;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::id::LimitId;
use oikos_protocol::money::{Scale, Share};
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::split::{WirePart, WireReceiver, WireSplit, WireTier};
use serde_json::json;

/// Options of `oikos pay`.
#[derive(Debug, clap::Args)]
pub struct PayArgs {
    /// To whom: `bob`, or several by weight, `bob:2,cat:1`
    pub to: String,
    /// How much, such as `5.00`
    pub amount: String,
    /// Before that, a part to others: `100=dan` (up to 100), `25%=eva:1,ola:1` (of the whole); in order, TO gets the rest
    #[arg(long = "tier", value_name = "PART=RECEIVERS")]
    pub tiers: Vec<String>,
    /// Of which asset [default: the economy's first]
    #[arg(long, value_parser = code)]
    pub asset: Option<AssetCode>,
    /// Under which limit, such as `l3`: it says whose money that is
    #[arg(long, value_parser = |text: &str| numbered(text, 'l').map(LimitId))]
    pub limit: Option<LimitId>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl PayArgs {
    /// Pays.
    ///
    /// # Errors
    /// A [`Failure`], for example `split.insufficient_funds`.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (asset, scale) = asset_of(&client, self.asset)?;
        let amount = decimal(&self.amount, scale)?;
        let mut tiers = Vec::with_capacity(self.tiers.len() + 1);
        for text in &self.tiers {
            let (part, to) = text.split_once('=').ok_or_else(|| bad_tier(text))?;
            tiers.push(WireTier { part: part_of(part, scale)?, to: receivers(&client, to).await? });
        }
        tiers.push(WireTier { part: WirePart::Rest, to: receivers(&client, &self.to).await? });
        let before = if self.tiers.is_empty() { String::new() } else { format!(" after {}", self.tiers.join(" and ")) };
        let under = self.limit.map_or_else(String::new, |limit| format!(" under {limit}"));
        let words = format!("pay {amount} {asset} to {}{before}{under}", super::voice::safe(&self.to));
        let object = json!({"asset": asset, "amount": amount, "tiers": tiers, "under": self.limit});
        let command = WireCommand::Split(WireSplit { asset, amount, tiers, limit: self.limit });
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

fn bad_tier(text: &str) -> Failure {
    Failure::usage(format!("`{}` is not a tier", super::voice::safe(text)))
        .hint("write `100=bob` for up to 100, or `25%=bob:1,cat:2` for a quarter of the whole")
}

fn part_of(text: &str, scale: Scale) -> Result<WirePart, Failure> {
    let Some(percent) = text.strip_suffix('%') else { return Ok(WirePart::UpTo(decimal(text, scale)?)) };
    // Percent with four decimals are millionths.
    let millionths = Scale::new(4).and_then(|scale| scale.parse(percent).ok()).and_then(|m| u32::try_from(m.0).ok());
    millionths.and_then(Share::from_millionths).map(WirePart::Share).ok_or_else(|| bad_tier(text))
}

async fn receivers(client: &Client, text: &str) -> Result<Vec<WireReceiver>, Failure> {
    let mut receivers = Vec::new();
    for one in text.split(',') {
        let (name, weight) = one.split_once(':').unwrap_or((one, "1"));
        let weight =
            weight.parse().map_err(|_| Failure::usage("a weight is a whole number, such as in `bob:2,cat:1`"))?;
        receivers.push(WireReceiver { to: who(client, name).await?, weight });
    }
    Ok(receivers)
}
