//! Bytes that wait for one client, and the ways they reach its socket.
//!
//! Any publisher's task appends, and whoever makes an empty queue non-empty must flush it when its own batch is
//! done: most bytes go out without waking another task, many messages with one system call. When the socket is full,
//! the connection's own task takes over and waits for it.
//! Invariants: bytes leave in the order they were appended; at most one task writes at a time, and none holds the
//! lock while it does; at most `pending_bytes_max` wait, or the client is cut.
//! Absent on purpose: any knowledge of what the bytes mean.

use core::sync::atomic::{AtomicBool, Ordering};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;
use tokio::sync::Notify;

/// A drained buffer larger than this is given back.
const KEPT_BYTES_MAX: usize = 256 << 10;
/// System calls one task makes for another client before it leaves the rest to that client's task.
const WRITES_MAX: u32 = 16;

#[derive(Debug)]
pub(super) struct Writer {
    pub(super) stream: TcpStream,
    queue: Mutex<Queue>,
    /// Wakes the connection's own task.
    pub(super) wake: Notify,
    blocked: AtomicBool,
    pending_bytes_max: usize,
}

#[derive(Debug, Default)]
struct Queue {
    state: State,
    filling: Vec<u8>,
    writing: Vec<u8>,
    written: usize,
    /// Bytes in `writing` that are not written yet, also while a task has taken it out.
    in_flight: usize,
    /// When bytes last left, or began to wait.
    progress_ms: u64,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Idle,
    /// Some task is writing; it will see what is appended meanwhile.
    Writing,
    /// The socket is full; the connection's own task waits for it.
    Blocked,
    Closed,
}

/// What an append came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Appended {
    /// The caller must call [`Writer::flush`] when its batch is done.
    MustFlush,
    /// Someone else will.
    Waiting {
        /// Whether three quarters of the bound are taken.
        crowded: bool,
    },
    /// Nothing more goes to this client.
    Closed,
    /// This was too much; the client is to be cut.
    Overflow,
}

impl Writer {
    pub(super) fn new(stream: TcpStream, pending_bytes_max: usize) -> Self {
        Self {
            stream,
            queue: Mutex::default(),
            wake: Notify::new(),
            blocked: AtomicBool::new(false),
            pending_bytes_max,
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends the parts as one piece.
    #[inline]
    pub(super) fn append(&self, parts: &[&[u8]]) -> Appended {
        let bytes: usize = parts.iter().map(|part| part.len()).sum();
        let mut queue = self.queue();
        let pending = queue.filling.len() + queue.in_flight;
        if queue.state == State::Closed {
            return Appended::Closed;
        }
        if pending + bytes > self.pending_bytes_max {
            queue.state = State::Closed;
            queue.filling = Vec::new();
            return Appended::Overflow;
        }
        queue.filling.reserve(bytes);
        for part in parts {
            queue.filling.extend_from_slice(part);
        }
        if pending == 0 && queue.state == State::Idle {
            Appended::MustFlush
        } else {
            Appended::Waiting { crowded: (pending + bytes) / 3 >= self.pending_bytes_max / 4 }
        }
    }

    /// Writes what waits, as far as the socket takes it without waiting.
    pub(super) fn flush(&self, now_ms: u64) {
        let mut queue = self.queue();
        if queue.state != State::Idle {
            return;
        }
        for _ in 0..WRITES_MAX {
            if queue.in_flight == 0 {
                let spent = core::mem::take(&mut queue.writing);
                queue.writing = core::mem::replace(&mut queue.filling, emptied(spent));
                queue.written = 0;
                queue.in_flight = queue.writing.len();
                if queue.in_flight == 0 {
                    return;
                }
            }
            queue.state = State::Writing;
            let bytes = core::mem::take(&mut queue.writing);
            let from = queue.written;
            drop(queue);
            let outcome = self.stream.try_write(&bytes[from..]);
            queue = self.queue();
            queue.writing = bytes;
            if queue.state == State::Closed {
                return;
            }
            match outcome {
                Ok(n) => {
                    queue.written += n;
                    queue.in_flight -= n;
                    queue.progress_ms = now_ms;
                    queue.state = State::Idle;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => queue.state = State::Idle,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return self.hand_over(&mut queue, now_ms);
                }
                Err(_) => {
                    queue.state = State::Closed;
                    self.wake.notify_one();
                    return;
                }
            }
        }
        self.hand_over(&mut queue, now_ms);
    }

    fn hand_over(&self, queue: &mut Queue, now_ms: u64) {
        queue.state = State::Blocked;
        // A connection that went from taking bytes to taking none begins its deadline now.
        queue.progress_ms = queue.progress_ms.max(now_ms);
        self.blocked.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    /// The connection's own task: the socket is writable again.
    pub(super) fn resume(&self, now_ms: u64) {
        {
            let mut queue = self.queue();
            if queue.state == State::Blocked {
                queue.state = State::Idle;
            }
            self.blocked.store(false, Ordering::Release);
        }
        self.flush(now_ms);
    }

    /// Whether the connection's own task should wait for the socket to take more.
    pub(super) fn is_blocked(&self) -> bool {
        self.blocked.load(Ordering::Acquire)
    }

    /// Whether the peer is gone, or nothing more may be written.
    pub(super) fn is_closed(&self) -> bool {
        self.queue().state == State::Closed
    }

    /// For how long bytes have waited without any leaving.
    pub(super) fn stuck_ms(&self, now_ms: u64) -> u64 {
        let queue = self.queue();
        if queue.state == State::Blocked { now_ms.saturating_sub(queue.progress_ms) } else { 0 }
    }

    /// Whether three quarters of the bound are taken.
    pub(super) fn is_crowded(&self) -> bool {
        let queue = self.queue();
        queue.state != State::Closed && (queue.filling.len() + queue.in_flight) / 3 >= self.pending_bytes_max / 4
    }

    /// Whether all has been written.
    pub(super) fn is_drained(&self) -> bool {
        let queue = self.queue();
        queue.filling.is_empty() && queue.in_flight == 0
    }

    /// Nothing more is appended or written.
    pub(super) fn close(&self) {
        let mut queue = self.queue();
        queue.state = State::Closed;
        queue.filling = Vec::new();
    }

    /// Gives back the buffers of an idle connection.
    pub(super) fn release(&self) {
        let mut queue = self.queue();
        if queue.state == State::Idle && queue.in_flight == 0 {
            queue.writing = Vec::new();
            if queue.filling.is_empty() {
                queue.filling = Vec::new();
            }
        }
    }
}

fn emptied(mut buffer: Vec<u8>) -> Vec<u8> {
    if buffer.capacity() > KEPT_BYTES_MAX {
        return Vec::new();
    }
    buffer.clear();
    buffer
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn pair(pending_bytes_max: usize) -> (Writer, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (Writer::new(listener.accept().await.unwrap().0, pending_bytes_max), peer)
    }

    #[tokio::test]
    async fn whoever_fills_an_empty_queue_flushes_it() {
        let (writer, mut peer) = pair(1 << 20).await;
        writer.stream.writable().await.unwrap();
        assert_eq!(writer.append(&[b"a", b"b"]), Appended::MustFlush);
        assert_eq!(writer.append(&[b"c"]), Appended::Waiting { crowded: false });
        writer.flush(0);
        assert!(writer.is_drained());
        let mut got = [0; 3];
        peer.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"abc");
        assert_eq!(writer.append(&[b"d"]), Appended::MustFlush);
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_stuck_and_then_overflows() {
        let (writer, _peer) = pair(16 << 20).await;
        writer.stream.writable().await.unwrap();
        let chunk = vec![0; 1 << 20];
        assert_eq!(writer.append(&[&chunk[..]; 13]), Appended::MustFlush);
        writer.flush(5);
        assert!(writer.is_blocked() && !writer.is_drained());
        assert_eq!(writer.stuck_ms(25), 20);
        let mut last = writer.append(&[&chunk]);
        assert!(matches!(last, Appended::Waiting { .. }), "nobody else need flush");
        while matches!(last, Appended::Waiting { .. }) {
            last = writer.append(&[&chunk]);
        }
        assert_eq!(last, Appended::Overflow);
        assert_eq!(writer.append(&[b"x"]), Appended::Closed);
    }
}
