//! What a node answers beside commands: what it is, who joins, keys, content, mail, presence, questions.
//!
//! One task a subject, each with its own place in the bus's queue, so that a flood of questions does not delay a
//! command. What needs the state goes to the loop; what needs the disk alone is done here.
//! Invariant: a key is bound before its participant is sequenced, so that a join cut in two by a crash is finished by
//! sending it again.

use crate::node::admit::{Admission, Admitted, Decided, ReplyTo, from_json, last_token};
use crate::node::content::{ContentStore, Piece};
use crate::node::directory::name_of;
use crate::node::domain;
use crate::node::keys::{Asked as AskedBy, Binding};
use crate::node::presence::Presence;
use crate::node::publish::json;
use crate::node::sequencer::{Asked, Waiting};
use crate::node::tell::{Parties, Telling};
use oikos_bus::broker::listener::Broker;
use oikos_bus::identity::nkey::PublicKey;
use oikos_bus::identity::signature::{Signed, is_usable};
use oikos_bus::subject::{Filter, Name, Subject};
use oikos_bus::{Bus, BusError, Envelope, Subscription};
use oikos_protocol::command::participant::Register;
use oikos_protocol::command::{Command, Request};
use oikos_protocol::id::{CommandId, Hash32, ParticipantId, TaskId};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::time::Span;
use oikos_protocol::wire::content::{ContentAnswer, ContentAsk};
use oikos_protocol::wire::join::{AssetInfo, Info, Join, Joined, KeyScope, KeysAnswer, KeysAsk, WhoIs};
use oikos_protocol::wire::mailbox::{MailboxAnswer, MailboxAsk};
use oikos_protocol::wire::operator::{OperatorAnswer, OperatorAsk};
use oikos_protocol::wire::query::{Ask, QueryAnswered};
use oikos_protocol::wire::receipt::{Answered, Refusal, RefusalCode};
use oikos_protocol::wire::tell::{TellAnswer, TellAsk, Told};
use oikos_protocol::wire::text::{Lasting, Nanos};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

/// Messages looked at together, their signatures checked with one equation.
const BATCH_MAX: usize = 256;
/// How long the loop may take to decide a join.
const DECISION: Duration = Duration::from_secs(10);
/// Deliverables that are checked against their domain at once.
pub const CHECKS_MAX: usize = 8;
/// How far `oikos clock` may move the clock at once.
const FORWARD_MAX: Span = Span::hours(365 * 24);

/// What all desks work with. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    /// The bus.
    pub bus: Bus,
    /// The economy.
    pub economy: Name,
    /// Names, keys, time.
    pub admission: Admission,
    /// Content.
    pub content: Arc<ContentStore>,
    /// Who is here.
    pub presence: Presence,
    /// What parties of contracts tell each other.
    pub telling: Telling,
    /// Places for deliverables that are checked at once.
    pub checking: Arc<Semaphore>,
    /// The lanes.
    pub waiting: Arc<Waiting>,
    /// The loop.
    pub asked: mpsc::Sender<Asked>,
    /// The embedded listener, where there is one.
    pub broker: Option<Broker>,
    /// Whether this is a development economy.
    pub dev: bool,
    /// Whether anybody may join.
    pub join_open: bool,
}

impl Desk {
    /// Opens all desks; they stand until the set is dropped.
    ///
    /// # Errors
    /// The bus did not take a subscription.
    pub async fn open(&self) -> Result<JoinSet<()>, BusError> {
        let mut desks = JoinSet::new();
        let economy = &self.economy;
        let listen = async |subject: String| {
            let filter = Filter::new(&subject)?;
            let subscription = self.bus.subscribe(&filter).await?;
            subscription.ready().await?;
            Ok::<_, BusError>(subscription)
        };
        desks.spawn(self.clone().commands(listen(format!("oikos.{economy}.cmd.*")).await?));
        macro_rules! desk {
            ($subject:expr, $method:ident) => {{
                let (desk, mut subscription) = (self.clone(), listen($subject).await?);
                desks.spawn(async move {
                    while let Some(message) = subscription.next().await {
                        desk.$method(message).await;
                    }
                });
            }};
        }
        desk!("oikos.info".to_owned(), info);
        desk!(format!("oikos.{economy}.join"), join);
        desk!(format!("oikos.{economy}.keys.*"), keys);
        desk!(format!("oikos.{economy}.query.*"), query);
        desk!(format!("oikos.{economy}.content.*"), content);
        desk!(format!("oikos.{economy}.mailbox.*"), mailbox);
        desk!(format!("oikos.{economy}.presence.*"), present);
        desk!(format!("oikos.{economy}.tell.*"), tell);
        desk!(format!("oikos.{economy}.operator"), operator);
        Ok(desks)
    }

    async fn commands(self, mut subscription: Subscription) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while let Some(first) = subscription.next().await {
            batch.push(first);
            while batch.len() < BATCH_MAX {
                match next_at_once(&mut subscription).await {
                    Some(message) => batch.push(message),
                    None => break,
                }
            }
            let verdicts = self.admission.admit(&batch);
            for (message, verdict) in batch.drain(..).zip(verdicts) {
                let refused = match verdict {
                    Ok(bundle) if self.is_described(&bundle) => {
                        self.check_and_push(bundle, message);
                        continue;
                    }
                    Ok(bundle) => self.waiting.push(bundle).err().map(|(_, refused)| refused),
                    Err(refused) => Some(refused),
                };
                if let Some(refused) = refused {
                    tracing::debug!(subject = %message.subject, code = ?refused.code, "refused");
                    self.reply(&message, &Answered::Refused { refused }).await;
                }
            }
            // Others must have a turn between two batches.
            tokio::task::yield_now().await;
        }
    }

    /// Whether a deliverable of this bundle has a domain that it has to fit.
    fn is_described(&self, bundle: &Admitted) -> bool {
        !self.described(bundle).is_empty()
    }

    /// The deliverables of a bundle with the domains of their tasks: place, domain, deliverable.
    fn described(&self, bundle: &Admitted) -> Vec<(usize, Hash32, Hash32)> {
        let submitted = |(at, request): (usize, &Request)| match &request.command {
            Command::SubmitDeliverable(submit) => {
                let input = self.admission.directory.read().input(submit.task)?;
                Some((at, domain::named_by(&self.content, input)?, submit.deliverable))
            }
            _ => None,
        };
        bundle.requests.iter().enumerate().filter_map(submitted).collect()
    }

    /// Checks deliverables beside the other commands, a few at a time, and gives the bundle its place.
    fn check_and_push(&self, bundle: Admitted, message: Envelope) {
        let desk = self.clone();
        tokio::spawn(async move {
            let Ok(_permit) = Arc::clone(&desk.checking).try_acquire_owned() else {
                let refused = Refusal::new(RefusalCode::Busy, "many deliverables are being checked").retry_after_ms(50);
                return desk.reply(&message, &Answered::Refused { refused }).await;
            };
            let (described, content) = (desk.described(&bundle), Arc::clone(&desk.content));
            let checked = on_disk(move || {
                let fits = described.into_iter().try_for_each(|(at, its, deliverable)| {
                    domain::check(&content, its, deliverable)
                        .map_err(|refusal| refusal.at(format!("requests[{at}].command.submit_deliverable.deliverable")))
                });
                Ok(fits)
            });
            let pushed = match checked.await {
                Ok(()) => desk.waiting.push(bundle).map_err(|(_, refused)| refused),
                Err(refused) => Err(refused),
            };
            if let Err(refused) = pushed {
                tracing::debug!(subject = %message.subject, code = ?refused.code, "refused");
                desk.reply(&message, &Answered::Refused { refused }).await;
            }
        });
    }

    async fn info(&self, message: Envelope) {
        let (tell, told) = oneshot::channel();
        if self.asked.send(Asked::Standing(tell)).await.is_err() {
            return;
        }
        let Ok((seq, t)) = told.await else { return };
        let now_ns = self.admission.clock.now_ns();
        let key = core::str::from_utf8(&message.body).ok().and_then(|text| text.trim().parse::<PublicKey>().ok());
        let binding = key.and_then(|key| self.admission.keys.current(key, now_ns));
        let info = {
            let directory = self.admission.directory.read();
            let you = binding
                .and_then(|binding| directory.of_hash(binding.whose))
                .map(|participant| WhoIs { participant, name: directory.name(participant).map(ToString::to_string) });
            Info {
                wire: 1,
                economy: self.economy.to_string(),
                dev: self.dev,
                join_open: self.join_open,
                now: Nanos(now_ns),
                t: t.into(),
                seq,
                assets: directory.assets().iter().map(|&(code, scale)| AssetInfo { code, scale }).collect(),
                you,
            }
        };
        self.reply(&message, &info).await;
    }

    async fn join(&self, message: Envelope) {
        let joined = match self.take_in(&message).await {
            Ok(who) => Joined::Welcome(who),
            Err(refused) => Joined::Refused(refused),
        };
        self.reply(&message, &joined).await;
    }

    async fn take_in(&self, message: &Envelope) -> Result<WhoIs, Refusal> {
        let signed = self.admission.verify(message)?;
        let join: Join = from_json(&message.body)?;
        let now_ns = self.admission.clock.now_ns();
        let by_operator =
            self.admission.keys.current(signed.key, now_ns).is_some_and(|binding| binding.whose == Hash32::ZERO);
        let key = match &join.key {
            None if by_operator => {
                let text = "the operator names the key of whom it takes in";
                return Err(Refusal::new(RefusalCode::Malformed, text).at("key"));
            }
            None => signed.key,
            Some(text) => {
                let key = parse_key(text).map_err(|refusal| refusal.at("key"))?;
                if key != signed.key && !by_operator {
                    let text = "only the operator takes in another's key";
                    return Err(Refusal::new(RefusalCode::NotAllowed, text).at("key"));
                }
                key
            }
        };
        if !self.join_open && !by_operator {
            return Err(Refusal::new(RefusalCode::NotAllowed, "joining is closed; ask the operator"));
        }
        let bad_name = |text: &str| Refusal::new(RefusalCode::BadName, text.to_owned()).at("name");
        let name = name_of(&join.name).ok_or_else(|| {
            bad_name(
                "a name has 1 to 32 bytes: letters, digits, `-` or `_`; or Chinese, Japanese or Korean letters alone",
            )
        })?;
        let whose = self.admission.keys.current(key, now_ns).map(|binding| binding.whose);
        let whose = match whose {
            // This key joined before: perhaps only half of the way.
            Some(whose) => {
                let known = self.content.get(whose).map(|piece| piece.bytes);
                if known.as_deref() != Some(name.as_str().as_bytes()) {
                    return Err(bad_name("this key has joined under another name"));
                }
                whose
            }
            None => {
                if self.admission.directory.read().of_name(name.as_str()).is_some() {
                    return Err(bad_name("the name is taken"));
                }
                self.bind_newcomer(&name, key, now_ns, &signed, message).await?
            }
        };
        let known = self.admission.directory.read().of_hash(whose);
        let participant = match known {
            Some(participant) => participant,
            None => self.register(whose, join).await?,
        };
        let name = self.admission.directory.read().name(participant).map(ToString::to_string);
        Ok(WhoIs { participant, name })
    }

    async fn bind_newcomer(
        &self,
        name: &Name,
        key: PublicKey,
        now_ns: u64,
        signed: &Signed,
        message: &Envelope,
    ) -> Result<Hash32, Refusal> {
        let piece = Piece::salted("text/plain", name.as_str().as_bytes()).map_err(|error| broken(&error))?;
        let (content, keys) = (Arc::clone(&self.content), Arc::clone(&self.admission.keys));
        let asked = asked_by(signed, message);
        on_disk(move || {
            let whose = content.put(&piece)?;
            let binding = Binding { whose, scope: KeyScope::All, expires_ns: None };
            Ok(keys.bind(key, binding, now_ns, Some(asked))?.map(|()| whose))
        })
        .await
    }

    async fn register(&self, whose: Hash32, join: Join) -> Result<ParticipantId, Refusal> {
        let Join { kind, capabilities, calendar, .. } = join;
        let command = Command::Register(Register { kind, principal: None, name: whose, capabilities, calendar });
        // The same join is the same command, so that a repeated one takes nobody in twice.
        let mut id = [0; 16];
        id.copy_from_slice(&whose.0[..16]);
        let face = &self.admission.clock;
        let expires = face.economy_time(face.now_ns()).after(Span::hours(1));
        let by = ParticipantId::OPERATOR;
        let request = Request { by, id: CommandId(u128::from_be_bytes(id)), expires, command };
        let decided = self.decide(request).await?;
        match decided.outcomes.first() {
            Some(Outcome::Accepted(Reply::Participant(participant))) => Ok(*participant),
            Some(Outcome::Rejected(why)) => Err(Refusal::new(RefusalCode::Malformed, why.to_string()).at(why.field())),
            _ => Err(Refusal::new(RefusalCode::Busy, "the join was not decided").retry_after_ms(1_000)),
        }
    }

    /// Has a request of the node's own decided.
    async fn decide(&self, request: Request) -> Result<Decided, Refusal> {
        let (tell, told) = oneshot::channel();
        let bundle = Admitted {
            by: request.by,
            requests: vec![request],
            evidence: Vec::new(),
            reply: Some(ReplyTo::Inside(tell)),
            beats_a_deadline: true,
            span: None,
        };
        self.waiting.push(bundle).map_err(|(_, refusal)| refusal)?;
        let undecided = || Refusal::new(RefusalCode::Busy, "not decided in time").retry_after_ms(1_000);
        tokio::time::timeout(DECISION, told).await.map_err(|_| undecided())?.map_err(|_| undecided())
    }

    async fn keys(&self, message: Envelope) {
        let answer = match self.change_keys(&message).await {
            Ok(keys) => keys,
            Err(refused) => KeysAnswer::Refused(refused),
        };
        self.reply(&message, &answer).await;
    }

    async fn change_keys(&self, message: &Envelope) -> Result<KeysAnswer, Refusal> {
        let whose = {
            let directory = self.admission.directory.read();
            let by = directory.of_name(last_token(&message.subject)).and_then(|by| directory.entry(by));
            by.map(|entry| entry.hash)
                .ok_or_else(|| Refusal::new(RefusalCode::BadSubject, "the subject names no participant"))?
        };
        let signed = self.admission.verify(message)?;
        let now_ns = self.admission.clock.now_ns();
        let binding = self.admission.keys.current(signed.key, now_ns);
        let scope = binding.filter(|binding| binding.whose == whose).map(|binding| binding.scope);
        let ask: KeysAsk = from_json(&message.body)?;
        let may = match (&ask, scope) {
            (KeysAsk::List {}, Some(_)) => true,
            (_, Some(KeyScope::All)) => true,
            _ => binding.is_some_and(|binding| binding.whose == Hash32::ZERO && binding.scope == KeyScope::All),
        };
        if !may {
            return Err(Refusal::new(RefusalCode::Unauthorised, "only a key of scope `all` changes keys"));
        }
        let (keys, asked) = (Arc::clone(&self.admission.keys), asked_by(&signed, message));
        match ask {
            KeysAsk::List {} => {}
            KeysAsk::Add { key, scope, expires } => {
                let key = parse_key(&key).map_err(|refusal| refusal.at("add.key"))?;
                let binding = Binding { whose, scope, expires_ns: expires.map(|end| end.0) };
                on_disk(move || keys.bind(key, binding, now_ns, Some(asked))).await?;
            }
            KeysAsk::Revoke { key } => {
                let key = parse_key(&key).map_err(|refusal| refusal.at("revoke.key"))?;
                on_disk(move || keys.revoke(key, whose, now_ns, Some(asked))).await?;
                if let Some(broker) = &self.broker {
                    let cut = broker.disconnect(&key.to_string());
                    tracing::info!(%key, cut, "a key was revoked");
                }
            }
        }
        Ok(KeysAnswer::Keys(self.admission.keys.of(whose)))
    }

    async fn query(&self, message: Envelope) {
        let refused = match (self.who(&message), from_json::<Ask>(&message.body), &message.reply) {
            (Ok(by), Ok(ask), Some(reply)) => {
                drop(self.asked.send(Asked::Query { by, ask, reply: reply.clone() }).await);
                return;
            }
            (Err(refused), ..) | (_, Err(refused), _) => refused,
            (.., None) => return,
        };
        self.reply(&message, &QueryAnswered::Refused { refused }).await;
    }

    async fn mailbox(&self, message: Envelope) {
        let refused = match (self.who(&message), from_json::<MailboxAsk>(&message.body), &message.reply) {
            (Ok(by), Ok(ask), Some(reply)) => {
                drop(self.asked.send(Asked::Mail { by, ask, reply: reply.clone() }).await);
                return;
            }
            (Err(refused), ..) | (_, Err(refused), _) => refused,
            (.., None) => return,
        };
        self.reply(&message, &MailboxAnswer::Refused(refused)).await;
    }

    async fn content(&self, message: Envelope) {
        let answer = match self.keep_or_find(&message).await {
            Ok(answer) => answer,
            Err(refused) => ContentAnswer::Refused(refused),
        };
        self.reply(&message, &answer).await;
    }

    async fn keep_or_find(&self, message: &Envelope) -> Result<ContentAnswer, Refusal> {
        let by = self.who(message)?;
        let store = Arc::clone(&self.content);
        match from_json(&message.body)? {
            ContentAsk::Put(content) => {
                let piece = Piece::from_wire(&content)?;
                self.content.charge(by, piece.bytes.len())?;
                on_disk(move || store.put(&piece).map(Ok)).await.map(|hash| ContentAnswer::Kept { hash })
            }
            ContentAsk::Get { hash } => {
                let found = on_disk(move || Ok(Ok(store.get(hash)))).await?;
                found.map(|piece| ContentAnswer::Found(piece.to_wire())).ok_or_else(|| {
                    Refusal::new(RefusalCode::UnknownContent, "nothing is kept under this hash").at("get.hash")
                })
            }
        }
    }

    async fn present(&self, message: Envelope) {
        let name = Name::new(last_token(&message.subject));
        if let (Ok(_), Ok(name), Ok(heartbeat)) = (self.who(&message), name, from_json(&message.body))
            && let Err(why) = self.presence.renew(&name, heartbeat)
        {
            tracing::debug!(%why, subject = %message.subject, "a heartbeat was not taken");
        }
    }

    async fn tell(&self, message: Envelope) {
        let answer = match self.pass_on(&message).await {
            Ok(answer) => answer,
            Err(refused) => TellAnswer::Refused(refused),
        };
        // Whoever only publishes wants no answer.
        if message.reply.is_some() {
            self.reply(&message, &answer).await;
        }
    }

    async fn pass_on(&self, message: &Envelope) -> Result<TellAnswer<Value>, Refusal> {
        let by = self.who(message)?;
        self.telling.charge(by, message.body.len())?;
        let (task, say) = match from_json(&message.body)? {
            TellAsk::Say { task, say } => (task, say),
            TellAsk::Questions {} => {
                let mut waiting = Vec::new();
                for question in self.telling.questions(by) {
                    match self.parties(question.task).await? {
                        Some(_) => waiting.push(question),
                        None => self.telling.forget(question.task),
                    }
                }
                return Ok(TellAnswer::Questions(waiting));
            }
        };
        let told = Told { task, by, say };
        let to = self.telling.pass(&told, self.parties(task).await?)?;
        let name = self.admission.directory.read().name(to).cloned();
        let subject = name.and_then(|name| Subject::new(&format!("oikos.{}.told.{name}", self.economy)).ok());
        if let (Some(subject), Some(body)) = (subject, json(&told))
            && let Err(error) = self.bus.publish(Envelope::new(subject, body)).await
        {
            tracing::warn!(%error, %task, "could not pass on what was told");
        }
        Ok(TellAnswer::Said {})
    }

    /// The parties of the contract that runs on a task.
    async fn parties(&self, task: TaskId) -> Result<Option<Parties>, Refusal> {
        let (reply, told) = oneshot::channel();
        let stopped = || Refusal::new(RefusalCode::ShuttingDown, "the node shuts down");
        self.asked.send(Asked::Parties { task, reply }).await.map_err(|_| stopped())?;
        told.await.map_err(|_| stopped())
    }

    async fn operator(&self, message: Envelope) {
        let answer = match self.operate(&message).await {
            Ok(answer) => answer,
            Err(refused) => OperatorAnswer::Refused(refused),
        };
        self.reply(&message, &answer).await;
    }

    async fn operate(&self, message: &Envelope) -> Result<OperatorAnswer, Refusal> {
        let signed = self.admission.verify(message)?;
        let binding = self.admission.keys.current(signed.key, self.admission.clock.now_ns());
        if !binding.is_some_and(|binding| binding.whose == Hash32::ZERO && binding.scope == KeyScope::All) {
            return Err(Refusal::new(RefusalCode::Unauthorised, "the key is not the operator's"));
        }
        let stopped = || Refusal::new(RefusalCode::ShuttingDown, "the node shuts down");
        let by = match from_json(&message.body)? {
            OperatorAsk::Clock { forward: Lasting(by) } => by,
            OperatorAsk::Snapshot {} => {
                let (done, told) = oneshot::channel();
                self.asked.send(Asked::Snapshot(done)).await.map_err(|_| stopped())?;
                let no_space = || Refusal::new(RefusalCode::NoSpace, "the disk is full").retry_after_ms(1_000);
                let seq = told.await.map_err(|_| no_space())?;
                return Ok(OperatorAnswer::Snapshot { seq });
            }
        };
        if !self.dev {
            let text = "the clock is moved in a development economy only";
            return Err(Refusal::new(RefusalCode::NotAllowed, text));
        }
        if by > FORWARD_MAX {
            let text = format!("the clock is moved by at most {FORWARD_MAX} at once");
            return Err(Refusal::new(RefusalCode::Malformed, text).at("clock.forward"));
        }
        let (done, told) = oneshot::channel();
        self.asked.send(Asked::Forward { by, done }).await.map_err(|_| stopped())?;
        let (seq, now_ns, t) = told.await.map_err(|_| stopped())?;
        Ok(OperatorAnswer::Clock { now: Nanos(now_ns), t: t.into(), seq })
    }

    /// Whose subject a message came on: the listener lets nobody else publish there.
    fn who(&self, message: &Envelope) -> Result<ParticipantId, Refusal> {
        self.admission
            .directory
            .read()
            .of_name(last_token(&message.subject))
            .ok_or_else(|| Refusal::new(RefusalCode::BadSubject, format!("`{}` names no participant", message.subject)))
    }

    async fn reply(&self, to: &Envelope, value: &impl Serialize) {
        if let Some(bytes) = json(value)
            && let Err(error) = self.bus.reply(to, bytes).await
        {
            tracing::warn!(%error, subject = %to.subject, "could not answer");
        }
    }
}

/// A message that is there already; does not wait for one.
async fn next_at_once(subscription: &mut Subscription) -> Option<Envelope> {
    tokio::select! {
        biased;
        message = subscription.next() => message,
        () = core::future::ready(()) => None,
    }
}

/// Does what may wait for the disk on a thread that may wait.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => Err(broken(&error)),
        Err(error) => Err(broken(&std::io::Error::other(error))),
    }
}

fn broken(error: &std::io::Error) -> Refusal {
    tracing::error!(%error, "the disk refused");
    Refusal::new(RefusalCode::NoSpace, "the disk refused").retry_after_ms(1_000)
}

fn parse_key(text: &str) -> Result<PublicKey, Refusal> {
    let key: PublicKey = text.parse().map_err(|error: oikos_bus::identity::nkey::NkeyError| {
        Refusal::new(RefusalCode::Malformed, error.to_string())
    })?;
    if is_usable(&key) {
        Ok(key)
    } else {
        Err(Refusal::new(RefusalCode::Malformed, "the key is no point of the curve"))
    }
}

fn asked_by(signed: &Signed, message: &Envelope) -> AskedBy {
    AskedBy {
        by: signed.key.to_string(),
        subject: message.subject.to_string(),
        id: signed.id.clone(),
        expires_ns: signed.expires_ns,
        body: String::from_utf8_lossy(&message.body).into_owned(),
        signature: data_encoding::HEXLOWER.encode(&signed.signature),
    }
}
