//! An economy in this process, spoken to over the same wire, with a clock that the test turns.
//!
//! Owns an `oikos_market::Economy` and just enough of a node: it answers `info`, `join`, commands, content, and the
//! queries `balance`, `participants`, `tasks` and `task`; everything else is refused as `not_allowed`. Money
//! comes from the operator. Deadlines fire when the test says so with [`TestEconomy::advance`] and never by themselves.
//! Absent on purpose: signatures, a journal, limits of the wire, the check of deliverables. Those are the node's, and tested there.

use crate::client::Client;
use crate::error::Error;
use crate::guest::{Guest, subject};
use data_encoding::BASE64;
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::subject::{Filter, Name, Subjects};
use oikos_bus::{Bus, Envelope, Subscription};
use oikos_ledger::{LedgerSink as _, MemoryPast};
use oikos_market::{Economy, Progress};
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::beacon::RevealBeacon;
use oikos_protocol::command::participant::{ParticipantKind, Register};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::event::money::Purse;
use oikos_protocol::event::task::{Phase, TaskEvent};
use oikos_protocol::event::{Audience, Event};
use oikos_protocol::genesis::{Genesis, Limits};
use oikos_protocol::id::{
    AccountId, AssetId, Capability, CommandId, DeskId, Hash32, LimitId, OfferId, ParticipantId, StreamId, TaskId,
};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::time::{Span, Timestamp};
use oikos_protocol::wire::bundle::Bundle;
use oikos_protocol::wire::content::{Content, ContentAnswer, ContentAsk, content_hash};
use oikos_protocol::wire::event::Numbered;
use oikos_protocol::wire::join::{AssetInfo, Info, Join, Joined, WhoIs};
use oikos_protocol::wire::mailbox::{MailboxAnswer, MailboxAsk};
use oikos_protocol::wire::presence::Heartbeat;
use oikos_protocol::wire::query::{Ask, BalanceRow, Found, ParticipantRow, QueryAnswer, QueryAnswered};
use oikos_protocol::wire::query::{TaskRow, TaskStory, WireQuery};
use oikos_protocol::wire::receipt::{Answered, Money, Receipt, Refusal, RefusalCode};
use oikos_protocol::wire::show::{show, show_spec};
use oikos_protocol::wire::tell::{TellAnswer, TellAsk, Told};
use oikos_protocol::wire::text::Decimal;
use oikos_protocol::wire::translate::{Asker, Lexicon, hex16, translate};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// Links of the chain of lots.
const LINKS: u64 = 1_000;
/// The money of a test economy: `OIK` with two decimals.
const OIK: AssetId = AssetId(1);

/// An economy named `test` with its operator and the asset `OIK`.
#[derive(Debug)]
pub struct TestEconomy {
    bus: Bus,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    economy: Economy,
    past: MemoryPast,
    seq: u64,
    names: Vec<String>,
    content: BTreeMap<Hash32, Content>,
    tasks: BTreeMap<TaskId, Life>,
    links_left: u64,
    mail: BTreeMap<ParticipantId, Vec<Numbered>>,
    here: BTreeMap<ParticipantId, Heartbeat>,
}

#[derive(Debug)]
struct Life {
    poster: ParticipantId,
    spec: Arc<oikos_protocol::command::task::TaskSpec>,
    bids: u32,
    award: Option<(ParticipantId, Amount)>,
    deliverable: Option<Hash32>,
    milestone: Option<oikos_protocol::id::MilestoneId>,
    story: Vec<(Audience, Numbered)>,
}

/// What is to be published once the state is let go.
type Outbox = Vec<(Audience, TaskId, Numbered)>;

impl Drop for TestEconomy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl TestEconomy {
    /// A fresh economy at time zero.
    ///
    /// # Errors
    /// [`Error::Bus`], which a bus within a process does not have.
    pub async fn start() -> Result<Self, Error> {
        let bus = Bus::local();
        let mut state = State {
            economy: Economy::new(Genesis {
                economy: 1,
                epoch_unix_ns: 0,
                beacon_anchor: link(LINKS),
                beacon_links: LINKS,
                beacon_window: Span::hours(1),
                limits: Limits::default(),
            }),
            past: MemoryPast::new(),
            seq: 0,
            names: vec!["operator".to_owned()],
            content: BTreeMap::new(),
            tasks: BTreeMap::new(),
            links_left: LINKS,
            mail: BTreeMap::new(),
            here: BTreeMap::new(),
        };
        let code = AssetCode::new("OIK").ok_or_else(|| Error::BadRequest("no code".to_owned()))?;
        let scale = Scale::new(2).ok_or_else(|| Error::BadRequest("no scale".to_owned()))?;
        let regime = Regime::Issuer(ParticipantId::OPERATOR);
        state.operator(Command::DefineAsset(DefineAsset { code, scale, regime }));
        let state = Arc::new(Mutex::new(state));
        let everything =
            bus.subscribe(&Filter::new("oikos.>").map_err(|why| Error::BadRequest(why.to_string()))?).await?;
        let serving = tokio::spawn(serve(bus.clone(), Arc::clone(&state), everything));
        Ok(Self { bus, state, serving })
    }

    /// A person with so much money.
    ///
    /// # Errors
    /// [`Error::Refused`] where the name is taken, [`Error::BadRequest`] where the money is none.
    pub async fn person(&self, name: &str, money: &str) -> Result<Client, Error> {
        let client = self.join(name, ParticipantKind::Human, &[]).await?;
        self.give(&client, money).await?;
        Ok(client)
    }

    /// An agent that can do these things.
    ///
    /// # Errors
    /// As [`TestEconomy::person`].
    pub async fn agent(&self, name: &str, capabilities: &[&str]) -> Result<Client, Error> {
        self.join(name, ParticipantKind::Agent, capabilities).await
    }

    async fn join(&self, name: &str, kind: ParticipantKind, capabilities: &[&str]) -> Result<Client, Error> {
        let named = |name: &&str| Capability::new(name).map_err(|why| Error::BadRequest(why.to_string()));
        let capabilities = capabilities.iter().map(named).collect::<Result<_, _>>()?;
        let guest = Guest::on(self.bus.clone(), KeyPair::generate()?).await?;
        guest.join(&Join { name: name.to_owned(), kind, capabilities, calendar: None, key: None }).await
    }

    /// Creates money for somebody.
    ///
    /// # Errors
    /// [`Error::BadRequest`] where the text is no amount.
    pub async fn give(&self, to: &Client, money: &str) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        let (_, scale) = state.code(OIK).ok_or(Error::Unanswered)?;
        let amount = scale.parse(money).map_err(|why| Error::BadRequest(why.to_string()))?;
        let issue = Issue { asset: OIK, to: to.participant(), amount, reference: Hash32::of(b"test") };
        let out = state.operator(Command::Issue(issue)).1;
        publish(&self.bus, &state, out).await
    }

    /// Turns the clock: every deadline up to then fires, in order.
    ///
    /// # Errors
    /// [`Error::Bus`].
    pub async fn advance(&self, span: Span) -> Result<(), Error> {
        let mut state = self.state.lock().await;
        let t = state.economy.now().after(span);
        let out = state.advance(t);
        publish(&self.bus, &state, out).await
    }

    /// Economy time.
    pub async fn now(&self) -> Timestamp {
        self.state.lock().await.economy.now()
    }

    /// Whether every promise of the economy holds.
    ///
    /// # Errors
    /// What does not hold, in words.
    pub async fn check(&self) -> Result<(), String> {
        self.state.lock().await.economy.check_invariants().map_err(|violation| violation.to_string())
    }

    /// The bus, for a test that listens to what nobody else does.
    #[must_use]
    pub const fn bus(&self) -> &Bus {
        &self.bus
    }
}

/// Link `n` of a chain whose secret everybody may know.
fn link(n: u64) -> Hash32 {
    (0..n).fold(Hash32::of(b"oikos test beacon"), |link, _| Hash32::of(&link.0))
}

impl State {
    /// Fires what is due up to `t`, and draws the lots that wait for the beacon.
    fn advance(&mut self, t: Timestamp) -> Outbox {
        let mut events = Vec::new();
        self.seq += 1;
        while let Progress::More = self.economy.advance(t, 1_000, &mut events) {}
        let mut out = self.take_in(events);
        if self.economy.wants_beacon() && self.links_left > 0 {
            self.links_left -= 1;
            out.extend(self.operator(Command::RevealBeacon(RevealBeacon { link: link(self.links_left) })).1);
        }
        out
    }

    fn operator(&mut self, command: Command) -> (Outcome, Outbox) {
        let id = CommandId(u128::from(self.seq) + 1);
        let expires = self.economy.now().after(Span::hours(1));
        self.apply(&Request { by: ParticipantId::OPERATOR, id, expires, command })
    }

    fn apply(&mut self, request: &Request) -> (Outcome, Outbox) {
        // Time is strictly increasing from entry to entry.
        let t = self.economy.now().after(Span(1));
        let mut out = Vec::new();
        let mut events = Vec::new();
        self.seq += 1;
        let ready = loop {
            match self.economy.advance(t, 1_000, &mut events) {
                Progress::Done(ready) => break ready,
                Progress::More => {}
            }
        };
        let outcome = self.economy.apply(ready, request, &self.past, &mut events);
        out.extend(self.take_in(events));
        if self.economy.wants_beacon() && self.links_left > 0 {
            self.links_left -= 1;
            out.extend(self.operator(Command::RevealBeacon(RevealBeacon { link: link(self.links_left) })).1);
        }
        (outcome, out)
    }

    fn take_in(&mut self, events: Vec<Event>) -> Outbox {
        let mut out = Vec::new();
        for (event, index) in events.into_iter().zip(0..) {
            if let Event::Ledger(event) = &event {
                self.past.emit(**event);
            }
            if let Event::Task(event) = &event {
                self.follow(event);
            }
            let Some(shown) = show(&event, self) else { continue };
            let numbered = Numbered { seq: self.seq, index, t: self.economy.now().into(), event: shown };
            let task = match &event {
                Event::Task(event) => Some(event.task()),
                Event::Money(moved) => moved.from.task().or(moved.to.task()),
                _ => None,
            };
            if let Some(life) = task.and_then(|task| self.tasks.get_mut(&task)) {
                life.story.push((event.audience(), numbered.clone()));
            }
            if let Audience::Parties(parties) = event.audience() {
                for party in parties.into_iter().flatten() {
                    self.mail.entry(party).or_default().push(numbered.clone());
                }
            }
            out.push((event.audience(), task.unwrap_or(TaskId(0)), numbered));
        }
        out
    }

    fn follow(&mut self, event: &TaskEvent) {
        if let TaskEvent::Drafted { task, poster, spec, .. } = event {
            let life = Life {
                poster: *poster,
                spec: Arc::clone(spec),
                bids: 0,
                award: None,
                deliverable: None,
                milestone: None,
                story: Vec::new(),
            };
            self.tasks.insert(*task, life);
        }
        let Some(life) = self.tasks.get_mut(&event.task()) else { return };
        match event {
            TaskEvent::BidPlaced { revised: false, .. } => life.bids += 1,
            TaskEvent::BidWithdrawn { .. } => life.bids -= 1,
            TaskEvent::AwardOffered { bidder, price, .. } => life.award = Some((*bidder, *price)),
            TaskEvent::Activated { milestone, .. } => life.milestone = Some(*milestone),
            TaskEvent::Submitted { deliverable, .. } => life.deliverable = Some(*deliverable),
            _ => {}
        }
    }

    fn info(&self) -> Info {
        let assets = self.economy.assets().map(|(_, asset)| AssetInfo { code: asset.code, scale: asset.scale });
        Info {
            wire: 1,
            economy: "test".to_owned(),
            dev: true,
            join_open: true,
            now: oikos_protocol::wire::text::Nanos(crate::guest::now_ns()),
            t: self.economy.now().into(),
            seq: self.seq,
            assets: assets.collect(),
            you: None,
        }
    }

    fn join(&mut self, join: Join) -> (Joined, Outbox) {
        if Name::new(&join.name).is_err() || self.names.contains(&join.name) {
            let why =
                Refusal::new(RefusalCode::BadName, format!("`{}` is taken, or no name", join.name.escape_debug()));
            return (Joined::Refused(why), Vec::new());
        }
        let name = Hash32::of(join.name.as_bytes());
        let Join { kind, capabilities, calendar, .. } = join;
        let register = Register { kind, principal: None, name, capabilities, calendar };
        match self.operator(Command::Register(register)) {
            (Outcome::Accepted(Reply::Participant(participant)), out) => {
                self.names.push(join.name.clone());
                (Joined::Welcome(WhoIs { participant, name: Some(join.name) }), out)
            }
            (outcome, out) => (Joined::Refused(Refusal::new(RefusalCode::Malformed, format!("{outcome:?}"))), out),
        }
    }

    fn commands(&mut self, by: ParticipantId, bundle: Bundle) -> (Answered, Outbox) {
        let (seq, mut outcomes, mut out) = (self.seq + 1, Vec::new(), Vec::new());
        let expires = self.economy.now().after(Span::hours(1));
        let mut requests = Vec::new();
        for request in bundle.requests {
            match translate(request.command, Asker { by, id: request.id }, self) {
                Ok(command) => requests.push(Request { by, id: request.id, expires, command }),
                Err(refused) => return (Answered::Refused { refused }, Vec::new()),
            }
        }
        for request in requests {
            let (outcome, more) = self.apply(&request);
            outcomes.push((&outcome).into());
            out.extend(more);
        }
        (Answered::Receipt(Receipt { seq, t: self.economy.now().into(), outcomes, hashes: Vec::new() }), out)
    }

    fn content(&mut self, ask: ContentAsk) -> ContentAnswer {
        match ask {
            ContentAsk::Put(content) => {
                let bytes = BASE64.decode(content.bytes.as_bytes());
                match (hex16(&content.salt), bytes) {
                    (Some(salt), Ok(bytes)) => {
                        let hash = content_hash(&salt, &content.media_type, &bytes);
                        self.content.insert(hash, content);
                        ContentAnswer::Kept { hash }
                    }
                    _ => ContentAnswer::Refused(Refusal::new(RefusalCode::Malformed, "no salt, or no base64")),
                }
            }
            ContentAsk::Get { hash } => match self.content.get(&hash) {
                Some(content) => ContentAnswer::Found(content.clone()),
                None => ContentAnswer::Refused(Refusal::new(RefusalCode::UnknownContent, "nothing is kept")),
            },
        }
    }

    fn answer(&self, by: ParticipantId, ask: Ask) -> QueryAnswered {
        let answer = match ask.query {
            WireQuery::Balance { at: None } => Found::Balance(self.balances(by)),
            WireQuery::Participants { name, participant, capability, .. } => {
                let wanted = |row: &ParticipantRow| {
                    name.as_ref().is_none_or(|name| row.name.as_ref() == Some(name))
                        && participant.is_none_or(|participant| row.participant == participant)
                        && capability.as_ref().is_none_or(|capability| row.capabilities.contains(capability))
                };
                Found::Participants(self.participants().filter(wanted).collect())
            }
            WireQuery::Tasks { phase, capability, mine, limit } => {
                let wanted = |row: &TaskRow| {
                    phase.is_none_or(|phase| row.phase == phase)
                        && capability.as_ref().is_none_or(|capability| row.requires.contains(capability))
                        && (!mine || row.poster == by || row.worker == Some(by) || self.has_bid(row.task, by))
                };
                let rows = self.tasks.keys().rev().filter_map(|task| self.row(*task)).filter(wanted);
                Found::Tasks(rows.take(limit.map_or(100, |limit| limit as usize)).collect())
            }
            WireQuery::Task { task } => Found::Task(self.story(task, by).map(Box::new)),
            _ => {
                let refused = Refusal::new(RefusalCode::NotAllowed, "a test economy does not answer this");
                return QueryAnswered::Refused { refused };
            }
        };
        QueryAnswered::Answer(QueryAnswer { seq: self.seq, t: self.economy.now().into(), answer })
    }

    fn mailbox(&mut self, by: ParticipantId, ask: &MailboxAsk) -> MailboxAnswer {
        let mail = self.mail.entry(by).or_default();
        match *ask {
            MailboxAsk::Read { limit } => {
                let events: Vec<_> = mail.iter().take(limit as usize).cloned().collect();
                let left = (mail.len() - events.len()) as u64;
                MailboxAnswer::Mail { events, left }
            }
            MailboxAsk::Acknowledge { seq, index } => {
                mail.retain(|event| (event.seq, event.index) > (seq, index));
                MailboxAnswer::Acknowledged { left: mail.len() as u64 }
            }
        }
    }

    /// Who is told what a party of a running contract says.
    fn other_party(&self, by: ParticipantId, task: TaskId) -> Option<&str> {
        let life = self.tasks.get(&task)?;
        let (worker, _) = life.award?;
        let runs = matches!(self.economy.phase(task)?, Phase::Active | Phase::Submitted);
        let other = if by == worker { life.poster } else { worker };
        (runs && (by == worker || by == life.poster))
            .then(|| self.names.get(usize::try_from(other.0).ok()?))?
            .map(String::as_str)
    }

    fn has_bid(&self, task: TaskId, by: ParticipantId) -> bool {
        self.economy.bids(task).any(|bid| bid.bidder == by)
    }

    fn balances(&self, by: ParticipantId) -> Vec<BalanceRow> {
        let mut rows = Vec::new();
        for (id, asset) in self.economy.assets() {
            let of = |purse| self.economy.balance(purse, id);
            let mut held = Amount::ZERO;
            for (task, life) in self.tasks.iter().filter(|(_, life)| life.poster == by && life.spec.asset == id) {
                for purse in [Purse::Hold(*task), Purse::Escrow(*task)] {
                    held = held.checked_add(of(purse)).unwrap_or(held);
                }
                _ = life;
            }
            rows.push(BalanceRow {
                asset: asset.code,
                available: Decimal::of(of(Purse::Available(by)), asset.scale),
                held: Decimal::of(held, asset.scale),
                at_stake: Decimal::of(Amount::ZERO, asset.scale),
                streaming: Decimal::of(Amount::ZERO, asset.scale),
                credit: Decimal::of(self.economy.credit(by, id), asset.scale),
            });
        }
        rows
    }

    fn participants(&self) -> impl Iterator<Item = ParticipantRow> {
        self.economy.participants().zip(&self.names).map(|((id, participant), name)| ParticipantRow {
            participant: id,
            name: Some(name.clone()),
            kind: participant.kind,
            principal: participant.principal,
            capabilities: Vec::new(),
            reputation: participant.reputation.share(),
            settled: 0,
            defaulted: 0,
            present: true,
            now: self.here.get(&id).cloned(),
        })
    }

    fn row(&self, task: TaskId) -> Option<TaskRow> {
        let life = self.tasks.get(&task)?;
        let (code, scale) = self.code(life.spec.asset)?;
        Some(TaskRow {
            task,
            poster: life.poster,
            phase: self.economy.phase(task)?,
            requires: life.spec.requires.clone(),
            budget: Money { amount: Decimal::of(life.spec.budget, scale), asset: code },
            bids: life.bids,
            worker: life.award.map(|(worker, _)| worker),
            price: life.award.map(|(_, price)| Decimal::of(price, scale)),
            deadline: None,
        })
    }

    fn story(&self, task: TaskId, by: ParticipantId) -> Option<TaskStory> {
        let life = self.tasks.get(&task)?;
        let sees = |audience: &Audience| match audience {
            Audience::Public => true,
            Audience::Parties(parties) => parties.contains(&Some(by)),
            Audience::Operator => by == ParticipantId::OPERATOR,
        };
        let story = life.story.iter().filter(|(audience, _)| sees(audience)).map(|(_, event)| event.clone());
        Some(TaskStory {
            row: self.row(task)?,
            spec: show_spec(&life.spec, self)?,
            milestone: life.milestone,
            deliverable: life.deliverable,
            story: story.collect(),
        })
    }
}

impl Lexicon for State {
    fn asset(&self, code: AssetCode) -> Option<(AssetId, Scale)> {
        self.economy.assets().find(|(_, asset)| asset.code == code).map(|(id, asset)| (id, asset.scale))
    }

    fn code(&self, asset: AssetId) -> Option<(AssetCode, Scale)> {
        self.economy.asset(asset).map(|asset| (asset.code, asset.scale))
    }

    fn asset_of_task(&self, task: TaskId) -> Option<AssetId> {
        self.tasks.get(&task).map(|life| life.spec.asset)
    }

    fn asset_of_offer(&self, _: OfferId) -> Option<AssetId> {
        None
    }

    fn pair_of_desk(&self, desk: DeskId) -> Option<(AssetId, AssetId)> {
        self.economy.desks().find(|(id, ..)| *id == desk).map(|(_, _, terms)| (terms.base, terms.quote))
    }

    fn asset_of_limit(&self, limit: LimitId) -> Option<AssetId> {
        self.economy.grants().find(|(id, _)| *id == limit).map(|(_, grant)| grant.asset)
    }

    fn asset_of_stream(&self, stream: StreamId) -> Option<AssetId> {
        let ledger = self.economy.ledger();
        ledger.stream(stream).and_then(|open| ledger.account(open.from)).map(|account| account.ledger)
    }

    fn available(&self, participant: ParticipantId, asset: AssetId) -> AccountId {
        oikos_market::available_account(participant, asset)
    }
}

/// Answers whatever is asked, one after the other.
async fn serve(bus: Bus, state: Arc<Mutex<State>>, mut everything: Subscription) {
    while let Some(envelope) = everything.next().await {
        if let Err(why) = answer(&bus, &state, &envelope).await {
            tracing::debug!(%why, subject = %envelope.subject, "not answered");
        }
    }
}

async fn answer(bus: &Bus, state: &Mutex<State>, envelope: &Envelope) -> Result<(), Error> {
    let tokens: Vec<&str> = envelope.subject.as_str().split('.').collect();
    let mut state = state.lock().await;
    let who = |state: &State, name: &str| {
        let place = state.names.iter().position(|known| known == name);
        place.map(|place| ParticipantId(place as u64)).ok_or_else(|| Error::NotJoined { name: name.to_owned() })
    };
    let out = match *tokens.as_slice() {
        ["oikos", "info"] => {
            reply(bus, envelope, &state.info()).await?;
            Vec::new()
        }
        ["oikos", "test", "join"] => {
            let (joined, out) = state.join(crate::guest::read(envelope)?);
            reply(bus, envelope, &joined).await?;
            out
        }
        ["oikos", "test", "cmd", name] => {
            let by = who(&state, name)?;
            let (answered, out) = state.commands(by, crate::guest::read(envelope)?);
            reply(bus, envelope, &answered).await?;
            out
        }
        ["oikos", "test", "content", _] => {
            let kept = state.content(crate::guest::read(envelope)?);
            reply(bus, envelope, &kept).await?;
            Vec::new()
        }
        ["oikos", "test", "mailbox", name] => {
            let by = who(&state, name)?;
            let answer = state.mailbox(by, &crate::guest::read(envelope)?);
            reply(bus, envelope, &answer).await?;
            Vec::new()
        }
        ["oikos", "test", "presence", name] => {
            let by = who(&state, name)?;
            state.here.insert(by, crate::guest::read(envelope)?);
            Vec::new()
        }
        ["oikos", "test", "tell", name] => {
            let by = who(&state, name)?;
            let answer = match crate::guest::read::<TellAsk<serde_json::Value>>(envelope)? {
                TellAsk::Questions {} => TellAnswer::<serde_json::Value>::Questions(Vec::new()),
                TellAsk::Say { task, say } => match state.other_party(by, task) {
                    Some(other) => {
                        let to = subject(&format!("oikos.test.told.{other}"))?;
                        let body = serde_json::to_vec(&Told { task, by, say });
                        let body = body.map_err(|why| Error::BadRequest(why.to_string()))?;
                        bus.publish(Envelope::new(to, body)).await?;
                        TellAnswer::Said {}
                    }
                    None => TellAnswer::Refused(Refusal::new(RefusalCode::NotAllowed, "no contract runs")),
                },
            };
            reply(bus, envelope, &answer).await?;
            Vec::new()
        }
        ["oikos", "test", "query", name] => {
            let by = who(&state, name)?;
            reply(bus, envelope, &state.answer(by, crate::guest::read(envelope)?)).await?;
            Vec::new()
        }
        _ => Vec::new(),
    };
    publish(bus, &state, out).await
}

async fn reply(bus: &Bus, to: &Envelope, answer: &impl Serialize) -> Result<(), Error> {
    let body = serde_json::to_vec(answer).map_err(|why| Error::BadRequest(why.to_string()))?;
    Ok(bus.reply(to, body).await?)
}

async fn publish(bus: &Bus, state: &State, out: Outbox) -> Result<(), Error> {
    let economy = Name::new("test").map_err(|why| Error::BadRequest(why.to_string()))?;
    let subjects = Subjects::of(economy);
    for (audience, of, event) in out {
        let body = serde_json::to_vec(&event).map_err(|why| Error::BadRequest(why.to_string()))?;
        let mut to = Vec::new();
        match audience {
            Audience::Public => to.push(subject(&format!("oikos.test.evt.{}.{}", event.event.kind(), of.0))?),
            Audience::Parties(parties) => {
                for party in parties.into_iter().flatten() {
                    let named = usize::try_from(party.0).ok().and_then(|place| state.names.get(place));
                    if let Some(name) = named.and_then(|name| Name::new(name).ok()) {
                        to.push(subjects.mail_of(&name));
                    }
                }
            }
            Audience::Operator => {}
        }
        for subject in to {
            bus.publish(Envelope::new(subject, body.clone())).await?;
        }
    }
    Ok(())
}
