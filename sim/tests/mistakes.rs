//! Every mistake in a scenario is answered with its place, what was expected, and the way out.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use oikos_sim::scenario::{Overrides, Scenario, ScenarioError, read};
use std::path::PathBuf;

const TOWN: &str = r#"name = "town"
award = "optimal"
[[participants]]
name = "Ann"
money = "10.00"
[[participants]]
name = "Bob"
sells = { bread = "2.50" }
[[tasks]]
poster = "Ann"
items = { bread = "3.00" }
"#;

fn read_text(text: impl AsRef<[u8]>, sets: &[&str]) -> Result<Scenario, ScenarioError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.toml");
    std::fs::write(&path, text).unwrap();
    let sets = sets.iter().map(|set| (*set).to_owned()).collect();
    read(&path, &Overrides { sets, seed: None }).map_err(|mut error| {
        // The folder has another name each time.
        error.location = error.location.replace(&format!("{}/", folder.path().display()), "");
        error
    })
}

/// What is told of a mistake, with its hint.
fn told(text: impl AsRef<[u8]>, sets: &[&str]) -> String {
    let error = read_text(text, sets).expect_err("a mistake was not noticed");
    let hint = error.hint.as_ref().map_or(String::new(), |hint| format!("\nhint: {hint}"));
    format!("{error}{hint}")
}

fn changed(from: &str, to: &str) -> String {
    assert!(TOWN.contains(from), "`{from}` is not in the scenario");
    told(TOWN.replacen(from, to, 1), &[])
}

#[test]
fn a_scenario_without_mistakes_is_read_with_its_defaults() {
    let town = read_text(TOWN, &[]).unwrap();
    assert_eq!((town.seed, town.snapshot_every, town.tasks[0].budget.0), (1, None, 600));
    assert_eq!(
        town.participants.iter().map(|p| (p.name.as_str(), p.money.0)).collect::<Vec<_>>(),
        [("Ann", 1_000), ("Bob", 0)]
    );
}

#[test]
fn an_unknown_field_is_named_with_its_place_and_what_may_be_meant() {
    assert_eq!(
        changed("award = ", "awrad = "),
        "the field `award` is missing\n  --> town.toml:2, award\n   |\n 2 | awrad = \"optimal\"\n   | ^^^^^\nhint: did you mean `award`?"
    );
    assert_eq!(
        changed("money = ", "mony = "),
        "unknown field `mony`; known are `name`, `kind`, `principal`, `money`, `sells`, `amenities`, `hours`\n  \
         --> town.toml:5, participants[0].mony\n   |\n 5 | mony = \"10.00\"\n   | ^^^^\nhint: did you mean `money`?"
    );
    assert!(changed("award", "seeds = 1\naward").ends_with("hint: did you mean `seed`?"));
}

#[test]
fn a_name_that_stands_for_nobody_is_answered_with_the_nearest() {
    assert_eq!(
        changed("poster = \"Ann\"", "poster = \"Anna\""),
        "there is no participant `Anna`\n  --> town.toml:10, tasks[0].poster\n    |\n 10 | poster = \"Anna\"\n    |          ^^^^^^\nhint: did you mean `Ann`?"
    );
    assert!(changed("money = \"10.00\"", "principal = \"Bobb\"").ends_with("hint: did you mean `Bob`?"));
    assert!(
        changed("\"Bob\"", "\"Ann\"").starts_with("two participants are named `Ann`; the first is participants[0]")
    );
    let twice = format!("{TOWN}name = \"t\"\n[[tasks]]\nname = \"t\"\nposter = \"Ann\"\nitems = {{ bread = 1 }}\n");
    assert!(
        told(twice, &[])
            .starts_with("two tasks are named `t`; the first is tasks[0]\n  --> town.toml:14, tasks[1].name")
    );
}

#[test]
fn money_that_is_none_is_answered_by_kind() {
    assert_eq!(
        changed("\"10.00\"", "12.345"),
        "`12.345` has 3 decimals, the asset has 2\n  --> town.toml:5, participants[0].money\n   |\n 5 | money = 12.345\n   |         ^^^^^^"
    );
    for (bad, what) in [
        ("-1", "`-1` is negative; an amount is zero or more"),
        ("nan", "`nan` is not a decimal number"),
        ("inf", "`inf` is not a decimal number"),
        ("1e3", "`1e3` is not a decimal number"),
        ("\"ten\"", "`ten` is not a decimal number"),
        ("\"NaN\"", "`NaN` is not a decimal number"),
        ("true", "expected an amount of money such as `12.34`, found a truth value"),
        ("0x10", "expected an amount of money such as `12.34`, found a number that is not decimal"),
        ("[1]", "expected an amount of money such as `12.34`, found a list"),
        ("9999999999999999999999999999999", "all money together is more than an asset can have"),
        ("\"99999999999999999999999999999999999999999999\"", "`9999999999999999999999999999999999999999` is more"),
    ] {
        let told = changed("\"10.00\"", bad);
        assert!(told.starts_with(what) && told.contains("town.toml:5, participants[0].money"), "{bad}: {told}");
    }
}

#[test]
fn numbers_spans_and_shares_keep_to_their_bounds() {
    for (line, what) in [
        ("seed = -1", "expected a whole number from 0 to 9007199254740991, found the number `-1`"),
        ("seed = 9007199254740992", "expected a whole number from 0 to"),
        ("checkpoint_every = 0", "expected a whole number from 1 to"),
        ("fee = 1.5", "expected a share from 0 to 1 with at most 6 decimals"),
        ("fee = 0.0000001", "expected a share from 0 to 1 with at most 6 decimals"),
        ("metrics_every = \"0s\"", "`metrics_every` must be at least 1ns"),
        ("metrics_every = \"1 week\"", "expected a span of time such as `90s`, `36h` or `7d`, found the text `1 week`"),
        ("windows = { bid = \"40000d\" }", "`40000d` is longer than a century"),
        ("windows = { accept = \"0\" }", "`accept` must be at least 2s"),
        ("windows = { end = \"1d\" }", "tasks end after 1d, but their steps may take"),
        ("asset = { code = \"oik\" }", "an asset's code has 1 to 8 capital letters or digits"),
        ("asset = { scale = 19 }", "expected a whole number from 0 to 18"),
        ("arrival = \"reverse\"", "`reverse` is not one of `shuffled`, `file`, `reversed`"),
        ("journal = \"command\"", "`command` is not one of `commands`"),
        ("participants = 3", "not valid TOML"),
    ] {
        let told = changed("award = \"optimal\"", &format!("award = \"optimal\"\n{line}"));
        assert!(told.starts_with(what), "{line}: {told}");
        assert!(told.contains("town.toml:3") || line.starts_with("participants"), "{line}: {told}");
    }
    assert!(changed("\"town\"", "\"my town\"").contains("hint: such as `my-town`"));
    assert!(changed("\"town\"", "\"../../etc\"").contains("a folder is named after it"));
}

#[test]
fn people_have_a_working_day_to_review_and_machines_no_hours() {
    let human = TOWN.replacen("money = \"10.00\"", "kind = \"human\"\nmoney = 10", 1);
    assert!(read_text(&human, &[]).is_ok());
    let told_short = told(&human, &["windows.review=7h"]);
    assert!(
        told_short.contains("must be at least 8h of working time") && told_short.contains("--set windows.review=7h"),
        "{told_short}"
    );
    let hours = "hours = { days = [\"mon\"], from = \"09:00\", to = \"17:00\" }";
    assert!(changed("money = \"10.00\"", hours).starts_with("only a human has working hours"));
    for (bad, what) in [
        ("days = [], from = \"09:00\", to = \"17:00\"", "a week has at least one working day"),
        ("days = [\"mo\"], from = \"09:00\", to = \"17:00\"", "`mo` is not one of `mon`"),
        ("days = [\"mon\"], from = \"9:00\", to = \"17:00\"", "`9:00` is not a time of day"),
        ("days = [\"mon\"], from = \"09:00\", to = \"24:01\"", "`24:01` is not a time of day"),
        ("days = [\"mon\"], from = \"09:00\", to = \"09:00\"", "a working day ends after it begins"),
        (
            "days = [\"mon\"], from = \"09:00\", to = \"17:00\", utc_offset_minutes = 900",
            "`900` is not a number of minutes",
        ),
    ] {
        let text = human.replacen("money = 10", &format!("money = 10\nhours = {{ {bad} }}"), 1);
        assert!(told(&text, &[]).starts_with(what), "{bad}: {}", told(&text, &[]));
    }
}

#[test]
fn principals_are_known_and_have_none_themselves() {
    let with = |ann: &str, bob: &str| {
        TOWN.replacen("money = \"10.00\"", ann, 1).replacen("sells = {", &format!("{bob}\nsells = {{"), 1)
    };
    assert!(told(with("principal = \"Ann\"", ""), &[]).starts_with("a participant is its own principal"));
    assert!(
        told(with("principal = \"Bob\"", "principal = \"Ann\""), &[]).contains("chains of principals are not possible")
    );
    assert!(
        told(with("kind = \"organisation\"\nprincipal = \"Bob\"", ""), &[])
            .starts_with("an organisation acts for itself")
    );
}

#[test]
fn a_set_is_typed_like_the_file_and_its_mistakes_name_the_argument() {
    assert_eq!(read_text(TOWN, &["award=any", "participants.Bob.sells.bread=2.75", "seed=7"]).unwrap().seed, 7);
    assert_eq!(
        told(TOWN, &["seed=7", "award=best"]),
        "`best` is not one of `optimal`, `cheapest`, `any`, `any_amenities`\n  --> --set award=best"
    );
    assert_eq!(told(TOWN, &["awrd=any"]).lines().last(), Some("hint: did you mean `award`?"));
    assert!(told(TOWN, &["participants.Bob.sells.bread=2.755"]).starts_with("`2.755` has 3 decimals"));
    assert!(told(TOWN, &["participants.Rob.money=1"]).ends_with("hint: did you mean `Bob`?"));
    assert!(told(TOWN, &["windows=3"]).starts_with("expected a table, found the number `3`"));
    assert!(told(TOWN, &["seed"]).contains("is not of the form `key=value`"));
}

#[test]
fn a_file_that_is_no_scenario_at_all_is_named() {
    assert!(told("name = ", &[]).starts_with("not valid TOML"));
    assert!(told("", &[]).starts_with("the field `name` is missing\n  --> town.toml:1, name"));
    assert!(told(b"name = \"\xff\"", &[]).starts_with("the file is not UTF-8 from here on\n  --> town.toml:1"));
    let missing = read(&PathBuf::from("no/such.toml"), &Overrides::default()).unwrap_err();
    assert!(missing.what.starts_with("cannot read the scenario") && missing.location == "no/such.toml");
    let deep = format!("name = {}1{}", "[".repeat(500), "]".repeat(500));
    assert!(told(deep, &[]).starts_with("not valid TOML"));
}

#[test]
fn nothing_that_a_hostile_file_says_steers_the_terminal() {
    for hostile in [
        "\"\\u001b[2J\" = 1\n",
        "award = \"\\u001b]0;owned\\u0007\"\n",
        "seed = \"\\u202e1\"\n",
        "asset = { code = \"\\u0000\" }\n",
    ] {
        let text = if hostile.starts_with("award") {
            TOWN.replacen("award = \"optimal\"\n", hostile, 1)
        } else {
            format!("{hostile}{TOWN}")
        };
        let told = told(text, &[]);
        assert!(told.chars().all(|c| c == '\n' || !c.is_control()), "{told:?}");
    }
    let name = TOWN.replacen("\"Bob\"", "\"B\\u001bob\"", 1);
    assert!(told(name, &[]).contains("a name has none"));
    let long = TOWN.replacen("\"Bob\"", &format!("\"{}\"", "x".repeat(10_000)), 1);
    assert!(told(long, &[]).len() < 1_000, "a long line is clipped");
}

#[test]
fn the_order_of_a_file_decides_nothing() {
    let street = std::fs::read_to_string("../examples/market-street.toml").unwrap();
    let parts: Vec<&str> = street.split("\n[[").collect();
    let (head, entries) = parts.split_first().unwrap();
    let mut turned: Vec<&str> = entries.to_vec();
    turned.reverse();
    let turned = format!("{head}\n[[{}", turned.join("\n[["));
    let strip = |mut scenario: Scenario| {
        scenario.participants.iter_mut().for_each(|participant| participant.declared = 0);
        scenario
    };
    assert_eq!(strip(read_text(&street, &[]).unwrap()), strip(read_text(turned, &[]).unwrap()));
}
