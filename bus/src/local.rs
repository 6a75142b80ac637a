//! The bus within a process: the same routing, channels instead of sockets.
//!
//! Invariants: publishing never waits; a subscriber that lags [`PENDING_MESSAGES_MAX`] behind loses what comes
//! next, as it would over a network, and nobody else notices.
//! Absent on purpose: permissions. Callers within the process are trusted.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::bus::{BODY_BYTES_MAX, BusError};
use crate::envelope::Envelope;
use crate::routing::Table;
use crate::subject::{Filter, Name, Subject};

/// Messages that wait for one subscriber before it begins to lose them.
pub const PENDING_MESSAGES_MAX: usize = 65_536;

type Shared = Arc<RwLock<Table<Target>>>;

/// A bus within this process.
#[derive(Debug, Default)]
pub struct LocalBus {
    table: Shared,
    next_id: AtomicU64,
}

#[derive(Debug, Clone)]
struct Target {
    sender: mpsc::Sender<Envelope>,
    progress: Arc<Progress>,
}

#[derive(Debug)]
struct Progress {
    delivered: AtomicU64,
    /// `u64::MAX` for no end.
    end_after: AtomicU64,
    lost: AtomicU64,
}

/// A subscription to a [`LocalBus`].
#[derive(Debug)]
pub(crate) struct LocalSubscription {
    filter: Bytes,
    group: Option<Bytes>,
    id: u64,
    receiver: mpsc::Receiver<Envelope>,
    progress: Arc<Progress>,
    taken: u64,
    table: Shared,
}

impl LocalBus {
    /// Hands the envelope to all who listen, and says whether anyone does.
    pub(crate) fn publish(&self, envelope: &Envelope) -> Result<bool, BusError> {
        let block_bytes = if envelope.headers.is_empty() { 0 } else { envelope.headers.to_block().len() };
        let bytes = envelope.body.len() + block_bytes;
        if bytes > BODY_BYTES_MAX {
            return Err(BusError::TooLarge { bytes, bytes_max: BODY_BYTES_MAX });
        }
        let route =
            self.table.read().unwrap_or_else(PoisonError::into_inner).route(envelope.subject.as_str().as_bytes());
        let mut heard = false;
        for target in &route.plain {
            heard |= target.deliver(envelope);
        }
        for group in &route.groups {
            let start = self.next_id.fetch_add(1, Ordering::Relaxed) as usize % group.len();
            heard |= group[start..].iter().chain(&group[..start]).any(|target| target.deliver(envelope));
        }
        Ok(heard)
    }

    /// Whether anybody listens to this subject.
    pub(crate) fn hears(&self, subject: &Subject) -> bool {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        !table.route(subject.as_str().as_bytes()).is_empty()
    }

    pub(crate) fn subscribe(&self, filter: &Filter, group: Option<&Name>) -> LocalSubscription {
        let (sender, receiver) = mpsc::channel(PENDING_MESSAGES_MAX);
        let progress = Arc::new(Progress {
            delivered: AtomicU64::new(0),
            end_after: AtomicU64::new(u64::MAX),
            lost: AtomicU64::new(0),
        });
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let filter = Bytes::copy_from_slice(filter.as_str().as_bytes());
        let group = group.map(|name| Bytes::copy_from_slice(name.as_str().as_bytes()));
        let target = Target { sender, progress: Arc::clone(&progress) };
        self.table.write().unwrap_or_else(PoisonError::into_inner).insert(&filter, group.as_ref(), id, target);
        LocalSubscription { filter, group, id, receiver, progress, taken: 0, table: Arc::clone(&self.table) }
    }

    pub(crate) fn inbox(&self) -> Subject {
        let n = self.next_id.fetch_add(1, Ordering::Relaxed);
        Subject::literal(&format!("_INBOX.local.{n}"))
    }
}

impl Target {
    fn deliver(&self, envelope: &Envelope) -> bool {
        let number = self.progress.delivered.fetch_add(1, Ordering::Relaxed);
        if number >= self.progress.end_after.load(Ordering::Relaxed) {
            return false;
        }
        match self.sender.try_send(envelope.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                if self.progress.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                    tracing::warn!(subject = %envelope.subject, "slow consumer: messages are being lost");
                }
                true
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

impl LocalSubscription {
    pub(crate) async fn next(&mut self) -> Option<Envelope> {
        if self.taken >= self.progress.end_after.load(Ordering::Relaxed) {
            return None;
        }
        let envelope = self.receiver.recv().await?;
        self.taken += 1;
        Some(envelope)
    }

    pub(crate) fn end_after(&mut self, messages: u64) {
        self.progress.end_after.store(messages, Ordering::Relaxed);
    }
}

impl Drop for LocalSubscription {
    fn drop(&mut self) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.remove(&self.filter, self.group.as_ref(), self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        Envelope::new(Subject::new("a").unwrap(), "x")
    }

    #[tokio::test]
    async fn a_subscriber_that_lags_loses_messages_and_nobody_waits() {
        let bus = LocalBus::default();
        let filter = Filter::new("a").unwrap();
        let slow = bus.subscribe(&filter, None);
        for _ in 0..PENDING_MESSAGES_MAX + 10 {
            assert!(bus.publish(&envelope()).unwrap());
        }
        assert_eq!(slow.progress.lost.load(Ordering::Relaxed), 10);
    }

    #[test]
    fn a_dropped_subscription_leaves_the_table() {
        let bus = LocalBus::default();
        drop(bus.subscribe(&Filter::new("a").unwrap(), None));
        assert!(bus.table.read().unwrap().is_empty());
        assert!(!bus.publish(&envelope()).unwrap());
    }
}
