//! What somebody is about to do with money: told where it is a dry run, sent where it is not.

use super::connection::{ConnectArgs, participant};
use super::failure::Failure;
use oikos_agents::Client;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::time::Span;
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::query::{Found, WireQuery};
use oikos_protocol::wire::receipt::{Money, WireReply};
use oikos_protocol::wire::text::{Decimal, Nanos};
use serde_json::{Value, json};

/// A command with what it says to people and to programs.
#[derive(Debug)]
pub struct Intent {
    /// What is asked.
    pub command: WireCommand,
    /// In words: `pay 5 OIK to bob`.
    pub words: String,
    /// As an object with stable keys.
    pub object: Value,
    /// Say what would happen, and do nothing.
    pub dry_run: bool,
}

impl Intent {
    /// Tells it, or does it and tells what came of it.
    ///
    /// # Errors
    /// A [`Failure`] with the economy's reason.
    pub async fn carry_out(self, client: &Client, at: &ConnectArgs) -> Result<(), Failure> {
        let (voice, mut object) = (at.voice(), self.object);
        if self.dry_run {
            voice.data(&format!("dry run: would {}; nothing was sent", self.words))?;
            object["dry_run"] = json!(true);
            voice.object(&object)?;
            return Ok(());
        }
        let done = client.command(self.command).await?;
        let number = number(&done.reply);
        let number = number.map_or_else(String::new, |(name, id)| {
            object[name] = json!(id);
            format!(" · {}{id}", &name[..1])
        });
        voice.data(&format!("done: {}{number} · receipt seq {}", self.words, done.seq))?;
        object["seq"] = json!(done.seq);
        voice.object(&object)?;
        Ok(())
    }
}

fn number(reply: &WireReply) -> Option<(&'static str, u64)> {
    let limit = reply.limit.map(|limit| ("limit", limit.0));
    let stream = reply.stream.map(|stream| ("stream", stream.0));
    limit.or(stream).or(reply.exchange.map(|exchange| ("exchange", exchange.0)))
}

/// An amount as people write it, in an asset of the economy: the one that is said, or its first.
///
/// # Errors
/// Where there is no such asset, or it cannot hold the amount.
pub fn money(client: &Client, amount: &str, asset: Option<AssetCode>) -> Result<Money, Failure> {
    let (asset, scale) = asset_of(client, asset)?;
    Ok(Money { amount: decimal(amount, scale)?, asset })
}

/// The asset that is said, or the economy's first.
///
/// # Errors
/// Where there is none.
pub fn asset_of(client: &Client, asset: Option<AssetCode>) -> Result<(AssetCode, Scale), Failure> {
    let assets = &client.info().assets;
    let found = match asset {
        Some(code) => assets.iter().find(|known| known.code == code),
        None => assets.first(),
    };
    found.map(|known| (known.code, known.scale)).ok_or_else(|| {
        let known: Vec<String> = assets.iter().map(|known| known.code.to_string()).collect();
        Failure::refused("unknown_asset", "the economy has no such asset").hint(format!("it has: {}", known.join(", ")))
    })
}

/// A decimal text as the asset writes it.
///
/// # Errors
/// Where the asset cannot hold it.
pub fn decimal(text: &str, scale: Scale) -> Result<Decimal, Failure> {
    let amount: Amount = scale.parse(text).map_err(|why| Failure::usage(why.to_string()))?;
    Ok(Decimal::of(amount, scale))
}

/// The participant of a name.
///
/// # Errors
/// Where there is none.
pub async fn who(client: &Client, name: &str) -> Result<ParticipantId, Failure> {
    Ok(participant(client, name).await?.participant)
}

/// Economy time so far ahead.
///
/// # Errors
/// Where the economy cannot be asked.
pub async fn ahead(client: &Client, span: Option<Span>) -> Result<Option<Nanos>, Failure> {
    let Some(span) = span else { return Ok(None) };
    let t = client.ask(WireQuery::Balance { at: None }).await?.t;
    Ok(Some(Nanos(t.0.saturating_add(span.0))))
}

/// The hash of a name outside: what the economy keeps of it.
#[must_use]
pub fn reference(text: &str) -> Hash32 {
    Hash32::of(text.as_bytes())
}

/// A length of time as people write it.
///
/// # Errors
/// What was expected.
pub fn span(text: &str) -> Result<Span, String> {
    Span::parse(text).map_err(|why| why.to_string())
}

/// A code of an asset as people write it.
///
/// # Errors
/// What was expected.
pub fn code(text: &str) -> Result<AssetCode, String> {
    AssetCode::new(text).ok_or_else(|| "an asset has a code such as `OIK`".to_owned())
}

/// A number with its letter, such as `l3`; the letter may be left out.
///
/// # Errors
/// What was expected.
pub fn numbered(text: &str, letter: char) -> Result<u64, String> {
    let digits = text.strip_prefix(letter).unwrap_or(text);
    digits.parse().map_err(|_| format!("it is written like `{letter}3`"))
}

/// What a query found, where it is of the kind that was asked for.
///
/// # Errors
/// Where the economy cannot be asked.
pub async fn found(client: &Client, query: WireQuery) -> Result<Found, Failure> {
    Ok(client.ask(query).await?.answer)
}
