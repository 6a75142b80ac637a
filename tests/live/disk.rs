//! A disk that is full, and one that breaks.

use crate::client::{Client, config, node_with, pay, request};
use crate::restart::replayed_digest;
use oikos::node::Config;
use oikos_journal::storage::{Failing, Failure};
use oikos_journal::{FileStorage, Memory};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::wire::receipt::{Answered, RefusalCode};
use std::sync::Arc;
use std::time::Duration;

/// A payment, and whether it was refused for want of space.
async fn tried(mara: &mut Client) -> bool {
    let body = mara.bundle(vec![pay(ParticipantId::OPERATOR, "0.01"); 20]);
    match request::<Answered>(&mara.bus, mara.envelope(body)).await {
        Answered::Receipt(_) => false,
        Answered::Refused { refused } => {
            assert_eq!(refused.code, RefusalCode::NoSpace, "{refused:?}");
            true
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_writes_answers_questions_and_takes_writes_again_when_there_is_space() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Failing::from(FileStorage::create_in(folder.path().join("journal")).unwrap(), Failure::Full, u64::MAX);
    let storage: Arc<dyn oikos_journal::Storage> = Arc::new(disk.clone());
    let config = Config { storage: Some(storage), segment_bytes: 64 << 10, ..config(folder.path()) };
    let running = node_with(config).await;
    let mut mara = Client::mara(running.url()).await;
    assert!(!tried(&mut mara).await);
    disk.fail();
    let mut sent = 20;
    while !tried(&mut mara).await {
        sent += 20;
        assert!(sent < 20_000, "the disk never was full");
    }
    let paid = mara.available().await;
    assert_eq!(paid, format!("{}.{:02}", (10_000 - sent) / 100, (10_000 - sent) % 100), "reads go on");
    assert!(tried(&mut mara).await);
    disk.heal();
    let begun = std::time::Instant::now();
    while tried(&mut mara).await {
        assert!(begun.elapsed() < Duration::from_secs(20), "space came back and nobody looked");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    sent += 20;
    assert_eq!(mara.available().await, format!("{}.{:02}", (10_000 - sent) / 100, (10_000 - sent) % 100));
    let digest = mara.digest().await;
    running.stop().await.unwrap();
    assert_eq!(replayed_digest(folder.path()).0, digest, "nothing was lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_or_a_sync_that_fails_stops_the_node_and_is_never_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Failing::from(Memory::new(), Failure::Device, u64::MAX);
    let config = Config { storage: Some(Arc::new(disk.clone())), ..config(folder.path()) };
    let mut running = node_with(config).await;
    let mut mara = Client::mara(running.url()).await;
    assert!(!tried(&mut mara).await);
    disk.fail();
    let body = mara.bundle(vec![pay(ParticipantId::OPERATOR, "0.01")]);
    let envelope = mara.envelope(body);
    let (bus, asked) = (mara.bus.clone(), tokio::time::timeout(Duration::from_secs(20), running.ended()));
    let answered = tokio::spawn(async move { bus.request(envelope, Duration::from_secs(2)).await.is_ok() });
    let ended = asked.await.expect("the node goes on with a broken disk").unwrap_err();
    assert!(ended.contains("journal failed"), "{ended}");
    let calls = disk.calls();
    assert!(!answered.await.unwrap(), "an answer without a disk behind it");
    assert_eq!(disk.calls(), calls, "it was tried again");
}
