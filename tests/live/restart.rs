//! What a restart keeps: everything.

use crate::client::{Client, config, join_as, node, node_with, pay};
use oikos::node::content::ContentStore;
use oikos::node::directory::SharedDirectory;
use oikos::node::lock::LockError;
use oikos::node::replay::Replay;
use oikos::node::start::FirstKeys;
use oikos::node::{StartError, start};
use oikos_bus::identity::nkey::KeyPair;
use oikos_journal::{Boundary, FileStorage, Reader, Storage};
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::id::Hash32;
use oikos_protocol::wire::join::{KeyScope, KeysAnswer, KeysAsk};
use oikos_protocol::wire::receipt::{Answered, RefusalCode};
use std::path::Path;
use std::sync::Arc;

/// The digest of a replay of the whole journal, without any snapshot, and how many entries it has.
pub fn replayed_digest(folder: &Path) -> (Hash32, u64) {
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::existing(folder.join("journal")).unwrap());
    let mut reader = Reader::open(Arc::clone(&storage)).unwrap();
    let mut end = 0;
    while let Ok(Some(record)) = reader.next_record() {
        end = record.sequence;
    }
    let content = Arc::new(ContentStore::open(&folder.join("content")).unwrap());
    let boundary = Boundary { sequence: end, ..Boundary::default() };
    let directory = SharedDirectory::default();
    let replay = Replay { storage: &storage, end: boundary, directory: &directory, names: &content };
    let replayed = replay.whole().unwrap().unwrap();
    replayed.core.economy().audit().unwrap();
    (replayed.core.digest(), replayed.core.seq())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_keeps_everything_and_a_replay_of_the_journal_gives_the_same_state() {
    let folder = tempfile::tempdir().unwrap();
    let running = node(folder.path()).await;
    let mut mara = Client::mara(running.url()).await;
    let bob = Client::join(running.url(), "bob", 21, &["text.shout/v1"]).await;
    let body = mara.bundle(vec![pay(bob.id, "1.25"), pay(bob.id, "0.75")]);
    let first: Answered = crate::client::request(&mara.bus, mara.envelope(body.clone())).await;
    let digest = mara.digest().await;
    running.stop().await.unwrap();
    assert_eq!(replayed_digest(folder.path()).0, digest);

    let running = node(folder.path()).await;
    assert!(running.replayed() <= 1, "the snapshot was not used");
    let bob = Client::known(running.url(), bob.key, "bob").await;
    assert_eq!(bob.available().await, "2.00");
    // The same bundle again: the same outcomes, and nothing is paid twice.
    let mut mara_again = Client::mara(running.url()).await;
    mara_again.expires_ns = mara.expires_ns;
    let again: Answered = crate::client::request(&mara_again.bus, mara_again.envelope(body)).await;
    let (Answered::Receipt(first), Answered::Receipt(again)) = (first, again) else { panic!() };
    assert_eq!(first.outcomes, again.outcomes);
    assert_eq!(bob.available().await, "2.00");
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn periodic_checkpoints_agree_with_a_replay_and_carry_the_signed_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let config = oikos::node::Config { snapshot_entries: 20, ..config(folder.path()) };
    let running = node_with(config).await;
    let mut mara = Client::mara(running.url()).await;
    for _ in 0..10 {
        let commands = (0..8).map(|_| pay(oikos_protocol::id::ParticipantId::OPERATOR, "0.01")).collect();
        mara.send(commands).await;
    }
    let digest = mara.digest().await;
    running.stop().await.unwrap();
    assert_eq!(replayed_digest(folder.path()).0, digest);
    let mut reader = Reader::open(Arc::new(FileStorage::existing(folder.path().join("journal")).unwrap())).unwrap();
    let (mut checkpoints, mut signed) = (0, 0);
    while let Some(record) = reader.next_record().unwrap() {
        let entry = Entry::decode(record.bytes).unwrap();
        checkpoints += u32::from(matches!(entry.body, Body::SignedCheckpoint(_)));
        let evidence = oikos::node::evidence::Evidence::decode(&entry.evidence);
        signed += u32::from(matches!(evidence, Some(oikos::node::evidence::Evidence::Signed { .. })));
    }
    // One when it stops, and some on the way: how many depends on how fast the follower is.
    assert!(checkpoints >= 2, "{checkpoints} checkpoints");
    assert_eq!(signed, 10, "a bundle has its evidence once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_process_on_the_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let running = node(folder.path()).await;
    let (operator, _) = crate::client::first_keys();
    let second = start(config(folder.path()), FirstKeys { operator: operator.public(), person: None }).await;
    assert!(matches!(second, Err(StartError::Lock(LockError::Taken { .. }))));
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_added_rotated_and_revoked_and_that_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let running = node(folder.path()).await;
    let mara = Client::mara(running.url()).await;
    let new = KeyPair::from_secret([77; 32]);
    let keys = mara.subject("keys");
    let change = |by: &KeyPair, ask: &KeysAsk| {
        crate::client::sign(by, &keys, "keys", mara.expires_ns, serde_json::to_vec(ask).unwrap())
    };
    let add = KeysAsk::Add { key: new.public().to_string(), scope: KeyScope::All, expires: None };
    let answer: KeysAnswer = crate::client::request(&mara.bus, change(&mara.key, &add)).await;
    assert!(matches!(answer, KeysAnswer::Keys(keys) if keys.len() == 2));
    // The new key takes the old one away, and the old one's connection is cut.
    let mut renewed = Client::known(running.url(), new.clone(), "mara").await;
    let revoke = KeysAsk::Revoke { key: mara.key.public().to_string() };
    let answer: KeysAnswer = crate::client::request(&renewed.bus, change(&new, &revoke)).await;
    assert!(matches!(answer, KeysAnswer::Keys(keys) if keys.len() == 1));
    let body = renewed.bundle(vec![pay(oikos_protocol::id::ParticipantId::OPERATOR, "0.01")]);
    let stale = crate::client::sign(&mara.key, &mara.subject("cmd"), "old", mara.expires_ns, body);
    let refused: Answered = crate::client::request(&renewed.bus, stale).await;
    assert!(matches!(refused, Answered::Refused { refused } if refused.code == RefusalCode::Unauthorised));
    let last = KeysAsk::Revoke { key: new.public().to_string() };
    let answer: KeysAnswer = crate::client::request(&renewed.bus, change(&new, &last)).await;
    assert!(matches!(answer, KeysAnswer::Refused(refused) if refused.code == RefusalCode::NotAllowed));
    running.stop().await.unwrap();

    let running = node(folder.path()).await;
    let renewed = Client::known(running.url(), new, "mara").await;
    assert_eq!(renewed.available().await, "100.00");
    let old = crate::client::connect(running.url(), &mara.key).await;
    assert!(crate::client::info(&old).await.you.is_none());
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_given_once_and_the_same_join_again_is_the_same_participant() {
    let folder = tempfile::tempdir().unwrap();
    let running = node(folder.path()).await;
    let bob = Client::join(running.url(), "bob", 21, &[]).await;
    let again = Client::join(running.url(), "bob", 21, &[]).await;
    assert_eq!(bob.id, again.id);
    let thief = KeyPair::from_secret([22; 32]);
    let guest = crate::client::connect(running.url(), &thief).await;
    for name in ["bob", "mara", "operator", "a.b", "*", ">", "", "name with spaces"] {
        let joined = join_as(&guest, &thief, name, &[]).await;
        let oikos_protocol::wire::join::Joined::Refused(refused) = joined else { panic!("{name}: {joined:?}") };
        assert_eq!(refused.code, RefusalCode::BadName, "{name}");
    }
    running.stop().await.unwrap();
}
