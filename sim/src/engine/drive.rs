//! One run: deadlines and behaviours in order of virtual time, until nothing is left to happen.
//!
//! A deadline comes before whatever falls on its moment, as for a live sequencer. Invariants of the economy are
//! checked after every step; the first that breaks ends the run.

use super::clock::{Clock, EPOCH_UNIX_NS, Wake};
use super::observe::{Counts, Notice, Observer};
use super::plan::{self, Plan, PlannedTask};
use super::random::{Chain, Stream, key};
use crate::behaviour::business::Candidate;
use crate::behaviour::working_hours::next_at_work;
use crate::metric::figures::{Figures, TaskEnd};
use crate::scenario::Arrival;
use oikos_ledger::{LedgerSink as _, MemoryPast};
use oikos_market::{Economy, Progress, Ready, Violation};
use oikos_protocol::command::award::AcceptAward;
use oikos_protocol::command::beacon::RevealBeacon;
use oikos_protocol::command::bid::{BidTerms, PlaceBid};
use oikos_protocol::command::contract::{AcceptDeliverable, SubmitDeliverable};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::genesis::Genesis;
use oikos_protocol::id::{CommandId, Hash32, MilestoneId, ParticipantId, TaskId};
use oikos_protocol::outcome::{Outcome, Reply};
use oikos_protocol::time::{Span, Timestamp};

/// How many deadlines are fired at a time.
const DEADLINES_AT_A_TIME: u32 = 1_024;
/// After how many entries the first checkpoints come where the scenario does not say; later ones come after an eighth of
/// what came before.
const CHECKPOINT_EVERY: u64 = 1_000;
/// How long the id of a simulated command is remembered.
const REMEMBERED: Span = Span::hours(1);
/// How long the operator takes to reveal a link, so that tasks that close together share one.
const REVEAL_AFTER: Span = Span::seconds(1);

/// Where entries go. A run is the same whether they go anywhere or not.
pub trait Recorder {
    /// Whether entries are wanted at all; where not, none is made and no digest is taken before the end.
    const RECORDS: bool;

    /// Takes the next entry, before it is applied.
    ///
    /// # Errors
    /// What the disk said; the run ends.
    fn record(&mut self, entry: &Entry) -> Result<(), RunError>;

    /// A checkpoint was recorded: this is the state for which it stands.
    ///
    /// # Errors
    /// What the disk said; the run ends.
    fn checkpointed(&mut self, sequence: u64, economy: &Economy, past: &MemoryPast) -> Result<(), RunError>;
}

/// Nobody records.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unrecorded;

impl Recorder for Unrecorded {
    const RECORDS: bool = false;

    fn record(&mut self, _: &Entry) -> Result<(), RunError> {
        Ok(())
    }

    fn checkpointed(&mut self, _: u64, _: &Economy, _: &MemoryPast) -> Result<(), RunError> {
        Ok(())
    }
}

/// Why a run ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The economy is broken: a bug of ours.
    #[error("the economy broke at sequence {sequence}: {violation}")]
    Broken {
        /// After which entry.
        sequence: u64,
        /// What no longer holds.
        violation: Violation,
    },
    /// The run's folder could not be written.
    #[error("cannot write the run: {0}")]
    Record(String),
}

/// A run that came to its end.
#[derive(Debug)]
pub struct Finished {
    /// The state.
    pub economy: Economy,
    /// The transfers that were made by their owners.
    pub past: MemoryPast,
    /// What was counted.
    pub counts: Counts,
    /// The steps, and what was earned.
    pub figures: Figures,
    /// How each task of the plan ended.
    pub ends: Vec<TaskEnd>,
    /// What came into each participant's free money less what left it.
    pub flows: Vec<i128>,
    /// The digest of the state.
    pub digest: Hash32,
}

/// Runs a plan with a seed.
///
/// `progress` is told now and then how many tasks are over.
///
/// # Errors
/// [`RunError`].
pub fn run<R: Recorder>(
    plan: &Plan<'_>,
    seed: u64,
    recorder: &mut R,
    progress: &mut dyn FnMut(u64),
) -> Result<Finished, RunError> {
    let chain = Chain::new(seed, plan.tasks.len() + 1);
    let genesis = Genesis {
        economy: u128::from_le_bytes(first_half(key(seed, "", "economy", ""))),
        epoch_unix_ns: EPOCH_UNIX_NS,
        beacon_anchor: chain.anchor(),
        beacon_links: plan.tasks.len() as u64 + 1,
        beacon_window: Span::hours(1),
        limits: plan.limits,
    };
    let participants = plan.scenario.participants.len();
    let mut driver = Driver {
        plan,
        seed,
        recorder,
        economy: Economy::new(genesis.clone()),
        observer: Observer::new(participants, plan.scenario.metrics_every),
        past: MemoryPast::new(),
        clock: Clock::default(),
        chain,
        reveal_is_planned: false,
        t: Timestamp::ZERO,
        since_checkpoint: 0,
        ids: vec![None; participants + 1],
        task_of: Vec::with_capacity(plan.tasks.len()),
        id_of: vec![None; plan.tasks.len()],
    };
    driver.record(Body::Genesis(Box::new(genesis)))?;
    for command in &plan.opening {
        driver.command(ParticipantId::OPERATOR, command.clone())?;
    }
    for (number, task) in (0..).zip(&plan.tasks) {
        driver.clock.plan(task.at, Wake::Post(number));
    }
    driver.drive(progress)?;
    driver.finish()
}

struct Driver<'p, 'r, R> {
    plan: &'p Plan<'p>,
    seed: u64,
    recorder: &'r mut R,
    economy: Economy,
    observer: Observer,
    past: MemoryPast,
    clock: Clock,
    chain: Chain,
    reveal_is_planned: bool,
    t: Timestamp,
    since_checkpoint: u64,
    /// The stream of command ids of each participant of the economy: its key's first half and a counter.
    ids: Vec<Option<(u64, u64)>>,
    /// The number in the plan of each task of the economy.
    task_of: Vec<u32>,
    /// And back.
    id_of: Vec<Option<TaskId>>,
}

impl<'p, R: Recorder> Driver<'p, '_, R> {
    fn drive(&mut self, progress: &mut dyn FnMut(u64)) -> Result<(), RunError> {
        let mut steps = 0u64;
        loop {
            if self.economy.wants_beacon() && !self.reveal_is_planned {
                self.reveal_is_planned = true;
                self.clock.plan(self.t.after(REVEAL_AFTER), Wake::Reveal);
            }
            let act_at = self.clock.next_at().map(|at| at.max(self.next_t()));
            match (self.economy.next_due(), act_at) {
                (None, None) => return Ok(()),
                (Some(due), act_at) if act_at.is_none_or(|act_at| due <= act_at) => self.tick(due)?,
                _ => {
                    if let Some((at, wake)) = self.clock.take() {
                        self.t = self.t.max(Timestamp(at.0.saturating_sub(1)));
                        self.act(wake)?;
                    }
                }
            }
            steps += 1;
            if steps.is_multiple_of(4_096) {
                progress(
                    self.observer.figures.ends.iter().filter(|end| end.phase.is_some_and(|p| p.is_terminal())).count()
                        as u64,
                );
            }
        }
    }

    fn act(&mut self, wake: Wake) -> Result<(), RunError> {
        match wake {
            Wake::Post(number) => self.post(number),
            Wake::Bid(number) => self.bid(number),
            Wake::Reveal => self.reveal(),
            Wake::TakeAward(number) => self.by_worker(number, |task, _| Command::AcceptAward(AcceptAward { task })),
            Wake::Deliver(number) => self.by_worker(number, |task, deliverable| {
                Command::SubmitDeliverable(SubmitDeliverable { task, milestone: MilestoneId(0), deliverable })
            }),
            Wake::Review(number) => {
                let Some((task, planned)) = self.posted(number) else { return Ok(()) };
                let accept = AcceptDeliverable { task, milestone: MilestoneId(0) };
                let poster = plan::id(planned.poster);
                self.command(poster, Command::AcceptDeliverable(accept)).map(|_| ())
            }
        }
    }

    fn post(&mut self, number: u32) -> Result<(), RunError> {
        let Some(planned) = self.plan.tasks.get(number as usize) else { return Ok(()) };
        // The events of the posting name the task before the reply does.
        self.task_of.push(number);
        match self.command(plan::id(planned.poster), Command::PostTask(planned.spec.clone()))? {
            Outcome::Accepted(Reply::Task(id)) => {
                if let Some(known) = self.id_of.get_mut(number as usize) {
                    *known = Some(id);
                }
            }
            _ => {
                self.task_of.pop();
            }
        }
        Ok(())
    }

    fn bid(&mut self, number: u32) -> Result<(), RunError> {
        let Some((task, planned)) = self.posted(number) else { return Ok(()) };
        let (scenario, seed) = (self.plan.scenario, self.seed);
        let name = |number: u32| scenario.participants.get(number as usize).map_or("", |p| p.name.as_str());
        let about = scenario.tasks.get(number as usize).map_or("", |task| task.name.as_str());
        let mut order: Vec<&Candidate> = planned.candidates.iter().collect();
        let declared =
            |candidate: &&Candidate| scenario.participants.get(candidate.business as usize).map(|p| p.declared);
        match scenario.arrival {
            Arrival::Shuffled => Stream::new(seed, "", "arrival", about).shuffle(&mut order),
            Arrival::File => order.sort_unstable_by_key(declared),
            Arrival::Reversed => order.sort_unstable_by_key(|candidate| std::cmp::Reverse(declared(candidate))),
        }
        for Candidate { business, price, .. } in order {
            let nonce = Stream::new(seed, name(*business), "nonce", about).nonce();
            let terms = BidTerms::Priced { price: *price, nonce };
            self.command(plan::id(*business), Command::PlaceBid(PlaceBid { task, terms, team: Vec::new() }))?;
        }
        Ok(())
    }

    fn reveal(&mut self) -> Result<(), RunError> {
        self.reveal_is_planned = false;
        if self.economy.wants_beacon()
            && let Some(link) = self.chain.reveal()
        {
            self.command(ParticipantId::OPERATOR, Command::RevealBeacon(RevealBeacon { link }))?;
        }
        Ok(())
    }

    fn by_worker(&mut self, number: u32, command: impl Fn(TaskId, Hash32) -> Command) -> Result<(), RunError> {
        let Some((task, _)) = self.posted(number) else { return Ok(()) };
        let Some(worker) =
            self.observer.figures.ends.get(task.0 as usize).and_then(|end| end.winner).and_then(plan::number)
        else {
            return Ok(());
        };
        let scenario = self.plan.scenario;
        let about = scenario.tasks.get(number as usize).map_or("", |task| task.name.as_str());
        let name = scenario.participants.get(worker as usize).map_or("", |worker| worker.name.as_str());
        let deliverable = key(self.seed, name, "deliverable", about);
        self.command(plan::id(worker), command(task, deliverable)).map(|_| ())
    }

    /// A task of the plan that was posted.
    fn posted(&self, number: u32) -> Option<(TaskId, &'p PlannedTask)> {
        let id = (*self.id_of.get(number as usize)?)?;
        Some((id, self.plan.tasks.get(number as usize)?))
    }

    /// Whoever has something to react to plans when to do so.
    fn react(&mut self) {
        for notice in std::mem::take(&mut self.observer.notices) {
            let (Notice::Opened(task)
            | Notice::Offered(task, _)
            | Notice::Activated(task, _)
            | Notice::Submitted(task)) = notice;
            let Some(&number) = self.task_of.get(task.0 as usize) else { continue };
            let poster = self.plan.tasks.get(number as usize).map_or(0, |planned| planned.poster);
            let pace = self.plan.scenario.pace;
            let (at, wake) = match notice {
                // A price list answers at any hour.
                Notice::Opened(_) => (self.t.after(pace.react), Wake::Bid(number)),
                Notice::Offered(_, bidder) => (self.at_work(bidder, pace.react), Wake::TakeAward(number)),
                Notice::Activated(_, worker) => (self.at_work(worker, pace.work), Wake::Deliver(number)),
                Notice::Submitted(_) => (self.at_work(plan::id(poster), pace.react), Wake::Review(number)),
            };
            self.clock.plan(at, wake);
        }
    }

    /// When a participant is done with something that takes `span`: a person not before it is at work.
    fn at_work(&self, who: ParticipantId, span: Span) -> Timestamp {
        let at = self.t.after(span);
        let participant = plan::number(who).and_then(|number| self.plan.scenario.participants.get(number as usize));
        participant.and_then(|who| who.hours).map_or(at, |week| next_at_work(&week, EPOCH_UNIX_NS, at))
    }

    fn next_t(&self) -> Timestamp {
        Timestamp(self.t.0 + 1)
    }

    /// Records the next entry, one nanosecond after the last or later.
    fn record(&mut self, body: Body) -> Result<Entry, RunError> {
        self.observer.counts.entries += 1;
        let entry = Entry { now: EPOCH_UNIX_NS + self.t.0, t: self.t, body, evidence: Vec::new() };
        if R::RECORDS {
            self.recorder.record(&entry)?;
        }
        Ok(entry)
    }

    fn command(&mut self, by: ParticipantId, command: Command) -> Result<Outcome, RunError> {
        self.t = self.next_t();
        let request = Request { by, id: self.next_id(by), expires: self.t.after(REMEMBERED), command };
        let entry = self.record(Body::Request(request))?;
        self.observer.counts.commands += 1;
        let ready = self.advance();
        let Body::Request(request) = &entry.body else { return Ok(Outcome::Accepted(Reply::Done)) };
        let outcome = self.economy.apply(ready, request, &self.past, &mut self.observer);
        // A batch of transfers is looked up in what was made before it, and adds to it afterwards.
        self.observer.booked.drain(..).for_each(|booked| self.past.emit(booked));
        if let Outcome::Rejected(_) = outcome {
            self.observer.counts.rejections += 1;
        }
        self.after_step()?;
        Ok(outcome)
    }

    fn tick(&mut self, due: Timestamp) -> Result<(), RunError> {
        self.t = self.next_t().max(due);
        self.record(Body::Tick)?;
        self.observer.counts.ticks += 1;
        self.advance();
        self.after_step()
    }

    fn advance(&mut self) -> Ready {
        self.observer.figures.step(self.t);
        loop {
            if let Progress::Done(ready) = self.economy.advance(self.t, DEADLINES_AT_A_TIME, &mut self.observer) {
                return ready;
            }
        }
    }

    fn after_step(&mut self) -> Result<(), RunError> {
        let sequence = self.observer.counts.entries;
        self.economy.check_invariants().map_err(|violation| RunError::Broken { sequence, violation })?;
        self.react();
        self.since_checkpoint += 1;
        let every = self.plan.scenario.checkpoint_every.unwrap_or_else(|| CHECKPOINT_EVERY.max(sequence / 8));
        if self.since_checkpoint >= every { self.checkpoint() } else { Ok(()) }
    }

    /// Takes its place in time and sequence whether anybody records it or not.
    fn checkpoint(&mut self) -> Result<(), RunError> {
        self.since_checkpoint = 0;
        self.t = self.next_t();
        let digest = if R::RECORDS { self.economy.digest() } else { Hash32::ZERO };
        let seq = self.observer.counts.entries;
        self.record(Body::Checkpoint { seq, digest })?;
        self.observer.counts.checkpoints += 1;
        if R::RECORDS {
            self.recorder.checkpointed(seq + 1, &self.economy, &self.past)?;
        }
        Ok(())
    }

    fn next_id(&mut self, by: ParticipantId) -> CommandId {
        let scenario = self.plan.scenario;
        let seed = self.seed;
        let Some(stream) = self.ids.get_mut(by.0 as usize) else { return CommandId(0) };
        let (head, count) = stream.get_or_insert_with(|| {
            let name = plan::number(by).and_then(|number| scenario.participants.get(number as usize));
            let owner = name.map_or("", |participant| participant.name.as_str());
            let half = first_half(key(seed, owner, "command ids", ""));
            (u128::from_le_bytes(half) as u64, 0)
        });
        *count += 1;
        CommandId(u128::from(*head) << 64 | u128::from(*count))
    }

    fn finish(mut self) -> Result<Finished, RunError> {
        if self.since_checkpoint > 0 {
            self.checkpoint()?;
        }
        self.observer.figures.close();
        let digest = self.economy.digest();
        let Observer { counts, figures, flows, .. } = self.observer;
        let end_of =
            |id: &Option<TaskId>| id.and_then(|id| figures.ends.get(id.0 as usize).copied()).unwrap_or_default();
        let ends = self.id_of.iter().map(end_of).collect();
        Ok(Finished { economy: self.economy, past: self.past, counts, figures, ends, flows, digest })
    }
}

fn first_half(hash: Hash32) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash.0[..16]);
    half
}
