//! How fast is our listener beside a nats-server of the same run?
//!
//! Workloads: *fan-out* (one publisher, several subscribers, small messages), *fan-out large* (64 KiB bodies),
//! *many to one* (several publishers, one subscriber), *request and reply* one at a time and 64 in flight. The same raw
//! TCP clients drive both servers, each server a process of its own; rounds alternate. Figures are ratios: ours over
//! nats-server's, above 1 is better. The count of bytes received proves that the work was done.
//! `--test` or OIKOS_BENCH_SMALL=1 runs it small.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run should say so and stop")]

#[path = "../bus/tests/real_server/mod.rs"]
#[allow(clippy::unwrap_used, clippy::print_stdout, reason = "shared with the tests")]
mod real_server;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use oikos_bus::broker::listener::{Listener, Settings};

const CONNECT: &[u8] = b"CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\n";

/// Our listener in a process of its own: this program again, told to serve.
struct Ours {
    child: Child,
    address: SocketAddr,
}

impl Ours {
    fn start() -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env("OIKOS_BENCH_SERVE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { child, address: line.trim().parse().unwrap() }
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = Listener::bind("127.0.0.1:0", Settings::default()).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", listener.address()).unwrap();
        listener.serve(std::future::pending()).await;
    });
}

fn client(address: SocketAddr, hello: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.write_all(&[CONNECT, hello.as_bytes()].concat()).unwrap();
    settle(&mut stream);
    stream
}

/// Reads exactly so many bytes. nats-server asks each client once with PING, some 2 s after it came; no message of ours
/// holds a `P`, so that each `P` is one of those.
fn swallow(stream: &mut TcpStream, mut bytes: usize) {
    let mut chunk = vec![0; 1 << 18];
    while bytes > 0 {
        let n = read(stream, &mut chunk);
        bytes += pings(&chunk[..n]) * b"PING\r\n".len();
        bytes = bytes.checked_sub(n).expect("no byte more than was sent");
    }
}

fn pings(chunk: &[u8]) -> usize {
    chunk.iter().filter(|&&byte| byte == b'P').count()
}

fn read(stream: &mut TcpStream, chunk: &mut [u8]) -> usize {
    let n = stream.read(chunk).unwrap();
    assert_ne!(n, 0, "cut");
    n
}

/// Messages a second delivered, all subscribers together.
fn fan(address: SocketAddr, publishers: usize, subscribers: usize, each: usize, body: usize) -> f64 {
    let message = [format!("PUB bench.a {body}\r\n").as_bytes(), &vec![b'x'; body], b"\r\n"].concat();
    let heard = format!("MSG bench.a 1 {body}\r\n").len() + body + 2;
    let per_write = (32 * 1024 / message.len()).clamp(1, each);
    let mut hearers: Vec<_> = (0..subscribers).map(|_| client(address, "SUB bench.a 1\r\n")).collect();
    let speakers: Vec<_> = (0..publishers).map(|_| client(address, "")).collect();
    let began = Instant::now();
    std::thread::scope(|scope| {
        for mut speaker in speakers {
            let block = message.repeat(per_write);
            scope.spawn(move || {
                let mut left = each;
                while left > 0 {
                    let n = per_write.min(left);
                    speaker.write_all(&block[..n * (block.len() / per_write)]).unwrap();
                    left -= n;
                }
                settle(&mut speaker);
            });
        }
        for hearer in &mut hearers {
            scope.spawn(move || swallow(hearer, heard * each * publishers));
        }
    });
    (each * publishers * subscribers) as f64 / began.elapsed().as_secs_f64()
}

/// Waits until the server has taken in all that was sent.
fn settle(stream: &mut TcpStream) {
    stream.write_all(b"PING\r\n").unwrap();
    let (mut got, mut chunk) = (Vec::new(), [0; 64]);
    while !got.windows(6).any(|window| window == b"PONG\r\n") {
        let n = read(stream, &mut chunk);
        got.extend_from_slice(&chunk[..n]);
    }
}

/// Requests a second answered, and the 50th and 99th percentile of the wait, with so many in flight.
fn ask(address: SocketAddr, requests: usize, in_flight: usize) -> (f64, Duration, Duration) {
    let mut server = client(address, "SUB service 1\r\n");
    let mut asker = client(address, "SUB inbox.* 1\r\n");
    let question = b"PUB service inbox.1 8\r\n12345678\r\n";
    let asked = b"MSG service 1 inbox.1 8\r\n12345678\r\n".len();
    let answer = b"PUB inbox.1 8\r\nabcdefgh\r\n";
    let answered = b"MSG inbox.1 1 8\r\nabcdefgh\r\n".len();
    let mut waits = Vec::with_capacity(requests / in_flight);
    let began = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut chunk, mut spare, mut done) = (vec![0; 1 << 16], 0, 0);
            while done < requests {
                let n = read(&mut server, &mut chunk);
                spare += n - pings(&chunk[..n]) * b"PING\r\n".len();
                let whole = spare / asked;
                spare %= asked;
                done += whole;
                if whole > 0 {
                    server.write_all(&answer.repeat(whole)).unwrap();
                }
            }
        });
        let block = question.repeat(in_flight);
        for _ in 0..requests / in_flight {
            let sent = Instant::now();
            asker.write_all(&block).unwrap();
            swallow(&mut asker, answered * in_flight);
            waits.push(sent.elapsed());
        }
    });
    let rate = (requests / in_flight * in_flight) as f64 / began.elapsed().as_secs_f64();
    waits.sort_unstable();
    (rate, waits[waits.len() / 2], waits[waits.len() * 99 / 100])
}

type Workload = (&'static str, fn(SocketAddr, usize) -> f64);

const WORKLOADS: &[Workload] = &[
    ("fan-out, 1 to 8, 128 B", |address, scale| fan(address, 1, 8, 2000 * scale, 128)),
    ("fan-out, 1 to 100, 128 B", |address, scale| fan(address, 1, 100, 150 * scale, 128)),
    ("one to one, 16 B", |address, scale| fan(address, 1, 1, 10_000 * scale, 16)),
    ("fan-out, 1 to 4, 64 KiB", |address, scale| fan(address, 1, 4, 30 * scale, 65_536)),
    ("many to one, 4 to 1, 128 B", |address, scale| fan(address, 4, 1, 2000 * scale, 128)),
    ("request and reply, 1 in flight", |address, scale| ask(address, 200 * scale, 1).0),
    ("request and reply, 64 in flight", |address, scale| ask(address, 2000 * scale / 64 * 64, 64).0),
];

fn main() {
    if std::env::var_os("OIKOS_BENCH_SERVE").is_some() {
        return serve();
    }
    let small = std::env::args().any(|arg| arg == "--test") || std::env::var_os("OIKOS_BENCH_SMALL").is_some();
    let (scale, rounds) = if small { (1, 1) } else { (50, 5) };
    let ours = Ours::start();
    let real = real_server::RealServer::start("");
    let mut out = std::io::stdout().lock();
    for (name, run) in WORKLOADS {
        let (mut mine, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            mine.push(run(ours.address, scale));
            theirs.extend(real.as_ref().map(|server| run(([127, 0, 0, 1], server.port).into(), scale)));
        }
        let ratios: Vec<f64> = mine.iter().zip(&theirs).map(|(m, t)| m / t).collect();
        match (median(&theirs), median(&ratios)) {
            (Some(theirs), Some(ratio)) => {
                let (low, high) = (ratios.iter().copied().fold(f64::MAX, f64::min), ratios.iter().copied().fold(0.0, f64::max));
                let mine = median(&mine).unwrap_or_default();
                writeln!(out, "{name:32} ours {mine:>10.0}/s  nats-server {theirs:>10.0}/s  ratio {ratio:.2} ({low:.2} to {high:.2})")
            }
            _ => writeln!(out, "{name:32} ours {:>10.0}/s", median(&mine).unwrap_or_default()),
        }
        .unwrap();
    }
    let (_, p50, p99) = ask(ours.address, 200 * scale, 1);
    writeln!(out, "wait for one answer              ours p50 {p50:?} p99 {p99:?}").unwrap();
    if let Some(server) = &real {
        let (_, p50, p99) = ask(([127, 0, 0, 1], server.port).into(), 200 * scale, 1);
        writeln!(out, "wait for one answer       nats-server p50 {p50:?} p99 {p99:?}").unwrap();
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}
