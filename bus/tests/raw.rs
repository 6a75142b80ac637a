//! Raw bytes in, raw bytes out: the same scripts against our listener and, where there is one, a real nats-server.
//!
//! Each script says what must come back, so that the table holds without a nats-server too. INFO is replaced by
//! `<INFO>`. Where several subscriptions hear one message their order is free, and the script sorts nothing: it is
//! written so that one hears.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says why it is skipped")]

mod real_server;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use oikos_bus::broker::auth::{AccessList, Proof};
use oikos_bus::broker::limits::Limits;
use oikos_bus::broker::listener::{Listener, Settings};
use oikos_bus::identity::Identity;
use oikos_bus::identity::permission::{Permissions, Rules};
use oikos_bus::subject::Filter;
use real_server::RealServer;

/// Quiet, pedantic by default.
const C: &str = "CONNECT {\"verbose\":false}\r\n";
/// Quiet, not pedantic.
const N: &str = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";
/// With headers and no responders.
const H: &str = "CONNECT {\"verbose\":false,\"headers\":true,\"no_responders\":true}\r\n";
/// All defaults.
const V: &str = "CONNECT {}\r\n";

const UNKNOWN: &str = "-ERR 'Unknown Protocol Operation'\r\n";
const LONG: &str = "-ERR 'maximum control line exceeded'\r\n";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Open,
    Closed,
}
use End::{Closed, Open};

/// Name, what CONNECT says, the rest, what comes back behind INFO, and whether the connection stays.
type Script = (&'static str, &'static str, &'static str, &'static str, End);

const SCRIPTS: &[Script] = &[
    // Before and around CONNECT.
    ("ping before connect", "", "PING\r\n", "PONG\r\n", Open),
    (
        "sub and pub before connect are verbose",
        "",
        "SUB a 1\r\nPUB a 1\r\nx\r\n",
        "+OK\r\n+OK\r\nMSG a 1 1\r\nx\r\n",
        Open,
    ),
    ("connect is verbose by default", V, "PING\r\n", "+OK\r\nPONG\r\n", Open),
    (
        "verbs in any case",
        "cOnNeCt {\"verbose\":false}\r\n",
        "SuB a 1\r\npub a 1\r\nx\r\nunsub 1\r\npInG\r\n",
        "MSG a 1 1\r\nx\r\nPONG\r\n",
        Open,
    ),
    (
        "hpub in lower case",
        H,
        "sub a 1\r\nhpub a 12 14\r\nNATS/1.0\r\n\r\nhi\r\nping\r\n",
        "HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPONG\r\n",
        Open,
    ),
    ("spaces after connect", "CONNECT    {} \r\n", "PING\r\n", "+OK\r\nPONG\r\n", Open),
    ("a tab after connect", "CONNECT\t{}\r\n", "PING\r\n", "+OK\r\nPONG\r\n", Open),
    ("connect without json", "CONNECT\r\n", "PING\r\n", "", Closed),
    ("connect with broken json", "CONNECT {x}\r\n", "PING\r\n", "", Closed),
    ("connect with two jsons", "CONNECT {} {}\r\n", "PING\r\n", "", Closed),
    ("connect with an array", "CONNECT []\r\n", "PING\r\n", "", Closed),
    ("connect with null", "CONNECT null\r\n", "PING\r\n", "+OK\r\nPONG\r\n", Open),
    ("connect with a wrong type", "CONNECT {\"verbose\":\"no\"}\r\n", "PING\r\n", "", Closed),
    ("connect with an unknown field", "CONNECT {\"verbose\":false,\"zzz\":1}\r\n", "PING\r\n", "PONG\r\n", Open),
    ("connect in Go's case", "CONNECT {\"Verbose\":false}\r\n", "PING\r\n", "PONG\r\n", Open),
    ("a second connect counts", V, "CONNECT {\"verbose\":false}\r\nPING\r\n", "+OK\r\nPONG\r\n", Open),
    (
        "protocol 1 gets a second INFO",
        "CONNECT {\"verbose\":false,\"protocol\":1}\r\n",
        "PING\r\nPING\r\n",
        "PONG\r\n<INFO>PONG\r\n",
        Open,
    ),
    (
        "protocol 2",
        "CONNECT {\"verbose\":false,\"protocol\":2}\r\n",
        "PING\r\n",
        "-ERR 'invalid client protocol'\r\n",
        Closed,
    ),
    (
        "protocol -1",
        "CONNECT {\"verbose\":false,\"protocol\":-1}\r\n",
        "PING\r\n",
        "-ERR 'invalid client protocol'\r\n",
        Closed,
    ),
    (
        "no responders without headers",
        "CONNECT {\"verbose\":false,\"no_responders\":true}\r\n",
        "PING\r\n",
        "-ERR 'no responders requires headers support'\r\n",
        Closed,
    ),
    // Publishing.
    ("a message", C, "SUB a 1\r\nPUB a 2\r\nhi\r\nPING\r\n", "MSG a 1 2\r\nhi\r\nPONG\r\n", Open),
    ("a message with a reply", C, "SUB a 1\r\nPUB a r.x 2\r\nhi\r\nPING\r\n", "MSG a 1 r.x 2\r\nhi\r\nPONG\r\n", Open),
    (
        "a verbose message",
        V,
        "SUB a 1\r\nPUB a 2\r\nhi\r\nUNSUB 1\r\nPING\r\n",
        "+OK\r\n+OK\r\n+OK\r\nMSG a 1 2\r\nhi\r\n+OK\r\nPONG\r\n",
        Open,
    ),
    ("an empty payload", C, "SUB a 1\r\nPUB a 0\r\n\r\nPING\r\n", "MSG a 1 0\r\n\r\nPONG\r\n", Open),
    (
        "a payload that holds protocol",
        C,
        "SUB a 1\r\nPUB a 8\r\nPING\r\n\r\n\r\nPING\r\n",
        "MSG a 1 8\r\nPING\r\n\r\n\r\nPONG\r\n",
        Open,
    ),
    ("digits go out as they came", C, "SUB a 1\r\nPUB a 002\r\nhi\r\nPING\r\n", "MSG a 1 002\r\nhi\r\nPONG\r\n", Open),
    ("tabs", C, "SUB\ta\t1\r\nPUB\ta\t2\r\nhi\r\nPING\r\n", "MSG a 1 2\r\nhi\r\nPONG\r\n", Open),
    ("spaces", C, "SUB   a   1  \r\nPUB   a   r  2  \r\nhi\r\nPING  \r\n", "MSG a 1 r 2\r\nhi\r\nPONG\r\n", Open),
    ("a bare LF ends a line", C, "SUB a 1\nPUB a 2\nhi\r\nPING\n", "MSG a 1 2\r\nhi\r\nPONG\r\n", Open),
    ("a bare LF does not end a payload", C, "SUB a 1\nPUB a 2\nhi\nPING\n", UNKNOWN, Closed),
    ("a payload longer than announced", N, "PUB a 2\r\nhiX\r\nPING\r\n", UNKNOWN, Closed),
    ("a payload shorter than announced", N, "PUB a 4\r\nhi\r\nPING\r\n", UNKNOWN, Closed),
    ("pub without a size", C, "PUB a\r\nPING\r\n", "", Closed),
    ("pub with a negative size", C, "PUB a -1\r\nPING\r\n", "", Closed),
    ("pub with a signed size", C, "PUB a +2\r\nhi\r\nPING\r\n", "", Closed),
    ("pub with a word for a size", C, "PUB a x\r\nPING\r\n", "", Closed),
    ("pub with ten digits", C, "PUB a 0000000002\r\nhi\r\nPING\r\n", "", Closed),
    ("pub of ten gigabytes", C, "PUB a 10000000000\r\nPING\r\n", "", Closed),
    ("pub of more than any number", C, "PUB a 99999999999999999999999\r\nPING\r\n", "", Closed),
    ("pub of one byte too many", C, "PUB a 1048577\r\nPING\r\n", "-ERR 'Maximum Payload Violation'\r\n", Closed),
    ("pub with four arguments", C, "PUB a b c 2\r\nhi\r\nPING\r\n", "", Closed),
    ("pub without arguments", C, "PUB\r\nPING\r\n", UNKNOWN, Closed),
    ("pub with a space for arguments", C, "PUB \r\nPING\r\n", "", Closed),
    ("a CR in the line", C, "SUB a 1\r\nPUB a 2\rX\nhi\r\nPING\r\n", "", Closed),
    ("two CRs after sub", N, "SUB a 1\r\r\nPUB a 1\r\nx\r\nPING\r\n", "MSG a 1 1\r\nx\r\nPONG\r\n", Open),
    ("two CRs after pub", N, "SUB a 1\r\nPUB a 1\r\r\nx\r\nPING\r\n", "", Closed),
    ("a NUL in a subject", C, "SUB > 1\r\nPUB a\0b 1\r\nx\r\nPING\r\n", "MSG a\0b 1 1\r\nx\r\nPONG\r\n", Open),
    (
        "a wildcard subject is pedantry",
        C,
        "SUB a.> 1\r\nPUB a.* 1\r\nx\r\nPING\r\n",
        "-ERR 'Invalid Publish Subject'\r\nMSG a.* 1 1\r\nx\r\nPONG\r\n",
        Open,
    ),
    (
        "an empty token is pedantry",
        C,
        "SUB > 1\r\nPUB a..b r 1\r\nx\r\nPING\r\n",
        "-ERR 'Invalid Publish Subject'\r\nPONG\r\n",
        Open,
    ),
    (
        "without pedantry nothing is said",
        N,
        "SUB > 1\r\nPUB a..b 1\r\nx\r\nPUB .a 1\r\nx\r\nPUB a. 1\r\nx\r\nPUB a.> 1\r\ny\r\nPING\r\n",
        "MSG a.> 1 1\r\ny\r\nPONG\r\n",
        Open,
    ),
    (
        "verbose pedantry says both",
        V,
        "SUB > 1\r\nPUB a..b r 1\r\nx\r\nPING\r\n",
        "+OK\r\n+OK\r\n-ERR 'Invalid Publish Subject'\r\n+OK\r\nPONG\r\n",
        Open,
    ),
    (
        "a reply is not looked at",
        C,
        "SUB a 1\r\nPUB a r..* 2\r\nhi\r\nPING\r\n",
        "MSG a 1 r..* 2\r\nhi\r\nPONG\r\n",
        Open,
    ),
    // Subscribing.
    (
        "a star takes one token",
        N,
        "SUB a.* 1\r\nPUB a.b 0\r\n\r\nPUB a 0\r\n\r\nPUB a.b.c 0\r\n\r\nPUB a. 0\r\n\r\nPING\r\n",
        "MSG a.b 1 0\r\n\r\nPONG\r\n",
        Open,
    ),
    (
        "a final > takes one or more",
        N,
        "SUB a.> 1\r\nPUB a.b 0\r\n\r\nPUB a 0\r\n\r\nPUB a.b.c 0\r\n\r\nPING\r\n",
        "MSG a.b 1 0\r\n\r\nMSG a.b.c 1 0\r\n\r\nPONG\r\n",
        Open,
    ),
    (
        "a star within a token is a letter",
        C,
        "SUB a> 1\r\nSUB a*b 2\r\nPUB a> 1\r\nx\r\nPUB a*b 1\r\ny\r\nPUB aXb 1\r\nz\r\nPING\r\n",
        "MSG a> 1 1\r\nx\r\nMSG a*b 2 1\r\ny\r\nPONG\r\n",
        Open,
    ),
    ("sub of an empty token", C, "SUB a..b 1\r\nPING\r\n", "-ERR 'Invalid Subject'\r\nPONG\r\n", Open),
    ("the same without pedantry", N, "SUB a..b 1\r\nPING\r\n", "-ERR 'Invalid Subject'\r\nPONG\r\n", Open),
    ("the same verbosely", V, "SUB >.a 1\r\nPING\r\n", "+OK\r\n-ERR 'Invalid Subject'\r\nPONG\r\n", Open),
    ("sub with one argument", C, "SUB a\r\nPING\r\n", "", Closed),
    ("sub with four arguments", C, "SUB a q 1 z\r\nPING\r\n", "", Closed),
    ("sub without arguments", C, "SUB\r\nPING\r\n", UNKNOWN, Closed),
    ("any text is a sid", C, "SUB a abc.def\r\nPUB a 1\r\nx\r\nPING\r\n", "MSG a abc.def 1\r\nx\r\nPONG\r\n", Open),
    (
        "a sid that is there already",
        C,
        "SUB a 1\r\nSUB b 1\r\nPUB a 1\r\nx\r\nPUB b 1\r\ny\r\nPING\r\n",
        "MSG a 1 1\r\nx\r\nPONG\r\n",
        Open,
    ),
    ("a group hears once", C, "SUB a q 1\r\nSUB a q 1\r\nPUB a 1\r\nx\r\nPING\r\n", "MSG a 1 1\r\nx\r\nPONG\r\n", Open),
    ("any text is a group", C, "SUB a q..* 2\r\nPUB a 1\r\nx\r\nPING\r\n", "MSG a 2 1\r\nx\r\nPONG\r\n", Open),
    (
        "echo off",
        "CONNECT {\"verbose\":false,\"echo\":false}\r\n",
        "SUB a 1\r\nPUB a 1\r\nx\r\nPING\r\n",
        "PONG\r\n",
        Open,
    ),
    // Unsubscribing.
    ("unsub of nothing", C, "UNSUB 9\r\nPING\r\n", "PONG\r\n", Open),
    ("unsub of nothing, verbosely", V, "UNSUB 9\r\nPING\r\n", "+OK\r\n+OK\r\nPONG\r\n", Open),
    ("unsub without arguments", C, "UNSUB\r\nPING\r\n", UNKNOWN, Closed),
    ("unsub with three arguments", C, "UNSUB 1 2 3\r\nPING\r\n", "", Closed),
    ("unsub with a word for a number is now", C, "SUB a 1\r\nUNSUB 1 x\r\nPUB a 1\r\nx\r\nPING\r\n", "PONG\r\n", Open),
    ("unsub after -1 is now", C, "SUB a 1\r\nUNSUB 1 -1\r\nPUB a 1\r\nx\r\nPING\r\n", "PONG\r\n", Open),
    ("unsub after 0 is now", C, "SUB a 1\r\nUNSUB 1 0\r\nPUB a 1\r\nx\r\nPING\r\n", "PONG\r\n", Open),
    (
        "unsub after two",
        C,
        "SUB a 1\r\nUNSUB 1 2\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nPUB a 1\r\n3\r\nPING\r\n",
        "MSG a 1 1\r\n1\r\nMSG a 1 1\r\n2\r\nPONG\r\n",
        Open,
    ),
    (
        "unsub counts what was delivered before",
        C,
        "SUB a 1\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nUNSUB 1 2\r\nPUB a 1\r\n3\r\nPING\r\n",
        "MSG a 1 1\r\n1\r\nMSG a 1 1\r\n2\r\nPONG\r\n",
        Open,
    ),
    (
        "unsub counts on",
        C,
        "SUB a 1\r\nPUB a 1\r\n1\r\nPUB a 1\r\n2\r\nUNSUB 1 3\r\nPUB a 1\r\n3\r\nPUB a 1\r\n4\r\nPING\r\n",
        "MSG a 1 1\r\n1\r\nMSG a 1 1\r\n2\r\nMSG a 1 1\r\n3\r\nPONG\r\n",
        Open,
    ),
    (
        "a later unsub counts",
        C,
        "SUB a 1\r\nUNSUB 1 1\r\nUNSUB 1 3\r\nPUB a 1\r\n3\r\nPUB a 1\r\n4\r\nPING\r\n",
        "MSG a 1 1\r\n3\r\nMSG a 1 1\r\n4\r\nPONG\r\n",
        Open,
    ),
    (
        "a sid is free again",
        C,
        "SUB a 1\r\nUNSUB 1 1\r\nPUB a 0\r\n\r\nSUB b 1\r\nPUB b 0\r\n\r\nPING\r\n",
        "MSG a 1 0\r\n\r\nMSG b 1 0\r\n\r\nPONG\r\n",
        Open,
    ),
    (
        "a sid is free after an unsub that came late",
        C,
        "SUB a 1\r\nPUB a 0\r\n\r\nUNSUB 1 1\r\nSUB b 1\r\nPUB b 0\r\n\r\nPING\r\n",
        "MSG a 1 0\r\n\r\nMSG b 1 0\r\n\r\nPONG\r\n",
        Open,
    ),
    // Headers and no responders.
    (
        "headers",
        H,
        "SUB a 1\r\nHPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n",
        "HMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPONG\r\n",
        Open,
    ),
    (
        "headers with a reply and spaces",
        H,
        "SUB a 1\r\nHPUB  a r 12  12\r\nNATS/1.0\r\n\r\n\r\nPING\r\n",
        "HMSG a 1 r 12 12\r\nNATS/1.0\r\n\r\n\r\nPONG\r\n",
        Open,
    ),
    (
        "a verbose hpub",
        "CONNECT {\"headers\":true}\r\n",
        "SUB a 1\r\nHPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n",
        "+OK\r\n+OK\r\n+OK\r\nHMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPONG\r\n",
        Open,
    ),
    ("headers not asked for", C, "SUB a 1\r\nHPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n", "", Closed),
    ("headers longer than all", H, "HPUB a 15 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n", "", Closed),
    ("hpub with one size", H, "HPUB a 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n", "", Closed),
    ("hpub with a word for a size", H, "HPUB a x 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n", "", Closed),
    ("hpub with five arguments", H, "HPUB a b c 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n", "", Closed),
    (
        "an empty header block is none",
        H,
        "SUB a 1\r\nHPUB a 0 2\r\nhi\r\nPING\r\n",
        "MSG a 1 2\r\nhi\r\nPONG\r\n",
        Open,
    ),
    (
        "header blocks are opaque",
        H,
        "SUB a 1\r\nHPUB a 5 7\r\nabcdehi\r\nPING\r\n",
        "HMSG a 1 5 7\r\nabcdehi\r\nPONG\r\n",
        Open,
    ),
    (
        "no responders",
        H,
        "SUB r.* 7\r\nPUB nobody r.1 2\r\nhi\r\nPING\r\n",
        "HMSG r.1 7 38 38\r\nNATS/1.0 503\r\nNats-Subject: nobody\r\n\r\n\r\nPONG\r\n",
        Open,
    ),
    ("no responders and nobody to tell", H, "PUB nobody r.1 2\r\nhi\r\nPING\r\n", "PONG\r\n", Open),
    ("a responder is enough", H, "SUB r 1\r\nPUB r r 2\r\nhi\r\nPING\r\n", "MSG r 1 r 2\r\nhi\r\nPONG\r\n", Open),
    (
        "a verbose no responders",
        "CONNECT {\"headers\":true,\"no_responders\":true}\r\n",
        "SUB r 1\r\nPUB nobody r 2\r\nhi\r\nPING\r\n",
        "+OK\r\n+OK\r\n+OK\r\nHMSG r 1 38 38\r\nNATS/1.0 503\r\nNats-Subject: nobody\r\n\r\n\r\nPONG\r\n",
        Open,
    ),
    (
        "one's own silence is no responder",
        "CONNECT {\"verbose\":false,\"echo\":false,\"headers\":true,\"no_responders\":true}\r\n",
        "SUB a 1\r\nSUB r 2\r\nPUB a r 1\r\nx\r\nPING\r\n",
        "HMSG r 2 33 33\r\nNATS/1.0 503\r\nNats-Subject: a\r\n\r\n\r\nPONG\r\n",
        Open,
    ),
    // Lines.
    ("no operation", "", "FOO\r\n", UNKNOWN, Closed),
    ("a browser", "", "GET / HTTP/1.1\r\n\r\n", UNKNOWN, Closed),
    ("an empty line", C, "\r\nPING\r\n", UNKNOWN, Closed),
    ("a space first", C, " PING\r\nPING\r\n", UNKNOWN, Closed),
    ("half a verb", C, "PI\r\nPING\r\n", UNKNOWN, Closed),
    ("ping with arguments", C, "PING foo\r\nPINGX\r\nPONG\r\nPONG x\r\nPING\r\n", "PONG\r\nPONG\r\nPONG\r\n", Open),
    ("+OK from a client", C, "+OK\r\n+OKx\r\nPING\r\n", "PONG\r\n", Open),
    ("-ERR from a client", C, "-ERR 'x'\r\nPING\r\n", "", Closed),
    ("-ERR without a reason", C, "-ERR\r\nPING\r\n", UNKNOWN, Closed),
    ("INFO from a client", C, "INFO {}\r\nPING\r\n", "PONG\r\n", Open),
    ("INFO without json", C, "INFO\r\nPING\r\n", "", Closed),
    ("MSG from a client", C, "MSG a 1 1\r\nx\r\nPING\r\n", UNKNOWN, Closed),
];

fn listener(settings: Settings) -> SocketAddr {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = Listener::bind("127.0.0.1:0", settings).await.unwrap();
            sender.send(listener.address()).unwrap();
            listener.serve(std::future::pending()).await;
        });
    });
    receiver.recv().unwrap()
}

/// Reads until the peer closes, or `done` is satisfied, or the time is over.
fn read_until(stream: &mut TcpStream, wait: Duration, done: impl Fn(&[u8]) -> bool) -> (Vec<u8>, End) {
    let until = std::time::Instant::now() + wait;
    let (mut got, mut chunk) = (Vec::new(), [0; 65536]);
    loop {
        let left = until.saturating_duration_since(std::time::Instant::now());
        if done(&got) || left.is_zero() {
            return (got, Open);
        }
        stream.set_read_timeout(Some(left)).unwrap();
        match stream.read(&mut chunk) {
            Ok(0) => return (got, Closed),
            Ok(n) => got.extend_from_slice(&chunk[..n]),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => return (got, Closed),
        }
    }
}

fn info_hidden(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("INFO {") {
        out.push_str(&rest[..at]);
        out.push_str("<INFO>");
        rest = rest[at..].split_once("\r\n").map_or("", |(_, rest)| rest);
    }
    out + rest
}

/// Sends the chunks one by one and gives what came back.
fn talk(address: SocketAddr, chunks: &[&[u8]], expected: &str) -> (String, End) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    for chunk in chunks {
        if chunks.len() > 1 {
            std::thread::sleep(Duration::from_millis(2));
        }
        if stream.write_all(chunk).is_err() {
            break;
        }
    }
    let expected = format!("<INFO>{expected}");
    let (mut got, mut end) = read_until(&mut stream, Duration::from_secs(3), |got| info_hidden(got) == expected);
    if end == Open {
        // It stays open, and nothing more comes.
        let (more, later) = read_until(&mut stream, Duration::from_millis(15), |_| false);
        got.extend(more);
        end = later;
    }
    // The next script must not be heard by the subscriptions of this one.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = read_until(&mut stream, Duration::from_secs(1), |_| false);
    (info_hidden(&got), end)
}

fn check_all(address: SocketAddr, who: &str, scripts: &[Script], failures: &mut Vec<String>) {
    for &(name, connect, operations, expected, expected_end) in scripts {
        let (got, end) = talk(address, &[format!("{connect}{operations}").as_bytes()], expected);
        let expected = format!("<INFO>{expected}");
        if (&got, end) != (&expected, expected_end) {
            failures
                .push(format!("{who}: {name}\n  expected {expected:?} {expected_end:?}\n  got      {got:?} {end:?}"));
        }
    }
}

#[test]
fn the_listener_answers_byte_for_byte_as_the_table_says() {
    let mut failures = Vec::new();
    check_all(listener(Settings::default()), "ours", SCRIPTS, &mut failures);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn a_real_nats_server_answers_as_the_table_says() {
    let Some(server) = RealServer::start("") else { return };
    let mut failures = Vec::new();
    check_all(([127, 0, 0, 1], server.port).into(), "nats-server", SCRIPTS, &mut failures);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn it_does_not_matter_how_the_bytes_are_cut() {
    let ours = listener(Settings::default());
    let script = format!("{H}SUB a 1\r\nPUB a r 5\r\nhello\r\nHPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n");
    let expected = "MSG a 1 r 5\r\nhello\r\nHMSG a 1 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPONG\r\n";
    for size in [1, 2, 3, 7] {
        let chunks: Vec<&[u8]> = script.as_bytes().chunks(size).collect();
        assert_eq!(talk(ours, &chunks, expected), (format!("<INFO>{expected}"), Open), "cut to {size}");
    }
}

#[test]
fn lines_are_bounded_before_and_after_connect() {
    let mut servers = vec![listener(Settings::default())];
    let real = RealServer::start("");
    servers.extend(real.as_ref().map(|server| SocketAddr::from(([127, 0, 0, 1], server.port))));
    for address in servers {
        let unfinished = [b"SUB ", &[b'a'; 5000][..]].concat();
        assert_eq!(talk(address, &[&unfinished], LONG), (format!("<INFO>{LONG}"), Closed));
        let finished = [C.as_bytes(), b"PUB ", &[b'a'; 5000], b" 2\r\nhi\r\n"].concat();
        assert_eq!(talk(address, &[&finished], LONG), (format!("<INFO>{LONG}"), Closed));
        let subject = "a".repeat(4080);
        let fits = format!("{C}SUB > 1\r\nPUB {subject} 2\r\nhi\r\n");
        let heard = format!("MSG {subject} 1 2\r\nhi\r\n");
        assert_eq!(talk(address, &[fits.as_bytes()], &heard), (format!("<INFO>{heard}"), Open));
    }
}

const REFUSED: &str = "-ERR 'Authorization Violation'\r\n";

/// Name, credentials and operations, what comes back, and how it ends, with users and permissions.
const GUARDED: &[Script] = &[
    ("nothing shown", V, "PING\r\n", REFUSED, Closed),
    ("a wrong password", "CONNECT {\"user\":\"a\",\"pass\":\"x\"}\r\n", "PING\r\n", REFUSED, Closed),
    ("ping first", "", "PING\r\n", REFUSED, Closed),
    ("sub first", "", "SUB a 1\r\n", REFUSED, Closed),
    ("garbage first", "", "FOO\r\n", REFUSED, Closed),
    (
        "a publish not allowed",
        A,
        "PUB no 1\r\nx\r\nPING\r\n",
        "-ERR 'Permissions Violation for Publish to \"no\"'\r\nPONG\r\n",
        Open,
    ),
    (
        "a publish denied",
        A,
        "PUB ok.no.a 1\r\nx\r\nPING\r\n",
        "-ERR 'Permissions Violation for Publish to \"ok.no.a\"'\r\nPONG\r\n",
        Open,
    ),
    ("a publish allowed", A, "SUB s.a 1\r\nPUB ok.a 1\r\nx\r\nPING\r\n", "PONG\r\n", Open),
    (
        "an hpub not allowed",
        A,
        "HPUB no 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n",
        "-ERR 'Permissions Violation for Publish to \"no\"'\r\nPONG\r\n",
        Open,
    ),
    (
        "a verbose refusal is no +OK",
        "CONNECT {\"user\":\"a\",\"pass\":\"b\"}\r\n",
        "PUB no 1\r\nx\r\nSUB no 1\r\nPING\r\n",
        "+OK\r\n-ERR 'Permissions Violation for Publish to \"no\"'\r\n-ERR 'Permissions Violation for Subscription to \"no\"'\r\nPONG\r\n",
        Open,
    ),
    (
        "a subscription not allowed",
        A,
        "SUB no 1\r\nSUB > 2\r\nPING\r\n",
        "-ERR 'Permissions Violation for Subscription to \"no\"'\r\n-ERR 'Permissions Violation for Subscription to \">\"'\r\nPONG\r\n",
        Open,
    ),
    (
        "a group not allowed",
        A,
        "SUB no q 4\r\nPING\r\n",
        "-ERR 'Permissions Violation for Subscription to \"no\" using queue \"q\"'\r\nPONG\r\n",
        Open,
    ),
    (
        "subscriptions denied",
        A,
        "SUB t.x 1\r\nSUB t.secret.* 3\r\nPING\r\n",
        "-ERR 'Permissions Violation for Subscription to \"t.x\"'\r\n-ERR 'Permissions Violation for Subscription to \"t.secret.*\"'\r\nPONG\r\n",
        Open,
    ),
    (
        "what is denied is not heard through a wider filter",
        D,
        "SUB > 1\r\nPUB z.q 1\r\nn\r\nPUB y 1\r\ny\r\nPING\r\n",
        "MSG y 1 1\r\ny\r\nPONG\r\n",
        Open,
    ),
    (
        "nor through a star",
        D,
        "SUB *.a 1\r\nPUB z.a 1\r\nn\r\nPUB y.a 1\r\ny\r\nPING\r\n",
        "MSG y.a 1 1\r\ny\r\nPONG\r\n",
        Open,
    ),
    (
        "too many subscriptions",
        F,
        "SUB a 1\r\nSUB b 2\r\nSUB c 3\r\nSUB d 4\r\nPING\r\n",
        "-ERR 'maximum subscriptions exceeded'\r\nPONG\r\n",
        Open,
    ),
    ("too large a payload", F, "PUB a 1001\r\nPING\r\n", "-ERR 'Maximum Payload Violation'\r\n", Closed),
];
const A: &str = "CONNECT {\"verbose\":false,\"user\":\"a\",\"pass\":\"b\",\"headers\":true}\r\n";
const D: &str = "CONNECT {\"verbose\":false,\"user\":\"d\",\"pass\":\"e\"}\r\n";
const F: &str = "CONNECT {\"verbose\":false,\"user\":\"f\",\"pass\":\"g\"}\r\n";

const GUARDED_CONFIG: &str = r#"
max_payload: 1000
max_subscriptions: 3
authorization { timeout: 1, users = [
  {user: a, password: b, permissions: {publish: {allow: ["ok.>"], deny: ["ok.no.>"]}, subscribe: {allow: ["s.*", "t.>"], deny: ["t.secret.>", "t.x"]}}}
  {user: d, password: e, permissions: {publish: {deny: "z"}, subscribe: {deny: ["z.>"]}}}
  {user: f, password: g}
] }
"#;

fn guarded(limits: Limits) -> SocketAddr {
    let filters = |texts: &[&str]| texts.iter().map(|text| Filter::new(text).unwrap()).collect::<Vec<_>>();
    let list = AccessList::default();
    let allow = |user, password, permissions| {
        list.allow(Proof::Password { user, password }, Identity { name: user.into(), permissions });
    };
    let publish = Rules { allow: Some(filters(&["ok.>"])), deny: filters(&["ok.no.>"]) };
    let subscribe = Rules { allow: Some(filters(&["s.*", "t.>"])), deny: filters(&["t.secret.>", "t.x"]) };
    allow("a", "b", Permissions::new(publish, subscribe));
    let rules = |deny: &[&str]| Rules { allow: None, deny: filters(deny) };
    allow("d", "e", Permissions::new(rules(&["z"]), rules(&["z.>"])));
    allow("f", "g", Permissions::default());
    listener(Settings { limits, admission: Arc::new(list), ..Settings::default() })
}

fn small() -> Limits {
    Limits { payload_bytes_max: 1000, subscriptions_max: 3, auth_timeout: Duration::from_secs(1), ..Limits::default() }
}

#[test]
fn users_and_permissions_answer_byte_for_byte() {
    let mut failures = Vec::new();
    check_all(guarded(small()), "ours", GUARDED, &mut failures);
    if let Some(server) = RealServer::start(GUARDED_CONFIG) {
        check_all(([127, 0, 0, 1], server.port).into(), "nats-server", GUARDED, &mut failures);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn who_shows_nothing_in_time_is_cut() {
    let timeout = "-ERR 'Authentication Timeout'\r\n";
    assert_eq!(talk(guarded(small()), &[], timeout), (format!("<INFO>{timeout}"), Closed));
    if let Some(server) = RealServer::start(GUARDED_CONFIG) {
        let real = ([127, 0, 0, 1], server.port).into();
        assert_eq!(talk(real, &[], timeout), (format!("<INFO>{timeout}"), Closed));
    }
}

#[test]
fn who_does_not_answer_pings_is_stale() {
    let limits = Limits { ping_interval: Duration::from_millis(100), ..Limits::default() };
    let ours = listener(Settings { limits, ..Settings::default() });
    let stale = "PING\r\nPING\r\n-ERR 'Stale Connection'\r\n";
    assert_eq!(talk(ours, &[C.as_bytes()], stale), (format!("<INFO>{stale}"), Closed));
    // One that answers stays.
    let mut stream = TcpStream::connect(ours).unwrap();
    stream.write_all(C.as_bytes()).unwrap();
    for _ in 0..4 {
        let (_, end) = read_until(&mut stream, Duration::from_secs(3), |got| got.ends_with(b"PING\r\n"));
        assert_eq!(end, Open);
        stream.write_all(b"PONG\r\n").unwrap();
    }
}

#[test]
fn one_connection_too_many_is_told_so() {
    let limits = Limits { connections_max: 2, ..Limits::default() };
    let ours = listener(Settings { limits, ..Settings::default() });
    let first = [TcpStream::connect(ours).unwrap(), TcpStream::connect(ours).unwrap()];
    std::thread::sleep(Duration::from_millis(50));
    let told = "-ERR 'maximum connections exceeded'\r\n";
    assert_eq!(talk(ours, &[], told), (format!("<INFO>{told}"), Closed));
    drop(first);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(talk(ours, &[b"PING\r\n"], "PONG\r\n"), ("<INFO>PONG\r\n".to_owned(), Open));
}

#[test]
fn headers_are_stripped_for_clients_that_did_not_ask_for_them() {
    let mut servers = vec![listener(Settings::default())];
    let real = RealServer::start("");
    servers.extend(real.as_ref().map(|server| SocketAddr::from(([127, 0, 0, 1], server.port))));
    for address in servers {
        let mut plain = TcpStream::connect(address).unwrap();
        plain.write_all(format!("{C}SUB a 1\r\nPING\r\n").as_bytes()).unwrap();
        let _ = read_until(&mut plain, Duration::from_secs(3), |got| got.ends_with(b"PONG\r\n"));
        let _ = talk(address, &[format!("{H}HPUB a r 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPING\r\n").as_bytes()], "PONG\r\n");
        let expected = b"MSG a 1 r 2\r\nhi\r\n";
        let (got, _) = read_until(&mut plain, Duration::from_secs(3), |got| got.len() >= expected.len());
        assert_eq!(String::from_utf8_lossy(&got), String::from_utf8_lossy(expected));
    }
}
