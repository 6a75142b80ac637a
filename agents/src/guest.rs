//! A guest: connected, and not (yet) a participant. It can ask what economy this is, and join.
//!
//! Owns the way from a key to a [`Client`]. A broker gives permissions when a connection is made, so that whoever has
//! joined connects anew; nobody sees that from outside.

use crate::client::Client;
use crate::error::Error;
use core::time::Duration;
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::identity::signature::Signed;
use oikos_bus::nats::client::{ConnectOptions, Credentials};
use oikos_bus::subject::{Name, Subject};
use oikos_bus::{Bus, Envelope};
use oikos_protocol::wire::join::{Info, Join, Joined, WhoIs};
use std::time::{SystemTime, UNIX_EPOCH};

/// How long a guest waits for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long a join may be under way, in nanoseconds.
const JOIN_NS_MAX: u64 = 60_000_000_000;

/// Somebody with a key at the door of an economy.
#[derive(Debug)]
pub struct Guest {
    bus: Bus,
    key: KeyPair,
    /// Where to connect anew; nowhere within a process.
    url: Option<String>,
    info: Info,
}

impl Guest {
    /// Connects to the economy at this address, such as `nats://127.0.0.1:4222`.
    ///
    /// # Errors
    /// [`Error::Bus`] where nobody is there, [`Error::Unanswered`] where no economy is.
    pub async fn connect(url: &str, key: KeyPair) -> Result<Self, Error> {
        let bus = connect(url, &key).await?;
        let info = info(&bus, &key).await?;
        Ok(Self { bus, key, url: Some(url.to_owned()), info })
    }

    /// Looks at an economy without a key of one's own: what it is called, to find out which key is needed.
    ///
    /// # Errors
    /// As [`Guest::connect`].
    pub async fn look(url: &str) -> Result<Info, Error> {
        Ok(Self::connect(url, KeyPair::generate()?).await?.info)
    }

    /// The same over a bus within this process.
    ///
    /// # Errors
    /// [`Error::Unanswered`] where no economy listens.
    pub async fn on(bus: Bus, key: KeyPair) -> Result<Self, Error> {
        let info = info(&bus, &key).await?;
        Ok(Self { bus, key, url: None, info })
    }

    /// What the economy says of itself.
    #[must_use]
    pub const fn info(&self) -> &Info {
        &self.info
    }

    /// The participant that this key belongs to.
    ///
    /// # Errors
    /// [`Error::NotJoined`] where it belongs to none; `name` is only for the message.
    pub async fn enter(self, name: &Name) -> Result<Client, Error> {
        let known = match self.url {
            Some(_) => self.info.you.clone(),
            // A bus within a process does not tell its callers apart: the economy is asked for the name.
            None => {
                Some(WhoIs { participant: named(&self.bus, &self.info, name).await?, name: Some(name.to_string()) })
            }
        };
        let Some(you) = known else { return Err(Error::NotJoined { name: name.to_string() }) };
        Client::new(self.bus, self.key, self.info, &you)
    }

    /// Joins, and enters.
    ///
    /// # Errors
    /// [`Error::Refused`], for example as `bad_name` where the name is taken.
    pub async fn join(self, join: &Join) -> Result<Client, Error> {
        let subject = subject(&format!("oikos.{}.join", self.info.economy))?;
        let body = serde_json::to_vec(join).map_err(|why| Error::BadRequest(why.to_string()))?;
        let id = crate::random::hex32()?;
        let signed = Signed::sign(&self.key, subject.as_str(), &id, self.info.now.0.saturating_add(JOIN_NS_MAX), &body)
            .map_err(|why| Error::BadRequest(why.to_string()))?;
        let envelope =
            signed.into_envelope(Envelope::new(subject, body)).map_err(|why| Error::BadRequest(why.to_string()))?;
        let answer = self.bus.request(envelope, ANSWER_WITHIN).await?;
        let you = match read(&answer)? {
            Joined::Welcome(you) => you,
            Joined::Refused(why) => return Err(Error::Refused(Box::new(why))),
        };
        let bus = match &self.url {
            Some(url) => connect(url, &self.key).await?,
            None => self.bus,
        };
        let info = info(&bus, &self.key).await?;
        Client::new(bus, self.key, info, &you)
    }
}

async fn connect(url: &str, key: &KeyPair) -> Result<Bus, Error> {
    let options = ConnectOptions {
        credentials: Credentials::Nkey(Box::new(key.clone())),
        name: Some("oikos-agents".to_owned()),
        inbox_prefix: Some(subject(&format!("_INBOX.{}", key.public()))?),
    };
    Ok(Bus::connect(url, options).await?)
}

/// Asks what economy this is, and who the owner of this key is in it.
async fn info(bus: &Bus, key: &KeyPair) -> Result<Info, Error> {
    let asked = Envelope::new(subject("oikos.info")?, key.public().to_string());
    match bus.request(asked, ANSWER_WITHIN).await {
        Ok(answer) => read(&answer),
        Err(oikos_bus::BusError::NoResponders { .. } | oikos_bus::BusError::TimedOut { .. }) => Err(Error::Unanswered),
        Err(other) => Err(other.into()),
    }
}

async fn named(bus: &Bus, info: &Info, name: &Name) -> Result<oikos_protocol::id::ParticipantId, Error> {
    use oikos_protocol::wire::query::{Ask, Found, QueryAnswered, WireQuery};
    let query =
        WireQuery::Participants { name: Some(name.to_string()), participant: None, capability: None, present: false };
    let body = serde_json::to_vec(&Ask { query, at_least: 0 }).map_err(|why| Error::BadRequest(why.to_string()))?;
    let subject = subject(&format!("oikos.{}.query.{name}", info.economy))?;
    let answer: QueryAnswered = read(&bus.request(Envelope::new(subject, body), ANSWER_WITHIN).await?)?;
    let QueryAnswered::Answer(answer) = answer else { return Err(Error::NotJoined { name: name.to_string() }) };
    match answer.answer {
        Found::Participants(rows) if !rows.is_empty() => Ok(rows[0].participant),
        _ => Err(Error::NotJoined { name: name.to_string() }),
    }
}

/// Reads an answer.
pub(crate) fn read<T: serde::de::DeserializeOwned>(answer: &Envelope) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|why| Error::BadAnswer(why.to_string()))
}

/// A subject of names that were checked.
pub(crate) fn subject(text: &str) -> Result<Subject, Error> {
    Subject::new(text).map_err(|why| Error::BadAnswer(why.to_string()))
}

/// This machine's clock, in nanoseconds since 1970.
pub(crate) fn now_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
