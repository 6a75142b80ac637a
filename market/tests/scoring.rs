//! Tasks that score: what is promised decides beside the price, stays closed with it, and binds.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

mod town;

use oikos_market::verify::verify;
use oikos_protocol::command::scoring::{Scoring, Shape};
use oikos_protocol::command::task::{MechanismKind, Milestone, Sealing, TaskSpec};
use oikos_protocol::event::Event;
use oikos_protocol::event::audience::Audience;
use oikos_protocol::event::task::{AwardGround, Phase, TaskEvent};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::record::{AwardRecord, RecordedBid, RecordedOffer};
use oikos_protocol::time::{Span, Timestamp};
use std::collections::BTreeMap;
use town::*;

/// V = 2√q in euros: Che's example, whose best offers have quality 1/θ² and cost 1/θ.
const CHE: (u128, Shape) = (200, Shape::Root);

fn task(town: &mut Town, mechanism: MechanismKind, change: impl FnOnce(&mut TaskSpec)) -> TaskId {
    let mut spec = TaskSpec { mechanism, ..town.spec() };
    change(&mut spec);
    town.post(ANN, spec)
}

fn award(town: &Town, task: TaskId) -> (ParticipantId, u128) {
    let (winner, price) = town.economy.task(task).unwrap().award.unwrap();
    (winner, price.0)
}

/// Whether the award is what the rule says, computed again from what everybody saw.
fn is_verified(town: &Town, task: TaskId) -> bool {
    let spec = town.economy.task(task).unwrap().spec;
    let (mut bids, mut offers) = (BTreeMap::new(), Vec::new());
    let (mut link, mut seed) = (None, None);
    for event in town.events.iter().filter(|event| event.audience() == Audience::Public) {
        match event {
            Event::Beacon(revealed) => link = Some(revealed.link),
            Event::Task(event) if event.task() == task => match event {
                TaskEvent::BidPlaced { bidder, seal, .. } => {
                    let (bidder, seal) = (*bidder, *seal);
                    bids.insert(bidder, RecordedBid { bidder, seal, opened: None, promised: None, excluded: None });
                }
                TaskEvent::BidOpened { bidder, price, nonce, .. } => {
                    bids.get_mut(bidder).unwrap().opened = Some((*price, *nonce));
                }
                TaskEvent::BidPromised { bidder, promise, reputation, .. } => {
                    bids.get_mut(bidder).unwrap().promised = Some((*promise, *reputation));
                }
                TaskEvent::AwardOffered { bidder, price, ground, .. } => {
                    offers.push(RecordedOffer { bidder: *bidder, price: *price, selected: false });
                    if let AwardGround::Mechanism { lots, .. } = ground {
                        seed = seed.or(*lots);
                    }
                }
                _ => {}
            },
            _ => {}
        }
    }
    let record = AwardRecord {
        task,
        asset: spec.asset,
        mechanism: spec.mechanism,
        reserve: spec.reserve.unwrap_or(spec.budget),
        bids: bids.into_values().collect(),
        beacon: seed.and(link),
        seed,
        offers,
    };
    verify(&record) == Ok(())
}

#[test]
fn che_s_example_pays_1_20_for_quality_1_under_the_second_score_and_1_00_under_the_first() {
    let scoring = counts(Some(CHE), None, None);
    for (mechanism, paid) in [(MechanismKind::ScoringSecond(scoring), 120), (MechanismKind::ScoringFirst(scoring), 100)]
    {
        let mut town = Town::new();
        let task = task(&mut town, mechanism, |_| {});
        town.must(CAT, scored_bid(task, 80, promise(Some(64), None)));
        town.must(BOB, scored_bid(task, 100, promise(Some(100), None)));
        town.wait_for(task);
        assert_eq!(award(&town, task), (BOB, paid), "the dearer bid brings more");
        assert!(is_verified(&town, task));
        town.accept_award(BOB, task);
        town.submit(BOB, task, 0);
        town.accept(ANN, task, 0);
        assert_eq!(town.money([ANN, BOB]), [PURSE - paid, PURSE + paid]);
    }
}

#[test]
fn a_promise_is_its_bidders_alone_until_bids_are_opened_and_then_everybodys() {
    let mut town = Town::new();
    let scoring = MechanismKind::ScoringFirst(counts(Some(CHE), None, None));
    let task = task(&mut town, scoring, |_| {});
    town.must(BOB, scored_bid(task, 100, promise(Some(100), None)));
    let audiences = |town: &Town| -> Vec<Audience> {
        let told = town.events.iter().filter(|event| matches!(event, Event::Task(TaskEvent::BidPromised { .. })));
        told.map(Event::audience).collect()
    };
    assert_eq!(audiences(&town), [Audience::Parties([Some(BOB), None])]);
    town.wait_for(task);
    assert_eq!(audiences(&town), [Audience::Parties([Some(BOB), None]), Audience::Public]);
}

#[test]
fn who_promises_half_of_the_time_has_half_of_the_time_for_every_milestone() {
    let mut town = Town::new();
    let rule = MechanismKind::ScoringFirst(counts(None, Some(500), None));
    let part = |share, hours| Milestone { share: percent(share), deliver: Span::hours(hours) };
    let task = task(&mut town, rule, |spec| spec.milestones = vec![part(40, 4), part(60, 10)]);
    // 5.00 for no time at all: half of it is worth 2.50, so that 8.00 beats 6.00.
    town.must(BOB, scored_bid(task, 800, promise(None, Some(50))));
    town.must(CAT, scored_bid(task, 600, promise(None, Some(100))));
    town.wait_for(task);
    assert_eq!(award(&town, task), (BOB, 800));
    town.accept_award(BOB, task);
    let due = |town: &Town| town.economy.task(task).unwrap().deadline;
    let within = |town: &Town, hours| {
        let due: Timestamp = due(town);
        due.since(town.now) <= Span::hours(hours) && due.since(town.now) > Span::hours(hours - 1)
    };
    assert!(within(&town, 2), "half of four hours");
    town.submit(BOB, task, 0);
    town.accept(ANN, task, 0);
    assert!(within(&town, 5), "half of ten hours");
    town.wait(Span::hours(5));
    assert_eq!(town.phase(task), Phase::Defaulted, "the promise binds");
}

#[test]
fn a_reputation_counts_as_it_was_when_the_bid_came() {
    let mut town = Town::new();
    // Cat earns a reputation of two thirds.
    let first = town.post(ANN, town.spec());
    town.bids(first, &[(CAT, 100)]);
    town.accept_award(CAT, first);
    town.submit(CAT, first, 0);
    town.accept(ANN, first, 0);
    let rule = MechanismKind::ScoringSecond(counts(None, None, Some(600)));
    let task = task(&mut town, rule, |_| {});
    town.must(BOB, scored_bid(task, 500, promise(None, None)));
    town.must(CAT, scored_bid(task, 550, promise(None, None)));
    town.wait_for(task);
    // Bob: 3.00 - 5.00 = -2.00. Cat: 3.99 (4.00 less what a share loses in millionths) - 5.50 = -1.51, so 0.49 more.
    assert_eq!(award(&town, task), (CAT, 599));
    assert!(is_verified(&town, task));
}

#[test]
fn what_was_committed_to_is_revealed_with_its_promise_and_no_other() {
    let mut town = Town::new();
    let rule = MechanismKind::ScoringSecond(counts(Some(CHE), None, None));
    let task = task(&mut town, rule, |spec| spec.sealing = Sealing::CommitReveal { reveal: HOUR });
    let (best, good) = (promise(Some(100), None), promise(Some(64), None));
    town.must(BOB, commit_scored(BOB, task, 100, best));
    town.must(CAT, commit_scored(CAT, task, 80, good));
    town.wait_for(task);
    for wrong in [reveal(task, 80), reveal_scored(task, 80, best), reveal_scored(task, 79, good)] {
        assert_eq!(town.ask(CAT, wrong).unwrap_err().code(), "bid.not_the_commitment");
    }
    town.must(CAT, reveal_scored(task, 80, good));
    town.must(BOB, reveal_scored(task, 100, best));
    town.wait_for(task);
    assert_eq!(award(&town, task), (BOB, 120));
    assert!(is_verified(&town, task));
}

#[test]
fn whoever_declines_pays_what_the_next_score_is_worse() {
    let mut town = Town::new();
    let rule = MechanismKind::ScoringFirst(counts(Some((1_000, Shape::Linear)), None, None));
    let task = task(&mut town, rule, |spec| spec.bid_deposit = percent(100));
    // Bob's score is 10.00 - 6.00, Cat's 5.00 - 4.00: cheaper, and 3.00 worse.
    town.must(BOB, scored_bid(task, 600, promise(Some(100), None)));
    town.must(CAT, scored_bid(task, 400, promise(Some(50), None)));
    town.wait_for(task);
    town.must(BOB, decline(task));
    assert_eq!(award(&town, task), (CAT, 400));
    assert_eq!(town.money([BOB, CAT]), [PURSE - 300, PURSE]);
    assert!(is_verified(&town, task));
}

#[test]
fn equal_scores_are_decided_by_lot() {
    let mut town = Town::new();
    let rule = MechanismKind::ScoringFirst(counts(Some((1_000, Shape::Linear)), None, None));
    let task = task(&mut town, rule, |_| {});
    town.must(BOB, scored_bid(task, 600, promise(Some(100), None)));
    town.must(CAT, scored_bid(task, 100, promise(Some(50), None)));
    town.wait_for(task);
    assert_eq!(town.phase(task), Phase::Evaluating, "waits for the beacon");
    town.reveal_beacon();
    assert_eq!(town.phase(task), Phase::AwardOffered);
    assert!(is_verified(&town, task));
}

#[test]
fn a_task_that_scores_survives_a_snapshot() {
    let mut town = Town::new();
    let scoring: Scoring = counts(Some(CHE), Some(10), Some(5));
    let task = task(&mut town, MechanismKind::ScoringSecond(scoring), |_| {});
    town.must(BOB, scored_bid(task, 100, promise(Some(100), Some(70))));
    let bytes = postcard::to_allocvec(&town.economy).unwrap();
    let economy: oikos_market::Economy = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(economy.digest(), town.economy.digest());
    let mut copy = town.with_economy(economy);
    for town in [&mut town, &mut copy] {
        town.wait_for(task);
    }
    assert_eq!(award(&town, task), award(&copy, task));
}
