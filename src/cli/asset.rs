//! `oikos asset define`: a new kind of money (the operator's).

use super::connection::ConnectArgs;
use super::failure::Failure;
use super::intent::{Intent, code, decimal, who};
use clap::ArgGroup;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::money::Scale;
use oikos_protocol::wire::command::{WireCommand, WireDefineAsset, WireRegime};
use serde_json::json;

/// Options of `oikos asset`.
#[derive(Debug, clap::Args)]
pub struct AssetArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Declares an asset (operator)
    Define(DefineArgs),
}

#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("regime").required(true).args(["issuer", "fixed", "mutual"])))]
struct DefineArgs {
    /// Its code, such as `GEM`
    #[arg(value_parser = code)]
    code: AssetCode,
    /// How many decimals it has
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(0..=18))]
    decimals: u8,
    /// One participant creates it
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
    /// So much at once, and never more
    #[arg(long, value_name = "AMOUNT", requires = "to")]
    fixed: Option<String>,
    /// Whose the fixed supply is at first
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
    /// Members owe each other, each up to a line of at most so much
    #[arg(long, value_name = "AMOUNT", requires = "steward")]
    mutual: Option<String>,
    /// Who sets the lines
    #[arg(long, value_name = "NAME")]
    steward: Option<String>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    at: ConnectArgs,
}

impl AssetArgs {
    /// Where to connect.
    pub const fn at(&mut self) -> &mut ConnectArgs {
        match &mut self.what {
            What::Define(args) => &mut args.at,
        }
    }

    /// Declares it.
    ///
    /// # Errors
    /// A [`Failure`], for example `request.not_the_operator`.
    pub async fn run(self) -> Result<(), Failure> {
        let What::Define(args) = self.what;
        let client = args.at.connect().await?;
        let scale = Scale::new(args.decimals).ok_or_else(|| Failure::usage("an asset has at most 18 decimals"))?;
        let regime = match (&args.issuer, &args.fixed, &args.to, &args.mutual, &args.steward) {
            (Some(name), ..) => WireRegime::Issuer(who(&client, name).await?),
            (_, Some(supply), Some(to), ..) => {
                WireRegime::FixedSupply { supply: decimal(supply, scale)?, to: who(&client, to).await? }
            }
            (.., Some(credit_max), Some(steward)) => {
                let steward = who(&client, steward).await?;
                WireRegime::MutualCredit { steward, credit_max: decimal(credit_max, scale)? }
            }
            _ => {
                return Err(Failure::usage(
                    "say `--issuer NAME`, `--fixed AMOUNT --to NAME` or `--mutual AMOUNT --steward NAME`",
                ));
            }
        };
        let words = format!("declare {} with {} decimals", args.code, args.decimals);
        let object = json!({"code": args.code, "scale": scale, "regime": regime});
        let command = WireCommand::DefineAsset(WireDefineAsset { code: args.code, scale, regime });
        Intent { command, words, object, dry_run: args.dry_run }.carry_out(&client, &args.at).await
    }
}
