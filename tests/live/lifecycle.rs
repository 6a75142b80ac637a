//! A task's whole life over the wire, its events, and who sees what.

use crate::client::{Client, node};
use oikos_protocol::wire::event::{Numbered, WireEvent, WireTaskEvent};
use oikos_protocol::wire::mailbox::{MailboxAnswer, MailboxAsk};
use oikos_protocol::wire::query::{Decision, Found, Silence, WireQuery};
use serde_json::json;
use std::time::Duration;

const ZEROS: &str = "00000000000000000000000000000000";

async fn next(subscription: &mut oikos_bus::Subscription) -> Numbered {
    let message = tokio::time::timeout(Duration::from_secs(20), subscription.next()).await.unwrap().unwrap();
    serde_json::from_slice(&message.body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_is_posted_bid_for_delivered_accepted_and_paid_and_nobody_sees_a_sealed_price_early() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path()).await;
    let mut mara = Client::mara(node.url()).await;
    let mut bob = Client::join(node.url(), "bob", 21, &["text.shout/v1"]).await;
    let eve = Client::join(node.url(), "eve", 22, &[]).await;
    let mut heard = eve.listen("oikos.kitchen.evt.>").await;
    let mut calls = bob.listen("oikos.kitchen.cap.text%2Eshout/v1").await;
    let input = mara.put("\"hello\"").await;
    let posted = mara
        .json(json!({"post_task": {"asset": "OIK", "budget": "0.10", "input": input, "requires": ["text.shout/v1"],
            "windows": {"bid": "1s", "accept": "1m", "approve": "1h", "grace": "0", "review": "24h", "retention": "0"}}}))
        .await;
    let task = posted.task.unwrap();
    assert_eq!(mara.available().await, "99.90");
    let call = next(&mut calls).await;
    assert!(matches!(call.event, WireEvent::Task(WireTaskEvent::Opened { task: opened, .. }) if opened == task));
    bob.json(json!({"place_bid": {"task": task, "price": "0.02", "nonce": ZEROS}})).await;
    let mut early = Vec::new();
    loop {
        let event = next(&mut heard).await;
        match &event.event {
            WireEvent::Task(WireTaskEvent::BidsClosed { .. }) => break,
            _ => early.push(serde_json::to_string(&event).unwrap()),
        }
    }
    assert!(early.iter().any(|text| text.contains("bid_placed")), "{early:?}");
    assert!(early.iter().all(|text| !text.contains("0.02")), "a sealed price was told: {early:?}");
    loop {
        if let WireEvent::Task(WireTaskEvent::AwardOffered { bidder, price, .. }) = next(&mut heard).await.event {
            assert_eq!((bidder, price.0.as_str()), (bob.id, "0.02"));
            break;
        }
    }
    bob.json(json!({"accept_award": {"task": task}})).await;
    let deliverable = bob.put("\"HELLO\"").await;
    bob.json(json!({"submit_deliverable": {"task": task, "milestone": 0, "deliverable": deliverable}})).await;
    let Found::Inbox(inbox) = mara.query(WireQuery::Inbox {}).await else { panic!() };
    assert_eq!(inbox.len(), 1);
    assert_eq!((inbox[0].decision, inbox[0].if_silent), (Decision::Review, Silence::Accepted));
    mara.json(json!({"accept_deliverable": {"task": task, "milestone": 0}})).await;
    assert_eq!((mara.available().await, bob.available().await), ("99.98".to_owned(), "0.02".to_owned()));

    let Found::Explain(Some(why)) = eve.query(WireQuery::Explain { task }).await else { panic!() };
    assert_eq!((why.bids.len(), why.awards.len(), why.mechanism.as_str()), (1, 1, "first-price"));
    let Found::Task(Some(story)) = mara.query(WireQuery::Task { task }).await else { panic!() };
    assert_eq!(story.deliverable, Some(deliverable));

    // What was for bob alone waited in his mailbox, and is gone once acknowledged.
    let MailboxAnswer::Mail { events, left } = bob.ask("mailbox", &MailboxAsk::Read { limit: 100 }).await else {
        panic!()
    };
    assert!(left == 0 && events.iter().any(|event| matches!(event.event, WireEvent::Money(_))), "{events:?}");
    let last = events.last().unwrap();
    let acknowledge = MailboxAsk::Acknowledge { seq: last.seq, index: last.index };
    assert_eq!(bob.ask::<MailboxAnswer>("mailbox", &acknowledge).await, MailboxAnswer::Acknowledged { left: 0 });
    node.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lot_is_drawn_from_the_beacon_that_the_node_reveals() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path()).await;
    let mut mara = Client::mara(node.url()).await;
    let mut bob = Client::join(node.url(), "bob", 21, &["text.shout/v1"]).await;
    let mut carol = Client::join(node.url(), "carol", 22, &["text.shout/v1"]).await;
    let mut heard = mara.listen("oikos.kitchen.evt.>").await;
    let input = mara.put("1").await;
    let task = mara
        .json(json!({"post_task": {"asset": "OIK", "budget": "0.10", "input": input, "requires": ["text.shout/v1"],
            "mechanism": "lottery",
            "windows": {"bid": "1s", "accept": "1m", "approve": "1h", "grace": "0", "review": "24h", "retention": "0"}}}))
        .await
        .task
        .unwrap();
    for bidder in [&mut bob, &mut carol] {
        bidder.json(json!({"place_bid": {"task": task, "price": "0.02", "nonce": ZEROS}})).await;
    }
    let mut revealed = false;
    loop {
        match next(&mut heard).await.event {
            WireEvent::Beacon { waiting, .. } => revealed = waiting == 1,
            WireEvent::Task(WireTaskEvent::AwardOffered { bidder, .. }) => {
                assert!(revealed && [bob.id, carol.id].contains(&bidder));
                break;
            }
            WireEvent::Task(WireTaskEvent::NoAward { .. }) => panic!("nobody got it"),
            _ => {}
        }
    }
    node.stop().await.unwrap();
}
