//! Every bound of the listener, in one place.
//!
//! The defaults are those of nats-server where it has one.

use core::time::Duration;

/// The bounds of a listener. Memory is bounded by them: a connection holds at most one control line and one payload
/// being read, [`Limits::pending_bytes_max`] to be written, and its subscriptions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest message, header block included, in bytes. Announced in INFO. 1 MiB.
    pub payload_bytes_max: usize,
    /// The longest protocol line, without its verb, in bytes. 4096.
    pub control_line_bytes_max: usize,
    /// Connections at a time. 65,536.
    pub connections_max: usize,
    /// Connections at a time that have not said anything valid yet; the oldest gives way to the newest. 1024.
    pub half_open_max: usize,
    /// Subscriptions of one connection. 65,536.
    pub subscriptions_max: usize,
    /// Bytes that may wait for one connection; more, and it is cut as a slow consumer. 64 MiB.
    pub pending_bytes_max: usize,
    /// How long a connection may take nothing while bytes wait for it, before it is cut. 10 s.
    pub write_deadline: Duration,
    /// How long a connection may be silent before it is asked with PING. 2 min.
    pub ping_interval: Duration,
    /// PINGs without an answer after which a connection is stale. 2.
    pub pings_unanswered_max: u32,
    /// How long a connection may take to prove who it is. 2 s.
    pub auth_timeout: Duration,
    /// How long a publisher may be held back, for each read, when one who hears it is three quarters full. It
    /// keeps a burst from cutting honest consumers; zero switches it off. 5 ms.
    pub producer_stall_max: Duration,
    /// How long a refused connection may take to read why. 250 ms.
    pub linger: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload_bytes_max: 1 << 20,
            control_line_bytes_max: 4096,
            connections_max: 65_536,
            half_open_max: 1024,
            subscriptions_max: 65_536,
            pending_bytes_max: 64 << 20,
            write_deadline: Duration::from_secs(10),
            ping_interval: Duration::from_secs(120),
            pings_unanswered_max: 2,
            auth_timeout: Duration::from_secs(2),
            producer_stall_max: Duration::from_millis(5),
            linger: Duration::from_millis(250),
        }
    }
}

impl Limits {
    /// How often the listener looks at its clock: an eighth of the shortest wait, between 5 ms and 250 ms.
    #[must_use]
    pub(super) fn tick(&self) -> Duration {
        let shortest = self.write_deadline.min(self.ping_interval).min(self.auth_timeout);
        (shortest / 8).clamp(Duration::from_millis(5), Duration::from_millis(250))
    }
}
