//! A participant with its connection, who signs what it sends and comes back when the node is busy.

use crate::Failure;
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::identity::signature::Signed;
use oikos_bus::nats::client::{ConnectOptions, Credentials};
use oikos_bus::subject::Subject;
use oikos_bus::{Bus, Envelope};
use oikos_protocol::wire::join::{Info, Joined};
use oikos_protocol::wire::receipt::{Answered, Receipt, Refusal, RefusalCode, WireOutcome, WireReply};
use serde::de::DeserializeOwned;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Messages of one participant under way.
const IN_FLIGHT_MAX: usize = 48;
const PATIENCE: Duration = Duration::from_secs(30);

/// A participant; clones share its connection and its count of ids.
#[derive(Clone)]
pub struct Client {
    bus: Bus,
    key: KeyPair,
    subject: Subject,
    expires_ns: u64,
    number: u64,
    pub participant: u64,
    ids: Arc<AtomicU64>,
    /// First come, first served: a client that throws everything at a bounded queue is told `busy` out of order.
    in_flight: Arc<Semaphore>,
}

impl Client {
    /// Somebody new, as `c<number>`.
    pub async fn join(url: &str, number: u64) -> Result<Self, Failure> {
        let key = KeyPair::from_secret([u8::try_from(100 + number)?; 32]);
        let guest = connect(url, &key).await?;
        let info: Info = request(&guest, "oikos.info", Vec::new()).await?;
        let subject = Subject::new("oikos.kitchen.join")?;
        let body =
            format!("{{\"name\":\"c{number}\",\"kind\":\"agent\",\"capabilities\":[\"text.shout/v1\"]}}").into_bytes();
        let signed = Signed::sign(&key, subject.as_str(), "j", expires_ns(&info), &body)?;
        let answer = guest.request(signed.into_envelope(Envelope::new(subject, body))?, PATIENCE).await?;
        let Joined::Welcome(_) = serde_json::from_slice(&answer.body)? else { return Err("not taken in".into()) };
        Self::known(url, key, &format!("c{number}"), number).await
    }

    /// Somebody who is in already.
    pub async fn known(url: &str, key: KeyPair, name: &str, number: u64) -> Result<Self, Failure> {
        let bus = connect(url, &key).await?;
        let info: Info = request(&bus, "oikos.info", key.public().to_string().into_bytes()).await?;
        let participant = info.you.as_ref().ok_or("the node does not know the key")?.participant.0;
        let subject = Subject::new(&format!("oikos.kitchen.cmd.{name}"))?;
        let ids = Arc::new(AtomicU64::new(1));
        Ok(Self {
            bus,
            key,
            subject,
            expires_ns: expires_ns(&info),
            number,
            participant,
            ids,
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT_MAX)),
        })
    }

    /// A signed message with these commands.
    pub fn message(&self, commands: &[String]) -> Result<Envelope, Failure> {
        let mut body = String::from("{\"requests\":[");
        let first = self.ids.fetch_add(commands.len() as u64, Ordering::Relaxed);
        for (id, command) in (first..).zip(commands) {
            let comma = if id == first { "" } else { "," };
            write!(body, "{comma}{{\"id\":\"{:016x}{id:016x}\",\"command\":{command}}}", self.number)?;
        }
        body.push_str("]}");
        let body = body.into_bytes();
        let signed = Signed::sign(&self.key, self.subject.as_str(), "m", self.expires_ns, &body)?;
        Ok(signed.into_envelope(Envelope::new(self.subject.clone(), body))?)
    }

    /// Sends them and waits until they are durable and applied; all must be accepted. When the node is busy it does
    /// what an honest client does, and its latency counts that too.
    pub async fn send(&self, commands: &[String]) -> Result<Vec<WireReply>, Failure> {
        let _place = self.in_flight.acquire().await?;
        let envelope = self.message(commands)?;
        let receipt: Receipt = loop {
            let answer = self.bus.request(envelope.clone(), PATIENCE).await?;
            match serde_json::from_slice(&answer.body)? {
                Answered::Receipt(receipt) => break receipt,
                Answered::Refused { refused: Refusal { code: RefusalCode::Busy, retry_after_ms, .. } } => {
                    tokio::time::sleep(Duration::from_millis(retry_after_ms.unwrap_or(50))).await;
                }
                Answered::Refused { refused } => return Err(format!("refused: {refused:?}").into()),
            }
        };
        let replies = receipt.outcomes.into_iter().map(|outcome| match outcome {
            WireOutcome::Accepted(reply) => Ok(reply),
            other => Err(format!("not accepted: {other:?}").into()),
        });
        let replies = replies.collect::<Result<Vec<_>, Failure>>()?;
        if replies.len() == commands.len() { Ok(replies) } else { Err("outcomes are missing".into()) }
    }

    /// What it has, in the hundredth parts of a coin.
    pub async fn cents(&self) -> Result<usize, Failure> {
        let subject = self.subject.as_str().replace(".cmd.", ".query.");
        let ask = b"{\"query\":{\"balance\":{}}}".to_vec();
        let answer: serde_json::Value = request(&self.bus, &subject, ask).await?;
        let available = answer["answer"]["balance"][0]["available"].as_str().ok_or("no balance")?;
        Ok(available.replace('.', "").parse()?)
    }

    /// Keeps a piece of content and tells its hash.
    pub async fn put(&self, text: &str) -> Result<String, Failure> {
        use oikos_protocol::wire::content::{ContentAnswer, ContentAsk};
        let piece = oikos::node::content::Piece::salted("application/json", text.as_bytes())?;
        let subject = self.subject.as_str().replace(".cmd.", ".content.");
        match request(&self.bus, &subject, serde_json::to_vec(&ContentAsk::Put(piece.to_wire()))?).await? {
            ContentAnswer::Kept { hash } => Ok(serde_json::to_value(hash)?.as_str().unwrap_or_default().to_owned()),
            other => Err(format!("not kept: {other:?}").into()),
        }
    }
}

fn expires_ns(info: &Info) -> u64 {
    info.now.0 + 3_600_000_000_000
}

async fn request<A: DeserializeOwned>(bus: &Bus, subject: &str, body: Vec<u8>) -> Result<A, Failure> {
    let answer = bus.request(Envelope::new(Subject::new(subject)?, body), PATIENCE).await?;
    Ok(serde_json::from_slice(&answer.body)?)
}

async fn connect(url: &str, key: &KeyPair) -> Result<Bus, Failure> {
    let inbox_prefix = Some(Subject::new(&format!("_INBOX.{}", key.public()))?);
    let credentials = Credentials::Nkey(Box::new(key.clone()));
    Ok(Bus::connect(url, ConnectOptions { credentials, name: None, inbox_prefix }).await?)
}
