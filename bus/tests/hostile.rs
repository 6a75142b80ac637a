//! What a stranger may try: nobody else stalls, memory stays bounded, no task panics.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says why it is skipped")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use oikos_bus::broker::limits::Limits;
use oikos_bus::broker::listener::{Broker, Listener, Settings};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const QUIET: &[u8] = b"CONNECT {\"verbose\":false}\r\n";

/// Held by each test while it runs: they measure memory and waiting, and share a process.
fn alone() -> std::sync::MutexGuard<'static, ()> {
    static ALONE: std::sync::Mutex<()> = std::sync::Mutex::new(());
    ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn listener(limits: Limits) -> (SocketAddr, Broker) {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = Listener::bind("127.0.0.1:0", Settings { limits, ..Settings::default() }).await.unwrap();
            sender.send((listener.address(), listener.broker())).unwrap();
            listener.serve(std::future::pending()).await;
        });
    });
    receiver.recv().unwrap()
}

fn read_past(stream: &mut TcpStream, mark: &[u8]) {
    let (mut got, mut chunk) = (Vec::new(), vec![0; 1 << 16]);
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    while !got.windows(mark.len()).any(|window| window == mark) {
        let n = stream.read(&mut chunk).expect("an answer is due");
        assert_ne!(n, 0, "closed after {:?}", String::from_utf8_lossy(&got));
        got.extend_from_slice(&chunk[..n]);
    }
}

fn is_closed_within(stream: &mut TcpStream, wait: Duration) -> bool {
    let (until, mut chunk) = (Instant::now() + wait, vec![0; 1 << 16]);
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    while Instant::now() < until {
        match stream.read(&mut chunk) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => return true,
        }
    }
    false
}

/// An honest client: one round trip, which must be quick.
fn round_trip(address: SocketAddr) -> Duration {
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"CONNECT {\"verbose\":false}\r\nSUB h 1\r\nPUB h 2\r\nhi\r\nPING\r\n").unwrap();
    read_past(&mut stream, b"MSG h 1 2\r\nhi\r\nPONG\r\n");
    began.elapsed()
}

/// Resident memory of this process in bytes, where the system tells.
fn resident_bytes() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    text.split(' ').nth(1)?.parse::<usize>().ok().map(|pages| pages * 4096)
}

#[test]
fn lines_without_end_and_announced_gigabytes_cost_nothing() {
    let _alone = alone();
    let (address, _) = listener(Limits::default());
    let before = resident_bytes();
    let mut held = Vec::new();
    for n in 0..200 {
        let mut stream = TcpStream::connect(address).unwrap();
        let attack: Vec<u8> = match n % 4 {
            0 => [QUIET, b"SUB ", &[b'a'; 1 << 16]].concat(),
            1 => [QUIET, b"PUB a 10000000000\r\n"].concat(),
            2 => [QUIET, b"PUB a 1048576\r\nonly this"].concat(),
            _ => [QUIET, b"PUB a ", &[b' '; 3000]].concat(),
        };
        // The listener may close while we write.
        let _ = stream.write_all(&attack);
        held.push((n, stream));
    }
    assert!(round_trip(address) < Duration::from_secs(2));
    for (n, mut stream) in held {
        if n % 4 < 2 {
            assert!(is_closed_within(&mut stream, Duration::from_secs(5)), "attack {}", n % 4);
        }
    }
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        assert!(after.saturating_sub(before) < 64 << 20, "grew by {} KiB", (after - before) >> 10);
    }
}

#[test]
fn thousands_of_half_open_connections_shut_nobody_out() {
    let _alone = alone();
    let limits = Limits { half_open_max: 500, ..Limits::default() };
    let (address, broker) = listener(limits);
    // Two descriptors each, in this process; the bound is what counts, and it is passed many times over.
    let mut held = std::collections::VecDeque::new();
    for n in 0..10_000 {
        held.push_back(TcpStream::connect(address).unwrap());
        if held.len() > 1500 {
            held.pop_front();
        }
        if n % 1000 == 999 {
            assert!(round_trip(address) < Duration::from_secs(2));
        }
    }
    let began = Instant::now();
    while broker.connections() > 501 {
        assert!(began.elapsed() < Duration::from_secs(5), "{} connections", broker.connections());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_idle_connection_costs_at_most_ten_kibibytes() {
    let _alone = alone();
    const CONNECTIONS: usize = 1500;
    let (address, broker) = listener(Limits::default());
    round_trip(address);
    let before = resident_bytes();
    let mut held = Vec::new();
    for n in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(format!("CONNECT {{\"verbose\":false}}\r\nSUB mail.{n} 1\r\nPING\r\n").as_bytes()).unwrap();
        read_past(&mut stream, b"PONG\r\n");
        held.push(stream);
    }
    // Long enough for the tick to find them idle.
    std::thread::sleep(Duration::from_millis(1600));
    assert!(broker.connections() >= CONNECTIONS);
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        let each = after.saturating_sub(before) / CONNECTIONS;
        println!("{each} bytes a connection");
        assert!(each <= 10 << 10, "{each} bytes a connection");
    }
}

#[test]
fn a_consumer_that_does_not_read_is_cut_and_nobody_else_stalls() {
    let _alone = alone();
    let limits = Limits { pending_bytes_max: 4 << 20, ..Limits::default() };
    let (address, broker) = listener(limits);
    let mut slow = TcpStream::connect(address).unwrap();
    slow.write_all(b"CONNECT {\"verbose\":false}\r\nSUB flood 1\r\nPING\r\n").unwrap();
    read_past(&mut slow, b"PONG\r\n");
    let mut honest = TcpStream::connect(address).unwrap();
    honest.write_all(b"CONNECT {\"verbose\":false}\r\nSUB flood 1\r\nPING\r\n").unwrap();
    read_past(&mut honest, b"PONG\r\n");

    let messages: u32 = 40_000;
    let reader = std::thread::spawn(move || {
        let (mut stream, mut got, mut chunk) = (honest, 0_usize, vec![0; 1 << 16]);
        let all = messages as usize * b"MSG flood 1 1024\r\n".len() + messages as usize * 1026;
        while got < all {
            let n = stream.read(&mut chunk).unwrap();
            assert_ne!(n, 0, "the honest consumer was cut after {got} bytes");
            got += n;
        }
    });
    let done = AtomicBool::new(false);
    let slowest = std::thread::scope(|scope| {
        let prober = scope.spawn(|| {
            let mut slowest = Duration::ZERO;
            while !done.load(Ordering::Relaxed) {
                slowest = slowest.max(round_trip(address));
                std::thread::sleep(Duration::from_millis(5));
            }
            slowest
        });
        let mut publisher = TcpStream::connect(address).unwrap();
        publisher.write_all(QUIET).unwrap();
        let message = [&b"PUB flood 1024\r\n"[..], &[b'x'; 1024], b"\r\n"].concat();
        for _ in 0..messages {
            publisher.write_all(&message).unwrap();
        }
        reader.join().unwrap();
        done.store(true, Ordering::Relaxed);
        prober.join().unwrap()
    });
    assert!(slowest < Duration::from_secs(1), "an onlooker waited {slowest:?}");
    assert!(is_closed_within(&mut slow, Duration::from_secs(5)), "the slow consumer is cut");
    let began = Instant::now();
    while broker.connections() > 1 {
        assert!(began.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_consumer_that_takes_nothing_before_the_deadline_is_cut() {
    let _alone = alone();
    let limits = Limits { write_deadline: Duration::from_millis(200), ..Limits::default() };
    let (address, broker) = listener(limits);
    let mut slow = TcpStream::connect(address).unwrap();
    slow.write_all(b"CONNECT {\"verbose\":false}\r\nSUB flood 1\r\nPING\r\n").unwrap();
    read_past(&mut slow, b"PONG\r\n");
    let mut publisher = TcpStream::connect(address).unwrap();
    publisher.write_all(QUIET).unwrap();
    // More than the kernel's buffers hold, less than the bound on pending bytes.
    let message = [&b"PUB flood 1048576\r\n"[..], &vec![b'x'; 1 << 20], b"\r\n"].concat();
    for _ in 0..20 {
        publisher.write_all(&message).unwrap();
    }
    let began = Instant::now();
    while broker.connections() > 1 {
        assert!(began.elapsed() < Duration::from_secs(5), "still {} connections", broker.connections());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn random_operations_kill_no_task_but_their_own() {
    let _alone = alone();
    let (address, broker) = listener(Limits::default());
    let mut runner = TestRunner::deterministic();
    let line = "(PUB|HPUB|SUB|UNSUB|PING|PONG|CONNECT|INFO|-ERR|\\+OK|X)[ \t]{0,2}[a-c.*> 0-9{}]{0,20}(\r\n|\n|\r)([a-z]{0,6}(\r\n)?)?";
    let script = prop::collection::vec(line, 1..20);
    for _ in 0..300 {
        let script = script.new_tree(&mut runner).unwrap().current().concat();
        let mut stream = TcpStream::connect(address).unwrap();
        let _ = stream.write_all(b"CONNECT {\"headers\":true,\"no_responders\":true}\r\n");
        let _ = stream.write_all(script.as_bytes());
    }
    assert!(round_trip(address) < Duration::from_secs(2));
    let began = Instant::now();
    // A panic would leave its connection in the list.
    while broker.connections() > 0 {
        assert!(began.elapsed() < Duration::from_secs(5), "{} connections left", broker.connections());
        std::thread::sleep(Duration::from_millis(10));
    }
}
