//! Accepting connections, the clock that looks after them, and shutting down.
//!
//! Invariants: above the bound a connection is told so and closed without a task; connections that say nothing
//! are bounded (the oldest gives way) and, where proof is required, cut after `auth_timeout`; one tick serves all
//! connections' deadlines.
//! Start at [`Listener::bind`]; [`Broker`] is the handle to it once it serves.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, TcpStream, ToSocketAddrs};
use tokio::time::{Instant, MissedTickBehavior};

use super::auth::{Admission, Open};
use super::connection::serve;
use super::exchange::{Client, Closing, Exchange};
use super::info::Info;
use super::inside::InsideBus;
use super::limits::Limits;
use super::writer::{Appended, Writer};
use crate::bus::Bus;

/// How long a connection must be silent before its buffers are given back.
const IDLE_MS: u64 = 1000;
/// Connections that may wait to be accepted. tokio's own 128 overflow in a burst, and the kernel then makes each client
/// that came too late wait a whole second.
const ARRIVALS_MAX: u32 = 4096;

/// What a listener is told at its start.
#[derive(Clone)]
pub struct Settings {
    /// Its bounds.
    pub limits: Limits,
    /// Who may come in.
    pub admission: Arc<dyn Admission>,
    /// The name it gives in INFO.
    pub name: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: Limits::default(), admission: Arc::new(Open), name: "oikos".to_owned() }
    }
}

/// A socket that listens and does not serve yet.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    exchange: Arc<Exchange>,
}

/// A handle to a listener that serves. Cheap to clone.
#[derive(Clone)]
pub struct Broker {
    exchange: Arc<Exchange>,
}

impl Listener {
    /// Binds; port 0 takes a free one, which [`Listener::address`] tells.
    ///
    /// # Errors
    /// Whatever the operating system says, and when it gives no random bytes for the server's id.
    pub async fn bind(address: impl ToSocketAddrs, settings: Settings) -> io::Result<Self> {
        let socket = listen(address).await?;
        let address = socket.local_addr()?;
        let Settings { limits, admission, name } = settings;
        let id = format!("N{}", random_base32::<34>()?);
        let mut info = Info::new(id, name, address.ip().to_string(), address.port(), limits.payload_bytes_max);
        info.auth_required = admission.required();
        Ok(Self { socket, address, exchange: Arc::new(Exchange::new(limits, admission, info)) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A handle that stays useful while it serves.
    #[must_use]
    pub fn broker(&self) -> Broker {
        Broker { exchange: Arc::clone(&self.exchange) }
    }

    /// Serves until `stop` is ready; then lets all connections finish writing, for `limits.linger` at most.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let Self { socket, exchange, .. } = self;
        let ticking = tokio::spawn(tick(Arc::clone(&exchange)));
        tokio::select! {
            () = stop => {}
            () = accept(&socket, &exchange) => {}
        }
        drop(socket);
        for client in exchange.clients().values() {
            client.close(Closing::Silent("the listener shuts down"));
        }
        let until = Instant::now() + exchange.limits.linger * 2;
        while Instant::now() < until && !exchange.clients().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        ticking.abort();
    }
}

impl Broker {
    /// A bus for the process that hosts the listener: the same routing without a socket. It may say and hear everything.
    #[must_use]
    pub fn bus(&self) -> Bus {
        Bus::inside(InsideBus::new(Arc::clone(&self.exchange)))
    }

    /// How many connections there are.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.exchange.clients().len()
    }

    /// Cuts all connections of an identity, as when its key is revoked, and says how many there were.
    #[must_use]
    pub fn disconnect(&self, name: &str) -> usize {
        let clients = self.exchange.clients();
        let theirs = clients.values().filter(|client| client.identity.get().is_some_and(|i| &*i.name == name));
        theirs.map(|client| client.close(Closing::Told("User Authentication Revoked"))).count()
    }
}

/// Listens on the first of these addresses that allows it.
async fn listen(addresses: impl ToSocketAddrs) -> io::Result<TcpListener> {
    let mut refused = io::Error::new(io::ErrorKind::InvalidInput, "the host has no address");
    for address in tokio::net::lookup_host(addresses).await? {
        let attempt = || {
            let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
            #[cfg(unix)]
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            socket.listen(ARRIVALS_MAX)
        };
        match attempt() {
            Ok(socket) => return Ok(socket),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// Never ends: an error of `accept` is one connection's, or passes.
async fn accept(socket: &TcpListener, exchange: &Arc<Exchange>) {
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => welcome(exchange, stream, peer),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                // Out of file descriptors, most likely: others will leave.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

fn welcome(exchange: &Arc<Exchange>, stream: TcpStream, peer: SocketAddr) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, %peer, "a connection went as it came");
        return;
    }
    let limits = &exchange.limits;
    let id = exchange.new_id();
    let mut info = exchange.info.clone();
    (info.client_id, info.client_ip) = (id, peer.ip().to_string());
    if info.auth_required {
        match random_base32::<11>() {
            Ok(nonce) => info.nonce = Some(nonce),
            Err(error) => return tracing::error!(%error, "no nonce, no connection"),
        }
    }
    let mut greeting = info.to_line();
    let is_full = exchange.clients().len() >= limits.connections_max;
    if is_full {
        greeting.extend_from_slice(b"-ERR 'maximum connections exceeded'\r\n");
    }
    let now_ms = exchange.now_ms();
    let writer = Writer::new(stream, limits.pending_bytes_max);
    if writer.append(&[&greeting]) != Appended::MustFlush {
        return;
    }
    let client = Arc::new(Client::new(id, writer, now_ms, now_ms + ms(limits.ping_interval)));
    if is_full {
        tracing::info!(%peer, "refused: too many connections");
        client.close(Closing::Silent("too many connections"));
        tokio::spawn(turn_away(Arc::clone(exchange), client));
        return;
    }
    exchange.enter(&client);
    client.writer.wake.notify_one();
    tokio::spawn(serve(Arc::clone(exchange), client, info.nonce));
}

/// Writes the refusal and closes; the socket of a fresh connection takes so few bytes at once.
async fn turn_away(exchange: Arc<Exchange>, client: Arc<Client>) {
    if tokio::time::timeout(exchange.limits.linger, client.writer.stream.writable()).await.is_ok() {
        client.writer.flush(exchange.now_ms());
    }
}

/// Moves the clock on and looks after every connection.
async fn tick(exchange: Arc<Exchange>) {
    let start = Instant::now();
    let mut interval = tokio::time::interval(exchange.limits.tick());
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let now_ms = ms(start.elapsed());
        exchange.set_clock(now_ms);
        for client in exchange.clients().values() {
            look_after(&exchange, client, now_ms);
        }
    }
}

fn look_after(exchange: &Exchange, client: &Client, now_ms: u64) {
    let limits = &exchange.limits;
    if client.closing().is_some() {
        return;
    }
    if exchange.admission.required()
        && client.is_half_open()
        && now_ms.saturating_sub(client.opened_ms) >= ms(limits.auth_timeout)
    {
        return client.close(Closing::Told("Authentication Timeout"));
    }
    if client.writer.stuck_ms(now_ms) >= ms(limits.write_deadline) {
        // Nothing can be said to one who does not read.
        client.writer.close();
        return client.close(Closing::Silent("slow consumer: write deadline passed"));
    }
    let heard_ms = client.heard_ms.load(Ordering::Relaxed);
    if now_ms >= client.ping_due_ms.load(Ordering::Relaxed) {
        let interval_ms = ms(limits.ping_interval);
        if now_ms.saturating_sub(heard_ms) < interval_ms {
            client.ping_due_ms.store(heard_ms + interval_ms, Ordering::Relaxed);
        } else if client.pings_unanswered.load(Ordering::Relaxed) >= limits.pings_unanswered_max {
            return client.close(Closing::Told("Stale Connection"));
        } else {
            client.pings_unanswered.fetch_add(1, Ordering::Relaxed);
            client.ping_due_ms.store(now_ms + interval_ms, Ordering::Relaxed);
            if client.writer.append(&[b"PING\r\n"]) == Appended::MustFlush {
                client.writer.flush(now_ms);
            }
        }
    }
    if now_ms.saturating_sub(heard_ms) >= IDLE_MS
        && client.released_at_ms.swap(heard_ms + 1, Ordering::Relaxed) != heard_ms + 1
    {
        client.release.store(true, Ordering::Relaxed);
        client.writer.wake.notify_one();
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn random_base32<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(data_encoding::BASE32_NOPAD.encode(&bytes))
}
