//! What was is told the same whatever became of the index, over the bus and from the folder.

use crate::client::{Client, ECONOMY, config, node, node_with, pay};
use oikos::node::Config;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::wire::event::{Numbered, WireEvent};
use oikos_protocol::wire::operator::{OperatorAnswer, OperatorAsk};
use oikos_protocol::wire::query::{Found, Moment, WireQuery};
use oikos_protocol::wire::receipt::WireOutcome;
use oikos_protocol::wire::text::Nanos;
use serde_json::{Value, json};
use std::path::Path;

fn ledger(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("oikos"));
    command.arg("ledger").arg(arguments[0]).arg(folder).args(&arguments[1..]).arg("--json");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn seen(who: &Client, seq: u64) -> Vec<Found> {
    let mut seen = Vec::new();
    for at in [None, Some(Moment::Seq(seq)), Some(Moment::Seq(1)), Some(Moment::Time(Nanos(u64::MAX)))] {
        seen.push(who.query(WireQuery::Statement { limit: Some(100), at }).await);
        seen.push(who.query(WireQuery::Balance { at }).await);
    }
    seen.push(who.query(WireQuery::Tasks { phase: None, capability: None, mine: true, limit: None }).await);
    seen.push(who.query(WireQuery::Task { task: oikos_protocol::id::TaskId(0) }).await);
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_past_is_told_the_same_with_the_index_removed_and_with_the_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let running = node_with(Config { snapshot_entries: 30, ..config(folder.path()) }).await;
    let mut mara = Client::mara(running.url()).await;
    let bob = Client::join(running.url(), "bob", 21, &["text.shout/v1"]).await;
    let first = mara.send(vec![pay(bob.id, "1.25")]).await.seq;
    for cents in 1..=40 {
        mara.send(vec![pay(bob.id, &format!("0.{cents:02}"))]).await;
    }
    let post = json!({"asset": "OIK", "budget": "0.10", "input": mara.put("1").await, "requires": ["text.shout/v1"]});
    let task = mara.json(json!({"post_task": post})).await.task.unwrap();
    mara.json(json!({"cancel_task": {"task": task}})).await;

    let Found::Balance(rows) = bob.query(WireQuery::Balance { at: Some(Moment::Seq(first)) }).await else { panic!() };
    assert_eq!(rows[0].available.0, "1.25");
    let Found::Balance(rows) = bob.query(WireQuery::Balance { at: Some(Moment::Seq(first - 1)) }).await else {
        panic!()
    };
    assert_eq!(rows[0].available.0, "0.00");
    let newest = WireQuery::Statement { limit: Some(3), at: Some(Moment::Seq(first + 4)) };
    let Found::Statement(rows) = bob.query(newest).await else { panic!() };
    assert_eq!(rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [first + 4, first + 3, first + 2]);

    // The operator asks for a snapshot: the node goes on, and the snapshot is of at least what was done.
    let operator = Client::operator(running.url()).await;
    let subject = format!("oikos.{ECONOMY}.operator");
    let ask = serde_json::to_vec(&OperatorAsk::Snapshot {}).unwrap();
    let signed = crate::client::sign(&operator.key, &subject, "snapshot", operator.expires_ns, ask);
    let answer: OperatorAnswer = crate::client::request(&operator.bus, signed).await;
    assert!(matches!(answer, OperatorAnswer::Snapshot { seq } if seq > first + 40), "{answer:?}");

    let (of_mara, of_bob) = (seen(&mara, first).await, seen(&bob, first).await);
    running.stop().await.unwrap();

    let balance = ledger(folder.path(), &["balance", "bob/OIK", "--at", &first.to_string()]);
    assert_eq!(balance["balances"][0]["available"], "1.25");
    assert_eq!(balance["balances"][0]["name"], "bob/OIK");
    let statement = ledger(folder.path(), &["statement", "mara", "--last", "2"]);
    let statement_rows = statement["statement"].as_array().unwrap();
    assert_eq!(statement_rows.len(), 2);
    assert_eq!(statement_rows[1]["other"], "budgets/OIK");

    std::fs::remove_dir_all(folder.path().join("history")).unwrap();
    assert_eq!(ledger(folder.path(), &["balance", "bob/OIK", "--at", &first.to_string()]), balance);
    assert_eq!(ledger(folder.path(), &["statement", "mara", "--last", "2"]), statement);

    std::fs::remove_dir_all(folder.path().join("history")).unwrap();
    let running = node(folder.path()).await;
    assert!(running.replayed() > first, "the index was there");
    let mara = Client::mara(running.url()).await;
    let bob = Client::known(running.url(), bob.key, "bob").await;
    assert_eq!(seen(&mara, first).await, of_mara);
    assert_eq!(seen(&bob, first).await, of_bob);
    running.stop().await.unwrap();
    let running = node(folder.path()).await;
    assert!(
        running.replayed() <= 1,
        "{} entries were applied, though index and snapshot are whole",
        running.replayed()
    );
    assert_eq!(Client::known(running.url(), bob.key, "bob").await.id, ParticipantId(2));
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_set_apart_in_streams_orders_and_tasks_is_told_of_then_as_it_was_of_now() {
    let folder = tempfile::tempdir().unwrap();
    let running = node(folder.path()).await;
    let mut operator = Client::operator(running.url()).await;
    let mut mara = Client::mara(running.url()).await;
    let mut bob = Client::join(running.url(), "bob", 21, &["text.shout/v1"]).await;
    mara.send(vec![pay(bob.id, "20.00")]).await;
    let steward = json!({"mutual_credit": {"steward": 0, "credit_max": "50.00"}});
    operator.json(json!({"define_asset": {"code": "TIME", "scale": 2, "regime": steward}})).await;
    let mut told = Vec::new();
    for step in [
        json!({"open_stream": {"to": bob.id, "asset": "OIK", "rate": {"amount": "0.10", "per": "1h"}, "hold": "3.00"}}),
        json!({"post_task": {"asset": "OIK", "budget": "0.50", "input": mara.put("1").await, "requires": ["text.shout/v1"]}}),
        json!({"open_desk": {"base": "TIME", "quote": "OIK", "lot": "1.00", "tick": "0.01"}}),
        json!({"set_credit": {"asset": "TIME", "member": bob.id, "credit": "9.00"}}),
        json!({"place_order": {"desk": 0, "side": "buy", "quantity": 2, "kind": {"limit": {"price": "1.25"}}}}),
        json!({"place_order": {"desk": 0, "side": "sell", "quantity": 3, "kind": {"limit": {"price": "1.25"}}}}),
        json!({"set_credit": {"asset": "TIME", "member": bob.id, "credit": "12.00"}}),
        json!({"cancel_order": {"desk": 0, "order": 1}}),
        json!({"stop_stream": {"stream": 0}}),
    ] {
        let by = match step.as_object().unwrap().keys().next().unwrap().as_str() {
            "open_desk" | "set_credit" => &mut operator,
            "place_order" if step["place_order"]["side"] == "sell" => &mut bob,
            "cancel_order" => &mut bob,
            _ => &mut mara,
        };
        let receipt = by.send(vec![serde_json::from_value(step.clone()).unwrap()]).await;
        assert!(matches!(receipt.outcomes[0], WireOutcome::Accepted(_)), "{step}: {:?}", receipt.outcomes);
        let now = WireQuery::Balance { at: None };
        told.push((receipt.seq, mara.query(now.clone()).await, bob.query(now).await));
    }
    for (seq, of_mara, of_bob) in &told {
        let then = WireQuery::Balance { at: Some(Moment::Seq(*seq)) };
        assert_eq!((&mara.query(then.clone()).await, &bob.query(then).await), (of_mara, of_bob), "after entry {seq}");
    }
    let Found::Balance(rows) = &told[4].1 else { panic!() };
    assert_eq!((rows[0].streaming.0.as_str(), rows[0].held.0.as_str()), ("3.00", "3.00"), "a budget and an order");
    let Found::Balance(rows) = &told[6].2 else { panic!() };
    assert_eq!((rows[1].credit.0.as_str(), rows[1].held.0.as_str()), ("12.00", "1.00"));
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_split_and_an_exchange_moved_is_told_with_its_parties_and_amounts() {
    let folder = tempfile::tempdir().unwrap();
    let running = node(folder.path()).await;
    let mut operator = Client::operator(running.url()).await;
    let mut mara = Client::mara(running.url()).await;
    let mut bob = Client::join(running.url(), "bob", 21, &["text.shout/v1"]).await;
    let steward = json!({"mutual_credit": {"steward": 0, "credit_max": "50.00"}});
    operator.json(json!({"define_asset": {"code": "TIME", "scale": 2, "regime": steward}})).await;
    operator.json(json!({"set_credit": {"asset": "TIME", "member": bob.id, "credit": "9.00"}})).await;
    let tiers = json!([{"part": {"up_to": "2.00"}, "to": [{"to": bob.id}]}, {"to": [{"to": bob.id}, {"to": 0}]}]);
    mara.json(json!({"split": {"asset": "OIK", "amount": "5.00", "tiers": tiers}})).await;
    let give = json!({"asset": "OIK", "amount": "1.25"});
    let get = json!({"asset": "TIME", "amount": "4.00"});
    let expires = bob.expires_ns.to_string();
    mara.json(json!({"offer_exchange": {"give": give, "get": get, "expires": expires}})).await;
    bob.json(json!({"take_exchange": {"exchange": 0}})).await;

    let statement = WireQuery::Statement { limit: Some(100), at: None };
    let Found::Statement(rows) = bob.query(statement).await else { panic!() };
    let told = rows.iter().filter_map(|row| match &row.event {
        WireEvent::Transfer(moved) => Some((moved.from, moved.to, moved.amount.0.clone(), moved.asset.to_string())),
        _ => None,
    });
    let row = |from, to, amount: &str, asset: &str| (Some(from), Some(to), amount.to_owned(), asset.to_owned());
    let expected = [
        row(mara.id, bob.id, "1.25", "OIK"),
        row(bob.id, mara.id, "4.00", "TIME"),
        row(mara.id, bob.id, "1.50", "OIK"),
        row(mara.id, bob.id, "2.00", "OIK"),
    ];
    let mut told: Vec<_> = told.collect();
    told[..2].sort(); // Both legs are of one moment.
    assert_eq!(told, expected);
    running.stop().await.unwrap();
}

/// All pages of what somebody may see, each with so many rows.
async fn pages(who: &Client, limit: u32) -> Vec<Numbered> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let Found::Events(page) = who.query(WireQuery::Events { after, limit: Some(limit) }).await else { panic!() };
        assert!(page.events.len() <= limit as usize);
        all.extend(page.events);
        match page.next {
            Some(next) => after = Some(next),
            None => return all,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_pages_of_events_tell_what_a_large_one_tells_and_a_poster_sees_its_escrow_paid_out() {
    let folder = tempfile::tempdir().unwrap();
    let running = node(folder.path()).await;
    let mut mara = Client::mara(running.url()).await;
    let mut bob = Client::join(running.url(), "bob", 21, &["text.shout/v1"]).await;
    let eve = Client::join(running.url(), "eve", 22, &["text.shout/v1"]).await;
    let input = mara.put("1").await;
    let windows =
        json!({"bid": "200ms", "accept": "1h", "approve": "1h", "grace": "0", "review": "24h", "retention": "0"});
    let post =
        json!({"asset": "OIK", "budget": "0.10", "input": input, "requires": ["text.shout/v1"], "windows": windows});
    let task = mara.json(json!({"post_task": post})).await.task.unwrap();
    bob.json(json!({"place_bid": {"task": task, "price": "0.07", "nonce": "0".repeat(32)}})).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    bob.json(json!({"accept_award": {"task": task}})).await;
    bob.json(json!({"submit_deliverable": {"task": task, "milestone": 0, "deliverable": input}})).await;
    mara.json(json!({"accept_deliverable": {"task": task, "milestone": 0}})).await;
    for who in [&mara, &bob, &eve] {
        let whole = pages(who, 1_000).await;
        assert!(whole.len() > 10 && whole.is_sorted_by_key(|event| (event.seq, event.index)), "{whole:?}");
        for limit in [1, 3] {
            assert_eq!(pages(who, limit).await, whole);
        }
    }
    let money = |all: Vec<Numbered>| all.iter().filter(|event| matches!(event.event, WireEvent::Money(_))).count();
    let [of_mara, of_bob, of_eve] =
        [money(pages(&mara, 100).await), money(pages(&bob, 100).await), money(pages(&eve, 100).await)];
    // Issued to her, budget, award, paid out, returned: all of it. Bob hears of his pay, and eve of nothing.
    assert!(of_mara > of_bob && of_bob > of_eve && of_eve == 0, "{of_mara} {of_bob} {of_eve}");
    assert!(of_mara >= 5, "{of_mara}");
    running.stop().await.unwrap();
}
