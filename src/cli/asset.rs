//! `oikos asset`: the assets of an economy; the operator declares them, their issuer creates what there is.

use super::connection::{ConnectArgs, as_operator, participant};
use super::failure::Failure;
use super::intent::{decimal, who};
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::money::Scale;
use oikos_protocol::wire::command::{WireCommand, WireDefineAsset, WireIssue, WireRegime};
use oikos_protocol::wire::query::{Found, WireQuery};
use oikos_protocol::wire::text::Decimal;
use serde_json::json;

/// Options of `oikos asset`.
#[derive(Debug, clap::Args)]
pub struct AssetArgs {
    /// What to do
    #[command(subcommand)]
    pub what: AssetCommand,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

/// What can be done with assets.
#[derive(Debug, clap::Subcommand)]
pub enum AssetCommand {
    /// Declares an asset; the operator issues it, unless another regime is said (operator)
    Define {
        /// Its code, such as `KWH`: one to eight capital letters or digits
        #[arg(value_parser = code)]
        code: AssetCode,
        /// How many decimals it has
        #[arg(long, default_value_t = 2)]
        decimals: u8,
        /// Who issues it [default: the operator]
        #[arg(long, value_name = "NAME", conflicts_with_all = ["fixed", "mutual"])]
        issuer: Option<String>,
        /// So much at once, and never more
        #[arg(long, value_name = "AMOUNT", requires = "to", conflicts_with = "mutual")]
        fixed: Option<String>,
        /// Whose the fixed supply is at first
        #[arg(long, value_name = "NAME", requires = "fixed")]
        to: Option<String>,
        /// Members owe each other, each up to a line of at most so much
        #[arg(long, value_name = "AMOUNT", requires = "steward")]
        mutual: Option<String>,
        /// Who sets the lines
        #[arg(long, value_name = "NAME", requires = "mutual")]
        steward: Option<String>,
    },
    /// Creates units of an asset (its issuer; the operator unless `--as` says another)
    Issue {
        /// Of which asset
        #[arg(value_parser = code)]
        code: AssetCode,
        /// How much, such as `100.00`
        amount: String,
        /// Whose it will be
        #[arg(long, value_name = "NAME")]
        to: String,
        /// Why, in words; its hash is public
        #[arg(long, default_value = "")]
        reference: String,
    },
    /// Lists the assets, and how much there is of each
    List,
}

/// An asset's code as people write it.
///
/// # Errors
/// What was expected.
pub fn code(text: &str) -> Result<AssetCode, String> {
    AssetCode::new(text)
        .ok_or_else(|| "an asset's code is one to eight capital letters or digits, such as `OIK`".to_owned())
}

impl AssetArgs {
    /// Runs it.
    ///
    /// # Errors
    /// A [`Failure`], for example `asset.code_taken`.
    pub async fn run(self) -> Result<(), Failure> {
        let voice = self.at.voice();
        match self.what {
            AssetCommand::Define { code, decimals, issuer, fixed, to, mutual, steward } => {
                let client = as_operator(&self.at).connect().await?;
                let scale = Scale::new(decimals).ok_or_else(|| {
                    Failure::usage(format!("an asset has at most {} decimals, not {decimals}", Scale::MAX))
                })?;
                let (regime, how) = match (issuer, fixed.zip(to), mutual.zip(steward)) {
                    (Some(name), ..) => {
                        let issuer = who(&client, &name).await?;
                        (WireRegime::Issuer(issuer), format!("issued by {}", super::voice::safe(&name)))
                    }
                    (None, Some((supply, to)), _) => {
                        let (supply, to) = (decimal(&supply, scale)?, who(&client, &to).await?);
                        (WireRegime::FixedSupply { supply, to }, "of a fixed supply".to_owned())
                    }
                    (None, None, Some((credit_max, steward))) => {
                        let (credit_max, steward) = (decimal(&credit_max, scale)?, who(&client, &steward).await?);
                        (WireRegime::MutualCredit { steward, credit_max }, "a mutual credit".to_owned())
                    }
                    (None, None, None) => {
                        (WireRegime::Issuer(ParticipantId::OPERATOR), "issued by the operator".to_owned())
                    }
                };
                let done = client.command(WireCommand::DefineAsset(WireDefineAsset { code, scale, regime })).await?;
                voice.data(&format!("{code} declared, {decimals} decimals, {how} · receipt seq {}", done.seq))?;
                voice.object(&json!({"asset": code, "decimals": decimals, "seq": done.seq}))?;
            }
            AssetCommand::Issue { code, amount, to, reference } => {
                let client = as_operator(&self.at).connect().await?;
                let to = participant(&client, &to).await?;
                let (id, name) = (to.participant, to.name.unwrap_or_default());
                let reference = Hash32::of(reference.as_bytes());
                let issue = WireIssue { asset: code, to: id, amount: Decimal(amount.clone()), reference };
                let done = client.command(WireCommand::Issue(issue)).await?;
                let name = super::voice::safe(&name);
                voice.data(&format!(
                    "{} {code} created for {name} · receipt seq {}",
                    super::voice::safe(&amount),
                    done.seq
                ))?;
                voice.object(&json!({"asset": code, "amount": amount, "to": id, "seq": done.seq}))?;
            }
            AssetCommand::List => {
                let client = self.at.connect().await?;
                let Found::Book(book) = client.ask(WireQuery::Book {}).await?.answer else { return Ok(()) };
                for supply in &book.supply {
                    voice.data(&format!("{:<8} {}", supply.asset, supply.amount))?;
                }
                voice.object(&json!({"assets": book.supply}))?;
            }
        }
        Ok(())
    }
}
