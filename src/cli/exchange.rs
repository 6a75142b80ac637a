//! `oikos exchange`: one asset for another, both legs or none.

use super::connection::{ConnectArgs, Names, shown};
use super::failure::Failure;
use super::intent::{Intent, ahead, code, found, money, numbered, span, who};
use oikos_agents::Client;
use oikos_protocol::command::exchange::{TakeExchange, WithdrawExchange};
use oikos_protocol::id::ExchangeId;
use oikos_protocol::time::Span;
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::exchange::WireOfferExchange;
use oikos_protocol::wire::query::{ExchangeRow, Found, WireQuery};
use oikos_protocol::wire::receipt::Money;
use serde_json::json;

/// Options of `oikos exchange`.
#[derive(Debug, clap::Args)]
pub struct ExchangeArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Offers one asset for another
    Offer(OfferArgs),
    /// Takes an exchange: both legs are paid, or none
    Take(OneArgs),
    /// Takes an offer of yours back
    Withdraw(OneArgs),
    /// Shows the exchanges that you can take or have made
    Show(ShowArgs),
}

#[derive(Debug, clap::Args)]
struct OfferArgs {
    /// What you give, such as `2GEM`
    give: String,
    /// What you get for it, such as `30EUR`
    get: String,
    /// The only one who may take it [default: anyone]
    #[arg(long, value_name = "NAME")]
    to: Option<String>,
    /// In how long it ends [default: never]
    #[arg(long, value_parser = span)]
    expires: Option<Span>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Where to connect, and as whom
    #[command(flatten)]
    at: ConnectArgs,
}

#[derive(Debug, clap::Args)]
struct OneArgs {
    /// Which, such as `e3`
    #[arg(value_parser = |text: &str| numbered(text, 'e').map(ExchangeId))]
    exchange: ExchangeId,
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

impl ExchangeArgs {
    /// Where to connect.
    pub const fn at(&mut self) -> &mut ConnectArgs {
        match &mut self.what {
            What::Offer(args) => &mut args.at,
            What::Take(args) | What::Withdraw(args) => &mut args.at,
            What::Show(args) => &mut args.at,
        }
    }

    /// Does it.
    ///
    /// # Errors
    /// A [`Failure`], for example `exchange.maker_lacks`.
    pub async fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Offer(args) => args.run().await,
            What::Take(args) => {
                let exchange = args.exchange;
                args.run(WireCommand::TakeExchange(TakeExchange { exchange }), "take").await
            }
            What::Withdraw(args) => {
                let exchange = args.exchange;
                args.run(WireCommand::WithdrawExchange(WithdrawExchange { exchange }), "withdraw").await
            }
            What::Show(args) => args.run().await,
        }
    }
}

/// `2GEM`: an amount and a code.
fn leg(client: &Client, text: &str) -> Result<Money, Failure> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (amount, asset) = text.split_at(end);
    money(client, amount, Some(code(asset.trim()).map_err(|why| Failure::usage(why).hint("write `2GEM` or `30EUR`"))?))
}

impl OfferArgs {
    async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (give, get) = (leg(&client, &self.give)?, leg(&client, &self.get)?);
        let taker = match &self.to {
            Some(name) => Some(who(&client, name).await?),
            None => None,
        };
        let expires = ahead(&client, self.expires).await?;
        let words = format!("give {} for {}", shown(&give), shown(&get));
        let object = json!({"give": give, "get": get, "taker": taker, "expires": expires});
        let command = WireCommand::OfferExchange(WireOfferExchange { give, get, taker, expires });
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl OneArgs {
    async fn run(self, command: WireCommand, verb: &str) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let exchange = self.exchange;
        let row = rows(&client).await?.into_iter().find(|row| row.exchange == exchange).ok_or_else(|| {
            Failure::refused("exchange.unknown", format!("there is no exchange {exchange} for you"))
                .hint("`oikos exchange show` lists them")
        })?;
        let words = format!("{verb} {exchange}: {} for {}", shown(&row.give), shown(&row.get));
        let object = json!({"of": exchange, "did": verb, "give": row.give, "get": row.get});
        Intent { command, words, object, dry_run: self.dry_run }.carry_out(&client, &self.at).await
    }
}

impl ShowArgs {
    async fn run(self) -> Result<(), Failure> {
        let client = self.at.connect().await?;
        let (rows, voice) = (rows(&client).await?, self.at.voice());
        let mut names = Names::of(&client);
        for row in &rows {
            let maker = names.name(row.maker).await?;
            voice.data(&format!("{:<5} {maker} gives {} for {}", row.exchange, shown(&row.give), shown(&row.get)))?;
        }
        if rows.is_empty() {
            voice.talk("no exchanges")?;
        }
        voice.object(&json!({"exchanges": rows}))?;
        Ok(())
    }
}

async fn rows(client: &Client) -> Result<Vec<ExchangeRow>, Failure> {
    match found(client, WireQuery::Exchanges {}).await? {
        Found::Exchanges(rows) => Ok(rows),
        _ => Ok(Vec::new()),
    }
}
