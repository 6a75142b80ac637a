//! `oikos issue`, `deposit`, `withdraw`, `burn` and `credit`: money that comes into being and goes out of it.

use super::connection::ConnectArgs;
use super::failure::Failure;
use super::intent::{Intent, code, money, reference, who};
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::wire::command::{WireCommand, WireIssue};
use oikos_protocol::wire::issue::{WireCredit, WireDeposit, WireWithdraw};
use oikos_protocol::wire::receipt::Money;
use serde_json::json;

/// Options of `oikos issue` and `oikos deposit`.
#[derive(Debug, clap::Args)]
pub struct ToArgs {
    /// Whose it will be
    pub to: String,
    /// How much
    pub amount: String,
    /// Why: a bank's reference, a decision; the economy keeps its hash
    #[arg(long, value_name = "TEXT")]
    pub reference: String,
    /// Of which asset [default: the economy's first]
    #[arg(long, value_parser = code)]
    pub asset: Option<AssetCode>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

/// Options of `oikos withdraw` and `oikos burn`.
#[derive(Debug, clap::Args)]
pub struct OutArgs {
    /// How much
    pub amount: String,
    /// Where it goes, or why; the economy keeps its hash, and takes it only once
    #[arg(long, value_name = "TEXT")]
    pub reference: String,
    /// Of which asset [default: the economy's first]
    #[arg(long, value_parser = code)]
    pub asset: Option<AssetCode>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

/// Options of `oikos credit`.
#[derive(Debug, clap::Args)]
pub struct CreditArgs {
    /// Whose line of mutual credit
    pub member: String,
    /// How far it may go below nothing; `0` for not at all
    pub amount: String,
    /// Of which asset [default: the economy's first]
    #[arg(long, value_parser = code)]
    pub asset: Option<AssetCode>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    pub at: ConnectArgs,
}

impl ToArgs {
    /// Creates money.
    ///
    /// # Errors
    /// A [`Failure`], for example `asset.not_the_issuer`.
    pub async fn issue(self) -> Result<(), Failure> {
        self.run(false).await
    }

    /// Takes money in from outside.
    ///
    /// # Errors
    /// A [`Failure`], for example `asset.reference_used`.
    pub async fn deposit(self) -> Result<(), Failure> {
        self.run(true).await
    }

    async fn run(self, from_outside: bool) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let Money { amount, asset } = money(&client, &self.amount, self.asset)?;
        let (to, reference) = (who(&client, &self.to).await?, reference(&self.reference));
        let verb = if from_outside { "deposit" } else { "issue" };
        let words = format!("{verb} {amount} {asset} for {}", super::voice::safe(&self.to));
        let object = json!({"did": verb, "to": to, "amount": amount, "asset": asset, "reference": reference});
        let command = if from_outside {
            WireCommand::Deposit(WireDeposit { asset, to, amount, reference })
        } else {
            WireCommand::Issue(WireIssue { asset, to, amount, reference })
        };
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl OutArgs {
    /// Takes money out.
    ///
    /// # Errors
    /// A [`Failure`], for example `asset.insufficient_funds`.
    pub async fn withdraw(self) -> Result<(), Failure> {
        self.run("withdraw", WireCommand::Withdraw).await
    }

    /// Destroys money.
    ///
    /// # Errors
    /// A [`Failure`], for example `asset.not_the_issuer`.
    pub async fn burn(self) -> Result<(), Failure> {
        self.run("burn", WireCommand::Burn).await
    }

    async fn run(self, verb: &str, command: fn(WireWithdraw) -> WireCommand) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let Money { amount, asset } = money(&client, &self.amount, self.asset)?;
        let reference = reference(&self.reference);
        let words = format!("{verb} {amount} {asset}");
        let object = json!({"did": verb, "amount": amount, "asset": asset, "reference": reference});
        let command = command(WireWithdraw { asset, amount, reference });
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl CreditArgs {
    /// Sets a line.
    ///
    /// # Errors
    /// A [`Failure`], for example `asset.credit_in_use`.
    pub async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let Money { amount: credit, asset } = money(&client, &self.amount, self.asset)?;
        let member = who(&client, &self.member).await?;
        let words = format!("give {} a line of {credit} {asset}", super::voice::safe(&self.member));
        let object = json!({"member": member, "credit": credit, "asset": asset});
        let command = WireCommand::SetCredit(WireCredit { asset, member, credit });
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}
