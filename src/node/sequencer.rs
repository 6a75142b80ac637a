//! Stations 2 to 5 in one loop: sequence what was admitted, append it, apply what is committed, answer and publish.
//!
//! Owns the state. Everything that can wake it is an `Input`.
//! Invariants: a bundle's requests have consecutive sequences; nothing is applied before it is on disk; an entry of
//! its own is written only when a timer is due; after a failed write or a broken invariant nothing is answered.

use crate::history::HistoryError;
use crate::node::admit::{Admitted, Decided, ReplyTo};
use crate::node::append::{AppendError, Appender};
use crate::node::apply::{Core, CoreError};
use crate::node::beacon::Chain;
use crate::node::checkpoint;
use crate::node::clock::SequencerClock;
use crate::node::evidence::Evidence;
use crate::node::look_back::LookBack;
use crate::node::mailbox::Acknowledged;
use crate::node::presence::Presence;
use crate::node::publish::{Outgoing, json};
use crate::node::query::Look;
use crate::node::sequence::Lanes;
use crate::node::snapshotter::{Made, Snapshotter, write};
use crate::node::tell::Parties;
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::subject::Subject;
use oikos_journal::{Boundary, Storage, SubmitError};
use oikos_protocol::command::beacon::RevealBeacon;
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::{CommandId, Hash32, ParticipantId, TaskId};
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::{Span, Timestamp};
use oikos_protocol::wire::mailbox::{MailboxAnswer, MailboxAsk};
use oikos_protocol::wire::query::{Ask, Found, QueryAnswer, QueryAnswered, WireQuery};
use oikos_protocol::wire::receipt::{Answered, Receipt, Refusal, RefusalCode};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Entries that may be on their way to the disk.
const IN_FLIGHT_MAX: usize = 4_096;
/// Events after which a snapshot is made, whatever the number of entries.
const SNAPSHOT_EVENTS: u64 = 2_000_000;
/// How long a question may wait for its sequence.
const PATIENCE: Duration = Duration::from_secs(2);
/// Questions that may wait for their sequence.
const PARKED_MAX: usize = 4_096;
/// How long the disk may be silent before somebody looks whether it failed.
const STALL: Duration = Duration::from_millis(500);

/// The lanes, shared with admission.
#[derive(Debug)]
pub struct Waiting {
    lanes: Mutex<Lanes>,
    work: Notify,
}

impl Waiting {
    /// Nothing waits yet.
    #[must_use]
    pub fn new(lanes: Lanes) -> Self {
        Self { lanes: Mutex::new(lanes), work: Notify::new() }
    }

    /// Gives a bundle its place.
    ///
    /// # Errors
    /// `busy`, with the bundle's reply address still in it.
    pub fn push(&self, bundle: Admitted) -> Result<(), (Box<Admitted>, Refusal)> {
        let pushed = self.lock().push(bundle);
        match pushed {
            Ok(()) => {
                self.work.notify_one();
                Ok(())
            }
            Err(bundle) => Err((bundle, Refusal::new(RefusalCode::Busy, "too much waits already").retry_after_ms(50))),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever may wake the loop.
enum Input {
    /// Something was admitted.
    Work,
    /// All up to here is on disk.
    Committed(Boundary),
    /// A deadline is due.
    Due,
    /// Somebody asks.
    Asked(Asked),
    /// A question waited too long.
    OutOfPatience,
    /// A snapshot was made, or was not.
    Made(Made),
    /// The disk has been silent for long.
    Stalled,
    /// The node shuts down.
    Stop,
}

/// What other stations ask of the loop.
#[derive(Debug)]
pub enum Asked {
    /// A question.
    Query {
        /// By whom.
        by: ParticipantId,
        /// What.
        ask: Ask,
        /// Where the answer goes.
        reply: Subject,
    },
    /// Mail to read or acknowledge.
    Mail {
        /// Whose.
        by: ParticipantId,
        /// What.
        ask: MailboxAsk,
        /// Where the answer goes.
        reply: Subject,
    },
    /// How far the loop is: sequence and economy time.
    Standing(oneshot::Sender<(u64, Timestamp)>),
    /// The parties of a task's contract, where one runs.
    Parties {
        /// Which task.
        task: TaskId,
        /// Where the answer goes.
        reply: oneshot::Sender<Option<Parties>>,
    },
    /// Move the clock.
    Forward {
        /// By how much.
        by: Span,
        /// The sequence of the entry that did, with both clocks.
        done: oneshot::Sender<(u64, u64, Timestamp)>,
    },
    /// Make a checkpoint and a snapshot now; the sequence they are of.
    Snapshot(oneshot::Sender<u64>),
}

/// Why the loop ended against its will.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The journal failed.
    #[error("the journal failed: {0}")]
    Journal(String),
    /// The state is of no more use.
    #[error(transparent)]
    Core(#[from] CoreError),
}

struct InFlight {
    seq: u64,
    entry: Entry,
    role: Role,
}

/// What an entry is for, besides being applied.
enum Role {
    /// One of the node's own.
    Own,
    /// A request of a bundle that has more.
    Member,
    /// The last request of a bundle.
    Last { first_seq: u64, reply: Option<ReplyTo>, span: Option<tracing::Span> },
    /// The clock was moved.
    Forward { done: oneshot::Sender<(u64, u64, Timestamp)> },
}

struct Parked {
    by: ParticipantId,
    ask: Ask,
    reply: Subject,
    until: Instant,
}

/// What the loop works with.
pub struct Sequencer {
    /// The state.
    pub core: Core,
    /// The clock.
    pub clock: SequencerClock,
    /// The way to the disk.
    pub appender: Appender,
    /// Where snapshots go.
    pub storage: Arc<dyn Storage>,
    /// What comes back from it.
    pub commits: mpsc::UnboundedReceiver<Boundary>,
    /// What was admitted.
    pub waiting: Arc<Waiting>,
    /// What others ask.
    pub asked: mpsc::Receiver<Asked>,
    /// What goes out.
    pub outgoing: mpsc::Sender<Outgoing>,
    /// The operator's beacon.
    pub chain: Chain,
    /// The node's key, which signs checkpoints.
    pub key: KeyPair,
    /// Who is here.
    pub presence: Presence,
    /// What was read.
    pub acknowledged: Acknowledged,
    /// When to stop.
    pub stop: watch::Receiver<bool>,
    /// After how many entries a checkpoint and a snapshot are made.
    pub snapshot_entries: u64,
    /// Who makes them.
    pub snapshotter: Snapshotter,
    /// What it made.
    pub made: mpsc::UnboundedReceiver<Made>,
}

/// What the loop remembers between inputs.
#[derive(Default)]
struct Course {
    in_flight: VecDeque<InFlight>,
    collected: Vec<(Outcome, Hash32)>,
    parked: Vec<Parked>,
    since_snapshot: u64,
    events_since_snapshot: u64,
    tick_in_flight: bool,
    link_in_flight: bool,
    checkpoint: Checkpointing,
    /// How far the disk was when it last told.
    boundary: Boundary,
    /// What the last snapshot is of.
    snapshot_seq: u64,
    /// Who waits for a snapshot, of at least this sequence.
    snapshot_asked: Vec<(u64, oneshot::Sender<u64>)>,
}

#[derive(Default, PartialEq, Eq)]
enum Checkpointing {
    #[default]
    None,
    /// A follower makes one; meanwhile everything goes on.
    Following,
    /// Its entry, of this sequence, is on its way.
    InFlight(u64),
}

fn history_unreadable() -> Refusal {
    Refusal::new(RefusalCode::Busy, "history cannot be read").retry_after_ms(1_000)
}

impl Sequencer {
    /// Runs until told to stop; the last thing it does is a signed checkpoint and a snapshot.
    ///
    /// # Errors
    /// [`Stopped`]: the journal or the state failed; what was not answered may or may not have happened.
    pub async fn run(mut self) -> Result<(), Stopped> {
        let mut course = Course::default();
        // The first entry after a start records the gap.
        course.tick_in_flight = self.own(Body::Tick, Role::Own, &mut course)?;
        loop {
            match self.next(&course).await {
                Input::Work => {}
                Input::Committed(boundary) => self.committed(boundary, &mut course).await?,
                Input::Due => course.tick_in_flight = self.own(Body::Tick, Role::Own, &mut course)?,
                Input::Asked(asked) => self.asked(asked, &mut course).await?,
                Input::OutOfPatience => self.out_of_patience(&mut course).await,
                Input::Made(made) => self.snapshot_made(made, &mut course)?,
                Input::Stalled => {}
                Input::Stop => break,
            }
            self.look_at_the_disk()?;
            self.sequence(&mut course).await?;
        }
        self.shut_down(course).await
    }

    async fn next(&mut self, course: &Course) -> Input {
        let room = course.in_flight.len() < IN_FLIGHT_MAX;
        let due = self.due(course);
        let impatient = course.parked.iter().map(|parked| parked.until).min();
        tokio::select! {
            biased;
            Some(boundary) = self.commits.recv() => Input::Committed(boundary),
            _ = self.stop.changed() => Input::Stop,
            () = tokio::time::sleep(due.unwrap_or_default()), if due.is_some() => Input::Due,
            () = self.waiting.work.notified(), if room => Input::Work,
            Some(asked) = self.asked.recv() => Input::Asked(asked),
            Some(made) = self.made.recv() => Input::Made(made),
            () = tokio::time::sleep_until(impatient.unwrap_or_else(Instant::now).into()), if impatient.is_some() => {
                Input::OutOfPatience
            }
            () = tokio::time::sleep(STALL), if !course.in_flight.is_empty() => Input::Stalled,
        }
    }

    /// How long until the next deadline; none while the entry that will meet it is on its way.
    fn due(&self, course: &Course) -> Option<Duration> {
        if course.tick_in_flight {
            return None;
        }
        let face = self.clock.face();
        let due = self.core.economy().next_due()?;
        let left = Duration::from_nanos(due.since(face.economy_time(face.now_ns())).0);
        // On a full disk a deadline cannot be met now; it is tried again.
        let left = if self.appender.is_full() { left.max(STALL) } else { left };
        (due != Timestamp::NEVER).then_some(left)
    }

    /// Gives sequences to what waits, as far as there is room.
    async fn sequence(&mut self, course: &mut Course) -> Result<(), Stopped> {
        if self.core.economy().wants_beacon() && !course.link_in_flight {
            self.reveal(course)?;
        }
        while course.in_flight.len() < IN_FLIGHT_MAX {
            let Some(bundle) = self.waiting.lock().pop() else { break };
            if self.appender.is_full() {
                let refusal = Refusal::new(RefusalCode::NoSpace, "the disk is full").retry_after_ms(1_000);
                self.refuse(bundle.reply, refusal).await;
                continue;
            }
            self.sequence_bundle(bundle, course).await?;
        }
        Ok(())
    }

    async fn sequence_bundle(&mut self, bundle: Admitted, course: &mut Course) -> Result<(), Stopped> {
        let Admitted { requests, evidence, reply, span, .. } = bundle;
        let mut reply = Some(reply);
        let (mut evidence, mut first_seq) = (Some(evidence), None);
        let last = requests.len() - 1; // Admission lets no empty bundle in.
        for (index, request) in requests.into_iter().enumerate() {
            let evidence = match evidence.take() {
                Some(evidence) => evidence,
                None if span.is_none() => Vec::new(),
                None => Evidence::Back(u16::try_from(index).unwrap_or(u16::MAX)).encode(),
            };
            let (now, t) = self.clock.tick();
            let entry = Entry { now, t, body: Body::Request(request), evidence };
            let seq = loop {
                // A bundle that was begun is finished: its first part may be on disk already.
                let submitted =
                    if index == 0 { self.appender.submit(&entry) } else { self.appender.submit_begun(&entry) };
                match submitted {
                    Ok(seq) => break seq,
                    // The queue is emptied by the next commit.
                    Err(AppendError::Submit(SubmitError::Busy)) => tokio::time::sleep(Duration::from_millis(1)).await,
                    Err(AppendError::Submit(SubmitError::NoSpace)) => {
                        let refusal = Refusal::new(RefusalCode::NoSpace, "the disk is full").retry_after_ms(1_000);
                        self.refuse(reply.take().flatten(), refusal).await;
                        return Ok(());
                    }
                    Err(error) => return Err(Stopped::Journal(error.to_string())),
                }
            };
            let first_seq = *first_seq.get_or_insert(seq);
            let role = if index == last {
                Role::Last { first_seq, reply: reply.take().flatten(), span: span.clone() }
            } else {
                Role::Member
            };
            course.in_flight.push_back(InFlight { seq, entry, role });
        }
        Ok(())
    }

    /// Sequences an entry of the node's own; says whether there was a place for it.
    fn own(&mut self, body: Body, role: Role, course: &mut Course) -> Result<bool, Stopped> {
        let (now, t) = self.clock.tick();
        let entry = Entry { now, t, body, evidence: Vec::new() };
        match self.appender.submit(&entry) {
            Ok(seq) => {
                course.in_flight.push_back(InFlight { seq, entry, role });
                Ok(true)
            }
            Err(AppendError::Submit(SubmitError::Busy | SubmitError::NoSpace)) => Ok(false),
            Err(error) => Err(Stopped::Journal(error.to_string())),
        }
    }

    fn reveal(&mut self, course: &mut Course) -> Result<(), Stopped> {
        let Some(link) = self.chain.next(self.core.beacon_left()) else { return Ok(()) };
        let Hash32(name) = Hash32::of(&[&b"oikos.beacon.1"[..], &link.0].concat());
        let id = u128::from_be_bytes(core::array::from_fn(|at| name[at]));
        let face = self.clock.face();
        let expires = face.economy_time(face.now_ns()).after(Span::hours(1));
        let command = Command::RevealBeacon(RevealBeacon { link });
        let request = Request { by: ParticipantId::OPERATOR, id: CommandId(id), expires, command };
        course.link_in_flight = self.own(Body::Request(request), Role::Own, course)?;
        Ok(())
    }

    /// Applies what is on disk, and answers.
    async fn committed(&mut self, boundary: Boundary, course: &mut Course) -> Result<(), Stopped> {
        while course.in_flight.front().is_some_and(|first| first.seq <= boundary.sequence) {
            let Some(InFlight { seq, entry, role }) = course.in_flight.pop_front() else { break };
            let applied = self.core.apply(&entry)?;
            course.since_snapshot += 1;
            course.events_since_snapshot += applied.events.len() as u64;
            match &entry.body {
                Body::Tick => course.tick_in_flight = false,
                Body::Request(Request { command: Command::RevealBeacon(_), .. }) => course.link_in_flight = false,
                _ => {}
            }
            if let (Role::Member | Role::Last { .. }, Some(outcome)) = (&role, applied.outcome) {
                course.collected.push((outcome, Hash32(applied.leaf.hash())));
            }
            if !applied.events.is_empty() {
                self.send(Outgoing::Events(applied.events)).await;
            }
            match role {
                Role::Own | Role::Member => {}
                Role::Last { first_seq, reply, span } => {
                    let outcomes = core::mem::take(&mut course.collected);
                    if let Some(span) = span {
                        span.in_scope(|| tracing::debug!(seq = first_seq, "applied"));
                    }
                    self.answer(reply, first_seq, entry.t, outcomes).await;
                }
                Role::Forward { done } => {
                    let _ = done.send((seq, entry.now, entry.t)); // Whoever asked may have gone.
                }
            }
        }
        course.boundary = boundary;
        self.checkpoint(boundary, course);
        if !course.parked.is_empty() {
            let (ready, parked) =
                course.parked.drain(..).partition(|parked: &Parked| parked.ask.at_least <= self.core.seq());
            course.parked = parked;
            let ready: Vec<Parked> = ready;
            for Parked { by, ask, reply, .. } in ready {
                self.answer_query(by, &ask, reply).await;
            }
        }
        Ok(())
    }

    /// Goes one step on the way to a checkpoint: have it made, write its entry, tell whoever asked.
    fn checkpoint(&mut self, boundary: Boundary, course: &mut Course) {
        if let Checkpointing::InFlight(seq) = course.checkpoint
            && self.core.seq() >= seq
        {
            let of = course.snapshot_seq;
            for (_, done) in course.snapshot_asked.extract_if(.., |(wanted, _)| *wanted <= of) {
                let _ = done.send(of); // Whoever asked may have gone.
            }
            course.checkpoint = Checkpointing::None;
        }
        // The more there is to be kept, the more may be read again after a crash.
        let made = self.core.history().map_or(0, |history| history.standing().places);
        let much = course.events_since_snapshot >= SNAPSHOT_EVENTS.max(made / 3);
        if course.since_snapshot >= self.snapshot_entries || much || !course.snapshot_asked.is_empty() {
            self.follow(boundary, course);
        }
    }

    /// Has a snapshot made of the state at `boundary`, where the state stands there and none is being made.
    fn follow(&mut self, boundary: Boundary, course: &mut Course) {
        let stands_there = boundary.sequence == self.core.seq();
        if course.checkpoint == Checkpointing::None && stands_there && self.snapshotter.ask(boundary) {
            course.checkpoint = Checkpointing::Following;
            (course.since_snapshot, course.events_since_snapshot) = (0, 0);
        }
    }

    /// A snapshot was made, or was not; its checkpoint becomes an entry.
    fn snapshot_made(&mut self, made: Made, course: &mut Course) -> Result<(), Stopped> {
        course.checkpoint = Checkpointing::None;
        match made {
            Ok(checkpoint) => {
                course.snapshot_seq = checkpoint.seq;
                if self.own(Body::SignedCheckpoint(Box::new(checkpoint)), Role::Own, course)?
                    && let Some(last) = course.in_flight.back()
                {
                    course.checkpoint = Checkpointing::InFlight(last.seq);
                }
            }
            Err(error) => tracing::warn!(%error, "no snapshot"),
        }
        if course.checkpoint == Checkpointing::None {
            // Whoever asked sees that nobody answers.
            course.snapshot_asked.clear();
        }
        Ok(())
    }

    async fn asked(&mut self, asked: Asked, course: &mut Course) -> Result<(), Stopped> {
        match asked {
            Asked::Query { by, ask, reply } => {
                if ask.at_least <= self.core.seq() {
                    self.answer_query(by, &ask, reply).await;
                } else if course.parked.len() < PARKED_MAX {
                    course.parked.push(Parked { by, ask, reply, until: Instant::now() + PATIENCE });
                } else {
                    let refused = Refusal::new(RefusalCode::Busy, "too many questions wait").retry_after_ms(100);
                    self.send_json(reply, &QueryAnswered::Refused { refused }).await;
                }
            }
            Asked::Mail { by, ask, reply } => {
                self.mail(by, ask, reply);
            }
            Asked::Standing(reply) => {
                let face = self.clock.face();
                // Whoever asked may have gone.
                let _ = reply.send((self.core.seq(), face.economy_time(face.now_ns())));
            }
            Asked::Parties { task, reply } => {
                let economy = self.core.economy();
                let runs = matches!(economy.phase(task), Some(Phase::Active | Phase::Submitted));
                let view = economy.task(task).filter(|_| runs);
                let parties = view.and_then(|view| {
                    let (worker, _) = view.award?;
                    Some(Parties { poster: view.poster, worker })
                });
                let _ = reply.send(parties);
            }
            Asked::Forward { by, done } => {
                self.clock.forward(by);
                course.tick_in_flight |= self.own(Body::Tick, Role::Forward { done }, course)?;
            }
            Asked::Snapshot(done) => {
                course.snapshot_asked.push((self.core.seq(), done));
                self.follow(course.boundary, course);
            }
        }
        Ok(())
    }

    /// Mail is read beside the loop.
    fn mail(&mut self, by: ParticipantId, ask: MailboxAsk, reply: Subject) {
        if let MailboxAsk::Acknowledge { seq, index } = ask {
            self.acknowledged.note(by, seq, index);
        }
        let behind = self.acknowledged.of(by);
        self.look_back(by, reply, move |past| {
            Ok(match ask {
                MailboxAsk::Read { limit } => {
                    let limit = limit.min(oikos_protocol::wire::limits::ROWS_MAX) as usize;
                    let (events, left) = past.mail(behind, limit)?;
                    MailboxAnswer::Mail { events, left }
                }
                MailboxAsk::Acknowledge { .. } => {
                    past.history.catch_up()?;
                    MailboxAnswer::Acknowledged { left: past.waiting(behind)?.len() as u64 }
                }
            })
        });
    }

    /// Answers from the past, on a thread that may wait for a disk. What fails there is refused, and stops the loop at
    /// its next entry.
    fn look_back<T: serde::Serialize + From<Refusal>>(
        &self,
        by: ParticipantId,
        reply: Subject,
        ask: impl FnOnce(&LookBack) -> Result<T, HistoryError> + Send + 'static,
    ) {
        let Some(history) = self.core.history().cloned() else { return };
        let (directory, seq) = (self.core.directory().clone(), self.core.seq());
        let outgoing = self.outgoing.clone();
        tokio::task::spawn_blocking(move || {
            let past = LookBack { history, directory, by, seq };
            let answer = ask(&past).unwrap_or_else(|error| {
                tracing::error!(%error, "history cannot answer");
                past.history.fail(error);
                T::from(history_unreadable())
            });
            if let Some(bytes) = json(&answer) {
                drop(outgoing.blocking_send(Outgoing::Bytes(reply, bytes)));
            }
        });
    }

    async fn out_of_patience(&mut self, course: &mut Course) {
        let now = Instant::now();
        let (late, parked) = course.parked.drain(..).partition(|parked: &Parked| parked.until <= now);
        course.parked = parked;
        let late: Vec<Parked> = late;
        for Parked { ask, reply, .. } in late {
            let text = format!("sequence {} is not applied yet, {} is", ask.at_least, self.core.seq());
            let refused = Refusal::new(RefusalCode::NotYet, text).at("at_least").retry_after_ms(100);
            self.send_json(reply, &QueryAnswered::Refused { refused }).await;
        }
    }

    /// A journal that failed tells nobody by itself. On a full disk what is in flight waits, and questions do not.
    fn look_at_the_disk(&self) -> Result<(), Stopped> {
        self.appender.failure().map_or(Ok(()), |failure| Err(Stopped::Journal(failure)))
    }

    async fn answer_query(&self, by: ParticipantId, ask: &Ask, reply: Subject) {
        let face = self.clock.face();
        let t = self.core.economy().now();
        match ask.query {
            WireQuery::Statement { limit, at } => self.look_back(by, reply, move |past| {
                let limit = limit.unwrap_or(100).min(oikos_protocol::wire::limits::ROWS_MAX) as usize;
                let seq = past.upto(at)?;
                let answer = Found::Statement(past.statement(seq, limit)?);
                Ok(QueryAnswered::Answer(QueryAnswer { seq, t: t.into(), answer }))
            }),
            WireQuery::Balance { at: Some(at) } => self.look_back(by, reply, move |past| {
                let seq = past.upto(Some(at))?;
                let answer = Found::Balance(past.balance(seq)?);
                Ok(QueryAnswered::Answer(QueryAnswer { seq, t: t.into(), answer }))
            }),
            WireQuery::Events { after, limit } => self.look_back(by, reply, move |past| {
                let limit = limit.unwrap_or(100).min(oikos_protocol::wire::limits::ROWS_MAX) as usize;
                let answer = Found::Events(past.page(after, limit)?);
                Ok(QueryAnswered::Answer(QueryAnswer { seq: past.seq, t: t.into(), answer }))
            }),
            _ => {
                let look = Look { core: &self.core, by, presence: &self.presence, t: face.economy_time(face.now_ns()) };
                let answer = look.answer(&ask.query);
                if self.core.history().is_some_and(|history| history.failure().is_some()) {
                    self.send_json(reply, &QueryAnswered::from(history_unreadable())).await;
                } else {
                    self.send_json(reply, &QueryAnswered::Answer(answer)).await;
                }
            }
        }
    }

    async fn answer(&self, reply: Option<ReplyTo>, seq: u64, t: Timestamp, outcomes: Vec<(Outcome, Hash32)>) {
        match reply {
            Some(ReplyTo::Bus(to)) => {
                let (outcomes, hashes) = outcomes.iter().map(|(outcome, hash)| (outcome.into(), hash)).unzip();
                let receipt = Receipt { seq, t: t.into(), outcomes, hashes };
                self.send(Outgoing::Answer(to, Answered::Receipt(receipt))).await;
            }
            // Whoever asked may have gone.
            Some(ReplyTo::Inside(to)) => {
                let outcomes = outcomes.into_iter().map(|(outcome, _)| outcome).collect();
                drop(to.send(Decided { seq, outcomes }));
            }
            None => {}
        }
    }

    async fn refuse(&self, reply: Option<ReplyTo>, refused: Refusal) {
        if let Some(ReplyTo::Bus(to)) = reply {
            self.send(Outgoing::Answer(to, Answered::Refused { refused })).await;
        }
    }

    async fn send_json(&self, to: Subject, value: &impl serde::Serialize) {
        if let Some(bytes) = json(value) {
            self.send(Outgoing::Bytes(to, bytes)).await;
        }
    }

    async fn send(&self, message: Outgoing) {
        // The publisher ends after the loop, never before.
        drop(self.outgoing.send(message).await);
    }

    /// Finishes what is in flight, refuses what waits, leaves a checkpoint and a snapshot.
    async fn shut_down(mut self, mut course: Course) -> Result<(), Stopped> {
        loop {
            let bundle = self.waiting.lock().pop();
            let Some(bundle) = bundle else { break };
            let refusal = Refusal::new(RefusalCode::ShuttingDown, "the node shuts down").retry_after_ms(1_000);
            self.refuse(bundle.reply, refusal).await;
        }
        self.drain(&mut course).await?;
        let checkpoint = checkpoint::sign(self.core.state(), &self.key);
        self.own(Body::SignedCheckpoint(Box::new(checkpoint)), Role::Own, &mut course)?;
        self.drain(&mut course).await?;
        self.acknowledged.save();
        self.snapshotter.stop().await;
        if let Some(Err(error)) = self.core.history().map(crate::history::History::flush) {
            tracing::warn!(%error, "no snapshot");
        } else if course.boundary.sequence == self.core.seq() {
            // Nobody waits any more, so the state itself is written.
            match write(&self.core, &*self.storage, course.boundary) {
                Ok(file) => tracing::info!(%file, seq = self.core.seq(), "snapshot"),
                Err(error) => tracing::warn!(%error, "no snapshot"),
            }
        }
        drop(self.outgoing);
        self.appender.close().await.map_err(Stopped::Journal)
    }

    /// Waits until all that was sequenced is applied.
    async fn drain(&mut self, course: &mut Course) -> Result<(), Stopped> {
        while !course.in_flight.is_empty() {
            match tokio::time::timeout(STALL, self.commits.recv()).await {
                Ok(Some(boundary)) => self.committed(boundary, course).await?,
                Ok(None) => break,
                // What does not fit onto a full disk was not answered either.
                Err(_) if self.appender.is_full() => break,
                Err(_) => self.look_at_the_disk()?,
            }
        }
        Ok(())
    }
}
