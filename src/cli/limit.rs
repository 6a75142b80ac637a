//! `oikos limit`: who may spend whose money, how much, to whom, and for how long.

use super::connection::{ConnectArgs, Names};
use super::failure::Failure;
use super::intent::{Intent, ahead, asset_of, code, decimal, found, numbered, span, who};
use clap::ValueEnum;
use oikos_agents::Client;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::command::limit::RevokeLimit;
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::id::LimitId;
use oikos_protocol::money::Scale;
use oikos_protocol::time::Span;
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::limit::{WireNarrowLimit, WirePayees, WireSetLimit, WireTerms};
use oikos_protocol::wire::query::{Found, LimitRow, WireQuery};
use oikos_protocol::wire::text::Lasting;
use serde_json::json;

/// Options of `oikos limit`.
#[derive(Debug, clap::Args)]
pub struct LimitArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Lets somebody spend your money; with itself as HOLDER and `--of`, binds whom you act for
    Set(SetArgs),
    /// Passes on a part of a limit that you hold
    Narrow(NarrowArgs),
    /// Ends a limit and all that was passed on from it
    Revoke(RevokeArgs),
    /// Shows the limits that you hold or gave, and what is left
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
struct SetArgs {
    /// Who may spend
    holder: String,
    /// Whose money: yours, or that of an agent of yours [default: yours]
    #[arg(long, value_name = "NAME")]
    of: Option<String>,
    /// Of which asset [default: the economy's first]
    #[arg(long, value_parser = code)]
    asset: Option<AssetCode>,
    #[command(flatten)]
    terms: TermArgs,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    at: ConnectArgs,
}

#[derive(Debug, clap::Args)]
struct NarrowArgs {
    /// Of which limit, such as `l3`
    #[arg(value_parser = limit_id)]
    parent: LimitId,
    /// Who may spend
    holder: String,
    #[command(flatten)]
    terms: TermArgs,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    at: ConnectArgs,
}

#[derive(Debug, clap::Args)]
struct RevokeArgs {
    /// Which, such as `l3`
    #[arg(value_parser = limit_id)]
    limit: LimitId,
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

/// What may be spent; what is not said is open, or as in the limit above.
#[derive(Debug, clap::Args)]
struct TermArgs {
    /// The most that is spent in a period
    #[arg(long, value_name = "AMOUNT")]
    total: Option<String>,
    /// After how long total and count begin anew, such as `1d` [default: never]
    #[arg(long, value_parser = span)]
    period: Option<Span>,
    /// The most payments in a period
    #[arg(long)]
    count: Option<u32>,
    /// The least that a payment has
    #[arg(long, value_name = "AMOUNT")]
    min: Option<String>,
    /// The most that a payment has
    #[arg(long, value_name = "AMOUNT")]
    max: Option<String>,
    /// To these only
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with = "kinds")]
    to: Vec<String>,
    /// To participants of these kinds only
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<Kind>,
    /// From when, in so long [default: at once]
    #[arg(long, value_parser = span)]
    after: Option<Span>,
    /// Until when, in so long [default: for ever]
    #[arg(long, value_parser = span)]
    expires: Option<Span>,
    /// How many limits may stand below it, one under the other
    #[arg(long, default_value_t = 0)]
    depth: u8,
}

/// A kind of participant.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Agent,
    Human,
    Organisation,
}

fn limit_id(text: &str) -> Result<LimitId, String> {
    numbered(text, 'l').map(LimitId)
}

impl LimitArgs {
    /// Where to connect.
    pub const fn at(&mut self) -> &mut ConnectArgs {
        match &mut self.what {
            What::Set(args) => &mut args.at,
            What::Narrow(args) => &mut args.at,
            What::Revoke(args) => &mut args.at,
            What::Show(args) => &mut args.at,
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// A [`Failure`], for example `limit.wider`.
    pub async fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Set(args) => args.run().await,
            What::Narrow(args) => args.run().await,
            What::Revoke(args) => args.run().await,
            What::Show(args) => args.run().await,
        }
    }
}

impl SetArgs {
    async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (asset, scale) = asset_of(&client, self.asset)?;
        let holder = who(&client, &self.holder).await?;
        let source = match &self.of {
            Some(name) => Some(who(&client, name).await?),
            None => None,
        };
        let terms = self.terms.terms(&client, scale).await?;
        let whose =
            self.of.as_deref().map_or_else(|| "your".to_owned(), |name| format!("{}'s", super::voice::safe(name)));
        let words = format!("let {} spend {whose} {asset}", super::voice::safe(&self.holder));
        let object = json!({"holder": holder, "source": source, "asset": asset, "terms": terms});
        let command = WireCommand::SetLimit(WireSetLimit { holder, source, asset, terms });
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl NarrowArgs {
    async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let holder = who(&client, &self.holder).await?;
        let parent = self.parent;
        let row = rows(&client).await?.into_iter().find(|row| row.limit == parent).ok_or_else(|| {
            Failure::refused("limit.unknown", format!("you hold no limit {parent}"))
                .hint("`oikos limit show` lists them")
        })?;
        let (_, scale) = asset_of(&client, Some(row.asset))?;
        let terms = self.terms.terms(&client, scale).await?;
        let words = format!("let {} spend a part of {parent}", super::voice::safe(&self.holder));
        let object = json!({"parent": parent, "holder": holder, "terms": terms});
        let command = WireCommand::NarrowLimit(WireNarrowLimit { parent, holder, terms });
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl RevokeArgs {
    async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let limit = self.limit;
        let command = WireCommand::RevokeLimit(RevokeLimit { limit });
        let words = format!("revoke {limit} and all that was passed on from it");
        let object = json!({"revoked": limit});
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl ShowArgs {
    async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (rows, voice) = (rows(&client).await?, self.at.voice());
        let mut names = Names::of(&client);
        for row in &rows {
            let (holder, source) = (names.name(row.holder).await?, names.name(row.source).await?);
            let left = row.left.as_ref().map_or_else(|| "no total".to_owned(), |left| format!("{left} left"));
            let above = row.parent.map_or_else(String::new, |parent| format!(" · part of {parent}"));
            let state = if row.revoked { " · revoked" } else { "" };
            voice.data(&format!(
                "{:<5} {holder} spends {} of {source}: {} spent in {} payments, {left}{above}{state}",
                row.limit, row.asset, row.spent, row.payments
            ))?;
        }
        if rows.is_empty() {
            voice.talk("no limits")?;
        }
        voice.object(&json!({"limits": rows}))?;
        Ok(())
    }
}

async fn rows(client: &Client) -> Result<Vec<LimitRow>, Failure> {
    match found(client, WireQuery::Limits {}).await? {
        Found::Limits(rows) => Ok(rows),
        _ => Ok(Vec::new()),
    }
}

impl TermArgs {
    async fn terms(&self, client: &Client, scale: Scale) -> Result<WireTerms, Failure> {
        let amount = |text: &Option<String>| text.as_deref().map(|text| decimal(text, scale)).transpose();
        let mut these = Vec::with_capacity(self.to.len());
        for name in &self.to {
            these.push(who(client, name).await?);
        }
        let kinds = self.kinds.iter().map(|kind| match kind {
            Kind::Agent => ParticipantKind::Agent,
            Kind::Human => ParticipantKind::Human,
            Kind::Organisation => ParticipantKind::Organisation,
        });
        let payees = match (these.is_empty(), self.kinds.is_empty()) {
            (false, _) => WirePayees::These(these),
            (true, false) => WirePayees::Kinds(kinds.collect()),
            (true, true) => WirePayees::Anyone,
        };
        Ok(WireTerms {
            payees,
            amount_min: amount(&self.min)?,
            amount_max: amount(&self.max)?,
            total_max: amount(&self.total)?,
            count_max: self.count,
            period: self.period.map(Lasting),
            from: ahead(client, self.after).await?,
            expires: ahead(client, self.expires).await?,
            depth: self.depth,
        })
    }
}
