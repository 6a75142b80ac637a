//! A hostile wire: each attempt has a refusal with a name, and changes nothing.

use crate::client::{Client, connect, node, pay, request, sign};
use oikos_bus::identity::nkey::KeyPair;
use oikos_bus::subject::{Filter, Subject};
use oikos_bus::{BusError, Envelope};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::wire::receipt::{Answered, Refusal, RefusalCode, WireOutcome};
use std::time::Duration;

async fn refusal(client: &Client, envelope: Envelope) -> Refusal {
    match request(&client.bus, envelope).await {
        Answered::Refused { refused } => refused,
        Answered::Receipt(receipt) => panic!("it was taken: {receipt:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_unsigned_altered_stale_future_dated_foreign_or_from_a_wrong_key_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path()).await;
    let mut mara = Client::mara(node.url()).await;
    let bob = Client::join(node.url(), "bob", 21, &[]).await;
    let digest = mara.digest().await;
    let seq = crate::client::info(&mara.bus).await.seq;
    let body = mara.bundle(vec![pay(bob.id, "1.00")]);
    let (subject, now_ns) = (mara.subject("cmd"), crate::client::info(&mara.bus).await.now.0);
    let hour = 3_600_000_000_000;
    let good = || sign(&mara.key, &subject, "m", now_ns + hour, body.clone());

    let unsigned = Envelope::new(Subject::new(&subject).unwrap(), body.clone());
    assert_eq!(refusal(&mara, unsigned).await.code, RefusalCode::Unsigned);
    let mut altered = good();
    altered.body = String::from_utf8(body.clone()).unwrap().replace("1.00", "9.00").into();
    assert_eq!(refusal(&mara, altered).await.code, RefusalCode::BadSignature);
    let stale = sign(&mara.key, &subject, "m", now_ns - 1, body.clone());
    let refused = refusal(&mara, stale).await;
    assert!(refused.code == RefusalCode::Expired && refused.now.is_some());
    let future = sign(&mara.key, &subject, "m", now_ns + 25 * hour, body.clone());
    assert_eq!(refusal(&mara, future).await.code, RefusalCode::TooFarAhead);
    // Signed by a key that is somebody's, but not mara's; and by one that is nobody's.
    let foreign = sign(&bob.key, &subject, "m", now_ns + hour, body.clone());
    assert_eq!(refusal(&mara, foreign).await.code, RefusalCode::Unauthorised);
    let nobody = sign(&KeyPair::from_secret([99; 32]), &subject, "m", now_ns + hour, body.clone());
    assert_eq!(refusal(&mara, nobody).await.code, RefusalCode::Unauthorised);
    // Mara's signature, carried over to bob's subject by bob.
    let mut carried = good();
    carried.subject = Subject::new(&bob.subject("cmd")).unwrap();
    assert_eq!(refusal(&bob, carried).await.code, RefusalCode::Unauthorised);
    // The expiry stands under the signature as well.
    let mut prolonged = sign(&mara.key, &subject, "m", now_ns + hour, body.clone());
    prolonged.headers = sign(&mara.key, &subject, "m", now_ns + 2 * hour, b"other".to_vec()).headers;
    assert_eq!(refusal(&mara, prolonged).await.code, RefusalCode::BadSignature);

    let book = (mara.digest().await, crate::client::info(&mara.bus).await.seq);
    assert_eq!(book, (digest, seq), "a refusal left a trace");

    // The good one, replayed: one payment, one outcome, however often it comes.
    for _ in 0..3 {
        let Answered::Receipt(receipt) = request(&mara.bus, good()).await else { panic!() };
        assert!(matches!(receipt.outcomes[..], [WireOutcome::Accepted(_)]));
    }
    assert_eq!(bob.available().await, "1.00");
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_the_wrong_form_is_refused_with_the_path_of_the_field() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path()).await;
    let mut mara = Client::mara(node.url()).await;
    let id = "0123456789abcdef0123456789abcdef";
    let with = |command: &str| format!(r#"{{"requests":[{{"id":"{id}","command":{command}}}]}}"#);
    let amount = |text: &str| with(&format!(r#"{{"pay":[{{"to":0,"asset":"OIK","amount":{text}}}]}}"#));
    let at = "requests[0].command.pay[0].amount";
    for (text, code, field) in [
        (amount("\"0.001\""), RefusalCode::BadAmount, at),
        (amount("\"-1.00\""), RefusalCode::BadAmount, at),
        (amount("\"NaN\""), RefusalCode::BadAmount, at),
        (amount("\"1e3\""), RefusalCode::BadAmount, at),
        (amount("\"99999999999999999999999999999999999999999\""), RefusalCode::BadAmount, at),
        (amount("0.1"), RefusalCode::Malformed, at),
        (
            with(r#"{"pay":[{"to":0,"asset":"EUR","amount":"1"}]}"#),
            RefusalCode::UnknownAsset,
            "requests[0].command.pay[0].asset",
        ),
        (
            with(r#"{"cancel_task":{"task":0,"extra":1}}"#),
            RefusalCode::Malformed,
            "requests[0].command.cancel_task.extra",
        ),
        (with(r#"{"cancel_task":{}}"#), RefusalCode::Malformed, "requests[0].command.cancel_task"),
        (with(r#"{"no_such_command":{}}"#), RefusalCode::Malformed, "requests[0].command"),
        (
            with(r#"{"place_bid":{"task":7,"price":"1","nonce":"00000000000000000000000000000000"}}"#),
            RefusalCode::UnknownTask,
            "requests[0].command.place_bid.task",
        ),
        (with(r#"{"place_bid":{"task":7,"price":"1"}}"#), RefusalCode::Malformed, "requests[0].command.place_bid"),
        (r#"{"requests":[]}"#.to_owned(), RefusalCode::Malformed, "requests"),
        (r#"{"requests":[],"more":1}"#.to_owned(), RefusalCode::Malformed, "more"),
        ("{".to_owned(), RefusalCode::Malformed, ""),
        (String::new(), RefusalCode::Malformed, ""),
    ] {
        let refused = mara.refused(&text).await;
        assert_eq!((refused.code, refused.field.as_str()), (code, field), "{text}: {}", refused.message);
    }
    let many = (0..257).map(|_| pay(ParticipantId(0), "0.01")).collect();
    let body = String::from_utf8(mara.bundle(many)).unwrap();
    assert_eq!(mara.refused(&body).await.code, RefusalCode::TooLarge);
    let deep = "[".repeat(100_000);
    assert_eq!(mara.refused(&deep).await.code, RefusalCode::Malformed);
    assert_eq!(mara.available().await, "100.00");
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_publishes_on_anothers_subject_or_reads_anothers_mail_or_slips_a_wildcard_in() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path()).await;
    let mut mara = Client::mara(node.url()).await;
    let bob = Client::join(node.url(), "bob", 21, &[]).await;
    for filter in ["oikos.kitchen.mail.mara", "oikos.kitchen.mail.*", "oikos.>", ">", "oikos.kitchen.cmd.*", "_INBOX.>"]
    {
        let subscription = bob.bus.subscribe(&Filter::new(filter).unwrap()).await.unwrap();
        assert!(matches!(subscription.ready().await, Err(BusError::Forbidden { .. })), "{filter}");
    }
    // Mara's own signed message, published by bob on mara's subject: the bus does not carry it.
    let body = mara.bundle(vec![pay(bob.id, "5.00")]);
    let stolen = mara.envelope(body);
    let carried = bob.bus.request(stolen, Duration::from_millis(300)).await;
    assert!(carried.is_err(), "{carried:?}");
    let forged = Envelope::new(Subject::new("oikos.kitchen.evt.task.0").unwrap(), b"{}".to_vec());
    let mut heard = mara.listen("oikos.kitchen.evt.>").await;
    bob.bus.publish(forged).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(300), heard.next()).await.is_err());
    for subject in ["oikos.kitchen.cmd.*", "oikos.kitchen.cmd.>", "oikos.kitchen.cmd.mara.x y", "oikos..cmd"] {
        assert!(Subject::new(subject).is_err(), "{subject}");
    }
    assert_eq!(mara.available().await, "100.00");
    // A stranger's key comes in as a guest: it hears nothing.
    let guest = connect(node.url(), &KeyPair::from_secret([98; 32])).await;
    let subscription = guest.subscribe(&Filter::new("oikos.kitchen.evt.>").unwrap()).await.unwrap();
    assert!(matches!(subscription.ready().await, Err(BusError::Forbidden { .. })));
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_economy_lets_nobody_in_but_by_its_operator_and_the_clock_moves_in_development_only() {
    let folder = tempfile::tempdir().unwrap();
    let closed = oikos::node::Config { dev: false, join_open: false, ..crate::client::config(folder.path()) };
    let node = crate::client::node_with(closed).await;
    let key = KeyPair::from_secret([31; 32]);
    let guest = connect(node.url(), &key).await;
    let joined = crate::client::join_as(&guest, &key, "carol", &[]).await;
    assert!(matches!(joined, oikos_protocol::wire::join::Joined::Refused(why) if why.code == RefusalCode::NotAllowed));
    let operator = Client::operator(node.url()).await;
    let body = format!(r#"{{"name":"carol","kind":"human","key":"{}"}}"#, key.public()).into_bytes();
    let signed = sign(&operator.key, "oikos.kitchen.join", "j", operator.expires_ns, body);
    let joined: oikos_protocol::wire::join::Joined = request(&operator.bus, signed).await;
    assert!(matches!(joined, oikos_protocol::wire::join::Joined::Welcome(_)), "{joined:?}");
    assert_eq!(Client::known(node.url(), key, "carol").await.available().await, "0.00");
    let body = br#"{"clock":{"forward":"1h"}}"#.to_vec();
    let signed = sign(&operator.key, "oikos.kitchen.operator", "c", operator.expires_ns, body);
    let answer: oikos_protocol::wire::operator::OperatorAnswer = request(&operator.bus, signed).await;
    assert!(
        matches!(answer, oikos_protocol::wire::operator::OperatorAnswer::Refused(why) if why.code == RefusalCode::NotAllowed)
    );
    node.stop().await.unwrap();
}
