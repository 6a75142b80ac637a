//! A job: one contract being worked on, as a skill sees it.

use crate::fault::Fault;
use crate::program::lines::Told;
use oikos_protocol::id::{Capability, ParticipantId, TaskId};
use oikos_protocol::wire::tell::Say;
use rust_decimal::Decimal;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot, watch};

/// What a skill knows of its contract, and where it tells the buyer how far it is. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Job {
    /// Which task.
    pub task: TaskId,
    /// What is to be done.
    pub capability: Capability,
    /// For whom.
    pub poster: ParticipantId,
    cost: Arc<Mutex<Option<Decimal>>>,
    asking: Arc<AtomicBool>,
    answer: Arc<watch::Sender<Option<String>>>,
    out: mpsc::UnboundedSender<Out>,
}

/// What leaves a job on its way to the buyer.
#[derive(Debug)]
pub(crate) enum Out {
    /// To be told.
    Say(Say<Value>),
    /// Everything before it was told.
    Flushed(oneshot::Sender<()>),
}

impl Job {
    /// A job, and what it tells.
    pub(crate) fn new(
        task: TaskId,
        capability: Capability,
        poster: ParticipantId,
    ) -> (Self, mpsc::UnboundedReceiver<Out>) {
        // Bounded by what a program may write, or by what a skill of this process thinks fit.
        let (out, told) = mpsc::unbounded_channel();
        let (answer, _) = watch::channel(None);
        let job = Self {
            task,
            capability,
            poster,
            cost: Arc::default(),
            asking: Arc::default(),
            answer: Arc::new(answer),
            out,
        };
        (job, told)
    }

    /// Tells how far it is: anything that the buyer understands.
    pub fn progress(&self, progress: impl Into<Value>) {
        self.tell(Told::Progress(progress.into()));
    }

    /// Tells a piece of the result, ahead of the whole; at most 16 KiB.
    pub fn chunk(&self, chunk: impl Into<Value>) {
        self.tell(Told::Chunk(chunk.into()));
    }

    /// Tells what the job has cost so far, in the worker's own money; a strategy may learn from it.
    pub fn cost(&self, cost: Decimal) {
        self.tell(Told::Cost(cost.to_string()));
    }

    /// Asks the buyer what is unclear and waits for the answer, for as long as the contract runs.
    ///
    /// # Errors
    /// [`Fault::Order`] where nobody can answer any more.
    pub async fn ask(&self, question: impl Into<String>) -> Result<String, Fault> {
        let question = question.into();
        let mut answers = self.answer.subscribe();
        answers.mark_unchanged();
        self.say(Say::Question(question.clone()));
        self.asking.store(true, Ordering::Relaxed);
        let heard = answers.changed().await;
        self.asking.store(false, Ordering::Relaxed);
        let answer = answers.borrow().clone();
        heard.ok().and(answer).ok_or(Fault::Order(question))
    }

    /// The buyer's last answer, if it was asked.
    #[must_use]
    pub fn answer(&self) -> Option<String> {
        self.answer.borrow().clone()
    }

    /// Takes in what a program told.
    pub(crate) fn tell(&self, told: Told) {
        tracing::debug!(task = %self.task, ?told, "told");
        match told {
            Told::Progress(value) => self.say(Say::Progress(value)),
            Told::Chunk(value) => self.say(Say::Chunk(value)),
            Told::Cost(text) => {
                if let Ok(cost) = text.parse::<Decimal>() {
                    *self.cost.lock().unwrap_or_else(PoisonError::into_inner) = Some(cost);
                    self.say(Say::Cost(text));
                }
            }
        }
    }

    /// Tells something without waiting; once the contract is let go nobody hears it.
    pub(crate) fn say(&self, say: Say<Value>) {
        self.out.send(Out::Say(say)).ok();
    }

    /// Waits until what was told so far has gone out.
    pub(crate) async fn flush(&self) {
        let (done, told) = oneshot::channel();
        if self.out.send(Out::Flushed(done)).is_ok() {
            told.await.ok();
        }
    }

    /// Takes the buyer's answer in.
    pub(crate) fn hear(&self, answer: String) {
        self.answer.send_replace(Some(answer));
    }

    /// Whether it waits for an answer.
    pub(crate) fn is_asking(&self) -> bool {
        self.asking.load(Ordering::Relaxed)
    }

    pub(crate) fn cost_told(&self) -> Option<Decimal> {
        *self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Passes on what a job tells, as fast as it is taken, until the job is let go. Of several figures in a row only the
/// last is told.
pub(crate) async fn pass_on(client: crate::Client, task: TaskId, mut out: mpsc::UnboundedReceiver<Out>) {
    let mut next = out.recv().await;
    while let Some(now) = next {
        next = out.try_recv().ok();
        let stale = matches!(
            (&now, &next),
            (Out::Say(Say::Progress(_)), Some(Out::Say(Say::Progress(_))))
                | (Out::Say(Say::Cost(_)), Some(Out::Say(Say::Cost(_))))
        );
        match now {
            Out::Say(_) if stale => {}
            Out::Say(say) => {
                if let Err(why) = client.tell(task, say).await {
                    tracing::debug!(%why, %task, "not told");
                }
            }
            Out::Flushed(done) => drop(done.send(())),
        }
        if next.is_none() {
            next = out.recv().await;
        }
    }
}
