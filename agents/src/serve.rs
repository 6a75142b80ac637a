//! Serving: bids, takes awards, works, delivers, and hands back what is open when it stops.
//!
//! One loop, one closed list of what wakes it. Events tell what to do at once; every few seconds the economy is asked
//! what there is to do, so that nothing depends on an event having been heard: an agent that was restarted, or cut off,
//! goes on where it stood. What came for it alone waits in its mailbox, is read and acknowledged.
//! Invariants: live bids and contracts together never exceed the capacity; a contract is worked on once; a skill that
//! panics, hangs or fails costs its own contract, which then ends by its row.
//! Absent on purpose: undoing a contract. The life of a task knows no withdrawal yet, so that work which is not
//! finished when the agent stops is finished by its next start, or defaults.

use crate::agent::Agent;
use crate::client::{Client, other_answer};
use crate::error::Error;
use crate::events::Events;
use crate::fault::Fault;
use crate::job::{Job, pass_on};
use crate::strategy::{Invitation, Lesson};
use crate::tell::Told;
use core::time::Duration;
use oikos_protocol::command::award::{AcceptAward, DeclineAward};
use oikos_protocol::command::bid::{WithdrawBid, seal_of};
use oikos_protocol::command::contract::SubmitDeliverable;
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::event::task::{Phase, Stage};
use oikos_protocol::id::{Capability, Hash32, MilestoneId, TaskId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::wire::command::{WireBid, WireCommand, WireReveal, WireSealing, WireTask};
use oikos_protocol::wire::event::{Numbered, WireEvent, WireTaskEvent};
use oikos_protocol::wire::mailbox::{MailboxAnswer, MailboxAsk};
use oikos_protocol::wire::presence::{CapabilityDomain, Heartbeat};
use oikos_protocol::wire::query::{Found, TaskStory, WireQuery};
use oikos_protocol::wire::scoring::WireScoring;
use oikos_protocol::wire::tell::Say;
use oikos_protocol::wire::text::Decimal;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

/// A job that came to an end: which task, and why it failed if it did.
type Worked = (TaskId, Result<(), String>);

/// How often the economy is asked what there is to do.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// How long a heartbeat counts.
const LEASE: Duration = Duration::from_secs(30);
/// How long what a job told may take to go out before its deliverable does.
const TOLD_WITHIN: Duration = Duration::from_secs(3);
/// How often a buyer is asked about one order.
const QUESTIONS_MAX: u32 = 3;
/// Events of the mailbox that are read at once.
const MAIL_MAX: u32 = 200;
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
    /// It asked the buyer what is unclear.
    Asked {
        /// About which task.
        task: TaskId,
        /// What.
        question: String,
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
        /// Bids taken back.
        bids: usize,
        /// Awards declined.
        awards: usize,
        /// Bids that compete on: too late to take back, too early to decline.
        competing: usize,
        /// Contracts delivered while it stopped.
        finished: usize,
        /// Contracts that were not finished; they default unless the agent is started again in time.
        unfinished: Vec<TaskId>,
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

/// What the agent asks, and what it promises where the task scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Terms {
    price: Amount,
    promise: Option<Promise>,
}

struct Serving {
    agent: Agent,
    client: Client,
    stands: BTreeMap<TaskId, Stand>,
    jobs: JoinSet<(TaskId, Result<(), String>)>,
    working: HashMap<Id, TaskId>,
    aborts: BTreeMap<TaskId, AbortHandle>,
    costs: BTreeMap<TaskId, Job>,
    /// What the agent's capabilities take and give, as it is told with every heartbeat.
    domains: Vec<CapabilityDomain>,
    /// What was committed to and is not revealed yet.
    sealed: BTreeMap<TaskId, Terms>,
}

/// What an agent promises where this counts; nothing where it counts a quality that the agent does not promise.
fn promise(scoring: &WireScoring, standing: Promise) -> Option<Promise> {
    if scoring.quality.is_some() && standing.quality.is_none() {
        return None;
    }
    let all = Share::from_millionths(Share::WHOLE);
    Some(Promise {
        quality: scoring.quality.as_ref().and(standing.quality),
        time: scoring.time.as_ref().and(standing.time.or(all)),
    })
}

pub(crate) async fn serve(agent: Agent, client: Client, stop: impl Future<Output = ()>) -> Result<(), Error> {
    let mut events = client.events("task").await?;
    let mut tellings = client.tellings().await?;
    let mut domains = Vec::new();
    for (capability, domain) in agent.domains.iter().filter(|(capability, _)| agent.skills.contains_key(*capability)) {
        let domain = client.put_domain(domain).await?;
        domains.push(CapabilityDomain { capability: capability.clone(), domain });
    }
    let mut serving = Serving {
        agent,
        client,
        stands: BTreeMap::new(),
        jobs: JoinSet::new(),
        working: HashMap::new(),
        aborts: BTreeMap::new(),
        costs: BTreeMap::new(),
        domains,
        sealed: BTreeMap::new(),
    };
    let mut ask = tokio::time::interval(ASK_EVERY);
    ask.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut beat = tokio::time::interval(LEASE / 3);
    serving.beat(LEASE).await?;
    serving.tell(&New::Listening { name: serving.client.name().to_string() });
    tokio::pin!(stop);
    let mut running = true;
    while running {
        let wake = tokio::select! {
            () = &mut stop => break,
            event = events.next() => Wake::Heard(event.ok_or(Error::Unanswered)?),
            Some(told) = tellings.next() => Wake::Told(told),
            Some(ended) = serving.jobs.join_next_with_id() => Wake::Ended(ended),
            _ = ask.tick() => Wake::Ask,
            _ = beat.tick() => Wake::Beat,
        };
        let finish_within = serving.agent.finish_within;
        let handled = serving.handle(wake);
        tokio::pin!(handled);
        tokio::select! {
            () = &mut handled => {}
            () = &mut stop => {
                running = false;
                // It may be in the middle of a step. Where nobody answers, the step is given up.
                if tokio::time::timeout(finish_within, handled).await.is_err() {
                    tracing::warn!("stopped while the economy did not answer");
                }
            }
        }
    }
    serving.hand_back(&mut events).await;
    Ok(())
}

/// What wakes an agent.
enum Wake {
    Heard(Numbered),
    Told(Told),
    Ended(Result<(Id, Worked), JoinError>),
    Ask,
    Beat,
}

impl Serving {
    async fn handle(&mut self, wake: Wake) {
        match wake {
            Wake::Heard(event) => self.hear(event).await,
            Wake::Told(told) => self.answered(told),
            Wake::Ended(ended) => self.ended(ended),
            Wake::Ask => self.look_around().await,
            Wake::Beat => {
                if let Err(why) = self.beat(LEASE).await {
                    tracing::warn!(%why, "no heartbeat");
                }
            }
        }
    }

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
        let domains = self.domains.clone();
        self.client.heartbeat(&Heartbeat { lease_ms, capabilities, capacity: self.room(), domains }).await
    }

    /// How many more contracts it would take.
    fn room(&self) -> u32 {
        // Whoever waits for an answer does not work.
        let asks = |task: &TaskId| self.costs.get(task).is_some_and(Job::is_asking);
        let taken = self.stands.iter().filter(|(task, stand)| **stand != Stand::Over && !asks(task)).count();
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
            WireTaskEvent::StageEntered { task, stage: Stage::Reveal, .. } => self.reveal(task).await,
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
        self.read_mail().await?;
        let mine = WireQuery::Tasks { phase: None, capability: None, mine: true, limit: None };
        let Found::Tasks(mine) = self.client.ask(mine).await?.answer else { return Err(other_answer()) };
        for row in &mine {
            match row.phase {
                Phase::AwardOffered if row.worker == Some(me) => self.take_award(row.task).await,
                Phase::Active if row.worker == Some(me) => self.start(row.task).await,
                Phase::Evaluating if self.stands.get(&row.task) != Some(&Stand::Over) => {
                    self.reveal_if_asked(row.task).await?;
                }
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

    /// Reads what came for this participant alone while nobody listened, and acknowledges it.
    async fn read_mail(&mut self) -> Result<(), Error> {
        loop {
            let read = self.client.mailbox(&MailboxAsk::Read { limit: MAIL_MAX }).await?;
            let MailboxAnswer::Mail { events, left } = read else { return Err(other_answer()) };
            let Some((seq, index)) = events.last().map(|last| (last.seq, last.index)) else { return Ok(()) };
            // Most of it was heard at once; nothing that is heard twice is done twice.
            for event in events {
                self.hear(event).await;
            }
            self.client.mailbox(&MailboxAsk::Acknowledge { seq, index }).await?;
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// Takes the answer of a buyer to the job that asked.
    fn answered(&self, told: Told) {
        match (self.costs.get(&told.task), told.say) {
            (Some(job), Say::Answer(answer)) if job.poster == told.by => job.hear(answer),
            _ => {}
        }
    }

    /// Opens a bid that was a commitment, where its task waits for that.
    async fn reveal_if_asked(&mut self, task: TaskId) -> Result<(), Error> {
        let Some(story) = self.client.task(task).await? else { return Ok(()) };
        let stage = story.story.iter().rev().find_map(|event| match &event.event {
            WireEvent::Task(WireTaskEvent::StageEntered { stage, .. }) => Some(*stage),
            _ => None,
        });
        if stage == Some(Stage::Reveal) {
            if !self.sealed.contains_key(&task)
                && let Some(terms) = self.terms_again(&story.spec)
            {
                // Committed by an earlier start of this agent. The nonce is the same, and so, it is hoped, the price.
                self.sealed.insert(task, terms);
            }
            self.reveal(task).await;
        }
        Ok(())
    }

    fn terms_again(&self, spec: &WireTask) -> Option<Terms> {
        let capability = self.skill_for(&spec.requires)?;
        self.terms(capability, spec).ok()?
    }

    async fn reveal(&mut self, task: TaskId) {
        let Some(Terms { price, promise }) = self.sealed.remove(&task) else { return };
        let revealed = async {
            let story = self.client.task(task).await?.ok_or_else(other_answer)?;
            let scale = self.client.scale(story.spec.asset).ok_or_else(other_answer)?;
            let nonce = hex(&self.client.nonce_of(task));
            let reveal = WireReveal { task, price: Decimal::of(price, scale), nonce, promise };
            self.client.command(WireCommand::RevealBid(reveal)).await
        };
        if let Err(why) = revealed.await {
            self.failed(task, why);
        }
    }

    /// Bids, if the strategy wants to and there is room.
    async fn consider(&mut self, task: TaskId, spec: &WireTask) {
        let Some(capability) = self.skill_for(&spec.requires) else { return };
        if self.room() == 0 || self.stands.contains_key(&task) {
            return;
        }
        let Ok(terms) = self.terms(capability, spec) else { return };
        let (Some(terms), Some(scale)) = (terms, self.client.scale(spec.asset)) else {
            // Heard, and not wanted: not asked again every few seconds.
            self.stands.insert(task, Stand::Over);
            return;
        };
        let price = Decimal::of(terms.price, scale);
        let is_sealed = matches!(spec.sealing, WireSealing::CommitReveal { .. });
        match self.bid(task, terms, price.clone(), is_sealed).await {
            Ok(()) => {
                self.stands.insert(task, Stand::Bid);
                if is_sealed {
                    self.sealed.insert(task, terms);
                }
                self.tell(&New::Bid { task, price });
            }
            Err(why) => {
                self.stands.insert(task, Stand::Over);
                self.failed(task, why);
            }
        }
    }

    /// What the strategy asks; nothing where it does not want the task, or the task asks for a promise it does not make.
    fn terms(&self, capability: Capability, spec: &WireTask) -> Result<Option<Terms>, Error> {
        let Some(strategy) = &self.agent.strategy else { return Err(Error::BadRequest("no strategy".to_owned())) };
        let scale = self.client.scale(spec.asset).ok_or_else(other_answer)?;
        let ceiling = spec.reserve.as_ref().unwrap_or(&spec.budget);
        let reserve = scale.parse(&ceiling.0).map_err(|why| Error::BadAnswer(why.to_string()))?;
        let promise = match spec.mechanism.scoring() {
            None => None,
            Some(scoring) => match promise(scoring, self.agent.promise) {
                None => return Ok(None),
                promise => promise,
            },
        };
        let price = strategy.price(&Invitation { capability, asset: spec.asset.to_string(), scale, reserve });
        Ok(price.map(|price| Terms { price, promise }))
    }

    async fn bid(&self, task: TaskId, terms: Terms, price: Decimal, is_sealed: bool) -> Result<(), Error> {
        let Terms { price: amount, promise } = terms;
        let nonce = self.client.nonce_of(task);
        let bid = if is_sealed {
            let commitment = Some(seal_of(task, self.client.participant(), amount, &nonce, promise));
            WireBid { task, price: None, nonce: None, commitment, promise: None, team: self.agent.team.clone() }
        } else {
            WireBid {
                task,
                price: Some(price),
                nonce: Some(hex(&nonce)),
                commitment: None,
                promise,
                team: self.agent.team.clone(),
            }
        };
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
        let (job, told) = Job::new(task, capability, story.row.poster);
        tokio::spawn(pass_on(self.client.clone(), task, told));
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
        let (client, time_max, news) = (self.client.clone(), self.agent.time_max, self.agent.news.clone());
        let (input, milestone) = (story.spec.input, story.milestone.unwrap_or(MilestoneId(0)));
        async move {
            let work = work.ok_or("the skill is gone")?;
            let (input, domain) = client.get_under(input).await.map_err(|why| format!("no input: {why}"))?;
            let domain = match domain {
                Some(hash) => client.domain(hash).await.ok(),
                None => None,
            };
            if let Some(Err(misfit)) = domain.as_ref().map(|domain| domain.fits_input(&input)) {
                let why = format!("the input does not fit its own schema {misfit}");
                job.say(Say::Question(why.clone()));
                job.flush().await;
                return Err(Fault::Order(why).to_string());
            }
            let (mut tries, mut questions) = (0, 0);
            let output = loop {
                tries += 1;
                let attempt = tokio::time::timeout(time_max, work.work(job.clone(), input.clone())).await;
                match attempt.map_err(|_| format!("no result within {time_max:?}"))? {
                    Ok(output) => break output,
                    Err(Fault::Retry { after, why }) if tries < TRIES_MAX => {
                        tracing::info!(%why, task = %job.task, "tried again");
                        tokio::time::sleep(after).await;
                    }
                    Err(Fault::Order(question)) if questions < QUESTIONS_MAX => {
                        questions += 1;
                        if let Some(hear) = &news {
                            hear(&New::Asked { task: job.task, question: question.clone() });
                        }
                        // With the answer it is tried again; without one the contract's deadline goes on.
                        job.ask(question).await.map_err(|fault| fault.to_string())?;
                    }
                    Err(fault) => return Err(fault.to_string()),
                }
            };
            if let Some(Err(misfit)) = domain.as_ref().map(|domain| domain.fits_output(&output)) {
                return Err(Fault::Mine(format!("the output does not fit {misfit}")).to_string());
            }
            tokio::time::timeout(TOLD_WITHIN, job.flush()).await.ok();
            let deliverable = client.put(&output).await.map_err(|why| format!("not delivered: {why}"))?;
            deliver(&client, job.task, milestone, deliverable).await.map_err(|why| format!("not delivered: {why}"))
        }
    }

    fn ended(&mut self, ended: Result<(Id, Worked), JoinError>) {
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

    /// Takes bids back, declines what is awarded and not taken, lets work under way come to its end for a while, and
    /// says good-bye.
    async fn hand_back(&mut self, events: &mut Events) {
        let bids: Vec<TaskId> = self.stands.iter().filter(|(_, s)| **s == Stand::Bid).map(|(task, _)| *task).collect();
        let (mut taken_back, mut awards, mut competing) = (0, 0, BTreeSet::new());
        let until = tokio::time::Instant::now() + self.agent.finish_within;
        for task in bids {
            // An economy that is gone does not keep anybody from stopping.
            let handed_back = tokio::time::timeout_at(until, async {
                let withdrawn = self.client.command(WireCommand::WithdrawBid(WithdrawBid { task })).await;
                (withdrawn.is_ok(), withdrawn.is_err() && self.decline(task).await)
            });
            match handed_back.await {
                Ok((true, _)) => taken_back += 1,
                Ok((false, true)) => awards += 1,
                Ok((false, false)) | Err(_) => drop(competing.insert(task)),
            }
        }
        let (me, running) = (self.client.participant(), self.working.len());
        while !self.jobs.is_empty() || !competing.is_empty() {
            tokio::select! {
                () = tokio::time::sleep_until(until) => break,
                Some(ended) = self.jobs.join_next_with_id() => self.ended(ended),
                event = events.next() => match event.map(|event| event.event) {
                    Some(WireEvent::Task(WireTaskEvent::AwardOffered { task, bidder, .. })) if competing.remove(&task) => {
                        let declined = tokio::time::timeout_at(until, self.decline(task));
                        awards += usize::from(bidder == me && declined.await.unwrap_or(false));
                    }
                    Some(WireEvent::Task(WireTaskEvent::NoAward { task, .. })) => drop(competing.remove(&task)),
                    Some(_) => {}
                    None => break,
                },
            }
        }
        let unfinished: Vec<TaskId> = self.working.values().copied().collect();
        self.jobs.shutdown().await;
        let gone = async {
            if self.beat(Duration::ZERO).await.is_ok() {
                self.client.settle().await.ok();
            }
        };
        // Whoever does not hear it sees the lease end.
        tokio::time::timeout(TOLD_WITHIN, gone).await.ok();
        let (competing, finished) = (competing.len(), running - unfinished.len());
        self.tell(&New::Stopped { bids: taken_back, awards, competing, finished, unfinished });
    }

    async fn decline(&self, task: TaskId) -> bool {
        self.client.command(WireCommand::DeclineAward(DeclineAward { task })).await.is_ok()
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::wire::scoring::WireCriterion;

    #[test]
    fn an_agent_promises_what_counts_needs_all_the_time_unless_told_and_leaves_qualities_alone_that_it_has_not() {
        let share = |millionths| Share::from_millionths(millionths);
        let counts = || Some(WireCriterion { worth: Decimal("1".into()), shape: Default::default() });
        let both = WireScoring { quality: counts(), time: counts(), reputation: None };
        let good = Promise { quality: share(900_000), time: None };
        let all = share(Share::WHOLE);
        assert_eq!(promise(&both, good), Some(Promise { quality: share(900_000), time: all }));
        assert_eq!(promise(&both, Promise::default()), None);
        let time = WireScoring { time: counts(), ..WireScoring::default() };
        let quick = Promise { quality: share(900_000), time: share(500_000) };
        assert_eq!(promise(&time, quick), Some(Promise { quality: None, time: share(500_000) }));
        let reputation = WireScoring { reputation: counts(), ..WireScoring::default() };
        assert_eq!(promise(&reputation, quick), Some(Promise::default()));
    }
}
