//! Orders: a task as a buyer thinks of it, and what becomes of it.
//!
//! Owns the defaults of a buyer: the cheapest bid wins and is paid what it asked, bids are sealed, silence accepts.
//! Everything is frozen when the order is posted; [`Order::task`] shows it before.

use crate::client::{Client, Done, other_answer};
use crate::domain::{Domain, Fit};
use crate::error::Error;
use crate::tell::{Tellings, Told};
use core::time::Duration;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::command::contract::AcceptDeliverable;
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::{Capability, Hash32, MilestoneId, ParticipantId, TaskId};
use oikos_protocol::money::Share;
use oikos_protocol::time::Span;
use oikos_protocol::wire::command::{WireCommand, WireMilestone, WireReviewDefault, WireTask, WireWindows};
use oikos_protocol::wire::event::{Numbered, WireEvent};
use oikos_protocol::wire::query::{Found, TaskStory, WireQuery};
use oikos_protocol::wire::scoring::WireMechanism;
use oikos_protocol::wire::text::{Decimal, Lasting};
use serde_json::Value;
use tokio::task::JoinHandle;

/// How often a task is looked at even if nothing was heard of it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is to be done, for how much.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "an order does nothing until it is posted"]
pub struct Order {
    capability: String,
    input: Value,
    budget: String,
    asset: Option<AssetCode>,
    mechanism: WireMechanism,
    approver: Option<ParticipantId>,
    close: Span,
    deliver: Span,
    review: Option<Span>,
    domain: Wanted,
}

/// Which domain an order is written under.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// That of the capability, if it has one.
    Found,
    /// This one.
    Document(Value),
    /// None.
    None,
}

impl Order {
    /// Asks for this capability, with this input.
    pub fn new(capability: impl Into<String>, input: impl Into<Value>) -> Self {
        Self {
            capability: capability.into(),
            input: input.into(),
            budget: String::new(),
            asset: None,
            mechanism: WireMechanism::FirstPrice,
            approver: None,
            close: Span::seconds(10),
            deliver: Span::hours(1),
            review: None,
            domain: Wanted::Found,
        }
    }

    /// The most it may cost, such as `0.10`.
    pub fn budget(mut self, budget: impl Into<String>) -> Self {
        self.budget = budget.into();
        self
    }

    /// The money it is paid in; the economy's first where nothing is said.
    pub const fn asset(mut self, asset: AssetCode) -> Self {
        self.asset = Some(asset);
        self
    }

    /// How long bids are taken.
    pub const fn close(mut self, span: Span) -> Self {
        self.close = span;
        self
    }

    /// How long the worker has.
    pub const fn deliver(mut self, span: Span) -> Self {
        self.deliver = span;
        self
    }

    /// How long a deliverable may be reviewed before silence accepts it.
    pub const fn review(mut self, span: Span) -> Self {
        self.review = Some(span);
        self
    }

    /// The rule that chooses.
    pub fn mechanism(mut self, mechanism: WireMechanism) -> Self {
        self.mechanism = mechanism;
        self
    }

    /// Who has to let it go on.
    pub const fn approver(mut self, approver: ParticipantId) -> Self {
        self.approver = Some(approver);
        self
    }

    /// What goes in and comes out is described by this domain, in place of the one that workers publish.
    pub fn domain(mut self, domain: &Domain) -> Self {
        self.domain = Wanted::Document(domain.document().clone());
        self
    }

    /// Nothing is checked.
    pub fn no_domain(mut self) -> Self {
        self.domain = Wanted::None;
        self
    }

    /// The task as it is going to be posted, with its input under this hash.
    ///
    /// # Errors
    /// [`Error::BadRequest`] where the capability is none, or the economy has no money.
    pub fn task(&self, client: &Client, input: Hash32) -> Result<WireTask, Error> {
        let capability = Capability::new(&self.capability).map_err(|why| Error::BadRequest(why.to_string()))?;
        let first = client.info().assets.first().map(|asset| asset.code);
        let asset = self.asset.or(first).ok_or_else(|| Error::BadRequest("this economy has no money".to_owned()))?;
        let windows = WireWindows::default();
        Ok(WireTask {
            asset,
            budget: Decimal(self.budget.clone()),
            input,
            requires: vec![capability],
            constraints: Vec::new(),
            reputation_min: Share::NONE,
            mechanism: self.mechanism.clone(),
            reserve: None,
            sealing: oikos_protocol::wire::command::WireSealing::Sealed,
            selection: oikos_protocol::wire::command::WireSelection::Automatic,
            bid_deposit: Share::NONE,
            performance_bond: Share::NONE,
            damages_max: Share::NONE,
            cancel_fee: None,
            approver: self.approver,
            confirm_above: None,
            evaluator: None,
            review_default: WireReviewDefault::Accept,
            milestones: vec![WireMilestone {
                share: Share::from_millionths(Share::WHOLE).unwrap_or_default(),
                deliver: Lasting(self.deliver),
            }],
            windows: WireWindows {
                bid: Lasting(self.close),
                review: self.review.map_or(windows.review, Lasting),
                ..windows
            },
            ends_at: None,
        })
    }

    /// Its input.
    #[must_use]
    pub const fn input(&self) -> &Value {
        &self.input
    }
}

/// How an order ended, as far as its buyer has to decide or to know.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivered {
    /// A deliverable waits for the buyer's word.
    Waiting {
        /// The part that was delivered.
        milestone: MilestoneId,
        /// What was delivered.
        output: Value,
        /// Whether it fits the domain that the task was posted under.
        fit: Fit,
    },
    /// It was accepted without the buyer, by its deadline.
    Settled {
        /// What was delivered.
        output: Value,
        /// Whether it fits the domain that the task was posted under.
        fit: Fit,
    },
    /// It ended without a deliverable.
    Ended(Phase),
}

/// An order under way.
#[derive(Debug)]
pub struct Underway {
    task: TaskId,
    tellings: Tellings,
    ending: JoinHandle<Result<Delivered, Error>>,
    ended: Option<Result<Delivered, Error>>,
}

impl Underway {
    /// Which task it is.
    #[must_use]
    pub const fn task(&self) -> TaskId {
        self.task
    }

    /// What its worker tells next; none once something is delivered, or it ended without.
    pub async fn next(&mut self) -> Option<Told> {
        while self.ended.is_none() {
            tokio::select! {
                // What was told before the end is heard before the end.
                biased;
                told = self.tellings.next() => match told {
                    Some(told) if told.task == self.task => return Some(told),
                    Some(_) => {}
                    None => return None,
                },
                ended = &mut self.ending => self.ended = Some(ended.unwrap_or(Err(Error::Unanswered))),
            }
        }
        None
    }

    /// What came of it.
    ///
    /// # Errors
    /// As [`Client::delivered`].
    pub async fn delivered(mut self) -> Result<Delivered, Error> {
        while self.next().await.is_some() {}
        self.ended.take().unwrap_or(Err(Error::Unanswered))
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.ending.abort();
    }
}

impl Client {
    /// Puts the input up, under the domain of its capability if there is one.
    async fn put_input(&self, order: &Order) -> Result<Hash32, Error> {
        let capability = Capability::new(&order.capability).map_err(|why| Error::BadRequest(why.to_string()))?;
        let domain = match &order.domain {
            Wanted::None => None,
            Wanted::Found => self.domain_of(&capability).await?,
            Wanted::Document(document) => {
                let domain = Domain::read(document.clone()).map_err(|why| Error::BadRequest(why.to_string()))?;
                Some((self.put_domain(&domain).await?, domain))
            }
        };
        match domain {
            Some((hash, domain)) => {
                let misfit = |misfit| Error::DoesNotFit { what: "input", misfit };
                domain.fits_input(order.input()).map_err(misfit)?;
                self.put_under(hash, order.input()).await
            }
            None => self.put(order.input()).await,
        }
    }

    /// Puts the input up and posts the task.
    ///
    /// # Errors
    /// As [`Client::command`]; [`Error::DoesNotFit`] where the capability takes something else.
    pub async fn post(&self, order: &Order) -> Result<(TaskId, Done), Error> {
        let input = self.put_input(order).await?;
        let done = self.command(WireCommand::PostTask(order.task(self, input)?)).await?;
        let task = done.reply.task.ok_or_else(other_answer)?;
        Ok((task, done))
    }

    /// Waits until `until` has what it wants of the task's story; it is looked at after everything that happens to it.
    ///
    /// # Errors
    /// As [`Client::ask`]; [`Error::BadRequest`] where there is no such task.
    pub async fn watch<T>(&self, task: TaskId, mut until: impl FnMut(&TaskStory) -> Option<T>) -> Result<T, Error> {
        let mut events = self.events("task").await?;
        let mut at_least = 0;
        loop {
            let story = match self.ask_at_least(WireQuery::Task { task }, at_least).await {
                Ok(answer) => match answer.answer {
                    Found::Task(story) => story,
                    _ => return Err(other_answer()),
                },
                Err(why) => return Err(why),
            };
            let story = story.ok_or_else(|| Error::BadRequest(format!("there is no task {task}")))?;
            if let Some(found) = until(&story) {
                return Ok(found);
            }
            let about_it = async {
                loop {
                    match events.next().await {
                        Some(Numbered { seq, event: WireEvent::Task(event), .. }) if event.task() == task => {
                            return Some(seq);
                        }
                        Some(_) => {}
                        None => return None,
                    }
                }
            };
            match tokio::time::timeout(LOOK_EVERY, about_it).await {
                Ok(Some(seq)) => at_least = seq,
                Ok(None) => return Err(Error::Unanswered),
                Err(_) => {}
            }
        }
    }

    /// Waits for a deliverable, or for an end without one.
    ///
    /// # Errors
    /// As [`Client::watch`]; [`Error::Content`] where the deliverable is not what its hash says, or no JSON.
    pub async fn delivered(&self, task: TaskId) -> Result<Delivered, Error> {
        let (phase, milestone, hash, input) = self
            .watch(task, |story| {
                let at = story.row.phase;
                let done = at.is_terminal() || matches!(at, Phase::Submitted | Phase::Accepted);
                done.then(|| (at, story.milestone.unwrap_or(MilestoneId(0)), story.deliverable, story.spec.input))
            })
            .await?;
        let (Phase::Submitted | Phase::Accepted | Phase::Settled, Some(hash)) = (phase, hash) else {
            return Ok(Delivered::Ended(phase));
        };
        let output = self.get(hash).await?;
        let fit = match self.get_under(input).await?.1 {
            None => Fit::NoSchema,
            Some(domain) => match self.domain(domain).await?.fits_output(&output) {
                Ok(()) => Fit::Fits,
                Err(misfit) => Fit::DoesNot(misfit),
            },
        };
        Ok(match phase {
            Phase::Submitted => Delivered::Waiting { milestone, output, fit },
            _ => Delivered::Settled { output, fit },
        })
    }

    /// Posts, and gives the order under way: what its worker tells, and in the end what it delivers.
    ///
    /// # Errors
    /// As [`Client::post`].
    pub async fn start(&self, order: &Order) -> Result<Underway, Error> {
        // Listened to before there is anything to hear.
        let tellings = self.tellings().await?;
        let (task, _) = self.post(order).await?;
        let client = self.clone();
        let ending = tokio::spawn(async move { client.delivered(task).await });
        Ok(Underway { task, tellings, ending, ended: None })
    }

    /// Accepts a milestone and pays it.
    ///
    /// # Errors
    /// As [`Client::command`].
    pub async fn accept(&self, task: TaskId, milestone: MilestoneId) -> Result<Done, Error> {
        self.command(WireCommand::AcceptDeliverable(AcceptDeliverable { task, milestone })).await
    }

    /// Posts, waits, accepts what is delivered and fits, and gives it.
    ///
    /// # Errors
    /// As [`Client::post`]; [`Error::NothingDelivered`] where it ended without a deliverable.
    pub async fn hire(&self, order: &Order) -> Result<Value, Error> {
        let (task, _) = self.post(order).await?;
        match self.delivered(task).await? {
            Delivered::Waiting { fit: Fit::DoesNot(misfit), .. } => {
                Err(Error::DoesNotFit { what: "deliverable", misfit })
            }
            Delivered::Waiting { milestone, output, .. } => self.accept(task, milestone).await.map(|_| output),
            Delivered::Settled { output, .. } => Ok(output),
            Delivered::Ended(phase) => Err(Error::NothingDelivered { task, phase }),
        }
    }
}
