//! Orders: a task as a buyer thinks of it, and what becomes of it.
//!
//! Owns the defaults of a buyer: the cheapest bid wins and is paid what it asked, bids are sealed, silence accepts.
//! Everything is frozen when the order is posted; [`Order::task`] shows it before.

use crate::client::{Client, Done, other_answer};
use crate::error::Error;
use core::time::Duration;
use oikos_protocol::command::asset::AssetCode;
use oikos_protocol::command::contract::AcceptDeliverable;
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::{Capability, Hash32, MilestoneId, ParticipantId, TaskId};
use oikos_protocol::money::Share;
use oikos_protocol::time::Span;
use oikos_protocol::wire::command::{WireCommand, WireMilestone, WireReviewDefault, WireTask, WireWindows};
use oikos_protocol::wire::event::{Numbered, WireEvent};
use oikos_protocol::wire::query::{Found, TaskStory, WireQuery};
use oikos_protocol::wire::text::{Decimal, Lasting};
use serde_json::Value;

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
    mechanism: MechanismKind,
    approver: Option<ParticipantId>,
    close: Span,
    deliver: Span,
    review: Option<Span>,
}

impl Order {
    /// Asks for this capability, with this input.
    pub fn new(capability: impl Into<String>, input: impl Into<Value>) -> Self {
        Self {
            capability: capability.into(),
            input: input.into(),
            budget: String::new(),
            asset: None,
            mechanism: MechanismKind::FirstPrice,
            approver: None,
            close: Span::seconds(10),
            deliver: Span::hours(1),
            review: None,
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
    pub const fn mechanism(mut self, mechanism: MechanismKind) -> Self {
        self.mechanism = mechanism;
        self
    }

    /// Who has to let it go on.
    pub const fn approver(mut self, approver: ParticipantId) -> Self {
        self.approver = Some(approver);
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
            mechanism: self.mechanism,
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
    },
    /// It was accepted without the buyer, by its deadline.
    Settled {
        /// What was delivered.
        output: Value,
    },
    /// It ended without a deliverable.
    Ended(Phase),
}

impl Client {
    /// Puts the input up and posts the task.
    ///
    /// # Errors
    /// As [`Client::command`].
    pub async fn post(&self, order: &Order) -> Result<(TaskId, Done), Error> {
        let input = self.put(order.input()).await?;
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
        let (phase, milestone, hash) = self
            .watch(task, |story| {
                let at = story.row.phase;
                let done = at.is_terminal() || matches!(at, Phase::Submitted | Phase::Accepted);
                done.then(|| (at, story.milestone.unwrap_or(MilestoneId(0)), story.deliverable))
            })
            .await?;
        match (phase, hash) {
            (Phase::Submitted, Some(hash)) => Ok(Delivered::Waiting { milestone, output: self.get(hash).await? }),
            (Phase::Accepted | Phase::Settled, Some(hash)) => Ok(Delivered::Settled { output: self.get(hash).await? }),
            (phase, _) => Ok(Delivered::Ended(phase)),
        }
    }

    /// Accepts a milestone and pays it.
    ///
    /// # Errors
    /// As [`Client::command`].
    pub async fn accept(&self, task: TaskId, milestone: MilestoneId) -> Result<Done, Error> {
        self.command(WireCommand::AcceptDeliverable(AcceptDeliverable { task, milestone })).await
    }

    /// Posts, waits, accepts whatever is delivered, and gives it.
    ///
    /// # Errors
    /// As [`Client::post`]; [`Error::NothingDelivered`] where it ended without a deliverable.
    pub async fn hire(&self, order: &Order) -> Result<Value, Error> {
        let (task, _) = self.post(order).await?;
        match self.delivered(task).await? {
            Delivered::Waiting { milestone, output } => self.accept(task, milestone).await.map(|_| output),
            Delivered::Settled { output } => Ok(output),
            Delivered::Ended(phase) => Err(Error::NothingDelivered { task, phase }),
        }
    }
}
