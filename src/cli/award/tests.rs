//! A run with three bids, written as a journal, and what becomes of a record that is not its own.

use super::*;
use oikos_journal::{FileStorage, Group, Journal, Options, Stamp};
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::bid::{BidTerms, PlaceBid, seal};
use oikos_protocol::command::participant::{ParticipantKind, Register};
use oikos_protocol::command::task::{MechanismKind, Milestone, ReviewDefault, Sealing, Selection, TaskSpec, Windows};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::entry::{Body, Entry, RULES};
use oikos_protocol::genesis::{Genesis, Limits};
use oikos_protocol::id::{AssetId, CommandId, Hash32, ParticipantId};
use oikos_protocol::money::{Amount, Scale, Share};
use oikos_protocol::time::{Span, Timestamp};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

#[derive(clap::Parser)]
struct Line {
    #[command(subcommand)]
    command: AwardCommand,
    #[arg(long, global = true)]
    json: bool,
}

fn ask(words: &[&str]) -> (Result<Verdict, AwardFailure>, String) {
    let line = <Line as clap::Parser>::parse_from(["task"].iter().chain(words));
    let mut out = Vec::new();
    let verdict = line.command.run(line.json, &mut out);
    (verdict, String::from_utf8(out).unwrap())
}

fn spec(ends_at: Timestamp) -> TaskSpec {
    let hour = Span::hours(1);
    TaskSpec {
        asset: AssetId(1),
        budget: Amount(1_000),
        input: Hash32::of(b"input"),
        requires: vec![],
        constraints: vec![],
        reputation_min: Share::NONE,
        mechanism: MechanismKind::SecondPrice,
        reserve: None,
        sealing: Sealing::Sealed,
        selection: Selection::Automatic,
        bid_deposit: Share::NONE,
        performance_bond: Share::NONE,
        damages_max: Share::NONE,
        cancel_fee: Amount::ZERO,
        approver: None,
        confirm_above: None,
        evaluator: None,
        review_default: ReviewDefault::Accept,
        milestones: vec![Milestone { share: Share::from_millionths(Share::WHOLE).unwrap(), deliver: hour }],
        windows: Windows { approve: hour, bid: hour, accept: hour, grace: hour, review: hour, retention: hour },
        ends_at,
    }
}

/// A poster (1) with 100.00, and bidders 2, 3 and 4 who ask 5.00, 3.00 and 8.00: by second price, 3 is paid 5.00.
fn run_folder(folder: &Path) {
    let operator = ParticipantId::OPERATOR;
    let agent = |number: u8| {
        let name = Hash32::of(&[number]);
        let register =
            Register { kind: ParticipantKind::Agent, principal: None, name, capabilities: vec![], calendar: None };
        (operator, Command::Register(register))
    };
    let bid = |bidder: u64, price: u128| {
        let terms = BidTerms::Priced { price: Amount(price), nonce: [bidder as u8; 16] };
        (ParticipantId(bidder), Command::PlaceBid(PlaceBid { task: TaskId(0), terms, team: vec![] }))
    };
    let (code, scale) = (AssetCode::new("COIN").unwrap(), Scale::new(2).unwrap());
    let regime = Regime::Issuer(operator);
    let poster = ParticipantId(1);
    let issue = Issue { asset: AssetId(1), to: poster, amount: Amount(10_000), reference: Hash32::ZERO };
    let mut commands = vec![(operator, Command::DefineAsset(DefineAsset { code, scale, regime }))];
    commands.extend((1..=4).map(agent));
    commands.push((operator, Command::Issue(issue)));
    commands.push((poster, Command::PostTask(Arc::new(spec(Timestamp(0).after(Span::hours(100)))))));
    commands.extend([bid(2, 500), bid(3, 300), bid(4, 800)]);
    let genesis = Genesis {
        economy: 7,
        epoch_unix_ns: 0,
        beacon_anchor: Hash32::ZERO,
        beacon_links: 0,
        beacon_window: Span::hours(1),
        limits: Limits::default(),
    };
    let storage = Arc::new(FileStorage::create_in(folder.join("journal")).unwrap());
    let (mut journal, _) = Journal::open(storage, Options::simulation([7; 16])).unwrap();
    let mut append = |time_ns: u64, body: Body| {
        let entry = Entry { now: time_ns, t: Timestamp(time_ns), body, evidence: vec![] };
        let mut group = Group::new(Stamp { time_ns, rules: RULES.into(), term: 1 });
        group.push(&entry.encode_into(vec![]).unwrap()).unwrap();
        journal.append(&mut group).unwrap();
    };
    append(1, Body::Genesis(Box::new(genesis)));
    for (number, (by, command)) in (2u64..).zip(commands) {
        let expires = Timestamp(number).after(Span::hours(1));
        append(number, Body::Request(Request { by, id: CommandId(number.into()), expires, command }));
    }
    append(Span::hours(2).0, Body::Tick);
    journal.close().unwrap();
}

/// The run, its folder as text, and its record.
fn run() -> (tempfile::TempDir, String, Value) {
    let folder = tempfile::tempdir().unwrap();
    run_folder(folder.path());
    let path = folder.path().to_str().unwrap().to_owned();
    let (verdict, out) = ask(&["record", "t0", "--run", &path]);
    assert_eq!(verdict.unwrap(), Verdict::Done);
    let record = serde_json::from_str(&out).unwrap();
    (folder, path, record)
}

/// What is said of a record in a file.
fn verify(folder: &Path, record: &Value, more: &[&str]) -> (Verdict, String) {
    let path = folder.join("record.json");
    std::fs::write(&path, record.to_string()).unwrap();
    let words = [&["verify", "0", "--json", "--record", path.to_str().unwrap()], more].concat();
    let (verdict, out) = ask(&words);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["verified"], json!(answer["code"].is_null()));
    (verdict.unwrap(), answer["code"].as_str().unwrap_or("none").to_owned())
}

#[test]
fn a_record_holds_and_a_changed_bid_seed_offer_or_rule_is_found() {
    let (folder, path, record) = run();
    assert_eq!((&record["bids"][1]["price"], &record["offers"][0]["price"]), (&json!("3.00"), &json!("5.00")));
    assert_eq!(ask(&["verify", "t0", "--run", &path]).0.unwrap(), Verdict::Done);
    let whole = (Verdict::Done, "none".to_owned());
    assert_eq!(verify(folder.path(), &record, &[]), whole);
    assert_eq!(verify(folder.path(), &record, &["--run", &path]), whole);
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 5] = [
        (|record| record["bids"][0]["price"] = json!("4.00"), "verify.bid_changed"),
        (|record| record["bids"][2]["nonce"] = json!("00".repeat(16)), "verify.bid_changed"),
        (|record| record["offers"][0]["price"] = json!("5.01"), "verify.offer"),
        (|record| record["mechanism"] = json!("first-price"), "verify.offer"),
        (|record| record["seed"] = json!("00".repeat(32)), "verify.seed"),
    ];
    for (change, code) in changes {
        let mut changed = record.clone();
        change(&mut changed);
        assert_eq!(verify(folder.path(), &changed, &[]), (Verdict::False, code.to_owned()));
    }
}

#[test]
fn a_record_that_was_sealed_anew_holds_alone_but_is_not_that_of_the_run() {
    let (folder, path, mut record) = run();
    let anew = seal(TaskId(0), ParticipantId(2), Amount(400), &[2; 16]);
    record["bids"][0]["price"] = json!("4.00");
    record["bids"][0]["seal"] = json!(anew);
    record["offers"][0]["price"] = json!("4.00");
    assert_eq!(verify(folder.path(), &record, &[]), (Verdict::Done, "none".to_owned()));
    assert_eq!(verify(folder.path(), &record, &["--run", &path]), (Verdict::False, "verify.other_record".to_owned()));
}

#[test]
fn a_bid_changed_in_the_journal_breaks_its_chain() {
    let (folder, path, _) = run();
    let journal = folder.path().join("journal");
    let segment = std::fs::read_dir(journal)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| std::fs::read(path).unwrap().windows(16).any(|window| window == [3; 16]));
    let segment = segment.unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let nonce = bytes.windows(16).position(|window| window == [3; 16]).unwrap();
    bytes[nonce] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let failure = ask(&["verify", "t0", "--run", &path]).0.unwrap_err();
    assert_eq!((failure.code(), failure.exit()), ("award.journal_damaged", 3), "{failure}");
}

#[test]
fn the_same_bids_under_another_rule_show_winner_payment_welfare_and_regret() {
    let (_folder, path, _) = run();
    let (_, out) = ask(&["whatif", "t0", "--mechanism", "first-price", "--run", &path, "--json"]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        answer,
        json!({
            "task": 0, "asset": "COIN", "mechanism": "first-price", "winner": 3, "payment": "3.00", "welfare": "7.00",
            "regret": "0.00", "recorded": {"mechanism": "second-price", "winner": 3, "payment": "5.00"},
        })
    );
    let failure = ask(&["whatif", "t0", "--mechanism", "lottery", "--run", &path]).0.unwrap_err();
    assert_eq!((failure.code(), failure.exit()), ("award.no_lot", 1));
}

#[test]
fn what_cannot_be_said_is_refused_by_name() {
    let (folder, path, record) = run();
    assert_eq!(ask(&["verify", "9", "--run", &path]).0.unwrap_err().code(), "award.no_such_task");
    assert_eq!(ask(&["record", "0", "--run", "/nowhere"]).0.unwrap_err().code(), "award.no_run");
    let file = folder.path().join("bad.json");
    for (field, value, said) in [
        ("surprise", json!(1), "surprise"),
        ("reserve", json!("-1"), "reserve: `-1` is negative"),
        ("reserve", json!("0.001"), "reserve"),
        (
            "bids",
            json!([{"bidder": 1, "seal": "00".repeat(32), "price": "1", "nonce": null, "excluded": null}]),
            "bids[0]",
        ),
        ("seed", json!("x"), "seed"),
    ] {
        let mut wrong = record.clone();
        wrong[field] = value;
        std::fs::write(&file, wrong.to_string()).unwrap();
        let failure = ask(&["verify", "0", "--record", file.to_str().unwrap()]).0.unwrap_err();
        assert_eq!((failure.code(), failure.exit()), ("award.unreadable", 1));
        assert!(failure.to_string().contains(said), "{failure}");
    }
    let mut other = record;
    other["task"] = json!(5);
    std::fs::write(&file, other.to_string()).unwrap();
    assert_eq!(ask(&["verify", "0", "--record", file.to_str().unwrap()]).0.unwrap_err().code(), "award.other_task");
    assert!(<Line as clap::Parser>::try_parse_from(["task", "verify", "7x", "--run", "."]).is_err());
    assert!(
        <Line as clap::Parser>::try_parse_from(["task", "whatif", "7", "--mechanism", "best", "--run", "."]).is_err()
    );
}
