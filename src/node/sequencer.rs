//! Stations 2 to 5 in one loop: sequence what was admitted, append it, apply what is committed, answer and publish.
//!
//! Owns the state. Everything that can wake it is an `Input`.
//! Invariants: a bundle's requests have consecutive sequences; nothing is applied before it is on disk; an entry of
//! its own is written only when a timer is due; after a failed write or a broken invariant nothing is answered.

use crate::node::admit::{Admitted, Decided, ReplyTo};
use crate::node::append::{AppendError, Appender};
use crate::node::apply::{Core, CoreError};
use crate::node::beacon::Chain;
use crate::node::checkpoint;
use crate::node::clock::SequencerClock;
use crate::node::evidence::Evidence;
use crate::node::mailbox::Acknowledged;
use crate::node::presence::Presence;
use crate::node::publish::{Outgoing, json};
use crate::node::query::Look;
use crate::node::sequence::Lanes;
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::subject::Subject;
use oikos_journal::{Boundary, Snapshot, Storage, SubmitError};
use oikos_protocol::command::beacon::RevealBeacon;
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::id::{CommandId, Hash32, ParticipantId};
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::{Span, Timestamp};
use oikos_protocol::wire::event::Numbered;
use oikos_protocol::wire::mailbox::{MailboxAnswer, MailboxAsk};
use oikos_protocol::wire::query::{Ask, QueryAnswered};
use oikos_protocol::wire::receipt::{Answered, Receipt, Refusal, RefusalCode};
use oikos_protocol::wire::show::show;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// Entries that may be on their way to the disk.
const IN_FLIGHT_MAX: usize = 4_096;
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
    /// After how many entries a checkpoint is made.
    pub snapshot_entries: u64,
}

/// What the loop remembers between inputs.
#[derive(Default)]
struct Course {
    in_flight: VecDeque<InFlight>,
    collected: Vec<(Outcome, Hash32)>,
    parked: Vec<Parked>,
    since_snapshot: u64,
    tick_in_flight: bool,
    link_in_flight: bool,
    checkpoint: Checkpointing,
    /// Who waits for a snapshot.
    snapshot_asked: Vec<oneshot::Sender<u64>>,
}

#[derive(Default, PartialEq, Eq)]
enum Checkpointing {
    #[default]
    None,
    /// Nothing is sequenced until all in flight is applied.
    Draining,
    /// The checkpoint's entry is on its way.
    InFlight,
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
                Input::Stalled => {}
                Input::Stop => break,
            }
            self.look_at_the_disk()?;
            self.sequence(&mut course).await?;
        }
        self.shut_down(course).await
    }

    async fn next(&mut self, course: &Course) -> Input {
        let room = course.in_flight.len() < IN_FLIGHT_MAX && course.checkpoint == Checkpointing::None;
        let due = self.due(course);
        let impatient = course.parked.iter().map(|parked| parked.until).min();
        tokio::select! {
            biased;
            Some(boundary) = self.commits.recv() => Input::Committed(boundary),
            _ = self.stop.changed() => Input::Stop,
            () = tokio::time::sleep(due.unwrap_or_default()), if due.is_some() => Input::Due,
            () = self.waiting.work.notified(), if room => Input::Work,
            Some(asked) = self.asked.recv() => Input::Asked(asked),
            () = tokio::time::sleep_until(impatient.unwrap_or_else(Instant::now).into()), if impatient.is_some() => {
                Input::OutOfPatience
            }
            () = tokio::time::sleep(STALL), if !course.in_flight.is_empty() => Input::Stalled,
        }
    }

    /// How long until the next deadline; none while the entry that will meet it is on its way.
    fn due(&self, course: &Course) -> Option<Duration> {
        if course.tick_in_flight || course.checkpoint != Checkpointing::None {
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
        while course.in_flight.len() < IN_FLIGHT_MAX && course.checkpoint == Checkpointing::None {
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
            match &entry.body {
                Body::Tick => course.tick_in_flight = false,
                Body::Request(Request { command: Command::RevealBeacon(_), .. }) => course.link_in_flight = false,
                _ => {}
            }
            if let (Role::Member | Role::Last { .. }, Some(outcome)) = (&role, applied.outcome) {
                course.collected.push((outcome, Hash32(applied.leaf.hash())));
            }
            for (kept, hearers) in applied.events {
                self.send(Outgoing::Event(kept, hearers)).await;
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
        self.checkpoint(boundary, course)?;
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

    /// Goes one step on the way to a snapshot: drain, checkpoint, write.
    fn checkpoint(&mut self, boundary: Boundary, course: &mut Course) -> Result<(), Stopped> {
        match course.checkpoint {
            Checkpointing::None if course.since_snapshot >= self.snapshot_entries => {
                course.checkpoint = Checkpointing::Draining;
            }
            Checkpointing::InFlight if course.in_flight.is_empty() => {
                self.snapshot(boundary);
                // Whoever asked may have gone.
                for done in course.snapshot_asked.drain(..) {
                    let _ = done.send(boundary.sequence);
                }
                course.since_snapshot = 0;
                course.checkpoint = Checkpointing::None;
                self.waiting.work.notify_one();
            }
            _ => {}
        }
        self.write_checkpoint(course)
    }

    /// Sends the checkpoint's entry on its way, once all that was sequenced is applied.
    fn write_checkpoint(&mut self, course: &mut Course) -> Result<(), Stopped> {
        if course.checkpoint == Checkpointing::Draining && course.in_flight.is_empty() {
            let checkpoint = checkpoint::sign(self.core.state(), &self.key);
            let sent = self.own(Body::SignedCheckpoint(Box::new(checkpoint)), Role::Own, course)?;
            course.checkpoint = if sent { Checkpointing::InFlight } else { Checkpointing::None };
            if !sent {
                course.snapshot_asked.clear();
            }
        }
        Ok(())
    }

    /// Without a snapshot a start takes longer; nothing else depends on it.
    fn snapshot(&self, boundary: Boundary) {
        if boundary.sequence != self.core.seq() {
            return tracing::warn!("no snapshot: the disk is ahead of the state");
        }
        let written = self
            .core
            .save()
            .map_err(|error| error.to_string())
            .and_then(|bytes| Snapshot::write(&*self.storage, boundary, &bytes).map_err(|error| error.to_string()));
        match written {
            Ok(file) => tracing::info!(%file, seq = boundary.sequence, "snapshot"),
            Err(error) => tracing::warn!(%error, "no snapshot"),
        }
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
                let answer = self.mail(by, ask);
                self.send_json(reply, &answer).await;
            }
            Asked::Standing(reply) => {
                let face = self.clock.face();
                // Whoever asked may have gone.
                let _ = reply.send((self.core.seq(), face.economy_time(face.now_ns())));
            }
            Asked::Forward { by, done } => {
                self.clock.forward(by);
                course.tick_in_flight |= self.own(Body::Tick, Role::Forward { done }, course)?;
            }
            Asked::Snapshot(done) => {
                course.snapshot_asked.push(done);
                if course.checkpoint == Checkpointing::None {
                    course.checkpoint = Checkpointing::Draining;
                }
                self.write_checkpoint(course)?;
            }
        }
        Ok(())
    }

    fn mail(&mut self, by: ParticipantId, ask: MailboxAsk) -> MailboxAnswer {
        match ask {
            MailboxAsk::Read { limit } => {
                let limit = limit.min(oikos_protocol::wire::limits::ROWS_MAX) as usize;
                let directory = self.core.directory().read();
                let (mail, all) = self.core.history().mail(by, limit);
                let mut read = 0;
                let events = mail
                    .inspect(|_| read += 1)
                    .filter_map(|kept| {
                        let event = show(&kept.event, &*directory)?;
                        Some(Numbered { seq: kept.seq, index: kept.index, t: kept.t.into(), event })
                    })
                    .collect();
                MailboxAnswer::Mail { events, left: (all - read) as u64 }
            }
            MailboxAsk::Acknowledge { seq, index } => {
                self.acknowledged.note(by, seq, index);
                MailboxAnswer::Acknowledged { left: self.core.history_mut().acknowledge(by, seq, index) as u64 }
            }
        }
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
        let look = Look { core: &self.core, by, presence: &self.presence, t: face.economy_time(face.now_ns()) };
        let answer = look.answer(&ask.query);
        self.send_json(reply, &QueryAnswered::Answer(answer)).await;
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
        if course.checkpoint == Checkpointing::None {
            course.checkpoint = Checkpointing::Draining;
        }
        // Where nothing is on its way, nothing would bring the checkpoint along.
        self.write_checkpoint(&mut course)?;
        while !course.in_flight.is_empty() {
            match tokio::time::timeout(STALL, self.commits.recv()).await {
                Ok(Some(boundary)) => self.committed(boundary, &mut course).await?,
                Ok(None) => break,
                // What does not fit onto a full disk was not answered either.
                Err(_) if self.appender.is_full() => break,
                Err(_) => self.look_at_the_disk()?,
            }
        }
        self.acknowledged.save();
        drop(self.outgoing);
        self.appender.close().await.map_err(Stopped::Journal)
    }
}
