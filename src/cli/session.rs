//! One signed conversation with a node: where it is, which economy, as whom.

use crate::cli::exit::CliError;
use clap::Args;
use oikos::home::{Current, Home};
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::identity::signature::Signed;
use oikos_bus::nats::client::{ConnectOptions, Credentials};
use oikos_bus::subject::Subject;
use oikos_bus::{Bus, Envelope};
use oikos_protocol::wire::join::Info;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a signature is good for, in nanoseconds.
const EXPIRES_AFTER_NS: u64 = 60_000_000_000;

/// Which node to talk to.
#[derive(Debug, Clone, Args)]
pub struct Where {
    /// Where the bus is; what `oikos up` said last.
    #[arg(long, env = "OIKOS_URL")]
    url: Option<String>,
    /// Which economy; what `oikos up` said last.
    #[arg(long)]
    economy: Option<String>,
}

/// A connection with a key.
#[derive(Debug)]
pub struct Session {
    bus: Bus,
    key: KeyPair,
    /// The economy.
    pub economy: String,
    /// As whom.
    pub name: String,
}

impl Where {
    /// The same, where nothing else was said, about this economy.
    #[must_use]
    pub fn or_economy(self, economy: &str) -> Self {
        Self { economy: self.economy.or_else(|| Some(economy.to_owned())), ..self }
    }

    /// What was said here, or by `oikos up`.
    pub fn resolve(&self, home: &Home, name: Option<&str>) -> Current {
        let known = home.current();
        let or = |given: Option<&str>, known: Option<String>, default: &str| {
            given.map(str::to_owned).or(known).unwrap_or_else(|| default.to_owned())
        };
        Current {
            url: or(self.url.as_deref(), known.as_ref().map(|known| known.url.clone()), "nats://127.0.0.1:4222"),
            economy: or(self.economy.as_deref(), known.as_ref().map(|known| known.economy.clone()), "kitchen"),
            name: or(name, known.map(|known| known.name), "mara"),
        }
    }

    /// Connects with the key of this name.
    ///
    /// # Errors
    /// There is no such key, or no node.
    pub async fn connect(&self, home: &Home, name: Option<&str>) -> Result<Session, CliError> {
        let Current { url, economy, name } = self.resolve(home, name);
        let key = home.key(&economy, &name).map_err(CliError::from_error)?;
        let options = ConnectOptions {
            credentials: Credentials::Nkey(Box::new(key.clone())),
            name: Some(format!("oikos ({name})")),
            inbox_prefix: Subject::new(&format!("_INBOX.{}", key.public())).ok(),
        };
        let bus = Bus::connect(&url, options).await.map_err(CliError::from_error)?;
        Ok(Session { bus, key, economy, name })
    }
}

impl Session {
    /// Asks with a signature, in a room of the economy: `keys.mara`, `operator`.
    ///
    /// # Errors
    /// No answer, or one that is none.
    pub async fn ask<A: DeserializeOwned>(&self, room: &str, body: &impl Serialize) -> Result<A, CliError> {
        let subject = Subject::new(&format!("oikos.{}.{room}", self.economy)).map_err(CliError::from_error)?;
        let info = Subject::new("oikos.info").map_err(CliError::from_error)?;
        let info: Info = self.request(Envelope::new(info, Vec::new())).await?;
        let body = serde_json::to_vec(body).map_err(CliError::from_error)?;
        let expires_ns = info.now.0.saturating_add(EXPIRES_AFTER_NS);
        let id = data_encoding::HEXLOWER.encode(&oikos::node::folder::random::<16>().map_err(CliError::from_error)?);
        let envelope = Signed::sign(&self.key, subject.as_str(), &id, expires_ns, &body)
            .and_then(|signed| signed.into_envelope(Envelope::new(subject, body)))
            .map_err(CliError::from_error)?;
        self.request(envelope).await
    }

    async fn request<A: DeserializeOwned>(&self, envelope: Envelope) -> Result<A, CliError> {
        let answer = self.bus.request(envelope, PATIENCE).await.map_err(CliError::from_error)?;
        serde_json::from_slice(&answer.body).map_err(CliError::from_error)
    }
}
