//! One suite, every back: whatever carries it, the `Bus` does the same.
//!
//! In-process; our own listener over TCP and from within its own process; a real nats-server over TCP (skipped, visibly, where there is none).
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and says why it is skipped")]

mod real_server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use oikos_bus::broker::auth::{AccessList, Proof};
use oikos_bus::broker::limits::Limits;
use oikos_bus::broker::listener::{Broker, Listener, Settings};
use oikos_bus::identity::Identity;
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::identity::permission::{Permissions, Rules};
use oikos_bus::nats::client::{ConnectOptions, Credentials};
use oikos_bus::subject::Name;
use oikos_bus::{Bus, BusError, Envelope, Filter, Subject, Subscription};
use real_server::RealServer;

const SOON: Duration = Duration::from_secs(5);

fn subject(text: &str) -> Subject {
    Subject::new(text).unwrap()
}

fn filter(text: &str) -> Filter {
    Filter::new(text).unwrap()
}

async fn next(subscription: &mut Subscription) -> Envelope {
    tokio::time::timeout(SOON, subscription.next()).await.expect("a message is due").expect("still subscribed")
}

async fn listening(bus: &Bus, text: &str) -> Subscription {
    let subscription = bus.subscribe(&filter(text)).await.unwrap();
    subscription.ready().await.unwrap();
    subscription
}

/// Publishes a marker behind everything else and reads up to it.
async fn up_to_marker(bus: &Bus, marker: &str, subscription: &mut Subscription) -> Vec<Envelope> {
    bus.publish(Envelope::new(subject(marker), "marker")).await.unwrap();
    let mut got = Vec::new();
    loop {
        let envelope = next(subscription).await;
        if envelope.body == "marker" {
            return got;
        }
        got.push(envelope);
    }
}

async fn what_is_published_is_heard_in_order(one: &Bus, other: &Bus) {
    let mut hears = listening(other, "order.a").await;
    for n in 0..200 {
        one.publish(Envelope::new(subject("order.a"), n.to_string())).await.unwrap();
    }
    for n in 0..200 {
        assert_eq!(next(&mut hears).await.body, n.to_string());
    }
}

async fn an_envelope_arrives_whole(one: &Bus, other: &Bus) {
    let mut hears = listening(other, "whole.*").await;
    let sent = Envelope::new(subject("whole.a"), &b"\0\r\n\xff"[..])
        .with_reply(subject("answers.here"))
        .with_header("Oikos-Schema", "command/1")
        .unwrap()
        .with_header("traceparent", "00-ab-cd-01")
        .unwrap()
        .with_header("Oikos-Schema", "second")
        .unwrap();
    one.publish(sent.clone()).await.unwrap();
    let got = next(&mut hears).await;
    assert_eq!((&got.subject, &got.reply, &got.body), (&sent.subject, &sent.reply, &sent.body));
    assert_eq!(got.headers.get("Oikos-Schema"), Some("command/1"));
    assert_eq!(got.headers.get("traceparent"), Some("00-ab-cd-01"));
    assert_eq!(got.headers.iter().filter(|(name, _)| *name == "Oikos-Schema").count(), 2);
    one.publish(Envelope::new(subject("whole.b"), "")).await.unwrap();
    let empty = next(&mut hears).await;
    assert!(empty.body.is_empty() && empty.headers.is_empty() && empty.reply.is_none());
}

async fn wildcards_hear_what_they_match(one: &Bus, other: &Bus) {
    let mut star = listening(other, "wild.*.c").await;
    let mut rest = listening(other, "wild.>").await;
    for text in ["wild.a.c", "wild.b.c", "wild.a.d", "wild.a.b.c", "tame.a.c"] {
        one.publish(Envelope::new(subject(text), text.to_owned())).await.unwrap();
    }
    let heard: Vec<_> = up_to_marker(one, "wild.x.c", &mut star).await.into_iter().map(|e| e.body).collect();
    assert_eq!(heard, ["wild.a.c", "wild.b.c"]);
    let heard: Vec<_> =
        up_to_marker(one, "wild.y", &mut rest).await.into_iter().map(|e| e.subject.to_string()).collect();
    assert_eq!(heard, ["wild.a.c", "wild.b.c", "wild.a.d", "wild.a.b.c", "wild.x.c"][..heard.len()]);
}

async fn a_group_shares_and_everyone_else_hears_all(one: &Bus, other: &Bus) {
    let group = Name::new("workers").unwrap();
    let mut members = Vec::new();
    for bus in [one, other, other] {
        let member = bus.subscribe_in_group(&filter("share.work"), &group).await.unwrap();
        member.ready().await.unwrap();
        members.push(member);
    }
    let mut all = listening(other, "share.>").await;
    for n in 0..300 {
        one.publish(Envelope::new(subject("share.work"), n.to_string())).await.unwrap();
    }
    assert_eq!(up_to_marker(one, "share.end", &mut all).await.len(), 300);
    let mut numbers = Vec::new();
    for member in &mut members {
        let mut share = 0;
        while let Ok(Some(envelope)) = tokio::time::timeout(Duration::from_millis(100), member.next()).await {
            numbers.push(std::str::from_utf8(&envelope.body).unwrap().parse::<u32>().unwrap());
            share += 1;
        }
        assert!(share > 30, "a member had {share} of 300");
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..300).collect::<Vec<_>>(), "each message to one member");
}

async fn a_request_is_answered(one: &Bus, other: &Bus) {
    let mut asked = listening(other, "ask.time").await;
    let answering = other.clone();
    let server = tokio::spawn(async move {
        for _ in 0..10 {
            let request = next(&mut asked).await;
            answering.reply(&request, [b"re: ", &request.body[..]].concat()).await.unwrap();
        }
    });
    for n in 0..10 {
        let answer = one.request(Envelope::new(subject("ask.time"), n.to_string()), SOON).await.unwrap();
        assert_eq!(answer.body, format!("re: {n}"));
    }
    server.await.unwrap();
}

async fn a_request_nobody_hears_fails_at_once(one: &Bus, _: &Bus) {
    let began = Instant::now();
    let outcome = one.request(Envelope::new(subject("ask.nobody"), ""), SOON).await;
    assert_eq!(outcome, Err(BusError::NoResponders { subject: subject("ask.nobody") }));
    assert!(began.elapsed() < SOON / 2);
}

async fn a_request_that_is_heard_and_not_answered_times_out(one: &Bus, other: &Bus) {
    let _silent = listening(other, "ask.silent").await;
    let waited = Duration::from_millis(100);
    let outcome = one.request(Envelope::new(subject("ask.silent"), ""), waited).await;
    assert_eq!(outcome, Err(BusError::TimedOut { subject: subject("ask.silent"), waited }));
}

async fn a_dropped_subscription_is_no_responder(one: &Bus, other: &Bus) {
    drop(listening(other, "ask.gone").await);
    other.settle().await.unwrap();
    let outcome = one.request(Envelope::new(subject("ask.gone"), ""), SOON).await;
    assert_eq!(outcome, Err(BusError::NoResponders { subject: subject("ask.gone") }));
}

async fn a_ready_subscription_misses_nothing(one: &Bus, other: &Bus) {
    for n in 0..100 {
        let text = format!("ready.{n}");
        let mut hears = listening(other, &text).await;
        one.publish(Envelope::new(subject(&text), "x")).await.unwrap();
        assert_eq!(next(&mut hears).await.body, "x");
    }
}

async fn a_subscription_ends_after_so_many_messages(one: &Bus, other: &Bus) {
    let mut hears = listening(other, "end.a").await;
    for n in 0..2 {
        one.publish(Envelope::new(subject("end.a"), n.to_string())).await.unwrap();
        assert_eq!(next(&mut hears).await.body, n.to_string());
    }
    hears.end_after(3).await.unwrap();
    other.settle().await.unwrap();
    for n in 2..5 {
        one.publish(Envelope::new(subject("end.a"), n.to_string())).await.unwrap();
    }
    assert_eq!(next(&mut hears).await.body, "2");
    assert_eq!(tokio::time::timeout(SOON, hears.next()).await.expect("it ends"), None);
}

async fn a_message_too_large_is_refused_and_the_largest_arrives(one: &Bus, other: &Bus) {
    let mut hears = listening(other, "large.a").await;
    let too_large = Envelope::new(subject("large.a"), vec![0; (1 << 20) + 1]);
    let expected = BusError::TooLarge { bytes: (1 << 20) + 1, bytes_max: 1 << 20 };
    assert_eq!(one.publish(too_large.clone()).await, Err(expected.clone()));
    assert_eq!(one.request(too_large, SOON).await, Err(expected));
    one.publish(Envelope::new(subject("large.a"), vec![7; 1 << 20])).await.unwrap();
    assert_eq!(next(&mut hears).await.body.len(), 1 << 20);
}

macro_rules! suite {
    ($($test:ident),* $(,)?) => {
        async fn suite(one: &Bus, other: &Bus) {
            $(
                println!("  {}", stringify!($test));
                $test(one, other).await;
            )*
        }
    };
}
suite!(
    what_is_published_is_heard_in_order,
    an_envelope_arrives_whole,
    wildcards_hear_what_they_match,
    a_group_shares_and_everyone_else_hears_all,
    a_request_is_answered,
    a_request_nobody_hears_fails_at_once,
    a_request_that_is_heard_and_not_answered_times_out,
    a_dropped_subscription_is_no_responder,
    a_ready_subscription_misses_nothing,
    a_subscription_ends_after_so_many_messages,
    a_message_too_large_is_refused_and_the_largest_arrives,
);

async fn broker(settings: Settings) -> (String, Broker) {
    let listener = Listener::bind("127.0.0.1:0", settings).await.unwrap();
    let (url, broker) = (format!("nats://{}", listener.address()), listener.broker());
    tokio::spawn(listener.serve(std::future::pending()));
    (url, broker)
}

async fn connect(url: &str) -> Bus {
    Bus::connect(url, ConnectOptions::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bus_within_a_process_conforms() {
    let bus = Bus::local();
    suite(&bus, &bus.clone()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_listener_conforms() {
    let (url, _) = broker(Settings::default()).await;
    suite(&connect(&url).await, &connect(&url).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_of_a_listener_and_its_clients_conform_both_ways() {
    let (url, broker) = broker(Settings::default()).await;
    suite(&broker.bus(), &connect(&url).await).await;
    suite(&connect(&url).await, &broker.bus()).await;
    suite(&broker.bus(), &broker.bus()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_hosts_a_listener_knows_when_nobody_hears_and_is_told_what_was_refused() {
    let limits = Limits { payload_bytes_max: 100, ..Limits::default() };
    let (url, broker) = broker(Settings { limits, ..Settings::default() }).await;
    let host = broker.bus();
    assert!(!host.hears(&subject("evt.a")));
    let client = connect(&url).await;
    let mut hears = listening(&client, "evt.*").await;
    assert!(host.hears(&subject("evt.a")) && !host.hears(&subject("evt.a.b")));
    let envelope = |body: usize| Envelope::new(subject("evt.a"), vec![b'x'; body]);
    let refused = host.publish_all(vec![envelope(1), envelope(101), envelope(100)]).await;
    assert_eq!(refused, [(subject("evt.a"), BusError::TooLarge { bytes: 101, bytes_max: 100 })]);
    assert_eq!((next(&mut hears).await.body.len(), next(&mut hears).await.body.len()), (1, 100));
    drop(hears);
    client.settle().await.unwrap();
    assert!(!host.hears(&subject("evt.a")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_host_that_does_not_read_is_bounded_in_bytes() {
    let limits = Limits { pending_bytes_max: 10_000, producer_stall_max: Duration::ZERO, ..Limits::default() };
    let (url, broker) = broker(Settings { limits, ..Settings::default() }).await;
    let host = broker.bus();
    let mut slow = host.subscribe(&filter("a")).await.unwrap();
    let client = connect(&url).await;
    for _ in 0..100 {
        client.publish(Envelope::new(subject("a"), vec![0; 1_000])).await.unwrap();
    }
    client.settle().await.unwrap();
    let mut got = 0;
    while tokio::time::timeout(Duration::from_millis(50), slow.next()).await.is_ok() {
        got += 1;
    }
    assert_eq!(got, 10);
    client.publish(Envelope::new(subject("a"), vec![1; 1_000])).await.unwrap();
    assert_eq!(next(&mut slow).await.body[0], 1, "what comes later is heard again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_nats_server_conforms() {
    let Some(server) = RealServer::start("") else { return };
    suite(&connect(&server.url()).await, &connect(&server.url()).await).await;
}

fn may_hear_mail_of_ann() -> Permissions {
    let filters = |texts: &[&str]| Some(texts.iter().map(|text| filter(text)).collect());
    let publish = Rules { allow: filters(&["cmd.ann", "_INBOX.ann.>"]), deny: vec![] };
    Permissions::new(publish, Rules { allow: filters(&["mail.ann", "_INBOX.ann.>"]), deny: vec![] })
}

fn as_ann(key: &KeyPair) -> ConnectOptions {
    ConnectOptions {
        credentials: Credentials::Nkey(Box::new(key.clone())),
        name: Some("ann".to_owned()),
        inbox_prefix: Some(subject("_INBOX.ann")),
    }
}

/// Ann reads her own mail, and `ready` says that she may not read another's.
async fn ann_may_and_may_not(url: &str, ann: &KeyPair) {
    let bus = Bus::connect(url, as_ann(ann)).await.unwrap();
    assert!(bus.subscribe(&filter("mail.ann")).await.unwrap().ready().await.is_ok());
    for foreign in ["mail.bob", "mail.*", ">", "_INBOX.>"] {
        let refused = bus.subscribe(&filter(foreign)).await.unwrap().ready().await;
        assert_eq!(refused, Err(BusError::Forbidden { filter: filter(foreign) }));
    }
    let stranger = KeyPair::generate().unwrap();
    assert_eq!(Bus::connect(url, as_ann(&stranger)).await.unwrap_err(), BusError::Unauthorized);
    assert_eq!(Bus::connect(url, ConnectOptions::default()).await.unwrap_err(), BusError::Unauthorized);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_reads_its_own_mail_only_until_it_is_revoked() {
    let ann = KeyPair::generate().unwrap();
    let list = Arc::new(AccessList::default());
    let identity = Identity { name: "ann".into(), permissions: may_hear_mail_of_ann() };
    list.allow(Proof::Nkey(ann.public()), identity);
    let (url, broker) = broker(Settings { admission: list.clone(), ..Settings::default() }).await;
    ann_may_and_may_not(&url, &ann).await;

    let bus = Bus::connect(&url, as_ann(&ann)).await.unwrap();
    assert!(list.revoke(Proof::Nkey(ann.public())));
    assert!(broker.disconnect("ann") >= 1);
    let cut = Instant::now();
    while broker.disconnect("ann") > 0 {
        assert!(cut.elapsed() < SOON, "her connections are cut");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(bus);
    assert_eq!(Bus::connect(&url, as_ann(&ann)).await.unwrap_err(), BusError::Unauthorized);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_nats_server_takes_our_keys_and_refuses_alike() {
    let ann = KeyPair::generate().unwrap();
    let config = format!(
        r#"authorization {{ users = [ {{ nkey: {}, permissions: {{
            publish: ["cmd.ann", "_INBOX.ann.>"], subscribe: ["mail.ann", "_INBOX.ann.>"] }} }} ] }}"#,
        ann.public()
    );
    let Some(server) = RealServer::start(&config) else { return };
    ann_may_and_may_not(&server.url(), &ann).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_and_passwords_open_the_door() {
    let list = AccessList::default();
    let anyone = Identity { name: "x".into(), permissions: Permissions::default() };
    list.allow(Proof::Token("t0k"), anyone.clone());
    list.allow(Proof::Password { user: "u", password: "p" }, anyone);
    let (url, _) = broker(Settings { admission: Arc::new(list), ..Settings::default() }).await;
    let password = |password: &str| Credentials::Password { user: "u".into(), password: password.into() };
    for (credentials, opens) in [
        (Credentials::Token("t0k".into()), true),
        (password("p"), true),
        (Credentials::Token("p".into()), false),
        (password("t0k"), false),
    ] {
        let options = ConnectOptions { credentials, ..ConnectOptions::default() };
        assert_eq!(Bus::connect(&url, options).await.is_ok(), opens);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_smaller_limit_of_the_server_is_kept_by_the_client() {
    let limits = Limits { payload_bytes_max: 100, ..Limits::default() };
    let (url, _) = broker(Settings { limits, ..Settings::default() }).await;
    let bus = connect(&url).await;
    let outcome = bus.publish(Envelope::new(subject("a"), vec![0; 101])).await;
    assert_eq!(outcome, Err(BusError::TooLarge { bytes: 101, bytes_max: 100 }));
}
