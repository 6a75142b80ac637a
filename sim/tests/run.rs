//! Runs are exact to the bit: the same seed gives the same digest, whoever watches and however many threads there are.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use oikos_journal::{Boundary, FileStorage, Reader, Snapshot, Storage};
use oikos_ledger::MemoryPast;
use oikos_market::Economy;
use oikos_protocol::entry::{Body, Entry};
use oikos_protocol::id::Hash32;
use oikos_sim::engine::drive::Recorder;
use oikos_sim::engine::{Finished, Plan, RunError, Unrecorded, run};
use oikos_sim::metric::checks::{checks, conserved};
use oikos_sim::metric::welfare::welfare;
use oikos_sim::run::many::rows;
use oikos_sim::run::replay::{ApplyError, State};
use oikos_sim::run::{self as runs, FolderError, replay, state};
use oikos_sim::scenario::{Overrides, Scenario, read};
use std::path::Path;
use std::sync::Arc;

const STREET: &str = "../examples/market-street.toml";

fn street(sets: &[&str]) -> Scenario {
    let sets = sets.iter().map(|set| (*set).to_owned()).collect();
    read(Path::new(STREET), &Overrides { sets, seed: None }).unwrap()
}

fn unrecorded(scenario: &Scenario, seed: u64) -> Finished {
    run(&Plan::new(scenario).unwrap(), seed, &mut Unrecorded, &mut |_| {}).unwrap()
}

fn welfare_of(scenario: &Scenario, seed: u64) -> i128 {
    let plan = Plan::new(scenario).unwrap();
    let finished = run(&plan, seed, &mut Unrecorded, &mut |_| {}).unwrap();
    assert!(conserved(&checks(&plan, &finished)), "{:?}", checks(&plan, &finished));
    welfare(&plan, &finished)
}

/// What the comments of the market street say of an award rule, in cents.
fn said(award: &str) -> i128 {
    let text = std::fs::read_to_string(STREET).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("# welfare({award}) = ")).map(str::to_owned));
    line.unwrap().replace('.', "").parse().unwrap()
}

#[test]
fn the_market_street_comes_to_what_its_comments_say() {
    for award in ["optimal", "cheapest"] {
        let scenario = street(&[&format!("award={award}")]);
        for seed in 0..5 {
            assert_eq!(welfare_of(&scenario, seed), said(award), "{award}, seed {seed}");
        }
    }
}

#[test]
fn the_lots_of_the_market_street_come_to_the_mean_and_the_values_of_its_comments() {
    let sums = |office: [i128; 2], ann: &[i128]| {
        let of = |a: &i128| [350, 300, 310].map(|ben| office.map(|lunch| a + ben + lunch));
        ann.iter().flat_map(|a| of(a).concat()).collect::<Vec<i128>>()
    };
    for (award, possible) in
        [("any", sums([-700, 800], &[-650, 850, 820])), ("any_amenities", sums([1_200, 800], &[850, 820]))]
    {
        let mean = possible.iter().sum::<i128>() as f64 / possible.len() as f64;
        assert!((mean - said(award) as f64).abs() < 1e-9, "the sums of {award} are as likely as each other");
        // Two ways may come to the same sum.
        let possible = possible.into_iter().collect::<std::collections::BTreeSet<_>>();
        let scenario = street(&[&format!("award={award}")]);
        let plan = Plan::new(&scenario).unwrap();
        let rows = rows(&plan, 1, 2_000, &|| {}).unwrap();
        let seen: std::collections::BTreeSet<i128> = rows.iter().map(|row| row.welfare).collect();
        assert_eq!(seen, possible, "{award}");
        let n = rows.len() as f64;
        let found = rows.iter().map(|row| row.welfare as f64).sum::<f64>() / n;
        let sd = (rows.iter().map(|row| (row.welfare as f64 - mean).powi(2)).sum::<f64>() / n).sqrt();
        assert!((found - mean).abs() < 4.0 * sd / n.sqrt(), "{award}: {found}, expected {mean}");
    }
}

#[test]
fn the_same_seed_gives_the_same_digest_and_another_seed_another() {
    let scenario = street(&["award=any"]);
    assert_eq!(unrecorded(&scenario, 7).digest, unrecorded(&scenario, 7).digest);
    assert_ne!(unrecorded(&scenario, 7).digest, unrecorded(&scenario, 8).digest);
}

#[test]
fn runs_in_parallel_are_those_one_after_another() {
    let scenario = street(&["award=any"]);
    let plan = Plan::new(&scenario).unwrap();
    let parallel = rows(&plan, 5, 64, &|| {}).unwrap();
    for (seed, row) in (5..).zip(&parallel) {
        let serial = unrecorded(&scenario, seed);
        assert_eq!((row.seed, row.digest, row.welfare), (seed, serial.digest, welfare(&plan, &serial)));
    }
}

#[test]
fn the_order_of_arrival_changes_no_award_and_no_welfare() {
    for award in ["optimal", "cheapest", "any", "any_amenities"] {
        let by = |arrival: &str| street(&[&format!("award={award}"), &format!("arrival={arrival}")]);
        let (shuffled, file, reversed) = (by("shuffled"), by("file"), by("reversed"));
        for seed in 0..20 {
            let ends = unrecorded(&shuffled, seed).ends;
            assert_eq!(ends, unrecorded(&file, seed).ends, "{award}, seed {seed}");
            assert_eq!(ends, unrecorded(&reversed, seed).ends, "{award}, seed {seed}");
        }
    }
}

#[test]
fn money_is_conserved_with_fees_deposits_bonds_and_retention() {
    let sets = [
        "fee=0.025",
        "deposits.bid=0.1",
        "deposits.bond=0.2",
        "deposits.damages=0.1",
        "windows.retention=7d",
        "participants.Cleo.money=5",
        "participants.guild-north.money=5",
        "participants.guild-south.money=5",
        "participants.Robo.money=5",
    ];
    for award in ["optimal", "cheapest", "any", "any_amenities"] {
        let award = format!("award={award}");
        let all: Vec<&str> = sets.iter().copied().chain([award.as_str()]).collect();
        // Fees are paid by workers, so that customers' welfare is what it was.
        let plain = welfare_of(&street(&[&award]), 3);
        assert_eq!(welfare_of(&street(&all), 3), plain, "{award}");
    }
}

#[test]
fn a_recorded_run_is_replayed_to_the_same_digest_and_a_second_one_is_the_same_to_the_byte() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = street(&["award=any", "checkpoint_every=10"]);
    let at = |name: &str| folder.path().join(name);
    let first = runs::single(&scenario, &at("a"), false, &mut |_| {}).unwrap();
    let found = replay(&at("a"), None, &mut |_| {}).unwrap();
    assert_eq!((found.digest, found.digest_equal(), found.fault.clone()), (first.digest, Some(true), None));
    assert_eq!((found.entries, found.checkpoints), (first.counts.entries, first.counts.checkpoints));
    assert!(found.checkpoints > 3);
    assert_eq!(unrecorded(&scenario, scenario.seed).digest, first.digest, "who records changes nothing");

    runs::single(&scenario, &at("b"), false, &mut |_| {}).unwrap();
    for file in ["manifest.json", "metrics.csv", "checks.json", "journal/0000000001.segment"] {
        let path = |run: &str| at(run).join(file);
        if path("a").exists() {
            assert_eq!(std::fs::read(path("a")).unwrap(), std::fs::read(path("b")).unwrap(), "{file}");
        }
    }
}

#[test]
fn a_snapshot_and_the_tail_behind_it_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = street(&["award=any", "checkpoint_every=7", "snapshot_every=30"]);
    let finished = runs::single(&scenario, folder.path(), false, &mut |_| {}).unwrap();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::existing(folder.path().join("journal")).unwrap());
    let end = Boundary { sequence: finished.counts.entries, ..Boundary::default() };
    let snapshot = Snapshot::newest(&*storage, end).unwrap().expect("a snapshot was written");
    let (at, end) = (snapshot.at.sequence, finished.counts.entries);
    assert!(at >= 30 && at < end, "the snapshot stands at {at} of {end}");

    let (economy, past) = state::decode(&snapshot.payload).unwrap();
    let mut state = State { economy: Some(economy), past };
    let mut reader = Reader::open_from(storage, snapshot.at.sequence + 1).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        state.apply(record.sequence, &Entry::decode(record.bytes).unwrap()).unwrap();
    }
    assert_eq!(state.digest(), finished.digest);
    assert!(state::decode(&[snapshot.payload, vec![0]].concat()).is_err(), "bytes behind it are an error");
}

/// Keeps the entries of a run.
#[derive(Default)]
struct Kept(Vec<Entry>);

impl Recorder for Kept {
    const RECORDS: bool = true;

    fn record(&mut self, entry: &Entry) -> Result<(), RunError> {
        self.0.push(entry.clone());
        Ok(())
    }

    fn checkpointed(&mut self, _: u64, _: &Economy, _: &MemoryPast) -> Result<(), RunError> {
        Ok(())
    }
}

#[test]
fn a_changed_command_is_found_at_the_next_checkpoint() {
    let scenario = street(&["checkpoint_every=5"]);
    let mut kept = Kept::default();
    run(&Plan::new(&scenario).unwrap(), 1, &mut kept, &mut |_| {}).unwrap();
    let times: Vec<_> = kept.0.iter().map(|entry| entry.t).collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "time rises from entry to entry");
    // A registration under another name: nothing else notices.
    let changed = kept.0.iter_mut().find_map(|entry| match &mut entry.body {
        Body::Request(request) => match &mut request.command {
            oikos_protocol::command::Command::Register(register) => Some(&mut register.name),
            _ => None,
        },
        _ => None,
    });
    *changed.unwrap() = Hash32::of(b"somebody else");
    let mut state = State::new();
    let fault = (1..).zip(&kept.0).find_map(|(sequence, entry)| state.apply(sequence, entry).err());
    assert!(matches!(fault, Some(ApplyError::Digest { sequence: 6, .. })), "{fault:?}");
}

#[test]
fn a_folder_is_written_over_only_by_its_own_run_or_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (street(&[]), street(&["seed=2"]));
    runs::single(&ours, folder.path(), false, &mut |_| {}).unwrap();
    runs::single(&ours, folder.path(), false, &mut |_| {}).unwrap();
    let refused = runs::single(&other, folder.path(), false, &mut |_| {}).unwrap_err();
    assert!(matches!(refused, runs::single::SimError::Folder(FolderError::AnotherRun(_))), "{refused}");
    assert_eq!(replay(folder.path(), None, &mut |_| {}).unwrap().digest_equal(), Some(true), "nothing was lost");
    runs::single(&other, folder.path(), true, &mut |_| {}).unwrap();

    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("letter.txt"), "dear").unwrap();
    for force in [false, true] {
        let refused = runs::single(&ours, home.path(), force, &mut |_| {}).unwrap_err();
        assert!(matches!(refused, runs::single::SimError::Folder(FolderError::NoRun(_))), "{refused}");
    }
}

#[test]
fn a_run_that_was_interrupted_says_so_and_is_replayed_as_far_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    runs::single(&street(&["checkpoint_every=5"]), folder.path(), false, &mut |_| {}).unwrap();
    let path = folder.path().join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    (manifest["exit"], manifest["digest"]) = ("interrupted".into(), serde_json::Value::Null);
    std::fs::write(&path, manifest.to_string()).unwrap();
    let found = replay(folder.path(), None, &mut |_| {}).unwrap();
    assert_eq!((found.digest_equal(), found.fault), (None, None));
    let part = replay(folder.path(), Some(12), &mut |_| {}).unwrap();
    assert_eq!((part.entries, part.stopped), (12, true));
}

#[test]
fn a_poster_without_enough_money_is_refused_and_everything_still_adds_up() {
    let scenario = street(&["participants.Ben.money=1.00"]);
    let plan = Plan::new(&scenario).unwrap();
    let finished = run(&plan, 1, &mut Unrecorded, &mut |_| {}).unwrap();
    assert_eq!(finished.counts.rejections, 1);
    assert!(conserved(&checks(&plan, &finished)));
    assert_eq!(welfare(&plan, &finished), 2_400 - 350);
}

#[test]
fn welfare_by_step_ends_where_welfare_does_and_costs_are_what_was_paid() {
    for award in ["optimal", "cheapest", "any"] {
        let scenario = street(&[&format!("award={award}")]);
        let plan = Plan::new(&scenario).unwrap();
        let finished = run(&plan, 7, &mut Unrecorded, &mut |_| {}).unwrap();
        let by_step = oikos_sim::metric::welfare::by_step(&plan, &finished);
        assert_eq!(by_step.len(), finished.figures.rows.len());
        assert_eq!(by_step.last().copied(), Some(welfare(&plan, &finished)), "{award}");
        let cost: i128 = finished.ends.iter().map(|end| end.cost).sum();
        assert_eq!(cost, oikos_sim::metric::welfare::paid(&plan, &finished));
        let rows = &finished.figures.rows;
        let earned: u128 = rows.iter().map(|row| row.income.total()).sum();
        assert_eq!(earned, rows.iter().map(|row| row.volume).sum::<u128>(), "all income is pay for contracts here");
        assert_eq!(rows.iter().map(|row| row.ended).sum::<u64>(), 3);
    }
}

#[test]
fn the_manifest_lists_every_file_and_a_report_that_is_made_again_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (one, many) = (folder.path().join("one"), folder.path().join("many"));
    runs::single(&street(&[]), &one, false, &mut |_| {}).unwrap();
    runs::many(&street(&["award=any"]), 20, &many, false, &|| {}).unwrap();
    for (folder, table, plots) in [(&one, "metrics.parquet", 8), (&many, "runs.parquet", 8)] {
        let manifest: serde_json::Value =
            serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
        let files = manifest["files"].as_array().unwrap();
        for file in files {
            let bytes = std::fs::read(folder.join(file["file"].as_str().unwrap())).unwrap();
            assert_eq!(file["bytes"], bytes.len());
            assert_eq!(file["hash"], Hash32::of(&bytes).to_string(), "{file}");
        }
        let names: Vec<_> = files.iter().map(|file| file["file"].as_str().unwrap()).collect();
        assert!(names.contains(&table) && names.contains(&"report.html"), "{names:?}");
        assert_eq!(names.iter().filter(|name| name.starts_with("plots/")).count(), plots, "{names:?}");
        let (page, pictures) = oikos_sim::report::of_folder(folder).unwrap();
        assert_eq!(page, std::fs::read_to_string(folder.join("report.html")).unwrap());
        for (file, svg) in pictures {
            assert_eq!(svg, std::fs::read_to_string(folder.join(&file)).unwrap());
            assert!(!svg.contains("no data"), "{file}");
        }
    }
}

#[test]
fn a_run_that_was_interrupted_has_no_report() {
    let folder = tempfile::tempdir().unwrap();
    runs::single(&street(&[]), folder.path(), false, &mut |_| {}).unwrap();
    let path = folder.path().join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap().replace("completed", "interrupted");
    std::fs::write(&path, text).unwrap();
    let error = oikos_sim::report::of_folder(folder.path()).unwrap_err();
    assert!(matches!(error, oikos_sim::report::ReportError::Interrupted), "{error}");
}
