//! The client: a participant's side of the wire, with typed commands and questions.
//!
//! Owns the ids of commands and their retries: a command is named once, and asked again under that name, with the same
//! expiry, until it is answered, so that it is done at most once however often the connection breaks. It remembers
//! the last sequence it has a receipt of, and reads at least that far: what was written is what is read.
//! Connections are renewed by the bus underneath; subscriptions survive that, and what was missed on the way is in
//! the mailbox or in the answer to a question.
//! Absent on purpose: opinions. When to bid is a strategy's, what to accept the caller's.

use crate::error::Error;
use crate::events::Events;
use crate::guest::{now_ns, read, subject};
use core::time::Duration;
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::identity::signature::Signed;
use oikos_bus::subject::{Filter, Name, Subject, Subjects};
use oikos_bus::{Bus, BusError, Envelope};
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::id::{CommandId, Hash32, ParticipantId, TaskId};
use oikos_protocol::money::Scale;
use oikos_protocol::wire::bundle::{Bundle, WireRequest};
use oikos_protocol::wire::command::WireCommand;
use oikos_protocol::wire::join::{Info, WhoIs};
use oikos_protocol::wire::limits::BUNDLE_COMMANDS_MAX;
use oikos_protocol::wire::mailbox::{MailboxAnswer, MailboxAsk};
use oikos_protocol::wire::presence::Heartbeat;
use oikos_protocol::wire::query::{Ask, Found, QueryAnswer, QueryAnswered, TaskStory, WireQuery};
use oikos_protocol::wire::receipt::{Answered, Receipt, RefusalCode, WireOutcome, WireReply};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tokio::time::Instant;

/// How long one attempt waits for its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How long a command is tried again before its sender is told.
const PATIENCE: Duration = Duration::from_secs(60);
/// How far ahead a command is dated, in nanoseconds: longer than it is tried.
const EXPIRES_AHEAD_NS: u64 = 600_000_000_000;
/// Pause after the first failure; doubled after each further one.
const PAUSE_FIRST: Duration = Duration::from_millis(25);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A participant's connection to its economy. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bus: Bus,
    key: KeyPair,
    info: Info,
    economy: Name,
    name: Name,
    participant: ParticipantId,
    subjects: Subjects,
    /// The node's clock less this machine's, in nanoseconds.
    ahead_ns: AtomicI64,
    /// The last sequence of a receipt.
    seen: AtomicU64,
    patience: Duration,
}

/// A command that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The sequence of its receipt.
    pub seq: u64,
    /// What the economy replied.
    pub reply: WireReply,
}

impl Client {
    pub(crate) fn new(bus: Bus, key: KeyPair, info: Info, you: &WhoIs) -> Result<Self, Error> {
        let named = |text: &str| Name::new(text).map_err(|why| Error::BadAnswer(why.to_string()));
        let economy = named(&info.economy)?;
        let name = named(you.name.as_deref().unwrap_or_default())?;
        let ahead_ns = AtomicI64::new(info.now.0.cast_signed().wrapping_sub(now_ns().cast_signed()));
        Ok(Self(Arc::new(Inner {
            subjects: Subjects::of(economy.clone()),
            participant: you.participant,
            seen: AtomicU64::new(info.seq),
            patience: PATIENCE,
            bus,
            key,
            info,
            economy,
            name,
            ahead_ns,
        })))
    }

    /// Its number.
    #[must_use]
    pub fn participant(&self) -> ParticipantId {
        self.0.participant
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.name
    }

    /// What the economy said of itself when this client connected.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.0.info
    }

    /// Decimals of an asset, if the economy has it.
    #[must_use]
    pub fn scale(&self, asset: AssetCode) -> Option<Scale> {
        self.0.info.assets.iter().find(|known| known.code == asset).map(|known| known.scale)
    }

    /// Asks for one thing to be done.
    ///
    /// # Errors
    /// [`Error::Rejected`] or [`Error::Refused`] say that it was not done, [`Error::InDoubt`] that nobody knows.
    pub async fn command(&self, command: WireCommand) -> Result<Done, Error> {
        let receipt = self.commands(vec![command]).await?;
        match receipt.outcomes.into_iter().next() {
            Some(WireOutcome::Accepted(reply)) => Ok(Done { seq: receipt.seq, reply }),
            Some(WireOutcome::Rejected(why)) => Err(Error::Rejected(why)),
            None => Err(Error::BadAnswer("a receipt without an outcome".to_owned())),
        }
    }

    /// Asks for up to 256 things under one signature; each is decided for itself, in this order.
    ///
    /// # Errors
    /// As [`Client::command`], but that each outcome is in the receipt.
    pub async fn commands(&self, commands: Vec<WireCommand>) -> Result<Receipt, Error> {
        if commands.is_empty() || commands.len() > BUNDLE_COMMANDS_MAX {
            return Err(Error::BadRequest(format!("a bundle has 1 to {BUNDLE_COMMANDS_MAX} commands")));
        }
        let named = |command| Ok(WireRequest { id: crate::random::command_id()?, command });
        let requests = commands.into_iter().map(named).collect::<Result<Vec<_>, Error>>()?;
        let id = requests[0].id;
        let body = to_json(&Bundle { requests })?;
        let receipt = self.insist(id, &body).await?;
        self.0.seen.fetch_max(receipt.seq + receipt.outcomes.len().saturating_sub(1) as u64, Ordering::Relaxed);
        Ok(receipt)
    }

    /// Sends the same bytes until they are answered.
    async fn insist(&self, id: CommandId, body: &[u8]) -> Result<Receipt, Error> {
        let subject = self.0.subjects.commands_of(&self.0.name);
        let started = Instant::now();
        let mut expires_ns = self.expires_ns();
        let (mut pause, mut in_doubt) = (PAUSE_FIRST, false);
        loop {
            let envelope = self.signed(&subject, id, expires_ns, body)?;
            let mut wait = None;
            match self.0.bus.request(envelope, ANSWER_WITHIN).await {
                Ok(answer) => match read::<Answered>(&answer)? {
                    Answered::Receipt(receipt) => return Ok(receipt),
                    Answered::Refused { refused } => {
                        if let Some(now) = refused.now {
                            let ahead = now.0.cast_signed().wrapping_sub(now_ns().cast_signed());
                            self.0.ahead_ns.store(ahead, Ordering::Relaxed);
                        }
                        match refused.code {
                            // Refused is not sequenced: unless an earlier attempt is in doubt, it may be dated anew.
                            RefusalCode::Expired | RefusalCode::TooFarAhead if !in_doubt && refused.now.is_some() => {
                                expires_ns = self.expires_ns();
                            }
                            RefusalCode::Expired if in_doubt => return Err(Error::InDoubt { id }),
                            RefusalCode::Busy | RefusalCode::ShuttingDown => {
                                wait = refused.retry_after_ms.map(Duration::from_millis);
                            }
                            _ => return Err(Error::Refused(Box::new(refused))),
                        }
                    }
                },
                Err(BusError::NoResponders { .. }) => {}
                Err(BusError::TimedOut { .. } | BusError::Disconnected { .. }) => in_doubt = true,
                Err(other) => return Err(other.into()),
            }
            if started.elapsed() >= self.0.patience {
                return Err(if in_doubt { Error::InDoubt { id } } else { Error::Unanswered });
            }
            tokio::time::sleep(wait.unwrap_or(pause) + jitter(pause)?).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    fn expires_ns(&self) -> u64 {
        now_ns().saturating_add_signed(self.0.ahead_ns.load(Ordering::Relaxed)).saturating_add(EXPIRES_AHEAD_NS)
    }

    fn signed(&self, subject: &Subject, id: CommandId, expires_ns: u64, body: &[u8]) -> Result<Envelope, Error> {
        let bad = |why: oikos_bus::identity::signature::SignatureError| Error::BadRequest(why.to_string());
        let signed = Signed::sign(&self.0.key, subject.as_str(), &id.to_string(), expires_ns, body).map_err(bad)?;
        signed.into_envelope(Envelope::new(subject.clone(), body.to_vec())).map_err(bad)
    }

    /// Asks a question. The answer stands at least where this client's last receipt does.
    ///
    /// # Errors
    /// [`Error::Refused`] or [`Error::Unanswered`].
    pub async fn ask(&self, query: WireQuery) -> Result<QueryAnswer, Error> {
        self.ask_at_least(query, self.0.seen.load(Ordering::Relaxed)).await
    }

    /// Asks a question whose answer stands at least at this sequence.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn ask_at_least(&self, query: WireQuery, at_least: u64) -> Result<QueryAnswer, Error> {
        match self.call("query", &Ask { query, at_least }).await? {
            QueryAnswered::Answer(answer) => Ok(answer),
            QueryAnswered::Refused { refused } => Err(Error::Refused(Box::new(refused))),
        }
    }

    /// A task with its story, if there is one that this participant may see.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn task(&self, task: TaskId) -> Result<Option<TaskStory>, Error> {
        match self.ask(WireQuery::Task { task }).await?.answer {
            Found::Task(story) => Ok(story.map(|story| *story)),
            _ => Err(other_answer()),
        }
    }

    /// Calls one of this participant's own services of the node, again and again while nobody answers: all of them
    /// may be asked twice.
    pub(crate) async fn call<T: DeserializeOwned>(&self, service: &str, ask: &impl Serialize) -> Result<T, Error> {
        let subject = subject(&format!("oikos.{}.{service}.{}", self.0.economy, self.0.name))?;
        let body = to_json(ask)?;
        let (started, mut pause) = (Instant::now(), PAUSE_FIRST);
        loop {
            match self.0.bus.request(Envelope::new(subject.clone(), body.clone()), ANSWER_WITHIN).await {
                Ok(answer) => return read(&answer),
                Err(BusError::NoResponders { .. } | BusError::TimedOut { .. } | BusError::Disconnected { .. }) => {}
                Err(other) => return Err(other.into()),
            }
            if started.elapsed() >= self.0.patience {
                return Err(Error::Unanswered);
            }
            tokio::time::sleep(pause + jitter(pause)?).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Calls a service once: what must not be done twice.
    pub(crate) async fn call_once<T: DeserializeOwned>(&self, service: &str, ask: &impl Serialize) -> Result<T, Error> {
        let subject = subject(&format!("oikos.{}.{service}.{}", self.0.economy, self.0.name))?;
        read(&self.0.bus.request(Envelope::new(subject, to_json(ask)?), ANSWER_WITHIN).await?)
    }

    /// Its connection.
    pub(crate) fn bus(&self) -> &Bus {
        &self.0.bus
    }

    /// The nonce of this participant's bid for a task: the same after a restart, and nobody else's to know.
    pub(crate) fn nonce_of(&self, task: TaskId) -> [u8; 16] {
        let signature = self.0.key.sign(format!("oikos.nonce.1\n{}\n{}", self.0.economy, task.0).as_bytes());
        let Hash32(hash) = Hash32::of(&signature);
        core::array::from_fn(|at| hash[at])
    }

    /// Listens to public events of one kind (`task`, `offer`, …; `>` for all) and to this participant's own mail.
    /// When it returns, nothing that happens later is missed for want of a subscription.
    ///
    /// # Errors
    /// [`Error::Bus`].
    pub async fn events(&self, kind: &str) -> Result<Events, Error> {
        let bad = |why: oikos_bus::subject::SubjectError| Error::BadRequest(why.to_string());
        let of = if kind == ">" { String::from(">") } else { format!("{kind}.*") };
        let public = Filter::new(&format!("oikos.{}.evt.{of}", self.0.economy)).map_err(bad)?;
        let mail = Filter::from(&self.0.subjects.mail_of(&self.0.name));
        let public = self.0.bus.subscribe(&public).await?;
        let mail = self.0.bus.subscribe(&mail).await?;
        public.ready().await?;
        mail.ready().await?;
        Ok(Events::new(public, mail))
    }

    /// Reads the mailbox, or acknowledges.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn mailbox(&self, ask: &MailboxAsk) -> Result<MailboxAnswer, Error> {
        match self.call("mailbox", ask).await? {
            MailboxAnswer::Refused(why) => Err(Error::Refused(Box::new(why))),
            answer => Ok(answer),
        }
    }

    /// Says that this participant is here.
    ///
    /// # Errors
    /// [`Error::Bus`].
    pub async fn heartbeat(&self, heartbeat: &Heartbeat) -> Result<(), Error> {
        let subject = self.0.subjects.presence_of(&self.0.name);
        Ok(self.0.bus.publish(Envelope::new(subject, to_json(heartbeat)?)).await?)
    }

    /// Waits until the bus has taken everything that was sent.
    ///
    /// # Errors
    /// [`Error::Bus`].
    pub async fn settle(&self) -> Result<(), Error> {
        Ok(self.0.bus.settle().await?)
    }
}

/// The answer belongs to another question.
pub(crate) fn other_answer() -> Error {
    Error::BadAnswer("the answer belongs to another question".to_owned())
}

fn to_json(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|why| Error::BadRequest(why.to_string()))
}

/// Up to a half more, so that a thousand clients do not come back at the same moment.
fn jitter(pause: Duration) -> Result<Duration, Error> {
    let [byte, ..] = crate::random::bytes16()?;
    Ok(pause * u32::from(byte) / 512)
}

/// A nonce for a bid: the bidder's own ticket in the lots, which nobody else knows before bids close.
///
/// # Errors
/// [`Error::Key`] where the operating system gives no random bytes.
pub fn nonce() -> Result<String, Error> {
    crate::random::hex32()
}
