//! `kill -9` and power cuts under load: every acknowledged command is in the book, none is done twice, and clients go on
//! by themselves with the same ids.

use crate::client::{Client, ECONOMY, connect, first_keys, issue, pay, request};
use crate::restart::replayed_digest;
use oikos_bus::Envelope;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::wire::receipt::{Answered, WireOutcome};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

fn long(short: usize, long: usize) -> usize {
    if std::env::var_os("OIKOS_LONG").is_some() { long } else { short }
}

/// `oikos up` in a process of its own, and the address it says.
fn up(folder: &Path, port: u16) -> (Child, String) {
    let (operator, mara) = first_keys();
    let home = folder.join("home");
    for (name, key) in [("operator", &operator), ("mara", &mara)] {
        let home = oikos::home::Home::find(Some(&home));
        home.replace_key(ECONOMY, name, key).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_oikos"))
        .args(["up", "--dev", "--json", "--snapshot-every", "500", "--port", &port.to_string()])
        .arg("--data")
        .arg(folder.join("data"))
        .arg("--home")
        .arg(&home)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
    (child, said["url"].as_str().unwrap().to_owned())
}

/// Pays a cent again and again, each payment until it is acknowledged; says how many were.
async fn pay_on(mut client: Client, stop: Arc<AtomicBool>, acknowledged: Arc<AtomicU64>) -> (Client, u64) {
    let mut mine = 0;
    while !stop.load(Relaxed) {
        let body = client.bundle(vec![pay(ParticipantId::OPERATOR, "0.01")]);
        // The same bytes, the same id, until there is an answer.
        loop {
            match client.bus.request(client.envelope(body.clone()), Duration::from_millis(400)).await {
                Ok(answer) => match serde_json::from_slice(&answer.body).unwrap() {
                    Answered::Receipt(receipt) => {
                        let WireOutcome::Accepted(reply) = &receipt.outcomes[0] else { panic!("{receipt:?}") };
                        assert_eq!(reply.transfers, ["created"]);
                        break;
                    }
                    Answered::Refused { .. } => tokio::time::sleep(Duration::from_millis(20)).await,
                },
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        mine += 1;
        acknowledged.fetch_add(1, Relaxed);
    }
    (client, mine)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_again_and_again_loses_nothing_it_acknowledged_and_does_nothing_twice() {
    let (kills, clients) = (long(20, 100), long(8, 64));
    let folder = tempfile::tempdir().unwrap();
    let (mut child, url) = up(folder.path(), 0);
    let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();
    let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut operator = Client::operator(&url).await;
    let mut payers = Vec::new();
    for number in 0..clients {
        let payer = Client::join(&url, &format!("payer-{number}"), 100 + number as u8, &[]).await;
        operator.done(issue(payer.id, "10000.00")).await;
        payers.push(tokio::spawn(pay_on(payer, Arc::clone(&stop), Arc::clone(&acknowledged))));
    }
    let mut before = 0;
    for kill in 0..kills {
        // Each life gets some work done before it ends.
        for _ in 0..2_000 {
            if acknowledged.load(Relaxed) >= before + clients as u64 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(acknowledged.load(Relaxed) > before, "no work was done in life {kill}");
        tokio::time::sleep(Duration::from_millis(kill as u64 * 7 % 40)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        before = acknowledged.load(Relaxed);
        (child, _) = up(folder.path(), port);
    }
    stop.store(true, Relaxed);
    let mut all = 0;
    for payer in payers {
        let (payer, mine) = payer.await.unwrap();
        let left = 1_000_000 - mine;
        assert_eq!(payer.available().await, format!("{}.{:02}", left / 100, left % 100), "{mine} payments");
        all += mine;
    }
    let received = format!("{}.{:02}", all / 100, all % 100);
    assert_eq!(operator.available().await, received);
    let digest = operator.digest().await;
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    assert_eq!(replayed_digest(&folder.path().join("data")).0, digest);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged() {
    use oikos_journal::storage::{Forgetful, Loss};
    let cuts = long(10, 100);
    for seed in 0..cuts as u64 {
        let folder = tempfile::tempdir().unwrap();
        let disk = Arc::new(Forgetful::new());
        let config = oikos::node::Config {
            storage: Some(Arc::clone(&disk) as _),
            snapshot_entries: 40,
            segment_bytes: 1 << 18,
            ..crate::client::config(folder.path())
        };
        let node = crate::client::node_with(config.clone()).await;
        let mut mara = Client::mara(node.url()).await;
        disk.cut_at(disk.trace().len() + 3 + (seed as usize * 7) % 60);
        let (mut paid, mut last) = (0u64, None);
        for _ in 0..60 {
            let body = mara.bundle(vec![pay(ParticipantId::OPERATOR, "0.01"), pay(ParticipantId::OPERATOR, "0.01")]);
            let answer = mara.bus.request(mara.envelope(body.clone()), Duration::from_millis(300)).await;
            last = Some(body);
            match answer.ok().and_then(|answer| serde_json::from_slice(&answer.body).ok()) {
                Some(Answered::Receipt(_)) => paid += 2,
                _ => break,
            }
        }
        // The node may have stopped by itself: its disk is gone.
        drop(tokio::time::timeout(Duration::from_secs(5), node.stop()).await);
        let loss = [Loss::Torn, Loss::All, Loss::Reordered][seed as usize % 3];
        let survived = Arc::new(disk.after_power_cut(loss, seed));
        let node = crate::client::node_with(oikos::node::Config { storage: Some(survived as _), ..config }).await;
        let (_, key) = first_keys();
        let expires_ns = mara.expires_ns;
        let mut mara = Client::known(node.url(), key, "mara").await;
        mara.expires_ns = expires_ns;
        // The last one has no answer yet: sent again, it is done once.
        let envelope: Envelope = mara.envelope(last.unwrap());
        let bus = connect(node.url(), &mara.key).await;
        let Answered::Receipt(_) = request(&bus, envelope).await else { panic!("refused after the cut") };
        let left = |paid: u64| format!("{}.{:02}", (10_000 - paid) / 100, (10_000 - paid) % 100);
        let now = mara.available().await;
        assert!(now == left(paid) || now == left(paid + 2), "cut {seed}: {now} after {paid} acknowledged");
        node.stop().await.unwrap();
    }
}
