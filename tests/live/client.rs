//! A signed client and a node in this process, for the tests beside it.

use oikos::node::clock::Machine;
use oikos::node::start::FirstKeys;
use oikos::node::{Config, Node, start};
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::identity::signature::Signed;
use oikos_bus::nats::client::{ConnectOptions, Credentials};
use oikos_bus::subject::{Filter, Name, Subject};
use oikos_bus::{Bus, Envelope, Subscription};
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::id::{Capability, CommandId, Hash32, ParticipantId};
use oikos_protocol::wire::bundle::{Bundle, WireRequest};
use oikos_protocol::wire::command::{WireCommand, WireIssue};
use oikos_protocol::wire::content::{ContentAnswer, ContentAsk};
use oikos_protocol::wire::join::{Info, Join, Joined};
use oikos_protocol::wire::query::{Ask, Found, QueryAnswered, WireQuery};
use oikos_protocol::wire::receipt::{Answered, Receipt, Refusal, WireOutcome, WireReply};
use oikos_protocol::wire::text::Decimal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::time::Duration;

pub const ECONOMY: &str = "kitchen";
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The keys of the operator and of mara.
pub fn first_keys() -> (KeyPair, KeyPair) {
    (KeyPair::from_secret([11; 32]), KeyPair::from_secret([12; 32]))
}

pub fn config(folder: &Path) -> Config {
    Config {
        listen: "127.0.0.1:0".to_owned(),
        dev: true,
        join_open: true,
        segment_bytes: 1 << 20,
        ..Config::new(Name::new(ECONOMY).unwrap(), folder)
    }
}

pub async fn node_with(config: Config) -> Node {
    let (operator, mara) = first_keys();
    start(config, FirstKeys { operator: operator.public(), person: Some(mara.public()) }).await.unwrap()
}

pub async fn node(folder: &Path) -> Node {
    node_with(config(folder)).await
}

/// A machine whose clock is ahead.
pub fn ahead(by: Duration) -> Machine {
    let by = u64::try_from(by.as_nanos()).unwrap();
    Machine::new(move || {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        u64::try_from(since.as_nanos()).unwrap() + by
    })
}

/// A connection with a key.
pub struct Client {
    pub bus: Bus,
    pub key: KeyPair,
    pub name: String,
    pub id: ParticipantId,
    pub expires_ns: u64,
    next: u128,
}

pub async fn connect(url: &str, key: &KeyPair) -> Bus {
    let options = ConnectOptions {
        credentials: Credentials::Nkey(Box::new(key.clone())),
        name: None,
        inbox_prefix: Some(Subject::new(&format!("_INBOX.{}", key.public())).unwrap()),
    };
    Bus::connect(url, options).await.unwrap()
}

pub fn sign(key: &KeyPair, subject: &str, id: &str, expires_ns: u64, body: Vec<u8>) -> Envelope {
    let signed = Signed::sign(key, subject, id, expires_ns, &body).unwrap();
    signed.into_envelope(Envelope::new(Subject::new(subject).unwrap(), body)).unwrap()
}

pub async fn request<A: DeserializeOwned>(bus: &Bus, envelope: Envelope) -> A {
    let answer = bus.request(envelope, PATIENCE).await.unwrap();
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&answer.body)))
}

pub async fn info(bus: &Bus) -> Info {
    request(bus, Envelope::new(Subject::new("oikos.info").unwrap(), Vec::new())).await
}

impl Client {
    /// One who is in already.
    pub async fn known(url: &str, key: KeyPair, name: &str) -> Self {
        let bus = connect(url, &key).await;
        let asked = Envelope::new(Subject::new("oikos.info").unwrap(), key.public().to_string());
        let info: Info = request(&bus, asked).await;
        let id = info.you.unwrap().participant;
        let next = u128::from(key.public().as_bytes()[0]) << 64;
        Self { bus, key, name: name.to_owned(), id, expires_ns: info.now.0 + 3_600_000_000_000, next }
    }

    pub async fn mara(url: &str) -> Self {
        Self::known(url, first_keys().1, "mara").await
    }

    pub async fn operator(url: &str) -> Self {
        Self::known(url, first_keys().0, "operator").await
    }

    /// One who joins.
    pub async fn join(url: &str, name: &str, secret: u8, capabilities: &[&str]) -> Self {
        let key = KeyPair::from_secret([secret; 32]);
        let guest = connect(url, &key).await;
        let joined = join_as(&guest, &key, name, capabilities).await;
        let Joined::Welcome(who) = joined else { panic!("{joined:?}") };
        assert_eq!(who.name.as_deref(), Some(name));
        Self::known(url, key, name).await
    }

    pub fn subject(&self, room: &str) -> String {
        format!("oikos.{ECONOMY}.{room}.{}", self.name)
    }

    pub fn next_id(&mut self) -> CommandId {
        self.next += 1;
        CommandId(self.next)
    }

    pub fn bundle(&mut self, commands: Vec<WireCommand>) -> Vec<u8> {
        let requests = commands.into_iter().map(|command| WireRequest { id: self.next_id(), command }).collect();
        serde_json::to_vec(&Bundle { requests }).unwrap()
    }

    pub fn envelope(&self, body: Vec<u8>) -> Envelope {
        sign(&self.key, &self.subject("cmd"), "message", self.expires_ns, body)
    }

    pub async fn send(&mut self, commands: Vec<WireCommand>) -> Receipt {
        let body = self.bundle(commands);
        match request(&self.bus, self.envelope(body)).await {
            Answered::Receipt(receipt) => receipt,
            Answered::Refused { refused } => panic!("{refused:?}"),
        }
    }

    pub async fn refused(&mut self, body: &str) -> Refusal {
        match request(&self.bus, self.envelope(body.as_bytes().to_vec())).await {
            Answered::Refused { refused } => refused,
            Answered::Receipt(receipt) => panic!("{receipt:?}"),
        }
    }

    /// Sends one command that is accepted.
    pub async fn done(&mut self, command: WireCommand) -> WireReply {
        let receipt = self.send(vec![command]).await;
        match receipt.outcomes.into_iter().next() {
            Some(WireOutcome::Accepted(reply)) => reply,
            other => panic!("{other:?}"),
        }
    }

    pub async fn json(&mut self, command: serde_json::Value) -> WireReply {
        self.done(serde_json::from_value(command).unwrap()).await
    }

    pub async fn ask<A: DeserializeOwned>(&self, room: &str, ask: &impl Serialize) -> A {
        let subject = Subject::new(&self.subject(room)).unwrap();
        request(&self.bus, Envelope::new(subject, serde_json::to_vec(ask).unwrap())).await
    }

    pub async fn query(&self, query: WireQuery) -> Found {
        match self.ask("query", &Ask { query, at_least: 0 }).await {
            QueryAnswered::Answer(answer) => answer.answer,
            QueryAnswered::Refused { refused } => panic!("{refused:?}"),
        }
    }

    pub async fn available(&self) -> String {
        match self.query(WireQuery::Balance { at: None }).await {
            Found::Balance(rows) => rows[0].available.0.clone(),
            other => panic!("{other:?}"),
        }
    }

    pub async fn digest(&self) -> Hash32 {
        match self.query(WireQuery::Book {}).await {
            Found::Book(book) => book.digest,
            other => panic!("{other:?}"),
        }
    }

    pub async fn put(&self, text: &str) -> Hash32 {
        let piece = oikos::node::content::Piece::salted("application/json", text.as_bytes()).unwrap();
        match self.ask("content", &ContentAsk::Put(piece.to_wire())).await {
            ContentAnswer::Kept { hash } => hash,
            other => panic!("{other:?}"),
        }
    }

    pub async fn listen(&self, filter: &str) -> Subscription {
        let subscription = self.bus.subscribe(&Filter::new(filter).unwrap()).await.unwrap();
        subscription.ready().await.unwrap();
        subscription
    }
}

pub async fn join_as(bus: &Bus, key: &KeyPair, name: &str, capabilities: &[&str]) -> Joined {
    let now_ns = info(bus).await.now.0;
    let capabilities = capabilities.iter().map(|text| Capability::new(text).unwrap()).collect();
    let kind = ParticipantKind::Agent;
    let join = Join { name: name.to_owned(), kind, capabilities, calendar: None, key: None };
    let subject = format!("oikos.{ECONOMY}.join");
    let envelope = sign(key, &subject, "join", now_ns + 60_000_000_000, serde_json::to_vec(&join).unwrap());
    request(bus, envelope).await
}

pub fn issue(to: ParticipantId, amount: &str) -> WireCommand {
    let asset = oikos_protocol::command::asset::AssetCode::new("OIK").unwrap();
    WireCommand::Issue(WireIssue { asset, to, amount: Decimal(amount.to_owned()), reference: Hash32([1; 32]) })
}

pub fn pay(to: ParticipantId, amount: &str) -> WireCommand {
    let asset = oikos_protocol::command::asset::AssetCode::new("OIK").unwrap();
    let amount = Decimal(amount.to_owned());
    WireCommand::Pay(vec![oikos_protocol::wire::command::WirePayment { to, asset, amount }])
}
