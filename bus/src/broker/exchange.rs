//! Who is connected, who hears what, and the delivery of one message.
//!
//! Owns the table of subscriptions and the list of clients that all connections share.
//! Invariants: a subscription is in the table exactly while its client holds it; its count of deliveries never
//! passes the bound set by UNSUB; a client that overflows is closed, and the publisher goes on.
//! Absent on purpose: reading and parsing.

use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};

use bytes::Bytes;
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::auth::Admission;
use super::info::Info;
use super::inside::Inside;
use super::limits::Limits;
use super::parser::Publish;
use super::writer::{Appended, Writer};
use crate::identity::Identity;
use crate::routing::{Route, Table};

/// What all connections share.
pub(super) struct Exchange {
    pub(super) limits: Limits,
    pub(super) admission: Arc<dyn Admission>,
    pub(super) info: Info,
    pub(super) generation: Arc<AtomicU64>,
    table: RwLock<Table<Arc<Subscription>>>,
    clients: Mutex<HashMap<u64, Arc<Client>, RandomState>>,
    half_open: Mutex<VecDeque<Weak<Client>>>,
    next_id: AtomicU64,
    /// Milliseconds since the listener began, moved on by its tick.
    clock_ms: AtomicU64,
}

/// One connection, as others see it.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: u64,
    pub(super) writer: Writer,
    pub(super) identity: OnceLock<Identity>,
    pub(super) subscriptions: Mutex<HashMap<Bytes, Arc<Subscription>, RandomState>>,
    pub(super) headers: AtomicBool,
    pub(super) echo: AtomicBool,
    /// Whether it has said anything valid; until then it is half open.
    pub(super) greeted: AtomicBool,
    pub(super) opened_ms: u64,
    pub(super) heard_ms: AtomicU64,
    pub(super) ping_due_ms: AtomicU64,
    pub(super) pings_unanswered: AtomicU32,
    /// The moment of `heard_ms` at which its idle buffers were given back.
    pub(super) released_at_ms: AtomicU64,
    pub(super) release: AtomicBool,
    closing: OnceLock<Closing>,
}

/// Why a connection ends from our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// The peer is told why, then cut.
    Told(&'static str),
    /// Cut without a word.
    Silent(&'static str),
}

/// One subscription.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) id: u64,
    pub(super) sid: Bytes,
    pub(super) filter: Bytes,
    pub(super) group: Option<Bytes>,
    pub(super) hearer: Hearer,
    /// Whether each message must be looked at before it may be heard.
    pub(super) sifted: bool,
    pub(super) delivered: AtomicU64,
    /// 0 for no end.
    pub(super) end_after: AtomicU64,
}

/// Who hears through a subscription.
#[derive(Debug, Clone)]
pub(super) enum Hearer {
    /// A connection.
    Client(Arc<Client>),
    /// Somebody in this process.
    Inside(Arc<Inside>),
}

impl Hearer {
    pub(super) fn is_crowded(&self) -> bool {
        match self {
            Self::Client(client) => client.writer.is_crowded(),
            Self::Inside(inside) => inside.is_crowded(),
        }
    }

    fn is(&self, other: &Client) -> bool {
        matches!(self, Self::Client(client) if client.id == other.id)
    }
}

/// Clients that one task flushes itself after a batch; more are left to their own tasks, which may run elsewhere.
const FLUSHED_BY_PUBLISHER_MAX: usize = 16;

/// What a publisher must do when its batch is done, and what it may re-use meanwhile.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) to_flush: Vec<Arc<Client>>,
    pub(super) crowded: Option<Hearer>,
    ended: Vec<Arc<Subscription>>,
    composed: Vec<u8>,
    stripped: Vec<u8>,
    lots: u64,
}

impl Batch {
    /// Writes what this batch put into empty queues.
    pub(super) fn flush(&mut self, now_ms: u64) {
        for (n, client) in self.to_flush.drain(..).enumerate() {
            if n < FLUSHED_BY_PUBLISHER_MAX {
                client.writer.flush(now_ms);
            } else {
                client.writer.wake.notify_one();
            }
        }
    }
}

impl Exchange {
    pub(super) fn new(limits: Limits, admission: Arc<dyn Admission>, info: Info) -> Self {
        let table = Table::default();
        Self {
            limits,
            admission,
            info,
            generation: table.generation(),
            table: RwLock::new(table),
            clients: Mutex::default(),
            half_open: Mutex::default(),
            next_id: AtomicU64::new(1),
            clock_ms: AtomicU64::new(0),
        }
    }

    pub(super) fn new_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn now_ms(&self) -> u64 {
        self.clock_ms.load(Ordering::Relaxed)
    }

    pub(super) fn set_clock(&self, now_ms: u64) {
        self.clock_ms.store(now_ms, Ordering::Relaxed);
    }

    pub(super) fn clients(&self) -> MutexGuard<'_, HashMap<u64, Arc<Client>, RandomState>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection in; the oldest that has not said anything yet gives way when there are too many of those.
    pub(super) fn enter(&self, client: &Arc<Client>) {
        self.clients().insert(client.id, Arc::clone(client));
        let mut half_open = self.half_open.lock().unwrap_or_else(PoisonError::into_inner);
        half_open.push_back(Arc::downgrade(client));
        if half_open.len() <= self.limits.half_open_max {
            return;
        }
        half_open.retain(|client| client.upgrade().is_some_and(|client| client.is_half_open()));
        while half_open.len() > self.limits.half_open_max {
            if let Some(oldest) = half_open.pop_front().and_then(|client| client.upgrade()) {
                oldest.close(Closing::Told("Authentication Timeout"));
            }
        }
    }

    /// Lets a connection go, with all it listened to.
    pub(super) fn leave(&self, client: &Client) {
        client.writer.close();
        let held = core::mem::take(&mut *client.subscriptions());
        if !held.is_empty() {
            let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
            for subscription in held.values() {
                table.remove(&subscription.filter, subscription.group.as_ref(), subscription.id);
            }
        }
        self.clients().remove(&client.id);
    }

    pub(super) fn subscribe(&self, subscription: Subscription) -> Arc<Subscription> {
        let subscription = Arc::new(subscription);
        if let Hearer::Client(client) = &subscription.hearer {
            client.subscriptions().insert(subscription.sid.clone(), Arc::clone(&subscription));
        }
        let (filter, group, id) = (subscription.filter.clone(), subscription.group.clone(), subscription.id);
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.insert(&filter, group.as_ref(), id, Arc::clone(&subscription));
        subscription
    }

    /// UNSUB: now, or after so many deliveries in all.
    pub(super) fn unsubscribe(&self, client: &Client, sid: &[u8], after: u64) {
        let Some(subscription) = client.subscriptions().get(sid).map(Arc::clone) else {
            return;
        };
        self.end_after(&subscription, after);
    }

    /// Ends a subscription now, or after so many deliveries in all.
    pub(super) fn end_after(&self, subscription: &Arc<Subscription>, after: u64) {
        subscription.end_after.store(after, Ordering::SeqCst);
        if after == 0 || subscription.delivered.load(Ordering::SeqCst) >= after {
            self.end(subscription);
        }
    }

    fn end(&self, subscription: &Arc<Subscription>) {
        if let Hearer::Client(client) = &subscription.hearer {
            let mut held = client.subscriptions();
            if held.get(&subscription.sid).is_some_and(|there| there.id == subscription.id) {
                held.remove(&subscription.sid);
            }
        }
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.remove(&subscription.filter, subscription.group.as_ref(), subscription.id);
    }

    pub(super) fn route(&self, subject: &[u8]) -> Route<Arc<Subscription>> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).route(subject)
    }

    /// Appends one message to the queues of all who hear it; says whether anyone does.
    pub(super) fn deliver(
        &self,
        from: Option<&Client>,
        publish: &Publish<'_>,
        route: &Route<Arc<Subscription>>,
        batch: &mut Batch,
    ) -> bool {
        if route.is_empty() {
            return false;
        }
        // The frame is put together at most once a message: as the client wrote it, or composed.
        let composed = core::mem::take(&mut batch.composed);
        let stripped = core::mem::take(&mut batch.stripped);
        let mut frame = Frame { publish, composed, stripped, is_composed: false, is_stripped: false };
        let mut heard = false;
        for subscription in &route.plain {
            heard |= deliver_to(from, subscription, &mut frame, batch);
        }
        for members in &route.groups {
            // A lot a message, so that no member is always first.
            batch.lots = batch.lots.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let start = (batch.lots >> 33) as usize % members.len();
            heard |= members[start..]
                .iter()
                .chain(&members[..start])
                .any(|subscription| deliver_to(from, subscription, &mut frame, batch));
        }
        let Frame { composed, stripped, .. } = frame;
        (batch.composed, batch.stripped) = (kept(composed), kept(stripped));
        for subscription in core::mem::take(&mut batch.ended) {
            self.end(&subscription);
        }
        heard
    }

    /// Tells the publisher that nobody heard its request, on its own subscription to the reply, if it has one.
    pub(super) fn no_responders(&self, from: &Arc<Client>, subject: &[u8], reply: &[u8]) -> bool {
        let route = self.route(reply);
        let mine = |subscription: &&Arc<Subscription>| subscription.hearer.is(from);
        let Some(subscription) = route.plain.iter().chain(route.groups.iter().flatten()).find(mine) else {
            return false;
        };
        let block = [b"NATS/1.0 503\r\nNats-Subject: ", subject, b"\r\n\r\n"].concat();
        let len = block.len().to_string();
        let sid = &subscription.sid;
        let parts: [&[u8]; 11] =
            [b"HMSG ", reply, b" ", sid, b" ", len.as_bytes(), b" ", len.as_bytes(), b"\r\n", &block, b"\r\n"];
        from.writer.append(&parts) == Appended::MustFlush
    }
}

fn kept(mut buffer: Vec<u8>) -> Vec<u8> {
    const KEPT_BYTES_MAX: usize = 64 << 10;
    if buffer.capacity() > KEPT_BYTES_MAX {
        return Vec::new();
    }
    buffer.clear();
    buffer
}

/// A message on its way, in the forms it may take.
struct Frame<'a> {
    publish: &'a Publish<'a>,
    composed: Vec<u8>,
    stripped: Vec<u8>,
    is_composed: bool,
    is_stripped: bool,
}

impl Frame<'_> {
    /// `[reply ][header ]total\r\ncontent\r\n`
    fn tail(&mut self) -> &[u8] {
        if let Some(tail) = self.publish.tail {
            return tail;
        }
        if !self.is_composed {
            self.is_composed = true;
            self.composed.clear();
            let Publish { reply, header_digits, header_len, total_digits, content, .. } = *self.publish;
            let header_digits = header_digits.filter(|_| header_len > 0);
            for word in [reply, header_digits].into_iter().flatten() {
                self.composed.extend_from_slice(word);
                self.composed.push(b' ');
            }
            for part in [total_digits, b"\r\n", content, b"\r\n"] {
                self.composed.extend_from_slice(part);
            }
        }
        &self.composed
    }

    /// The same without its header block, for clients that did not ask for headers.
    fn tail_without_headers(&mut self) -> &[u8] {
        if !self.is_stripped {
            self.is_stripped = true;
            self.stripped.clear();
            let Publish { reply, header_len, content, .. } = *self.publish;
            if let Some(reply) = reply {
                self.stripped.extend_from_slice(reply);
                self.stripped.push(b' ');
            }
            let body = &content[header_len..];
            for part in [body.len().to_string().as_bytes(), b"\r\n", body, b"\r\n"] {
                self.stripped.extend_from_slice(part);
            }
        }
        &self.stripped
    }
}

fn deliver_to(
    from: Option<&Client>,
    subscription: &Arc<Subscription>,
    frame: &mut Frame<'_>,
    batch: &mut Batch,
) -> bool {
    let subject = frame.publish.subject;
    let is_own = from.is_some_and(|from| subscription.hearer.is(from));
    if let Hearer::Client(client) = &subscription.hearer {
        if is_own && !client.echo.load(Ordering::Relaxed) {
            return false;
        }
        if subscription.sifted && !client.identity.get().is_some_and(|identity| identity.permissions.may_hear(subject))
        {
            return false;
        }
    }
    let number = subscription.delivered.fetch_add(1, Ordering::SeqCst) + 1;
    let end_after = subscription.end_after.load(Ordering::SeqCst);
    if end_after != 0 && number >= end_after {
        if number > end_after {
            return false;
        }
        batch.ended.push(Arc::clone(subscription));
    }
    let client = match &subscription.hearer {
        Hearer::Client(client) => client,
        Hearer::Inside(inside) => {
            let heard = inside.deliver(frame.publish);
            if batch.crowded.is_none() && inside.is_crowded() {
                batch.crowded = Some(subscription.hearer.clone());
            }
            return heard;
        }
    };
    let with_headers = frame.publish.header_len > 0;
    let (verb, tail): (&[u8], _) = if !with_headers {
        (b"MSG ", frame.tail())
    } else if client.headers.load(Ordering::Relaxed) {
        (b"HMSG ", frame.tail())
    } else {
        (b"MSG ", frame.tail_without_headers())
    };
    match client.writer.append(&[verb, subject, b" ", &subscription.sid, b" ", tail]) {
        Appended::MustFlush => batch.to_flush.push(Arc::clone(client)),
        Appended::Waiting { crowded: false } => {}
        Appended::Waiting { crowded: true } => {
            if batch.crowded.is_none() && !is_own {
                batch.crowded = Some(subscription.hearer.clone());
            }
        }
        Appended::Closed => return false,
        Appended::Overflow => {
            client.close(Closing::Silent("slow consumer: too many bytes pending"));
            return false;
        }
    }
    true
}

impl Client {
    pub(super) fn new(id: u64, writer: Writer, now_ms: u64, ping_due_ms: u64) -> Self {
        Self {
            id,
            writer,
            identity: OnceLock::new(),
            subscriptions: Mutex::default(),
            headers: AtomicBool::new(false),
            echo: AtomicBool::new(true),
            greeted: AtomicBool::new(false),
            opened_ms: now_ms,
            heard_ms: AtomicU64::new(now_ms),
            ping_due_ms: AtomicU64::new(ping_due_ms),
            pings_unanswered: AtomicU32::new(0),
            released_at_ms: AtomicU64::new(0),
            release: AtomicBool::new(false),
            closing: OnceLock::new(),
        }
    }

    pub(super) fn subscriptions(&self) -> MutexGuard<'_, HashMap<Bytes, Arc<Subscription>, RandomState>> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the connection; its own task does the rest. The first reason counts.
    pub(super) fn close(&self, closing: Closing) {
        let _ = self.closing.set(closing);
        self.writer.wake.notify_one();
    }

    pub(super) fn closing(&self) -> Option<Closing> {
        self.closing.get().copied()
    }

    pub(super) fn is_half_open(&self) -> bool {
        !self.greeted.load(Ordering::Relaxed) && self.closing.get().is_none()
    }

    pub(super) fn name(&self) -> &str {
        self.identity.get().map_or("-", |identity| &identity.name)
    }
}
