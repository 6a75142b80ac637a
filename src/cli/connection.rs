//! Where a person's command connects, and as whom: what was said, else the environment, else `current.json`.

use super::failure::Failure;
use super::voice::Voice;
use oikos_agents::agent::URL;
use oikos_agents::{Client, Guest, Home};
use oikos_bus::subject::Name;
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::wire::query::{BalanceRow, Found, ParticipantRow, WireQuery};
use oikos_protocol::wire::receipt::Money;
use oikos_protocol::wire::text::Decimal;
use oikos_sim::scenario::mistake::did_you_mean;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Options of every command that talks to a live economy.
#[derive(Debug, Clone, clap::Args)]
pub struct ConnectArgs {
    /// Where the economy's bus is [default: that of the last `oikos up` here]
    #[arg(long, env = "OIKOS_URL", value_name = "URL", global = true)]
    pub url: Option<String>,
    /// Who you are [default: the person of the last `oikos up` here]
    #[arg(long = "as", env = "OIKOS_AS", value_name = "NAME", global = true)]
    pub name: Option<String>,
    /// The folder of your keys, from the option that all commands have.
    #[arg(skip)]
    pub home: Option<PathBuf>,
    /// JSON for programs, from the option that all commands have.
    #[arg(skip)]
    pub json: bool,
}

impl ConnectArgs {
    /// How this command speaks.
    #[must_use]
    pub const fn voice(&self) -> Voice {
        Voice { json: self.json }
    }

    /// The folder of keys.
    #[must_use]
    pub fn home(&self) -> Home {
        self.home.as_ref().map_or_else(Home::from_env, Home::at)
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> String {
        let current = || self.home().current().map(|current| current.url);
        self.url.clone().or_else(current).unwrap_or_else(|| URL.to_owned())
    }

    /// Connects as a participant.
    ///
    /// # Errors
    /// A [`Failure`] with the way out.
    pub async fn connect(&self) -> Result<Client, Failure> {
        let (home, url) = (self.home(), self.url());
        let info = Guest::look(&url).await.map_err(|why| Failure::from(why).hint(no_economy(&url)))?;
        let economy = Name::new(&info.economy).map_err(|why| Failure::usage(why.to_string()))?;
        let name = self.who(&home, &economy)?;
        let key = home.key(&economy, &name)?.ok_or_else(|| {
            let why = format!("there is no key for `{name}` in {}", home.path(&economy, &name).display());
            Failure::refused("no_key", why).hint(format!("join first: `oikos join {name} --human`"))
        })?;
        Ok(Guest::connect(&url, key).await?.enter(&name).await?)
    }

    fn who(&self, home: &Home, economy: &Name) -> Result<Name, Failure> {
        let current = home.current().filter(|current| current.economy == economy.as_str()).map(|current| current.name);
        if let Some(said) = self.name.clone().or(current) {
            return Name::new(&said).map_err(|why| Failure::usage(why.to_string()));
        }
        match home.names(economy).as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(Failure::usage("you have no key for this economy").hint("join first: `oikos join NAME --human`")),
            _ => Err(Failure::usage("you have several keys for this economy").hint("say who you are with `--as NAME`")),
        }
    }
}

/// The same connection as the operator, unless somebody else is named.
#[must_use]
pub fn as_operator(at: &ConnectArgs) -> ConnectArgs {
    let name = at.name.clone().or_else(|| Some(oikos::node::directory::OPERATOR.to_owned()));
    ConnectArgs { name, ..at.clone() }
}

fn no_economy(url: &str) -> String {
    format!("is an economy running at {url}? `oikos up --dev` starts one; `--url` names another place")
}

/// A task as people write it: `t7` or `7`.
///
/// # Errors
/// What was expected.
pub fn task_id(text: &str) -> Result<TaskId, String> {
    let digits = text.strip_prefix('t').unwrap_or(text);
    digits.parse().map(TaskId).map_err(|_| "a task is written like `t7`; `oikos tasks` lists them".to_owned())
}

/// A participant by name.
///
/// # Errors
/// A [`Failure`] where there is none.
pub async fn participant(client: &Client, name: &str) -> Result<ParticipantRow, Failure> {
    let query =
        WireQuery::Participants { name: Some(name.to_owned()), participant: None, capability: None, present: false };
    let found = match client.ask(query).await?.answer {
        Found::Participants(rows) => rows.into_iter().next(),
        _ => None,
    };
    if let Some(found) = found {
        return Ok(found);
    }
    let failure =
        Failure::refused("unknown_participant", format!("there is no participant `{}`", super::voice::safe(name)));
    let everybody = WireQuery::Participants { name: None, participant: None, capability: None, present: false };
    let known = match client.ask(everybody).await?.answer {
        Found::Participants(rows) => rows,
        _ => Vec::new(),
    };
    let near = did_you_mean(name, known.iter().filter_map(|row| row.name.as_deref()));
    Err(match near {
        Some(near) => failure.hint(near),
        None => failure,
    })
}

/// The free money of one asset.
///
/// # Errors
/// A [`Failure`] where the economy cannot be asked.
pub async fn balance(client: &Client) -> Result<Vec<BalanceRow>, Failure> {
    match client.ask(WireQuery::Balance { at: None }).await?.answer {
        Found::Balance(rows) => Ok(rows),
        _ => Ok(Vec::new()),
    }
}

/// The free money of one asset, as text.
///
/// # Errors
/// As [`balance`].
pub async fn available(client: &Client, asset: oikos_protocol::command::asset::AssetCode) -> Result<String, Failure> {
    let row = balance(client).await?.into_iter().find(|row| row.asset == asset);
    Ok(row.map_or_else(|| "0".to_owned(), |row| row.available.to_string()))
}

/// `a` less `b` in money of this client's economy; `a` where it cannot be told.
#[must_use]
pub fn less(client: &Client, a: &Decimal, b: &Decimal, asset: oikos_protocol::command::asset::AssetCode) -> Decimal {
    let Some(scale) = client.scale(asset) else { return a.clone() };
    let parse = |text: &Decimal| scale.parse(&text.0).unwrap_or(Amount::ZERO);
    Decimal::of(parse(a).saturating_sub(parse(b)), scale)
}

/// Money for people: `0.10 OIK`.
#[must_use]
pub fn shown(money: &Money) -> String {
    format!("{} {}", money.amount, money.asset)
}

/// Names of participants, asked for once each.
#[derive(Debug)]
pub struct Names<'a> {
    client: &'a Client,
    known: BTreeMap<ParticipantId, String>,
}

impl<'a> Names<'a> {
    /// No name known yet.
    #[must_use]
    pub const fn of(client: &'a Client) -> Self {
        Self { client, known: BTreeMap::new() }
    }

    /// The name of a participant; its number where it was forgotten.
    ///
    /// # Errors
    /// A [`Failure`] where the economy cannot be asked.
    pub async fn name(&mut self, id: ParticipantId) -> Result<String, Failure> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let query = WireQuery::Participants { name: None, participant: Some(id), capability: None, present: false };
        let row = match self.client.ask(query).await?.answer {
            Found::Participants(rows) => rows.into_iter().next(),
            _ => None,
        };
        let name = row.and_then(|row| row.name).map_or_else(|| id.to_string(), |name| super::voice::safe(&name));
        self.known.insert(id, name.clone());
        Ok(name)
    }
}
