//! An outage is nobody's fault: economy time stands still.

use crate::client::{Client, ahead, config, node_with};
use oikos_protocol::event::task::Phase;
use oikos_protocol::wire::query::{Found, WireQuery};
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_of_an_hour_makes_nobody_default_and_an_hour_of_running_does() {
    let folder = tempfile::tempdir().unwrap();
    let node = node_with(config(folder.path())).await;
    let mut mara = Client::mara(node.url()).await;
    let mut bob = Client::join(node.url(), "bob", 21, &["text.shout/v1"]).await;
    let input = mara.put("1").await;
    let task = mara
        .json(json!({"post_task": {"asset": "OIK", "budget": "0.10", "input": input, "requires": ["text.shout/v1"],
            "milestones": [{"share": 1_000_000, "deliver": "10m"}],
            "windows": {"bid": "500ms", "accept": "10m", "approve": "1h", "grace": "0", "review": "24h",
                "retention": "0"}}}))
        .await
        .task
        .unwrap();
    let nonce = "00000000000000000000000000000000";
    bob.json(json!({"place_bid": {"task": task, "price": "0.02", "nonce": nonce}})).await;
    wait_for(&mara, task, Phase::AwardOffered).await;
    bob.json(json!({"accept_award": {"task": task}})).await;
    wait_for(&mara, task, Phase::Active).await;
    let t = crate::client::info(&mara.bus).await.t.0;
    node.stop().await.unwrap();

    let hour = Duration::from_secs(3_600);
    let node = node_with(oikos::node::Config { machine: ahead(hour), ..config(folder.path()) }).await;
    let mara = Client::mara(node.url()).await;
    let told = crate::client::info(&mara.bus).await;
    assert!(told.t.0 - t < 600_000_000_000, "economy time ran while nobody sequenced");
    assert_eq!(phase(&mara, task).await, Phase::Active);

    // The same hour with the node up: the deadline counts.
    let operator = Client::operator(node.url()).await;
    let subject = "oikos.kitchen.operator";
    let body = br#"{"clock":{"forward":"1h"}}"#.to_vec();
    let moved: serde_json::Value = crate::client::request(
        &operator.bus,
        crate::client::sign(&operator.key, subject, "c", operator.expires_ns, body),
    )
    .await;
    assert!(moved.get("clock").is_some(), "{moved}");
    wait_for(&mara, task, Phase::Defaulted).await;
    node.stop().await.unwrap();
}

async fn phase(client: &Client, task: oikos_protocol::id::TaskId) -> Phase {
    match client.query(WireQuery::Task { task }).await {
        Found::Task(Some(story)) => story.row.phase,
        other => panic!("{other:?}"),
    }
}

async fn wait_for(client: &Client, task: oikos_protocol::id::TaskId, wanted: Phase) {
    for _ in 0..400 {
        if phase(client, task).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the task never came to {wanted}: it is {}", phase(client, task).await);
}
