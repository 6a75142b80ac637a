//! The bus of whoever hosts the listener: the same exchange, without a socket and without the protocol.
//!
//! Invariants: what is published here and what comes over a socket reach a subscription by the same table, in one
//! queue; a subscriber that lags [`PENDING_MESSAGES_MAX`] messages or the listener's `pending_bytes_max` behind loses
//! what comes next, and publishers are held back before that, as for a slow connection.
//! Absent on purpose: permissions. Callers within the process are trusted.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::connection::stall;
use super::exchange::{Batch, Exchange, Hearer, Subscription};
use super::parser::Publish;
use crate::bus::BusError;
use crate::envelope::{Envelope, Headers};
use crate::local::PENDING_MESSAGES_MAX;
use crate::routing::Route;
use crate::routing::cache::Cache;
use crate::subject::{Filter, Name, Subject};

/// A bus within the listener's process.
pub(crate) struct InsideBus {
    exchange: Arc<Exchange>,
    outbox: Mutex<Outbox>,
}

impl core::fmt::Debug for InsideBus {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("InsideBus").finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Outbox {
    batch: Batch,
    cache: Cache<Arc<Subscription>>,
    content: Vec<u8>,
}

/// Where messages wait for one subscriber within the process.
#[derive(Debug)]
pub(super) struct Inside {
    sender: mpsc::Sender<(Envelope, usize)>,
    waiting_bytes: AtomicUsize,
    bytes_max: usize,
    lost: AtomicUsize,
}

/// A subscription of an [`InsideBus`].
pub(crate) struct InsideSubscription {
    exchange: Arc<Exchange>,
    subscription: Arc<Subscription>,
    inside: Arc<Inside>,
    receiver: mpsc::Receiver<(Envelope, usize)>,
    taken: u64,
    end_after: u64,
}

impl core::fmt::Debug for InsideSubscription {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("InsideSubscription").field("subscription", &self.subscription).finish_non_exhaustive()
    }
}

impl Inside {
    /// Takes a message in; says whether it was one that can be heard.
    pub(super) fn deliver(&self, publish: &Publish<'_>) -> bool {
        let bytes = publish.content.len();
        if self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > self.bytes_max {
            self.lose(bytes);
            return true;
        }
        let Some(envelope) = envelope_of(publish) else {
            self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        };
        match self.sender.try_send((envelope, bytes)) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.lose(bytes);
                true
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }

    fn lose(&self, bytes: usize) {
        self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        if self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!("slow consumer within the process: messages are being lost");
        }
    }

    /// Whether three quarters of a bound are taken.
    pub(super) fn is_crowded(&self) -> bool {
        self.sender.capacity() < PENDING_MESSAGES_MAX / 4
            || self.waiting_bytes.load(Ordering::Relaxed) / 3 >= self.bytes_max / 4
    }
}

/// What came over a socket, as an envelope; `None` for a subject that is none of ours.
fn envelope_of(publish: &Publish<'_>) -> Option<Envelope> {
    let subject = |bytes| Subject::new(core::str::from_utf8(bytes).ok()?).ok();
    let (block, body) = publish.content.split_at(publish.header_len);
    let headers = if block.is_empty() { Ok(Headers::new()) } else { Headers::from_block(block) };
    let headers = headers.unwrap_or_else(|error| {
        tracing::debug!(%error, "dropped the headers of a message");
        Headers::new()
    });
    let reply = match publish.reply {
        Some(reply) => Some(subject(reply)?),
        None => None,
    };
    Some(Envelope { subject: subject(publish.subject)?, reply, headers, body: Bytes::copy_from_slice(body) })
}

impl InsideBus {
    pub(super) fn new(exchange: Arc<Exchange>) -> Self {
        Self { exchange, outbox: Mutex::default() }
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands the envelopes to all who listen, with as few writes as there are hearers; says for each whether anyone does.
    pub(crate) async fn publish(&self, envelopes: &[Envelope]) -> Vec<Result<bool, BusError>> {
        let (outcomes, crowded) = {
            let mut outbox = self.outbox();
            let outcomes = envelopes.iter().map(|envelope| outbox.put(&self.exchange, envelope)).collect();
            outbox.batch.flush(self.exchange.now_ms());
            (outcomes, outbox.batch.crowded.take())
        };
        if let Some(crowded) = crowded {
            stall(&crowded, self.exchange.limits.producer_stall_max).await;
        }
        outcomes
    }

    /// Whether anybody listens to this subject.
    pub(crate) fn hears(&self, subject: &Subject) -> bool {
        !self.outbox().route(&self.exchange, subject).is_empty()
    }

    pub(crate) fn subscribe(&self, filter: &Filter, group: Option<&Name>) -> InsideSubscription {
        let (sender, receiver) = mpsc::channel(PENDING_MESSAGES_MAX);
        let inside = Arc::new(Inside {
            sender,
            waiting_bytes: AtomicUsize::new(0),
            bytes_max: self.exchange.limits.pending_bytes_max,
            lost: AtomicUsize::new(0),
        });
        let subscription = self.exchange.subscribe(Subscription {
            id: self.exchange.new_id(),
            sid: Bytes::new(),
            filter: Bytes::copy_from_slice(filter.as_str().as_bytes()),
            group: group.map(|name| Bytes::copy_from_slice(name.as_str().as_bytes())),
            hearer: Hearer::Inside(Arc::clone(&inside)),
            sifted: false,
            delivered: 0.into(),
            end_after: 0.into(),
        });
        InsideSubscription {
            exchange: Arc::clone(&self.exchange),
            subscription,
            inside,
            receiver,
            taken: 0,
            end_after: u64::MAX,
        }
    }

    pub(crate) fn inbox(&self) -> Subject {
        Subject::literal(&format!("_INBOX.inside.{}", self.exchange.new_id()))
    }
}

impl Outbox {
    fn route(&mut self, exchange: &Exchange, subject: &Subject) -> Arc<Route<Arc<Subscription>>> {
        let generation = exchange.generation.load(Ordering::Acquire);
        let subject = subject.as_str().as_bytes();
        self.cache.route(generation, subject, || exchange.route(subject))
    }

    /// Puts an envelope into the queues of all who hear it; they are flushed by the caller.
    fn put(&mut self, exchange: &Exchange, envelope: &Envelope) -> Result<bool, BusError> {
        let route = self.route(exchange, &envelope.subject);
        let block = if envelope.headers.is_empty() { Vec::new() } else { envelope.headers.to_block() };
        let (bytes, bytes_max) = (block.len() + envelope.body.len(), exchange.limits.payload_bytes_max);
        if bytes > bytes_max {
            return Err(BusError::TooLarge { bytes, bytes_max });
        }
        let content = if block.is_empty() {
            &envelope.body[..]
        } else {
            self.content.clear();
            self.content.extend_from_slice(&block);
            self.content.extend_from_slice(&envelope.body);
            &self.content[..]
        };
        let (header_digits, total_digits) = (block.len().to_string(), bytes.to_string());
        let publish = Publish {
            subject: envelope.subject.as_str().as_bytes(),
            reply: envelope.reply.as_ref().map(|reply| reply.as_str().as_bytes()),
            header_digits: Some(header_digits.as_bytes()),
            total_digits: total_digits.as_bytes(),
            header_len: block.len(),
            content,
            tail: None,
        };
        Ok(exchange.deliver(None, &publish, &route, &mut self.batch))
    }
}

impl InsideSubscription {
    pub(crate) async fn next(&mut self) -> Option<Envelope> {
        if self.taken >= self.end_after {
            return None;
        }
        let (envelope, bytes) = self.receiver.recv().await?;
        self.inside.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.taken += 1;
        Some(envelope)
    }

    pub(crate) fn end_after(&mut self, messages: u64) {
        self.end_after = messages;
        self.exchange.end_after(&self.subscription, messages);
    }
}

impl Drop for InsideSubscription {
    fn drop(&mut self) {
        self.exchange.end_after(&self.subscription, 0);
    }
}
