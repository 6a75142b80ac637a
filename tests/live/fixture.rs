//! Journals of older versions, kept under `tests/fixtures/`: they replay to the digest that was recorded then.
//!
//! Each was made once, by the version that wrote it, and never again after:
//! `OIKOS_FIXTURE=FOLDER cargo test --test live fixture -- --ignored` leaves the folder of a stopped node there, with
//! payments, a refused payment, and a task that was paid. The secrets are the tests' own.

use crate::client::{Client, config, node_with, pay};
use crate::restart::replayed_digest;
use oikos::node::Config;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::wire::query::{Found, WireQuery};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "writes a fixture; run by hand when a format changes"]
async fn a_node_leaves_a_journal_to_be_kept() {
    let folder = std::env::var_os("OIKOS_FIXTURE").expect("OIKOS_FIXTURE names the folder to write");
    let folder = Path::new(&folder);
    let node = node_with(Config { segment_bytes: 64 << 10, snapshot_entries: 50, ..config(folder) }).await;
    let mut mara = Client::mara(node.url()).await;
    let mut bob = Client::join(node.url(), "bob", 21, &["text.shout/v1"]).await;
    for cents in 1..=90 {
        mara.send(vec![pay(bob.id, &format!("0.{cents:02}")), pay(ParticipantId::OPERATOR, "0.01")]).await;
    }
    mara.send(vec![pay(bob.id, "1000000.00")]).await;
    let input = mara.put("\"hello\"").await;
    let windows =
        json!({"bid": "1s", "accept": "1m", "approve": "1h", "grace": "0", "review": "24h", "retention": "0"});
    let post = json!({"asset": "OIK", "budget": "0.10", "input": input, "requires": ["text.shout/v1"],
        "windows": windows});
    let task = mara.json(json!({"post_task": post})).await.task.unwrap();
    let nonce = "00000000000000000000000000000000";
    bob.json(json!({"place_bid": {"task": task, "price": "0.02", "nonce": nonce}})).await;
    while !awarded(&bob, task).await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bob.json(json!({"accept_award": {"task": task}})).await;
    let deliverable = bob.put("\"HELLO\"").await;
    bob.json(json!({"submit_deliverable": {"task": task, "milestone": 0, "deliverable": deliverable}})).await;
    mara.json(json!({"accept_deliverable": {"task": task, "milestone": 0}})).await;
    let digest = mara.digest().await;
    node.stop().await.unwrap();
    std::fs::write(folder.join("digest"), format!("{digest}\n")).unwrap();
}

/// The folder that a version left.
pub fn kept(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(version)
}

/// A copy of a kept folder, which a test may change.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { drop(std::fs::copy(entry.path(), target)) }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_journal_of_each_older_version_replays_to_its_digest_and_goes_on() {
    for version in ["v1"] {
        let kept = kept(version);
        let digest = std::fs::read_to_string(kept.join("digest")).unwrap();
        assert_eq!(format!("{}\n", replayed_digest(&kept).0), digest, "{version}");
        let folder = tempfile::tempdir().unwrap();
        copy(&kept, folder.path());
        let running = node_with(config(folder.path())).await;
        let mut mara = Client::mara(running.url()).await;
        assert_eq!(format!("{}\n", mara.digest().await), digest, "{version}");
        let receipt = mara.send(vec![pay(ParticipantId::OPERATOR, "0.01")]).await;
        assert_eq!(receipt.hashes.len(), 1);
        let digest = mara.digest().await;
        running.stop().await.unwrap();
        assert_eq!(replayed_digest(folder.path()).0, digest, "{version}");
    }
}

async fn awarded(bob: &Client, task: oikos_protocol::id::TaskId) -> bool {
    let Found::Explain(Some(why)) = bob.query(WireQuery::Explain { task }).await else { return false };
    !why.awards.is_empty()
}
