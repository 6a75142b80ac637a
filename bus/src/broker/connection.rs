//! One connection: a task that reads, obeys, and writes what its socket would not take at once.
//!
//! Invariants: before a client has proved who it is, it may only say CONNECT; everything a batch of operations
//! made non-empty is flushed before the task waits for anything; an idle connection holds no buffers.
//! Absent on purpose: a timer a connection; the listener's tick looks after silence, deadlines and idleness.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io;
use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::Interest;

use super::auth::proof;
use super::exchange::{Batch, Client, Closing, Exchange, Hearer, Subscription};
use super::info::Connect;
use super::parser::{Bounds, Operation, ParseError, Publish, Step, parse};
use super::writer::Appended;
use crate::identity::permission::{Grant, Permissions};
use crate::routing::cache::Cache;
use crate::subject::is_valid_filter;

/// The first read of a connection that was idle.
const READ_BYTES_MIN: usize = 4 << 10;
/// The largest read, and with it the largest batch.
const READ_BYTES_MAX: usize = 64 << 10;

/// What the connection's own task knows.
struct Connection {
    exchange: Arc<Exchange>,
    client: Arc<Client>,
    nonce: Option<String>,
    input: BytesMut,
    read_bytes: usize,
    batch: Batch,
    cache: Cache<Arc<Subscription>>,
    settings: Settings,
    permissions: Permissions,
    admitted: bool,
    connected: bool,
    info_owed: bool,
}

/// What CONNECT set; before it, nats-server's defaults.
struct Settings {
    verbose: bool,
    pedantic: bool,
    no_responders: bool,
}

/// How serving a connection ended.
enum Ended {
    ByPeer,
    ByUs(Closing),
}

impl From<Closing> for Ended {
    fn from(closing: Closing) -> Self {
        Self::ByUs(closing)
    }
}

impl From<ParseError> for Ended {
    fn from(error: ParseError) -> Self {
        Self::ByUs(match error {
            ParseError::UnknownOperation => Closing::Told("Unknown Protocol Operation"),
            ParseError::ControlLine => Closing::Told("maximum control line exceeded"),
            ParseError::Payload => Closing::Told("Maximum Payload Violation"),
            ParseError::Arguments => Closing::Silent("wrong arguments"),
        })
    }
}

/// Serves a connection that has been greeted with INFO until it ends, and takes it out of the exchange.
pub(super) async fn serve(exchange: Arc<Exchange>, client: Arc<Client>, nonce: Option<String>) {
    let admitted = !exchange.admission.required();
    let mut connection = Connection {
        exchange,
        client,
        nonce,
        input: BytesMut::new(),
        read_bytes: READ_BYTES_MIN,
        batch: Batch::default(),
        cache: Cache::default(),
        settings: Settings { verbose: true, pedantic: true, no_responders: false },
        permissions: Permissions::default(),
        admitted,
        connected: false,
        info_owed: false,
    };
    let ended = connection.run().await;
    connection.flush_batch();
    let Connection { exchange, client, .. } = connection;
    match ended {
        Ended::ByPeer => tracing::debug!(client = client.id, name = client.name(), "client left"),
        Ended::ByUs(Closing::Silent(why)) => {
            tracing::info!(client = client.id, name = client.name(), why, "client cut");
            // What was said before is still worth a moment: a client in error may be waiting for its messages.
            drain(&exchange, &client).await;
        }
        Ended::ByUs(Closing::Told(why)) => {
            tracing::info!(client = client.id, name = client.name(), why, "client cut");
            client.writer.append(&[b"-ERR '", why.as_bytes(), b"'\r\n"]);
            client.writer.flush(exchange.now_ms());
            drain(&exchange, &client).await;
        }
    }
    exchange.leave(&client);
    shut_down(&client, std::net::Shutdown::Both);
}

/// Gives the peer a moment to read what waits for it, and reads on meanwhile: a socket closed with bytes unread
/// is reset, and the reason would be lost with it.
async fn drain(exchange: &Exchange, client: &Client) {
    let until = tokio::time::Instant::now() + exchange.limits.linger;
    while !client.writer.is_drained() && !client.writer.is_closed() {
        match tokio::time::timeout_at(until, client.writer.stream.writable()).await {
            Ok(Ok(())) => client.writer.resume(exchange.now_ms()),
            _ => return,
        }
    }
    shut_down(client, std::net::Shutdown::Write);
    let mut waste = vec![0; READ_BYTES_MIN];
    while let Ok(Ok(())) = tokio::time::timeout_at(until, client.writer.stream.readable()).await {
        match client.writer.stream.try_read(&mut waste) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// Others may hold the client a little longer in what they remember of the routing, so the socket is shut at once.
fn shut_down(client: &Client, how: std::net::Shutdown) {
    if let Err(error) = socket2::SockRef::from(&client.writer.stream).shutdown(how) {
        tracing::trace!(client = client.id, %error, "the peer was gone already");
    }
}

impl Connection {
    async fn run(&mut self) -> Ended {
        let client = Arc::clone(&self.client);
        let stream = &client.writer.stream;
        loop {
            let interest =
                if client.writer.is_blocked() { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            tokio::select! {
                biased;
                () = client.writer.wake.notified() => {
                    if let Some(closing) = client.closing() {
                        return closing.into();
                    }
                    if client.writer.is_closed() {
                        return Ended::ByPeer;
                    }
                    if client.release.swap(false, Ordering::Relaxed) {
                        self.release();
                    }
                    client.writer.flush(self.exchange.now_ms());
                }
                ready = stream.ready(interest) => {
                    let Ok(ready) = ready else {
                        return Ended::ByPeer;
                    };
                    if ready.is_writable() && client.writer.is_blocked() {
                        client.writer.resume(self.exchange.now_ms());
                    }
                    if ready.is_readable() || ready.is_read_closed() {
                        match self.read() {
                            Ok(()) => {}
                            Err(ended) => return ended,
                        }
                        if let Some(crowded) = self.batch.crowded.take() {
                            stall(&crowded, self.exchange.limits.producer_stall_max).await;
                        }
                    }
                }
            }
        }
    }

    /// Reads once and obeys all that is whole.
    fn read(&mut self) -> Result<(), Ended> {
        self.input.reserve(self.read_bytes);
        let had = self.input.len();
        match self.client.writer.stream.try_read_buf(&mut self.input) {
            Ok(0) => return Err(Ended::ByPeer),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(_) => return Err(Ended::ByPeer),
        }
        let got = self.input.len() - had;
        self.read_bytes = if got >= self.read_bytes {
            (self.read_bytes * 2).min(READ_BYTES_MAX)
        } else if got < self.read_bytes / 4 {
            (self.read_bytes / 2).max(READ_BYTES_MIN)
        } else {
            self.read_bytes
        };
        self.client.heard_ms.store(self.exchange.now_ms(), Ordering::Relaxed);
        let mut input = core::mem::take(&mut self.input);
        let outcome = self.obey(&input);
        self.flush_batch();
        input.advance(outcome?);
        self.input = input;
        Ok(())
    }

    /// Obeys all whole operations in `input` and says how many bytes they were.
    fn obey(&mut self, input: &[u8]) -> Result<usize, Ended> {
        let limits = &self.exchange.limits;
        let (control_line_bytes_max, payload_bytes_max) = (limits.control_line_bytes_max, limits.payload_bytes_max);
        let mut used = 0;
        while used < input.len() {
            let rest = &input[used..];
            if !self.admitted && !rest[0].eq_ignore_ascii_case(&b'C') {
                return Err(Closing::Told("Authorization Violation").into());
            }
            let headers = self.client.headers.load(Ordering::Relaxed);
            match parse(rest, &Bounds { control_line_bytes_max, payload_bytes_max, headers })? {
                Step::Done(operation, len) => {
                    self.handle(operation)?;
                    used += len;
                }
                Step::Need(total) => {
                    // A payload that is on its way is read in larger steps, never in one it only announced.
                    if total - rest.len() > READ_BYTES_MIN {
                        self.read_bytes = (total - rest.len()).min(READ_BYTES_MAX);
                    }
                    break;
                }
            }
        }
        if used > 0 && self.admitted && !self.client.greeted.load(Ordering::Relaxed) {
            self.client.greeted.store(true, Ordering::Relaxed);
        }
        Ok(used)
    }

    fn handle(&mut self, operation: Operation<'_>) -> Result<(), Ended> {
        match operation {
            Operation::Publish(publish) => self.publish(&publish),
            Operation::Subscribe { filter, group, sid } => self.subscribe(filter, group, sid),
            Operation::Unsubscribe { sid, after } => {
                self.exchange.unsubscribe(&self.client, sid, after);
                self.fine();
            }
            Operation::Ping => {
                self.say(&[b"PONG\r\n"]);
                if core::mem::take(&mut self.info_owed) {
                    let mut info = self.exchange.info.clone();
                    (info.client_id, info.connect_info) = (self.client.id, true);
                    self.say(&[&info.to_line()]);
                }
            }
            Operation::Pong => self.client.pings_unanswered.store(0, Ordering::Relaxed),
            Operation::Connect(json) => self.connect(json)?,
            Operation::Info(json) => {
                if serde_json::from_slice::<serde::de::IgnoredAny>(json).is_err() {
                    return Err(Closing::Silent("an INFO that is no JSON").into());
                }
            }
            Operation::Fine => {}
            Operation::Error => return Err(Closing::Silent("the client said -ERR").into()),
        }
        Ok(())
    }

    fn connect(&mut self, json: &[u8]) -> Result<(), Ended> {
        let connect = Connect::parse(json).ok_or(Closing::Silent("a CONNECT that is no JSON"))?;
        if !self.connected {
            let refused = Closing::Told("Authorization Violation");
            let proof = proof(&connect, self.nonce.as_deref()).ok_or(refused)?;
            let identity = self.exchange.admission.admit(proof).ok_or(refused)?;
            tracing::debug!(client = self.client.id, name = %identity.name, program = connect.name, "client connected");
            self.permissions = identity.permissions.clone();
            let _ = self.client.identity.set(identity);
            // Asked again now that `disconnect` can see the identity: a key revoked in between does not slip in.
            self.exchange.admission.admit(proof).ok_or(refused)?;
            (self.admitted, self.connected) = (true, true);
            self.info_owed = connect.protocol == 1;
        }
        if !(0..=1).contains(&connect.protocol) {
            return Err(Closing::Told("invalid client protocol").into());
        }
        if connect.no_responders && !connect.headers {
            return Err(Closing::Told("no responders requires headers support").into());
        }
        self.settings =
            Settings { verbose: connect.verbose, pedantic: connect.pedantic, no_responders: connect.no_responders };
        self.client.headers.store(connect.headers, Ordering::Relaxed);
        self.client.echo.store(connect.echo, Ordering::Relaxed);
        self.fine();
        Ok(())
    }

    fn publish(&mut self, publish: &Publish<'_>) {
        let subject = publish.subject;
        if self.settings.pedantic && !is_literal(subject) {
            self.say(&[b"-ERR 'Invalid Publish Subject'\r\n"]);
        }
        if !self.permissions.publishes_freely() && !self.permissions.may_publish(subject) {
            self.say(&[b"-ERR 'Permissions Violation for Publish to \"", subject, b"\"'\r\n"]);
            return;
        }
        self.fine();
        let generation = self.exchange.generation.load(Ordering::Acquire);
        let exchange = &self.exchange;
        let route = self.cache.route(generation, subject, || exchange.route(subject));
        let heard = exchange.deliver(Some(&self.client), publish, &route, &mut self.batch);
        if !heard
            && self.settings.no_responders
            && let Some(reply) = publish.reply
            && exchange.no_responders(&self.client, subject, reply)
        {
            self.batch.to_flush.push(Arc::clone(&self.client));
        }
    }

    fn subscribe(&mut self, filter: &[u8], group: Option<&[u8]>, sid: &[u8]) {
        let grant = self.permissions.may_subscribe(filter);
        if grant == Grant::Refused {
            let refusal: &[&[u8]] = &[b"-ERR 'Permissions Violation for Subscription to \"", filter, b"\""];
            return match group {
                None => self.say(&[refusal, &[b"'\r\n"]].concat()),
                Some(group) => self.say(&[refusal, &[b" using queue \"", group, b"\"'\r\n"]].concat()),
            };
        }
        let (known, held) = {
            let held = self.client.subscriptions();
            (held.contains_key(sid), held.len())
        };
        if held >= self.exchange.limits.subscriptions_max {
            return self.say(&[b"-ERR 'maximum subscriptions exceeded'\r\n"]);
        }
        if !known {
            if !is_valid_filter(filter) {
                return self.say(&[b"-ERR 'Invalid Subject'\r\n"]);
            }
            self.exchange.subscribe(Subscription {
                id: self.exchange.new_id(),
                sid: Bytes::copy_from_slice(sid),
                filter: Bytes::copy_from_slice(filter),
                group: group.map(Bytes::copy_from_slice),
                hearer: Hearer::Client(Arc::clone(&self.client)),
                sifted: grant == Grant::Sifted,
                delivered: 0.into(),
                end_after: 0.into(),
            });
        }
        self.fine();
    }

    fn fine(&mut self) {
        if self.settings.verbose {
            self.say(&[b"+OK\r\n"]);
        }
    }

    fn say(&mut self, parts: &[&[u8]]) {
        match self.client.writer.append(parts) {
            Appended::MustFlush => self.batch.to_flush.push(Arc::clone(&self.client)),
            Appended::Waiting { .. } | Appended::Closed => {}
            Appended::Overflow => self.client.close(Closing::Silent("slow consumer: too many bytes pending")),
        }
    }

    fn flush_batch(&mut self) {
        self.batch.flush(self.exchange.now_ms());
    }

    /// Gives back what an idle connection does not need.
    fn release(&mut self) {
        if self.input.is_empty() {
            self.input = BytesMut::new();
        }
        self.read_bytes = READ_BYTES_MIN;
        self.batch = Batch::default();
        self.cache.release();
        self.client.writer.release();
    }
}

/// Holds a publisher back while one who hears it is nearly full, so that a burst does not cut honest consumers.
pub(super) async fn stall(crowded: &Hearer, stall_max: Duration) {
    let until = tokio::time::Instant::now() + stall_max;
    while tokio::time::Instant::now() < until && crowded.is_crowded() {
        tokio::time::sleep(Duration::from_millis(1).min(stall_max)).await;
    }
}

/// Whether a subject can be published to: no empty token and no wildcard as a token.
fn is_literal(subject: &[u8]) -> bool {
    !subject.split(|&b| b == b'.').any(|token| matches!(token, b"" | b"*" | b">"))
}
