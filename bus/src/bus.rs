//! The `Bus`: one way to publish, subscribe, share work and ask, whatever carries it.
//!
//! Owns the API and its errors. Delivery is at most once, in the order of one publisher; what must not be lost
//! goes through a mailbox or a journal.
//! Invariants: the same calls have the same outcome on every back (`tests/conformance.rs`);
//! after [`Subscription::ready`] has returned, no later message on the filter is missed for want of a subscription.
//! Absent on purpose: JetStream, retries, and a trait, since the backs are all ours.
//! Start at [`Bus::local`] or [`Bus::connect`].

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use crate::broker::inside::{InsideBus, InsideSubscription};
use crate::envelope::Envelope;
use crate::local::{LocalBus, LocalSubscription};
#[cfg(feature = "cluster")]
use crate::nats::client::{ConnectOptions, NatsClient, NatsSubscription};
use crate::subject::{Filter, Name, Subject, SubjectError};

/// The largest body with its headers that a bus carries unless its server says otherwise: 1 MiB.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Why the bus did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// Nobody listens on the subject of a request.
    #[error("nobody listens on `{subject}`")]
    NoResponders {
        /// The subject asked.
        subject: Subject,
    },
    /// Someone listens, but no answer came in time.
    #[error("no answer from `{subject}` within {waited:?}")]
    TimedOut {
        /// The subject asked.
        subject: Subject,
        /// How long was waited.
        waited: Duration,
    },
    /// Body and headers together are larger than the bus carries.
    #[error("a message of {bytes} bytes is too large, the bus carries {bytes_max}")]
    TooLarge {
        /// Bytes of body and headers.
        bytes: usize,
        /// Bytes allowed.
        bytes_max: usize,
    },
    /// The server refuses this subscription to this identity.
    #[error("this identity may not subscribe to `{filter}`")]
    Forbidden {
        /// The filter asked for.
        filter: Filter,
    },
    /// The server refuses who we say we are.
    #[error("the server refuses these credentials")]
    Unauthorized,
    /// A server sent what is no subject of ours.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The connection is gone or was never there.
    #[error("the bus is not connected: {reason}")]
    Disconnected {
        /// What the transport said.
        reason: String,
    },
}

/// A connection to a bus. Cheap to clone; the clones share it.
#[derive(Debug, Clone)]
pub struct Bus {
    back: Back,
}

#[derive(Debug, Clone)]
enum Back {
    Local(Arc<LocalBus>),
    Inside(Arc<InsideBus>),
    #[cfg(feature = "cluster")]
    Nats(NatsClient),
}

/// A subscription; dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    filter: Filter,
    inner: Inner,
}

#[derive(Debug)]
enum Inner {
    Local(LocalSubscription),
    Inside(InsideSubscription),
    #[cfg(feature = "cluster")]
    Nats(Box<NatsSubscription>),
}

impl Bus {
    /// A bus within this process. Its clones are all that can reach it.
    #[must_use]
    pub fn local() -> Self {
        Self { back: Back::Local(Arc::new(LocalBus::default())) }
    }

    /// Connects to our own listener or to a nats-server.
    ///
    /// # Errors
    /// [`BusError::Unauthorized`] or [`BusError::Disconnected`].
    #[cfg(feature = "cluster")]
    pub async fn connect(url: &str, options: ConnectOptions) -> Result<Self, BusError> {
        Ok(Self { back: Back::Nats(NatsClient::connect(url, options).await?) })
    }

    pub(crate) fn inside(bus: InsideBus) -> Self {
        Self { back: Back::Inside(Arc::new(bus)) }
    }

    /// Publishes. That it returns says that the bus took it, not that anyone heard it.
    ///
    /// # Errors
    /// [`BusError::TooLarge`] or [`BusError::Disconnected`].
    pub async fn publish(&self, envelope: Envelope) -> Result<(), BusError> {
        self.is_heard(envelope).await.map(drop)
    }

    /// Publishes, and says whether anybody may have heard it.
    async fn is_heard(&self, envelope: Envelope) -> Result<bool, BusError> {
        match &self.back {
            Back::Local(bus) => bus.publish(&envelope),
            Back::Inside(bus) => {
                bus.publish(&[envelope]).await.into_iter().try_fold(false, |any, heard| Ok(any | heard?))
            }
            #[cfg(feature = "cluster")]
            Back::Nats(client) => client.publish(envelope).await.map(|()| true),
        }
    }

    /// Publishes many, in order: cheaper than one by one where the listener is in this process. A refused one does not
    /// keep the others. Says which were refused.
    pub async fn publish_all(&self, envelopes: Vec<Envelope>) -> Vec<(Subject, BusError)> {
        let mut refused = Vec::new();
        if let Back::Inside(bus) = &self.back {
            let outcomes = bus.publish(&envelopes).await;
            let of = |(envelope, outcome): (Envelope, Result<bool, BusError>)| Some((envelope.subject, outcome.err()?));
            return envelopes.into_iter().zip(outcomes).filter_map(of).collect();
        }
        for envelope in envelopes {
            let subject = envelope.subject.clone();
            if let Err(error) = self.publish(envelope).await {
                refused.push((subject, error));
            }
        }
        refused
    }

    /// Whether anybody may hear what is published on this subject: false only where this process knows that nobody does.
    #[must_use]
    pub fn hears(&self, subject: &Subject) -> bool {
        match &self.back {
            Back::Local(bus) => bus.hears(subject),
            Back::Inside(bus) => bus.hears(subject),
            #[cfg(feature = "cluster")]
            Back::Nats(_) => true,
        }
    }

    /// Listens to all messages whose subject matches.
    ///
    /// # Errors
    /// [`BusError::Disconnected`]. A refusal by the server shows in [`Subscription::ready`].
    pub async fn subscribe(&self, filter: &Filter) -> Result<Subscription, BusError> {
        self.subscribe_as(filter, None).await
    }

    /// Listens as one of a group: each message goes to one member.
    ///
    /// # Errors
    /// As [`Bus::subscribe`].
    pub async fn subscribe_in_group(&self, filter: &Filter, group: &Name) -> Result<Subscription, BusError> {
        self.subscribe_as(filter, Some(group)).await
    }

    async fn subscribe_as(&self, filter: &Filter, group: Option<&Name>) -> Result<Subscription, BusError> {
        let inner = match &self.back {
            Back::Local(bus) => Inner::Local(bus.subscribe(filter, group)),
            Back::Inside(bus) => Inner::Inside(bus.subscribe(filter, group)),
            #[cfg(feature = "cluster")]
            Back::Nats(client) => Inner::Nats(Box::new(client.subscribe(filter, group).await?)),
        };
        Ok(Subscription { filter: filter.clone(), inner })
    }

    /// Asks, and waits at most `timeout` for the first answer. The envelope's own `reply` is replaced.
    ///
    /// # Errors
    /// [`BusError::NoResponders`] at once when nobody listens, [`BusError::TimedOut`], or as [`Bus::publish`].
    pub async fn request(&self, envelope: Envelope, timeout: Duration) -> Result<Envelope, BusError> {
        #[cfg(feature = "cluster")]
        if let Back::Nats(client) = &self.back {
            return client.request(envelope, timeout).await;
        }
        let inbox = self.inbox();
        let mut answers = self.subscribe(&Filter::from(&inbox)).await?;
        let subject = envelope.subject.clone();
        if !self.is_heard(envelope.with_reply(inbox)).await? {
            return Err(BusError::NoResponders { subject });
        }
        match tokio::time::timeout(timeout, answers.next()).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) | Err(_) => Err(BusError::TimedOut { subject, waited: timeout }),
        }
    }

    /// Answers a request; does nothing for a message that awaits no answer.
    ///
    /// # Errors
    /// As [`Bus::publish`].
    pub async fn reply(&self, to: &Envelope, body: impl Into<Bytes>) -> Result<(), BusError> {
        match &to.reply {
            Some(subject) => self.publish(Envelope::new(subject.clone(), body)).await,
            None => Ok(()),
        }
    }

    /// A subject for answers that nobody else uses.
    #[must_use]
    pub fn inbox(&self) -> Subject {
        match &self.back {
            Back::Local(bus) => bus.inbox(),
            Back::Inside(bus) => bus.inbox(),
            #[cfg(feature = "cluster")]
            Back::Nats(client) => client.inbox(),
        }
    }

    /// Waits until the server has taken in everything this connection sent before: a real round trip.
    ///
    /// # Errors
    /// [`BusError::Disconnected`] or [`BusError::TimedOut`].
    pub async fn settle(&self) -> Result<(), BusError> {
        match &self.back {
            Back::Local(_) | Back::Inside(_) => Ok(()),
            #[cfg(feature = "cluster")]
            Back::Nats(client) => client.round_trip().await,
        }
    }
}

impl Subscription {
    /// Waits until the subscription is live, proved by a round trip through the server that routes it.
    ///
    /// # Errors
    /// [`BusError::Forbidden`] when the server refuses it, [`BusError::TimedOut`] or [`BusError::Disconnected`].
    pub async fn ready(&self) -> Result<(), BusError> {
        match &self.inner {
            Inner::Local(_) | Inner::Inside(_) => Ok(()),
            #[cfg(feature = "cluster")]
            Inner::Nats(subscription) => subscription.ready(&self.filter).await,
        }
    }

    /// The next message, or `None` when the subscription has ended.
    pub async fn next(&mut self) -> Option<Envelope> {
        match &mut self.inner {
            Inner::Local(subscription) => subscription.next().await,
            Inner::Inside(subscription) => subscription.next().await,
            #[cfg(feature = "cluster")]
            Inner::Nats(subscription) => subscription.next().await,
        }
    }

    /// Ends the subscription after `messages` in all, those already delivered included.
    ///
    /// # Errors
    /// [`BusError::Disconnected`].
    pub async fn end_after(&mut self, messages: u64) -> Result<(), BusError> {
        match &mut self.inner {
            Inner::Local(subscription) => {
                subscription.end_after(messages);
                Ok(())
            }
            Inner::Inside(subscription) => {
                subscription.end_after(messages);
                Ok(())
            }
            #[cfg(feature = "cluster")]
            Inner::Nats(subscription) => subscription.end_after(messages).await,
        }
    }

    /// What it listens to.
    #[must_use]
    pub const fn filter(&self) -> &Filter {
        &self.filter
    }
}
