//! What the other party of a running contract says: how far the work is, pieces of it, questions and answers.
//!
//! At most once and unsigned: nothing may be decided by it. All of it is a stranger's text.

use crate::client::{Client, other_answer};
use crate::error::Error;
use core::time::Duration;
use oikos_bus::Subscription;
use oikos_bus::subject::Filter;
use oikos_protocol::id::TaskId;
use oikos_protocol::wire::receipt::RefusalCode;
use oikos_protocol::wire::tell::{Say, TellAnswer, TellAsk};
use serde_json::Value;

/// What was told, by whom and about which task.
pub type Told = oikos_protocol::wire::tell::Told<Value>;

/// How long somebody who tells too much is slowed down before it gives up.
const TRIES_MAX: u32 = 40;

/// A stream of what is told to a participant.
#[derive(Debug)]
pub struct Tellings(Subscription);

impl Tellings {
    /// The next, or none when the connection has ended for good. What cannot be read is passed over.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            let envelope = self.0.next().await?;
            match serde_json::from_slice(&envelope.body) {
                Ok(told) => return Some(told),
                Err(why) => tracing::debug!(%why, "something told that cannot be read"),
            }
        }
    }
}

impl Client {
    /// Listens to what is told to this participant from now on.
    ///
    /// # Errors
    /// [`Error::Bus`].
    pub async fn tellings(&self) -> Result<Tellings, Error> {
        let subject = crate::guest::subject(&format!("oikos.{}.told.{}", self.info().economy, self.name()))?;
        let subscription = self.bus().subscribe(&Filter::from(&subject)).await?;
        subscription.ready().await?;
        Ok(Tellings(subscription))
    }

    /// Tells the other party of a contract that runs. Said at most once: where no answer comes it is not said again.
    ///
    /// # Errors
    /// [`Error::Refused`], as `not_allowed` where no such contract runs.
    pub async fn tell(&self, task: TaskId, say: Say<Value>) -> Result<(), Error> {
        let ask = TellAsk::Say { task, say };
        for _ in 0..TRIES_MAX {
            match self.call_once("tell", &ask).await? {
                TellAnswer::Said {} => return Ok(()),
                TellAnswer::Refused(why) if why.code == RefusalCode::Busy => {
                    tokio::time::sleep(Duration::from_millis(why.retry_after_ms.unwrap_or(50))).await;
                }
                TellAnswer::Refused(why) => return Err(Error::Refused(Box::new(why))),
                TellAnswer::<Value>::Questions(_) => return Err(other_answer()),
            }
        }
        Err(Error::Unanswered)
    }

    /// The questions about this participant's orders that wait for an answer.
    ///
    /// # Errors
    /// As [`Client::ask`].
    pub async fn questions(&self) -> Result<Vec<Told>, Error> {
        match self.call("tell", &TellAsk::<Value>::Questions {}).await? {
            TellAnswer::Questions(questions) => Ok(questions),
            TellAnswer::Refused(why) => Err(Error::Refused(Box::new(why))),
            TellAnswer::Said {} => Err(other_answer()),
        }
    }
}
