//! The markets published with Magentic Marketplace: imported, run, and compared with their own baselines.
//!
//! Source: `baseline_utilities.json` beside the data; the means of `any` and `any_amenities` are those of all
//! equally likely awards, computed from the data. The data is read where it lies and never copied.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use oikos_sim::engine::{Plan, Unrecorded, run};
use oikos_sim::import::magentic::import;
use oikos_sim::metric::sample::Sample;
use oikos_sim::run::many::rows;
use oikos_sim::scenario::{Overrides, Scenario, read};
use std::path::{Path, PathBuf};

/// The folder of a published market; none, with a word, where it is not here.
fn market(name: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("OIKOS_SHARED").map_or_else(|| PathBuf::from("../../shared"), PathBuf::from);
    let folder = shared.join("data/magentic-marketplace").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        !(std::env::var("CI").as_deref() == Ok("true") && shared.is_dir()),
        "{} is missing while {} is there",
        folder.display(),
        shared.display()
    );
    println!("skipped: {} is not here", folder.display());
    None
}

fn scenario(folder: &Path, sets: &[&str]) -> Scenario {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), import(folder, "optimal").unwrap()).unwrap();
    let sets = sets.iter().map(|set| (*set).to_owned()).collect();
    read(file.path(), &Overrides { sets, seed: None }).unwrap()
}

#[test]
fn the_best_and_the_cheapest_awards_come_to_the_published_welfare_to_the_cent() {
    for (name, optimal, cheapest) in
        [("mexican_3_9", 6_378, 6_378), ("mexican_10_30", 18_561, 11_131), ("mexican_33_99", 76_253, 41_450)]
    {
        let Some(folder) = market(name) else { return };
        for (award, expected) in [("award=optimal", optimal), ("award=cheapest", cheapest)] {
            let scenario = scenario(&folder, &[award]);
            let row = rows(&Plan::new(&scenario).unwrap(), 1, 1, &|| {}).unwrap()[0];
            assert_eq!((row.welfare, row.conserved), (expected, true), "{name}, {award}");
        }
    }
}

#[test]
fn lots_come_to_the_published_means() {
    let Some(folder) = market("mexican_33_99") else { return };
    for (award, mean) in [("award=any", 23_265.67), ("award=any_amenities", 68_368.50)] {
        let scenario = scenario(&folder, &[award]);
        let rows = rows(&Plan::new(&scenario).unwrap(), 1, 1_000, &|| {}).unwrap();
        let welfare: Vec<i128> = rows.iter().map(|row| row.welfare).collect();
        let sample = Sample::of(&welfare).unwrap();
        let error = sample.sd.unwrap() / (sample.n as f64).sqrt();
        assert!((sample.mean - mean).abs() <= 4.0 * error, "{award}: {} ± {error}, expected {mean}", sample.mean);
        assert!(rows.iter().all(|row| row.conserved));
    }
}

/// Who won, for each of these seeds, by number.
fn winners(scenario: &Scenario, seeds: std::ops::Range<u64>) -> Vec<u32> {
    let plan = Plan::new(scenario).unwrap();
    let winner = |seed| run(&plan, seed, &mut Unrecorded, &mut |_| {}).unwrap().ends[0].winner.unwrap();
    let winner = |seed| oikos_sim::engine::plan::number(winner(seed)).unwrap();
    seeds.map(winner).collect()
}

#[test]
fn position_bias_each_of_three_equal_sellers_wins_a_third() {
    let Some(folder) = market("position_bias/contractors_control") else { return };
    for award in ["optimal", "cheapest", "any", "any_amenities"] {
        let won = winners(&scenario(&folder, &[&format!("award={award}")]), 0..3_000);
        let mut counts = [0f64; 3];
        won.iter().for_each(|&winner| counts[winner as usize] += 1.0);
        // Chi-square with two degrees of freedom: 13.82 is passed by chance once in a thousand times.
        let chi: f64 = counts.iter().map(|count| (count - 1_000.0).powi(2) / 1_000.0).sum();
        assert!(chi < 13.82, "{award}: {counts:?}, chi-square {chi}");
    }
}

#[test]
fn position_bias_neither_place_nor_rating_nor_arrival_changes_an_award() {
    let sets: &[(&str, &[&str])] = &[
        ("contractors_control", &["contractors_first", "contractors_second", "contractors_third"]),
        ("contractors_control", &["business_0001_first", "business_0001_second", "business_0001_third"]),
    ];
    for (control, others) in sets {
        let Some(folder) = market(&format!("position_bias/{control}")) else { return };
        let expected = winners(&scenario(&folder, &[]), 0..100);
        for arrival in ["arrival=file", "arrival=reversed"] {
            assert_eq!(winners(&scenario(&folder, &[arrival]), 0..100), expected, "{control}, {arrival}");
        }
        for other in *others {
            let Some(folder) = market(&format!("position_bias/{other}")) else { return };
            assert_eq!(winners(&scenario(&folder, &[]), 0..100), expected, "{other} against {control}");
        }
    }
}

/// A market of our own invention in the published form.
fn invented(business: &str, customer: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("businesses", business), ("customers", customer)] {
        std::fs::create_dir(folder.path().join(name)).unwrap();
        std::fs::write(folder.path().join(name).join("one.yaml"), text).unwrap();
    }
    folder
}

const BUSINESS: &str = "id: b1\nname: The \\ \"Inn\"\nmenu_features:\n  Stew: 4.5\n  \"Pie \\\"x\\\"\": 3\namenity_features:\n  Wifi: true\n  Pets: false\n";
const CUSTOMER: &str = "id: c1\nname: Cara\nrequest: please\nmenu_features:\n  Stew: 5.25\namenity_features:\n- Wifi\n";

#[test]
fn an_imported_market_says_the_same_each_time_and_is_a_scenario() {
    let folder = invented(BUSINESS, CUSTOMER);
    assert_eq!(import(folder.path(), "any").unwrap(), import(folder.path(), "any").unwrap());
    let scenario = scenario(folder.path(), &["name=inn"]);
    assert_eq!(scenario.tasks[0].budget.0, 1_050, "twice the reference price");
    assert_eq!(scenario.participants[0].amenities, ["Wifi"]);
    assert_eq!(scenario.participants[0].sells.keys().collect::<Vec<_>>(), ["Pie \"x\"", "Stew"]);
}

#[test]
fn a_file_that_is_not_in_order_is_named_with_its_line() {
    for (business, line, what) in [
        (BUSINESS.replacen("id: b1\n", "", 1), ":", "id"),
        (BUSINESS.replacen("4.5", "much", 1), ":4", ""),
        (BUSINESS.replacen("4.5", "-4.5", 1), ":4", "a price is a number from 0 on"),
        (BUSINESS.replacen("4.5", ".nan", 1), ":4", "a price is a number from 0 on"),
        (BUSINESS.replacen("Wifi: true", "Wifi: [", 1), ":", ""),
    ] {
        let folder = invented(&business, CUSTOMER);
        let told = import(folder.path(), "any").unwrap_err().to_string();
        assert!(told.contains(&format!("businesses/one.yaml{line}")) && told.contains(what), "{told}");
    }
    let twice = invented(BUSINESS, CUSTOMER);
    std::fs::write(twice.path().join("businesses/two.yaml"), BUSINESS).unwrap();
    assert!(import(twice.path(), "any").unwrap_err().to_string().contains("two participants have the id `b1`"));
    assert!(
        import(Path::new("no/such"), "any").unwrap_err().to_string().starts_with("cannot read `no/such/businesses`")
    );
}
