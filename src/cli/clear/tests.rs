//! What a user sees: the examples of the repository, and what is said to input that is not in order.

use super::*;
use serde_json::{Value, json};
use std::path::Path;

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    args: ClearArgs,
}

fn clear(words: &[&str]) -> (Result<Verdict, ClearFailure>, String, String) {
    let line = <Line as clap::Parser>::parse_from(["clear"].iter().chain(words));
    let (mut out, mut talk) = (Vec::new(), Vec::new());
    let verdict = run(&line.args, &mut out, &mut talk);
    (verdict, String::from_utf8(out).unwrap(), String::from_utf8(talk).unwrap())
}

/// The object printed for a file of `examples/clear`.
fn example(words: &[&str], name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/clear").join(name);
    let mut all = words.to_vec();
    all.insert(1, path.to_str().unwrap());
    let (verdict, out, _) = clear(&all);
    assert_eq!(verdict.unwrap(), Verdict::Done);
    serde_json::from_str(&out).unwrap()
}

/// Clears a text as a file; the code and the message of the refusal.
fn refusal(mechanism: &str, text: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bids.json");
    std::fs::write(&path, text).unwrap();
    let failure = clear(&[mechanism, path.to_str().unwrap()]).0.unwrap_err();
    let message = failure.to_string();
    (failure.code(), message.rsplit_once("bids.json: ").map_or(message.clone(), |(_, rest)| rest.to_owned()))
}

/// Winners as (bid, price).
fn winners(answer: &Value) -> Vec<(&str, &str)> {
    let rows = answer["winners"].as_array().unwrap().iter();
    rows.map(|row| (row["bid"].as_str().unwrap(), row["price"].as_str().unwrap())).collect()
}

#[test]
fn the_lowest_quote_is_paid_the_second_lowest_and_the_answer_says_why() {
    let answer = example(&["second-price"], "two-quotes.json");
    assert_eq!(winners(&answer), [("b1", "4.00")]);
    assert_eq!((&answer["objective"], &answer["optimal"]), (&json!("3.00"), &json!(true)));
    assert_eq!(answer["explanation"][2], "bid b2 sets the price at 4.00");
}

#[test]
fn each_example_gives_the_answer_of_the_literature() {
    assert_eq!(winners(&example(&["vcg"], "two-apples.json")), [("A", "4.00"), ("B", "1.00")]);
    let pair = example(&["combinatorial"], "pair-and-singles.json");
    assert_eq!(winners(&pair), [("left", "0.00"), ("right", "0.00")]);
    assert_eq!(winners(&example(&["scoring-second"], "scored-quotes.json")), [("frugal", "1.20")]);
    let crossing = example(&["mcafee"], "crossing.json");
    assert_eq!(winners(&crossing).len(), 6);
    assert!(winners(&crossing).iter().all(|&(_, price)| price == "4.50"));
    assert_eq!(winners(&example(&["assignment"], "jobs.json")), [("Ann wall", "0.00"), ("Bob roof", "1.00")]);
    assert_eq!(example(&["drf"], "drf.json"), json!({"tasks": [3, 2]}));
    let maker = json!({"cost": "28.092980", "price": "0.622459", "worst_loss": "69.314718"});
    assert_eq!(example(&["lmsr"], "lmsr.json"), maker);
    assert_eq!(example(&["eigentrust"], "eigentrust.json"), json!({"trust": ["0.475624", "0.310345", "0.214031"]}));
}

#[test]
fn what_if_compares_payments_welfare_and_regret() {
    let answer = example(&["second-price", "--whatif", "first-price"], "two-quotes.json");
    let rows = answer["compared"].as_array().unwrap();
    assert_eq!((&rows[0]["total"], &rows[1]["total"]), (&json!("4.00"), &json!("3.00")));
    assert_eq!((&rows[1]["welfare"], &rows[1]["regret"]), (&json!("2.00"), &json!("0.00")));
    let all = example(&["second-price", "--whatif"], "two-quotes.json");
    let names: Vec<_> = all["compared"].as_array().unwrap().iter().map(|row| row["mechanism"].clone()).collect();
    assert!(names.contains(&json!("dutch")) && !names.contains(&json!("mcafee")), "{names:?}");
}

#[test]
fn a_feed_prints_its_trades_at_the_price_that_rested_and_tells_what_was_refused() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/clear/feed.csv");
    let (verdict, out, talk) = clear(&["book", path.to_str().unwrap()]);
    assert_eq!(verdict.unwrap(), Verdict::Done);
    assert_eq!(out, "taker_order,maker_order,price,quantity\n4,2,100,5\n4,3,100,5\n4,1,101.50,2\n5,1,101.50,2\n");
    assert_eq!(talk, "line 8: cancel `9` is refused: no order of this name rests\n");
    let answer = example(&["book", "--json"], "feed.csv");
    assert_eq!((&answer["messages"], &answer["refused"]), (&json!(7), &json!(1)));
}

#[test]
fn a_tie_without_a_seed_asks_for_one_and_the_seed_decides_whatever_the_order() {
    let bids = r#"{"id":"a","bidder":"A","price":"3"},{"id":"b","bidder":"B","price":"3"}"#;
    let (code, _) = refusal("first-price", &format!(r#"{{"side":"buy","bids":[{bids}]}}"#));
    assert_eq!(code, "clear.lots_needed");
    let folder = tempfile::tempdir().unwrap();
    let turned = r#"{"id":"b","bidder":"B","price":"3"},{"id":"a","bidder":"A","price":"3"}"#;
    let mut won = Vec::new();
    for (name, bids) in [("one.json", bids), ("two.json", turned)] {
        let path = folder.path().join(name);
        std::fs::write(&path, format!(r#"{{"seed":"abcd","side":"buy","bids":[{bids}]}}"#)).unwrap();
        let (_, out, _) = clear(&["first-price", path.to_str().unwrap()]);
        won.push(serde_json::from_str::<Value>(&out).unwrap()["winners"].clone());
    }
    assert_eq!(won[0], won[1]);
}

#[test]
fn a_mistake_in_a_file_is_named_with_its_field() {
    let bid = |fields: &str| format!(r#"{{"side":"buy","bids":[{{"id":"a","bidder":"A",{fields}}}]}}"#);
    for (text, code, message) in [
        ("", "clear.malformed", "EOF while parsing a value at line 1 column 0"),
        ("[]", "clear.malformed", "invalid length 0"),
        (r#"{"bids":[],"prize":1}"#, "clear.malformed", "unknown field `prize`"),
        (&bid(r#""price":3"#), "clear.malformed", "invalid type: integer `3`, expected a string"),
        (&bid(r#""price":"-3""#), "clear.malformed", "bids[0].price: `-3` is negative"),
        (&bid(r#""price":"NaN""#), "clear.malformed", "bids[0].price: `NaN` is not a decimal number"),
        (&bid(r#""price":"1","quantity":0"#), "clear.quantity", "the quantity of bid 0 is 0"),
        (&bid(r#""price":"99999999999999999999999999999999""#), "clear.price_too_large", "the price of bid 0"),
        (&bid(r#""price":"1","bundle":["x","x"]"#), "clear.malformed", "bids[0].bundle: a good is named twice"),
        (&bid(r#""price":"1","nonce":"xyz""#), "clear.malformed", "bids[0].nonce: expected 32 hexadecimal digits"),
        (r#"{"seed":"zz","bids":[]}"#, "clear.malformed", "seed: expected 1 to 128 hexadecimal digits"),
        (r#"{"k":"1.5","bids":[]}"#, "clear.malformed", "k: `1.5` is not a share from 0 to 1"),
        (r#"{"choice":"x","bids":[]}"#, "clear.malformed", "choice: no bid is called `x`"),
        (r#"{"scale":19,"bids":[]}"#, "clear.malformed", "scale: expected 0 to 18 decimals"),
    ] {
        let (found, said) = refusal("second-price", text);
        assert_eq!(found, code, "{text}: {said}");
        assert!(said.starts_with(message), "{text}: {said}");
    }
    let twice = r#"{"bids":[{"id":"a","bidder":"A","price":"1"},{"id":"a","bidder":"B","price":"1"}]}"#;
    assert_eq!(refusal("second-price", twice).1, "bids[1].id: `a` is there twice");
    let second = r#"{"bids":[{"id":"a","bidder":"A","price":"1"},{"id":"b","bidder":"A","price":"1"}]}"#;
    assert_eq!(refusal("second-price", second).0, "clear.second_bid");
    let rated = r#"{"scoring":{"speed":{"worth":"1"}},"bids":[{"id":"a","bidder":"A","price":"1"}]}"#;
    assert_eq!(refusal("scoring-first", rated).1, "bids[0].attributes.speed: is missing");
}

#[test]
fn a_command_line_that_does_not_fit_together_is_a_usage_error() {
    for words in [
        &["third-price", "x.json"][..],
        &["second-price"],
        &["vcg", "--cats", "x"],
        &["vcg", "--or-library", "x"],
        &["properties"],
        &["properties", "third-price"],
    ] {
        let failure = clear(words).0.unwrap_err();
        assert_eq!((failure.exit(), failure.code().as_str()), (2, "clear.usage"), "{words:?}");
    }
    let missing = clear(&["second-price", "/nowhere/x.json"]).0.unwrap_err();
    assert_eq!((missing.exit(), missing.code().as_str()), (1, "clear.unreadable"));
}

#[test]
fn properties_of_a_mechanism_are_checked_on_demand() {
    let (verdict, out, _) = clear(&["properties", "second-price", "--json", "--draws", "10"]);
    assert_eq!(verdict.unwrap(), Verdict::Done);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["as_claimed"], json!(true));
    let truthful = answer["findings"].as_array().unwrap().iter().find(|row| row["property"] == "truthful").unwrap();
    assert_eq!((&truthful["claim"], &truthful["claimed"]), (&json!("holds"), &json!(true)));
    let (_, out, _) = clear(&["properties", "first-price", "--draws", "10"]);
    assert!(out.lines().any(|line| line.contains("truthful") && line.contains("instead of")), "{out}");
}

#[test]
fn published_instances_are_read_and_solved() {
    let shared = std::env::var_os("OIKOS_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), std::path::PathBuf::from);
    let data = shared.join("data");
    if !data.is_dir() {
        assert!(std::env::var("CI").is_err() || !shared.exists(), "CI has the shared data");
        println!("skipped: {} is not there", data.display());
        return;
    }
    let cats = data.join("cats-wdp/scheduling_g20_b60_s11.txt");
    let (verdict, out, _) = clear(&["combinatorial", "--cats", cats.to_str().unwrap(), "--pricing", "bids"]);
    assert_eq!(verdict.unwrap(), Verdict::Done);
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&answer["objective"], &answer["optimal"]), (&json!("2683"), &json!(true)));
    let gap = data.join("or-library-gap/gap1.txt");
    let (_, out, _) = clear(&["assignment", "--or-library", gap.to_str().unwrap()]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    let optima: Vec<_> = answer["problems"].as_array().unwrap().iter().map(|row| row["objective"].clone()).collect();
    assert_eq!(optima, ["336", "327", "339", "341", "326"]);
    let (_, out, _) = clear(&["assignment", "--or-library", gap.to_str().unwrap(), "--problem", "2"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["objective"], "327");
}
