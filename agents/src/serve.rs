//! Serving: bids, takes awards, works, delivers, and hands back what is open when it stops.
//!
//! One loop, one closed list of what wakes it. Events tell what to do at once; every few seconds the economy is asked
//! what there is to do, so that nothing depends on an event having been heard: an agent that was restarted, or cut off,
//! goes on where it stood.
//! Invariants: live bids and contracts together never exceed the capacity; a contract is worked on once; a skill that
//! panics, hangs or fails costs its own contract, which then ends by its row.
//! Absent on purpose: undoing a contract. The life of a task knows no withdrawal yet, so that work which is not
//! finished when the agent stops is finished by its next start, or defaults.

use crate::agent::Agent;
use crate::client::{Client, other_answer};
use crate::error::Error;
use crate::fault::Fault;
use crate::job::Job;
use crate::strategy::{Invitation, Lesson};
use core::time::Duration;
use oikos_protocol::command::award::{AcceptAward, DeclineAward};
use oikos_protocol::command::bid::WithdrawBid;
use oikos_protocol::command::contract::SubmitDeliverable;
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::{Capability, Hash32, MilestoneId, TaskId};
use oikos_protocol::wire::command::{WireBid, WireCommand, WireSealing, WireTask};
use oikos_protocol::wire::event::{Numbered, WireEvent, WireTaskEvent};
use oikos_protocol::wire::presence::Heartbeat;
use oikos_protocol::wire::query::{Found, TaskStory, WireQuery};
use oikos_protocol::wire::text::Decimal;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::task::{AbortHandle, Id, JoinSet};

/// A job that came to an end: which task, and why it failed if it did.
type Worked = (TaskId, Result<(), String>);

/// How often the economy is asked what there is to do.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// How long a heartbeat counts.
const LEASE: Duration = Duration::from_secs(30);
/// How long work under way may go on when the agent stops.
const FINISH_WITHIN: Duration = Duration::from_secs(2);
/// How often a job is tried that fails by nobody's fault.
const TRIES_MAX: u32 = 5;

/// Hears news.
pub(crate) type News = Arc<dyn Fn(&New) + Send + Sync>;

/// Something the agent did, or that befell it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum New {
    /// It is in and listens.
    Listening {
        /// Under this name.
        name: String,
    },
    /// It bid.
    Bid {
        /// For which task.
        task: TaskId,
        /// What it asked.
        price: Decimal,
    },
    /// It works.
    Working {
        /// On which task.
        task: TaskId,
    },
    /// It delivered.
    Delivered {
        /// Which task.
        task: TaskId,
    },
    /// It was paid.
    Paid {
        /// For which task.
        task: TaskId,
        /// How much.
        paid: Decimal,
    },
    /// A contract, or a step of one, failed.
    Failed {
        /// Which task.
        task: TaskId,
        /// Why.
        why: String,
    },
    /// It stopped, and what was open is handed back.
    Stopped {
        /// Bids taken back and awards declined.
        handed_back: usize,
        /// Contracts that were not finished; they default unless the agent is started again in time.
        unfinished: usize,
    },
}

/// What the agent knows of a task it has to do with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    /// It has a live bid.
    Bid,
    /// It works on it, or has delivered and waits for the review.
    Contract,
    /// It is done with it, whatever becomes of it.
    Over,
}

struct Serving {
    agent: Agent,
    client: Client,
    stands: BTreeMap<TaskId, Stand>,
    jobs: JoinSet<(TaskId, Result<(), String>)>,
    working: HashMap<Id, TaskId>,
    aborts: BTreeMap<TaskId, AbortHandle>,
    costs: BTreeMap<TaskId, Job>,
}

pub(crate) async fn serve(agent: Agent, client: Client, stop: impl Future<Output = ()>) -> Result<(), Error> {
    let mut events = client.events("task").await?;
    let mut serving = Serving {
        agent,
        client,
        stands: BTreeMap::new(),
        jobs: JoinSet::new(),
        working: HashMap::new(),
        aborts: BTreeMap::new(),
        costs: BTreeMap::new(),
    };
    let mut ask = tokio::time::interval(ASK_EVERY);
    ask.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut beat = tokio::time::interval(LEASE / 3);
    serving.beat(LEASE).await?;
    serving.tell(&New::Listening { name: serving.client.name().to_string() });
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            event = events.next() => match event {
                Some(event) => serving.hear(event).await,
                None => return Err(Error::Unanswered),
            },
            Some(ended) = serving.jobs.join_next_with_id() => serving.ended(ended),
            _ = ask.tick() => serving.look_around().await,
            _ = beat.tick() => {
                if let Err(why) = serving.beat(LEASE).await {
                    tracing::warn!(%why, "no heartbeat");
                }
            }
        }
    }
    serving.hand_back().await;
    Ok(())
}

impl Serving {
    fn tell(&self, new: &New) {
        tracing::info!(?new);
        if let Some(hear) = &self.agent.news {
            hear(new);
        }
    }

    fn failed(&self, task: TaskId, why: impl ToString) {
        self.tell(&New::Failed { task, why: why.to_string() });
    }

    async fn beat(&self, lease: Duration) -> Result<(), Error> {
        let lease_ms = u64::try_from(lease.as_millis()).unwrap_or(u64::MAX);
        let capabilities = self.agent.skills.keys().cloned().collect();
        self.client.heartbeat(&Heartbeat { lease_ms, capabilities, capacity: self.room() }).await
    }

    /// How many more contracts it would take.
    fn room(&self) -> u32 {
        let taken = self.stands.values().filter(|stand| **stand != Stand::Over).count();
        self.agent.capacity.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX))
    }

    /// The skill for a task that requires nothing but one of them.
    fn skill_for(&self, requires: &[Capability]) -> Option<Capability> {
        match requires {
            [only] if self.agent.skills.contains_key(only) => Some(only.clone()),
            _ => None,
        }
    }

    async fn hear(&mut self, numbered: Numbered) {
        let WireEvent::Task(event) = numbered.event else { return };
        let me = self.client.participant();
        match event {
            WireTaskEvent::Opened { task, spec, .. } => self.consider(task, &spec).await,
            WireTaskEvent::AwardOffered { task, bidder, .. } if bidder == me => self.take_award(task).await,
            // Somebody else's now. Should the winner decline, the bid counts again, and so does `look_around`.
            WireTaskEvent::AwardOffered { task, .. } if self.stands.get(&task) == Some(&Stand::Bid) => {
                self.stands.remove(&task);
            }
            WireTaskEvent::Activated { task, worker, .. } if worker == me => self.start(task).await,
            WireTaskEvent::Settled { task, worker, paid } if worker == me => self.paid(task, &paid),
            WireTaskEvent::Defaulted { task, worker, .. } if worker == me => self.lost(task, "the contract defaulted"),
            WireTaskEvent::Expired { task, .. }
            | WireTaskEvent::NoAward { task, .. }
            | WireTaskEvent::Cancelled { task }
            | WireTaskEvent::Rejected { task, .. }
                if self.stands.contains_key(&task) =>
            {
                self.over(task);
            }
            _ => {}
        }
    }

    /// Asks the economy what there is to do, and does it.
    async fn look_around(&mut self) {
        if let Err(why) = self.try_look_around().await {
            tracing::warn!(%why, "could not look around");
        }
    }

    async fn try_look_around(&mut self) -> Result<(), Error> {
        let me = self.client.participant();
        let mine = WireQuery::Tasks { phase: None, capability: None, mine: true, limit: None };
        let Found::Tasks(mine) = self.client.ask(mine).await?.answer else { return Err(other_answer()) };
        for row in &mine {
            match row.phase {
                Phase::AwardOffered if row.worker == Some(me) => self.take_award(row.task).await,
                Phase::Active if row.worker == Some(me) => self.start(row.task).await,
                phase if phase.is_terminal() && self.stands.get(&row.task).is_some_and(|s| *s != Stand::Over) => {
                    self.over(row.task);
                }
                _ => {}
            }
        }
        if self.room() == 0 || self.agent.strategy.is_none() {
            return Ok(());
        }
        for capability in self.agent.skills.keys().cloned().collect::<Vec<_>>() {
            let open = WireQuery::Tasks {
                phase: Some(Phase::Open),
                capability: Some(capability),
                mine: false,
                limit: Some(100),
            };
            let Found::Tasks(open) = self.client.ask(open).await?.answer else { return Err(other_answer()) };
            for row in open.into_iter().rev().filter(|row| !self.stands.contains_key(&row.task)).collect::<Vec<_>>() {
                if self.room() == 0 {
                    break;
                }
                if row.poster != me
                    && let Some(story) = self.client.task(row.task).await?
                {
                    self.consider(row.task, &story.spec).await;
                }
            }
        }
        Ok(())
    }

    /// Bids, if the strategy wants to and there is room.
    async fn consider(&mut self, task: TaskId, spec: &WireTask) {
        let Some(capability) = self.skill_for(&spec.requires) else { return };
        if self.room() == 0 || self.stands.contains_key(&task) || asks_for_commitments(spec) {
            return;
        }
        let Some(strategy) = self.agent.strategy.clone() else { return };
        let Some(scale) = self.client.scale(spec.asset) else { return };
        let ceiling = spec.reserve.as_ref().unwrap_or(&spec.budget);
        let Ok(reserve) = scale.parse(&ceiling.0) else { return };
        let invitation = Invitation { capability, asset: spec.asset.to_string(), scale, reserve };
        let Some(price) = strategy.price(&invitation) else {
            // Heard, and not wanted: not asked again every few seconds.
            self.stands.insert(task, Stand::Over);
            return;
        };
        let price = Decimal::of(price, scale);
        match self.bid(task, price.clone()).await {
            Ok(()) => {
                self.stands.insert(task, Stand::Bid);
                self.tell(&New::Bid { task, price });
            }
            Err(why) => {
                self.stands.insert(task, Stand::Over);
                self.failed(task, why);
            }
        }
    }

    async fn bid(&self, task: TaskId, price: Decimal) -> Result<(), Error> {
        let nonce = Some(crate::random::hex32()?);
        let bid = WireBid { task, price: Some(price), nonce, commitment: None, team: self.agent.team.clone() };
        self.client.command(WireCommand::PlaceBid(bid)).await.map(drop)
    }

    async fn take_award(&mut self, task: TaskId) {
        if self.stands.get(&task) == Some(&Stand::Contract) {
            return;
        }
        match self.client.command(WireCommand::AcceptAward(AcceptAward { task })).await {
            Ok(_) => {
                self.stands.insert(task, Stand::Contract);
            }
            // Told twice, and taken at the first time.
            Err(Error::Rejected(why)) if why.code == "award.already_accepted" => {}
            Err(why) => self.failed(task, why),
        }
    }

    /// Begins to work on a contract, once.
    async fn start(&mut self, task: TaskId) {
        if self.aborts.contains_key(&task) || self.stands.get(&task) == Some(&Stand::Over) {
            return;
        }
        let story = match self.client.task(task).await {
            Ok(Some(story)) if story.row.phase == Phase::Active => story,
            Ok(_) => return,
            Err(why) => return self.failed(task, why),
        };
        let Some(capability) = self.skill_for(&story.spec.requires) else { return };
        self.stands.insert(task, Stand::Contract);
        let job = Job::new(task, capability, story.row.poster);
        self.costs.insert(task, job.clone());
        self.tell(&New::Working { task });
        let work = self.work_on(job, &story);
        let abort = self.jobs.spawn(async move { (task, work.await) });
        self.working.insert(abort.id(), task);
        self.aborts.insert(task, abort);
    }

    /// Reads the input, does the work and delivers it.
    fn work_on(
        &self,
        job: Job,
        story: &TaskStory,
    ) -> impl Future<Output = Result<(), String>> + Send + 'static + use<> {
        let work = self.agent.skills.get(&job.capability).cloned();
        let (client, time_max) = (self.client.clone(), self.agent.time_max);
        let (input, milestone) = (story.spec.input, story.milestone.unwrap_or(MilestoneId(0)));
        async move {
            let work = work.ok_or("the skill is gone")?;
            let input = client.get(input).await.map_err(|why| format!("no input: {why}"))?;
            let mut tries = 0;
            let output = loop {
                tries += 1;
                let attempt = tokio::time::timeout(time_max, work.work(job.clone(), input.clone())).await;
                match attempt.map_err(|_| format!("no result within {time_max:?}"))? {
                    Ok(output) => break output,
                    Err(Fault::Retry { after, why }) if tries < TRIES_MAX => {
                        tracing::info!(%why, task = %job.task, "tried again");
                        tokio::time::sleep(after).await;
                    }
                    Err(fault) => return Err(fault.to_string()),
                }
            };
            let deliverable = client.put(&output).await.map_err(|why| format!("not delivered: {why}"))?;
            deliver(&client, job.task, milestone, deliverable).await.map_err(|why| format!("not delivered: {why}"))
        }
    }

    fn ended(&mut self, ended: Result<(Id, Worked), tokio::task::JoinError>) {
        let (id, outcome) = match ended {
            Ok((id, (_, outcome))) => (id, outcome),
            Err(error) if error.is_panic() => (error.id(), Err("the worker failed: the skill panicked".to_owned())),
            Err(error) => (error.id(), Err("given up".to_owned())),
        };
        let Some(task) = self.working.remove(&id) else { return };
        match outcome {
            Ok(()) => {
                // The next milestone, if there is one, is started anew.
                self.aborts.remove(&task);
                self.tell(&New::Delivered { task });
            }
            Err(why) if self.stands.get(&task) != Some(&Stand::Over) => {
                // It is not tried again by this process, and ends by its row; other work goes on.
                self.aborts.remove(&task);
                self.failed(task, why);
                self.learn(task, None);
                self.stands.insert(task, Stand::Over);
            }
            Err(_) => {}
        }
    }

    fn paid(&mut self, task: TaskId, paid: &Decimal) {
        if self.stands.get(&task) == Some(&Stand::Over) {
            return;
        }
        self.tell(&New::Paid { task, paid: paid.clone() });
        self.learn(task, paid.0.parse().ok());
        self.over(task);
    }

    fn lost(&mut self, task: TaskId, why: &str) {
        self.failed(task, why);
        self.learn(task, None);
        self.over(task);
    }

    fn learn(&mut self, task: TaskId, paid: Option<rust_decimal::Decimal>) {
        let cost = self.costs.remove(&task).and_then(|job| job.cost_told());
        if let Some(strategy) = &self.agent.strategy {
            strategy.learn(&Lesson { cost, paid });
        }
    }

    fn over(&mut self, task: TaskId) {
        self.stands.insert(task, Stand::Over);
        self.costs.remove(&task);
        if let Some(abort) = self.aborts.remove(&task) {
            abort.abort();
        }
        self.forget();
    }

    /// Keeps the memory of tasks that are over bounded: the oldest go, and would only be looked at once more.
    fn forget(&mut self) {
        const OVER_MAX: usize = 10_000;
        if self.stands.len() > OVER_MAX {
            let old: BTreeSet<TaskId> =
                self.stands.iter().filter(|(_, s)| **s == Stand::Over).map(|(task, _)| *task).take(1_000).collect();
            self.stands.retain(|task, _| !old.contains(task));
        }
    }

    /// Takes bids back, declines awards, lets work under way come to its end for a moment, and says good-bye.
    async fn hand_back(&mut self) {
        let bids: Vec<TaskId> = self.stands.iter().filter(|(_, s)| **s == Stand::Bid).map(|(task, _)| *task).collect();
        let mut handed_back = 0;
        for task in bids {
            let withdrawn = self.client.command(WireCommand::WithdrawBid(WithdrawBid { task })).await;
            let back = match withdrawn {
                Ok(_) => true,
                // Too late to take it back: the award may already be ours.
                Err(_) => self.client.command(WireCommand::DeclineAward(DeclineAward { task })).await.is_ok(),
            };
            handed_back += usize::from(back);
        }
        let finish = async {
            while let Some(ended) = self.jobs.join_next_with_id().await {
                self.ended(ended);
            }
        };
        if tokio::time::timeout(FINISH_WITHIN, finish).await.is_err() {
            self.jobs.shutdown().await;
        }
        let unfinished = self.working.len();
        if self.beat(Duration::ZERO).await.is_ok() {
            self.client.settle().await.ok();
        }
        self.tell(&New::Stopped { handed_back, unfinished });
    }
}

/// Delivers. A delivery that was made before, by an agent that was stopped too early to hear of it, is one.
async fn deliver(client: &Client, task: TaskId, milestone: MilestoneId, deliverable: Hash32) -> Result<(), Error> {
    let submit = WireCommand::SubmitDeliverable(SubmitDeliverable { task, milestone, deliverable });
    match client.command(submit).await {
        Ok(_) => Ok(()),
        Err(Error::Rejected(why)) if why.code == "contract.not_active" => {
            let phase = client.task(task).await?.map(|story| story.row.phase);
            match phase {
                Some(Phase::Submitted | Phase::Accepted | Phase::Settled) => Ok(()),
                _ => Err(Error::Rejected(why)),
            }
        }
        Err(why) => Err(why),
    }
}

/// Whether bids are commitments, which this runtime does not make.
const fn asks_for_commitments(spec: &WireTask) -> bool {
    matches!(spec.sealing, WireSealing::CommitReveal { .. })
}
