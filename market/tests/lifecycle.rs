//! A task's life: a walk of the whole table, and for every row a story that counts the money at its end.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

mod town;

use oikos_market::task::lifecycle::{Ask, ROWS, Trigger, rows};
use oikos_protocol::command::Command;
use oikos_protocol::command::task::{MechanismKind, Milestone, ReviewDefault, Sealing, Selection, TaskSpec};
use oikos_protocol::event::money::Purse;
use oikos_protocol::event::task::{AwardGround, Cause, Exclusion, Phase, Stage, TaskEvent};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::money::Share;
use oikos_protocol::time::{Span, Timestamp};
use town::*;

// ---- The walk.

/// A town with a task in a phase, reached by real commands; several where the phase has several faces.
fn towns_in(phase: Phase) -> Vec<(&'static str, Town, TaskId)> {
    let mut found = Vec::new();
    let mut put = |face, prepare: &dyn Fn(&mut Town) -> TaskId| {
        let mut town = Town::new();
        let task = prepare(&mut town);
        assert_eq!(town.phase(task), phase, "{face}");
        found.push((face, town, task));
    };
    match phase {
        Phase::Draft => put("draft", &|town| town.draft(ANN, town.spec())),
        Phase::PendingApproval => put("pending", &|town| town.post(ANN, asking(town))),
        Phase::Open => put("open", &|town| open_with(town, town.spec())),
        Phase::Evaluating => {
            put("reveal", &|town| {
                let task = town.post(ANN, TaskSpec { sealing: Sealing::CommitReveal { reveal: HOUR }, ..town.spec() });
                town.must(BOB, commit(BOB, task, 5_000));
                town.wait_for(task);
                task
            });
            put("selection", &|town| {
                let selection = Selection::Manual { select: HOUR };
                let task = open_with(town, TaskSpec { selection, ..town.spec() });
                town.wait_for(task);
                task
            });
            put("lots", &|town| {
                let task = open_with(town, TaskSpec { mechanism: MechanismKind::Lottery, ..town.spec() });
                town.bids(task, &[(DAN, 6_000)]);
                task
            });
        }
        Phase::AwardOffered => {
            put("offered", &|town| offered(town, town.spec()));
            put("taken", &|town| {
                let task = offered(town, TaskSpec { confirm_above: Some(cents(0)), ..asking(town) });
                town.accept_award(BOB, task);
                task
            });
        }
        Phase::Active => put("active", &|town| active(town, town.spec())),
        Phase::Submitted => put("submitted", &|town| submitted(town, town.spec())),
        Phase::Accepted => put("accepted", &|town| {
            let task = submitted(town, with_retention(town, HOUR));
            town.accept(ANN, task, 0);
            task
        }),
        Phase::Rejected => put("rejected", &|town| {
            let task = town.post(ANN, asking(town));
            town.must(OLA, refuse(task));
            task
        }),
        Phase::Cancelled => put("cancelled", &|town| {
            let task = open_with(town, town.spec());
            town.must(ANN, cancel(task));
            task
        }),
        Phase::NoAward => put("no award", &|town| {
            let task = town.post(ANN, town.spec());
            town.wait_for(task);
            task
        }),
        Phase::Defaulted => put("defaulted", &|town| {
            let task = active(town, town.spec());
            town.wait_for(task);
            task
        }),
        Phase::Settled => put("settled", &|town| {
            let task = submitted(town, town.spec());
            town.accept(ANN, task, 0);
            task
        }),
        Phase::Expired => put("expired", &|town| {
            let task = town.draft(ANN, town.spec());
            town.wait_for(task);
            task
        }),
    }
    found
}

/// The task names an approver.
fn asking(town: &Town) -> TaskSpec {
    TaskSpec { approver: Some(OLA), ..town.spec() }
}

fn with_retention(town: &Town, retention: Span) -> TaskSpec {
    let mut spec = town.spec();
    spec.windows.retention = retention;
    spec
}

/// Open, with a bid of Bob's at 50.00.
fn open_with(town: &mut Town, spec: TaskSpec) -> TaskId {
    let asked = spec.approver;
    let task = town.post(ANN, spec);
    if let Some(approver) = asked {
        town.must(approver, approve(task));
    }
    town.bid(BOB, task, 5_000);
    task
}

/// Offered to Bob at 50.00.
fn offered(town: &mut Town, spec: TaskSpec) -> TaskId {
    let task = open_with(town, spec);
    town.wait_for(task);
    assert_eq!(town.phase(task), Phase::AwardOffered);
    task
}

/// Bob works for 50.00.
fn active(town: &mut Town, spec: TaskSpec) -> TaskId {
    let task = offered(town, spec);
    town.accept_award(BOB, task);
    task
}

/// Bob has handed in the first milestone.
fn submitted(town: &mut Town, spec: TaskSpec) -> TaskId {
    let task = active(town, spec);
    town.submit(BOB, task, 0);
    task
}

/// The command that this ask stands for, from whoever may ask it.
fn command(ask: Ask, task: TaskId) -> (ParticipantId, Command) {
    match ask {
        Ask::PublishTask => (ANN, publish(task)),
        Ask::ApproveTask => (OLA, approve(task)),
        Ask::RefuseTask => (OLA, refuse(task)),
        Ask::PlaceBid => (CAT, bid(task, 4_000)),
        Ask::WithdrawBid => (BOB, withdraw(task)),
        Ask::RevealBid => (BOB, reveal(task, 5_000)),
        Ask::CancelTask => (ANN, cancel(task)),
        Ask::SelectBid => (ANN, select(task, BOB)),
        Ask::AcceptAward => (BOB, take_award(task)),
        Ask::ConfirmAward => (OLA, confirm(task)),
        Ask::DeclineAward => (BOB, decline(task)),
        Ask::SubmitDeliverable => (BOB, submit(task, 0)),
        Ask::AcceptDeliverable => (ANN, accept(task, 0)),
        Ask::DraftTask | Ask::PostTask => unreachable!("not asked of a task that exists"),
    }
}

/// Asks that wait for one face of a phase, with the answer that the other faces give.
const OF_A_FACE: [(Ask, &str, &str); 5] = [
    (Ask::RevealBid, "reveal", "bid.not_revealing"),
    (Ask::SelectBid, "selection", "award.not_selecting"),
    (Ask::AcceptAward, "offered", "award.already_accepted"),
    (Ask::DeclineAward, "offered", "award.already_accepted"),
    (Ask::ConfirmAward, "taken", "award.not_the_approver"),
];

#[test]
fn every_command_in_every_phase_does_what_its_row_says_or_is_refused_as_declared() {
    let mut rows_walked = 0;
    for phase in Phase::ALL {
        for ask in Ask::OF_A_TASK {
            for (face, mut town, task) in towns_in(phase) {
                let (by, command) = command(ask, task);
                let to: Vec<Phase> = rows(phase, ask).flat_map(|row| row.to).copied().collect();
                let elsewhere = OF_A_FACE.iter().find(|(of, at, _)| *of == ask && *at != face).map(|(.., code)| *code);
                let expected = if to.is_empty() { Some(ask.refusal()) } else { elsewhere };
                let before = town.economy.digests();
                let outcome = town.ask(by, command);
                match (outcome, expected) {
                    (Ok(_), None) => {
                        assert!(to.contains(&town.phase(task)), "{phase} ({face}) + {ask:?} → {}", town.phase(task));
                        rows_walked += 1;
                    }
                    (Err(why), Some(code)) => {
                        assert_eq!(why.code(), code, "{phase} ({face}) + {ask:?}");
                        assert_eq!(town.economy.digests().state(), before.state(), "{phase} ({face}) + {ask:?}");
                        assert_ne!(town.economy.digests().memory, before.memory, "the id is remembered");
                    }
                    (outcome, expected) => panic!("{phase} ({face}) + {ask:?}: {outcome:?}, not {expected:?}"),
                }
            }
        }
    }
    let of_a_task = |trigger| matches!(trigger, Trigger::Asked(ask) if Ask::OF_A_TASK.contains(&ask));
    let in_table: std::collections::BTreeSet<_> = ROWS
        .iter()
        .filter(|row| of_a_task(row.trigger))
        .flat_map(|row| row.from.iter().map(move |from| format!("{from} + {:?}", row.trigger)))
        .collect();
    assert_eq!(rows_walked, in_table.len(), "a row was not walked: {in_table:?}");
}

#[test]
fn every_open_phase_ends_at_its_deadline_as_its_row_says_and_no_terminal_phase_has_one() {
    for phase in Phase::ALL {
        for (face, mut town, task) in towns_in(phase) {
            let Some(view) = town.economy.task(task) else {
                assert!(phase.is_terminal(), "{phase}");
                town.wait(Span::hours(24 * 365));
                assert_eq!(town.phase(task), phase);
                assert!(town.is_empty_handed(task), "{phase}");
                continue;
            };
            let by_clock = if phase == Phase::Draft { Trigger::HardEnd } else { Trigger::Deadline };
            let rows = ROWS.iter().filter(|row| row.trigger == by_clock && row.from.contains(&phase));
            let to: Vec<Phase> = rows.flat_map(|row| row.to).copied().collect();
            let deadline = view.deadline;
            town.until(Timestamp(deadline.0 - 1));
            assert_eq!(town.phase(task), phase, "{face}: nothing happens before the deadline");
            town.until(deadline);
            assert!(to.contains(&town.phase(task)), "{phase} ({face}) at its deadline → {}", town.phase(task));
        }
    }
}

#[test]
fn left_alone_every_task_ends_and_holds_nothing() {
    for phase in Phase::ALL {
        for (face, mut town, task) in towns_in(phase) {
            let end = town.economy.task(task).map_or(town.now, |view| view.spec.ends_at);
            town.until(end);
            assert!(town.phase(task).is_terminal(), "{face}: {}", town.phase(task));
            assert!(town.is_empty_handed(task), "{face}");
        }
    }
}

// ---- Rows 1 to 4: from a draft to bids.

#[test]
fn a_draft_reserves_nothing_and_publishing_it_reserves_the_budget() {
    let mut town = Town::new();
    let task = town.draft(ANN, town.spec());
    assert_eq!(town.money([ANN]), [PURSE]);
    town.must(ANN, publish(task));
    assert_eq!((town.money([ANN]), town.purse(Purse::Hold(task))), ([90_000], 10_000));
    assert_eq!(town.economy.participant(ANN).unwrap().committed(EUR), cents(10_000));
}

#[test]
fn silence_of_the_approver_rejects_the_task_and_frees_the_mandate() {
    let mut town = Town::new();
    town.mandate(ANN, 9_999, 10_000, OLA);
    let task = town.post(ANN, town.spec());
    assert_eq!(town.phase(task), Phase::PendingApproval);
    assert_eq!(town.economy.participant(ANN).unwrap().committed(EUR), cents(10_000));
    assert_eq!(town.ask(ANN, Command::PostTask(town.spec().into())).unwrap_err().code(), "task.above_mandate");
    town.wait(HOUR);
    assert_eq!(town.phase(task), Phase::Rejected);
    assert!(matches!(town.story(task).last(), Some(TaskEvent::Rejected { by: Cause::Clock, .. })));
    assert_eq!((town.money([ANN]), town.economy.participant(ANN).unwrap().committed(EUR)), ([PURSE], cents(0)));
}

#[test]
fn a_refusal_rejects_the_task_and_an_approval_opens_it() {
    let mut town = Town::new();
    let (no, yes) = (town.post(ANN, asking(&town)), town.post(ANN, asking(&town)));
    town.must(OLA, refuse(no));
    town.must(OLA, approve(yes));
    assert_eq!((town.phase(no), town.phase(yes)), (Phase::Rejected, Phase::Open));
    assert_eq!((town.money([ANN]), town.purse(Purse::Hold(yes))), ([90_000], 10_000));
}

#[test]
fn a_budget_above_the_mandate_is_approved_by_the_mandates_approver_and_not_by_a_friend() {
    let mut town = Town::new();
    town.mandate(ANN, 9_999, 50_000, OLA);
    let task = town.post(ANN, TaskSpec { approver: Some(DAN), ..town.spec() });
    assert_eq!(town.ask(DAN, approve(task)).unwrap_err().code(), "task.not_the_approver");
    town.must(OLA, approve(task));
    let within = town.post(ANN, TaskSpec { approver: Some(DAN), budget: cents(9_999), ..town.spec() });
    town.must(DAN, approve(within));
    assert_eq!((town.phase(task), town.phase(within)), (Phase::Open, Phase::Open));
}

#[test]
fn an_approval_that_the_poster_can_no_longer_pay_is_refused() {
    let mut town = Town::new();
    let task = town.post(ANN, TaskSpec { budget: cents(60_000), ..asking(&town) });
    town.post(ANN, TaskSpec { budget: cents(60_000), ..town.spec() });
    assert_eq!(town.ask(OLA, approve(task)).unwrap_err().code(), "task.insufficient_funds");
    assert_eq!(town.phase(task), Phase::PendingApproval);
}

// ---- Rows 5 and 6: bids and cancelling.

#[test]
fn a_deposit_follows_its_bid_up_down_and_back() {
    let mut town = Town::new();
    let task = town.post(ANN, TaskSpec { bid_deposit: percent(10), ..town.spec() });
    for (price, deposit) in [(5_000, 500), (8_000, 800), (1_009, 100)] {
        town.bid(BOB, task, price);
        assert_eq!((town.money([BOB])[0], town.purse(Purse::Deposit(task, BOB))), (PURSE - deposit, deposit));
    }
    assert_eq!(town.economy.bids(task).count(), 1);
    town.must(BOB, withdraw(task));
    assert_eq!((town.money([BOB]), town.purse(Purse::Deposit(task, BOB))), ([PURSE], 0));
    town.wait_for(task);
    assert_eq!((town.phase(task), town.money([ANN])), (Phase::NoAward, [PURSE]));
}

#[test]
fn cancelling_is_free_without_bids_and_costs_the_declared_fee_with_them() {
    let mut town = Town::new();
    let spec = TaskSpec { cancel_fee: cents(100), bid_deposit: percent(10), ..town.spec() };
    let (alone, asked) = (town.post(ANN, spec.clone()), town.post(ANN, spec));
    town.must(ANN, cancel(alone));
    assert_eq!((town.phase(alone), town.money([ANN])), (Phase::Cancelled, [90_000]));
    for who in [BOB, CAT, DAN] {
        town.bid(who, asked, 5_000);
    }
    town.must(ANN, cancel(asked));
    // 1.00 in three parts; the odd cent goes to the first by number, all deposits go back.
    assert_eq!(town.money([ANN, BOB, CAT, DAN]), [99_900, 100_034, 100_033, 100_033]);
    assert!(town.is_empty_handed(asked));
}

// ---- Rows 7 to 9: from bids to an award.

#[test]
fn whoever_does_not_reveal_loses_the_deposit_to_the_poster() {
    let mut town = Town::new();
    let sealing = Sealing::CommitReveal { reveal: HOUR };
    let task = town.post(ANN, TaskSpec { sealing, bid_deposit: percent(10), ..town.spec() });
    for (who, price) in [(BOB, 5_000), (CAT, 1), (DAN, 20_000)] {
        town.must(who, commit(who, task, price));
    }
    // The deposit is a share of the reserve, which is the budget here: no price is known yet.
    assert_eq!(town.money([BOB, CAT, DAN]), [99_000; 3]);
    town.wait_for(task);
    town.must(BOB, reveal(task, 5_000));
    town.must(DAN, reveal(task, 20_000));
    town.wait_for(task);
    assert_eq!(town.phase(task), Phase::AwardOffered);
    let excluded = |who, why| TaskEvent::BidExcluded { task, bidder: who, why };
    assert!(town.story(task).contains(&&excluded(CAT, Exclusion::NotRevealed)));
    assert!(town.story(task).contains(&&excluded(DAN, Exclusion::AboveReserve)));
    assert_eq!(town.money([ANN, BOB, CAT, DAN]), [91_000, 99_000, 99_000, PURSE]);
    town.accept_award(BOB, task);
    town.submit(BOB, task, 0);
    town.accept(ANN, task, 0);
    assert_eq!(town.money([ANN, BOB, CAT, DAN]), [96_000, 105_000, 99_000, PURSE]);
    assert!(town.is_empty_handed(task));
}

#[test]
fn if_nobody_reveals_nobody_gets_it_and_all_deposits_are_the_posters() {
    let mut town = Town::new();
    let sealing = Sealing::CommitReveal { reveal: HOUR };
    let task = town.post(ANN, TaskSpec { sealing, bid_deposit: percent(10), ..town.spec() });
    town.must(BOB, commit(BOB, task, 5_000));
    town.must(CAT, commit(CAT, task, 5_000));
    town.wait(Span::hours(2));
    assert_eq!((town.phase(task), town.money([ANN, BOB, CAT])), (Phase::NoAward, [102_000, 99_000, 99_000]));
}

#[test]
fn the_lowest_bid_wins_at_its_own_price_or_at_the_second_lowest() {
    for (mechanism, price) in [(MechanismKind::FirstPrice, 3_000), (MechanismKind::SecondPrice, 5_000)] {
        let mut town = Town::new();
        let task = town.post(ANN, TaskSpec { mechanism, bid_deposit: percent(10), ..town.spec() });
        town.bids(task, &[(BOB, 5_000), (CAT, 3_000), (DAN, 9_000)]);
        assert_eq!(town.economy.task(task).unwrap().award, Some((CAT, cents(price))));
        assert_eq!((town.purse(Purse::Escrow(task)), town.purse(Purse::Hold(task))), (price, 10_000 - price));
        assert_eq!(town.money([BOB, CAT, DAN]), [PURSE, PURSE - 300, PURSE], "the losers' deposits are back");
    }
}

#[test]
fn a_bid_that_lacks_a_constraint_is_not_compared_and_the_story_says_why() {
    let mut town = Town::new();
    let fit =
        town.register(oikos_protocol::command::participant::ParticipantKind::Agent, None, &["write", "quiet"], None);
    let task = town.post(ANN, TaskSpec { constraints: vec![can("quiet")], ..town.spec() });
    town.bids(task, &[(BOB, 1_000), (fit, 9_000)]);
    assert_eq!(town.economy.task(task).unwrap().award, Some((fit, cents(9_000))));
    let why = Exclusion::Lacks(can("quiet"));
    assert!(town.story(task).contains(&&TaskEvent::BidExcluded { task, bidder: BOB, why }));
}

#[test]
fn the_poster_chooses_by_hand_or_else_the_mechanism_does() {
    let mut town = Town::new();
    let spec = TaskSpec { selection: Selection::Manual { select: HOUR }, ..town.spec() };
    let (chosen, left) = (town.post(ANN, spec.clone()), town.post(ANN, spec));
    for task in [chosen, left] {
        town.bid(BOB, task, 5_000);
        town.bid(CAT, task, 3_000);
    }
    town.wait(HOUR);
    town.must(ANN, select(chosen, BOB));
    assert_eq!(town.economy.task(chosen).unwrap().award, Some((BOB, cents(5_000))));
    town.wait(HOUR);
    assert_eq!(town.economy.task(left).unwrap().award, Some((CAT, cents(3_000))));
    let ground = |task: TaskId, town: &Town| {
        town.story(task).into_iter().find_map(|event| match event {
            TaskEvent::AwardOffered { ground, .. } => Some(*ground),
            _ => None,
        })
    };
    assert_eq!(ground(chosen, &town), Some(AwardGround::Selected));
    assert_eq!(ground(left, &town), Some(AwardGround::Mechanism { compared: 2, lots: None }));
}

#[test]
fn equal_bids_wait_for_the_beacon_and_its_link_decides() {
    let mut winners = std::collections::BTreeSet::new();
    for spare in 0..8 {
        let mut town = Town::with(16 + spare, Default::default());
        let task = town.post(ANN, town.spec());
        town.bids(task, &[(BOB, 5_000), (CAT, 5_000), (DAN, 9_000)]);
        assert!(matches!(town.story(task).last(), Some(TaskEvent::StageEntered { stage: Stage::Lots, .. })));
        assert!(town.economy.wants_beacon());
        town.reveal_beacon();
        let (winner, price) = town.economy.task(task).unwrap().award.unwrap();
        assert_eq!(price, cents(5_000));
        winners.insert(winner);
    }
    assert_eq!(winners.into_iter().collect::<Vec<_>>(), [BOB, CAT], "both win under some seed, Dan under none");
}

#[test]
fn a_lot_that_no_beacon_decides_ends_without_award() {
    let mut town = Town::new();
    let task =
        town.post(ANN, TaskSpec { mechanism: MechanismKind::PostedPrice, bid_deposit: percent(1), ..town.spec() });
    town.bids(task, &[(BOB, 5_000), (CAT, 6_000)]);
    town.wait(HOUR);
    assert_eq!((town.phase(task), town.money([ANN, BOB, CAT])), (Phase::NoAward, [PURSE; 3]));
}

#[test]
fn a_posted_price_is_paid_whatever_was_asked() {
    let mut town = Town::new();
    let task =
        town.post(ANN, TaskSpec { mechanism: MechanismKind::PostedPrice, reserve: Some(cents(7_000)), ..town.spec() });
    town.bids(task, &[(BOB, 5_000)]);
    assert_eq!(town.economy.task(task).unwrap().award, Some((BOB, cents(7_000))));
}

// ---- Rows 10 and 11: the award is taken or not.

#[test]
fn the_bond_takes_the_deposit_in_and_the_rest_of_the_budget_is_free() {
    let mut town = Town::new();
    let spec = TaskSpec { bid_deposit: percent(10), performance_bond: percent(25), ..town.spec() };
    let task = offered(&mut town, spec);
    assert_eq!((town.money([ANN, BOB]), town.purse(Purse::Bond(task))), ([90_000, 99_500], 0));
    town.accept_award(BOB, task);
    assert_eq!((town.money([ANN, BOB]), town.purse(Purse::Bond(task))), ([95_000, 98_750], 1_250));
    town.submit(BOB, task, 0);
    town.accept(ANN, task, 0);
    assert_eq!(town.money([ANN, BOB]), [95_000, 105_000]);
}

#[test]
fn a_deposit_above_the_bond_goes_back_in_part() {
    let mut town = Town::new();
    let spec = TaskSpec { bid_deposit: percent(20), performance_bond: percent(5), ..town.spec() };
    let task = active(&mut town, spec);
    assert_eq!((town.money([BOB]), town.purse(Purse::Bond(task))), ([99_750], 250));
    assert_eq!(town.purse(Purse::Deposit(task, BOB)), 0);
}

#[test]
fn declining_costs_what_the_next_is_dearer_up_to_the_deposit() {
    for (next, lost) in [(5_200, 200), (9_000, 500)] {
        let mut town = Town::new();
        let task = town.post(ANN, TaskSpec { bid_deposit: percent(10), ..town.spec() });
        town.bids(task, &[(BOB, 5_000), (CAT, next)]);
        town.must(BOB, decline(task));
        assert_eq!(town.economy.task(task).unwrap().award, Some((CAT, cents(next))));
        assert_eq!(town.money([ANN, BOB]), [90_000 + lost, PURSE - lost]);
        assert_eq!((town.purse(Purse::Escrow(task)), town.purse(Purse::Hold(task))), (next, 10_000 - next));
        // Cat is silent: nobody is left, all goes back, and her deposit went back with the first award.
        town.wait_for(task);
        assert_eq!(town.phase(task), Phase::NoAward);
        assert_eq!(town.money([ANN, BOB, CAT]), [PURSE + lost, PURSE - lost, PURSE]);
        assert!(town.is_empty_handed(task));
    }
}

#[test]
fn after_a_decline_the_second_price_is_computed_anew() {
    let mut town = Town::new();
    let task =
        town.post(ANN, TaskSpec { mechanism: MechanismKind::SecondPrice, bid_deposit: percent(10), ..town.spec() });
    town.bids(task, &[(BOB, 3_000), (CAT, 5_000), (DAN, 6_000)]);
    assert_eq!(town.economy.task(task).unwrap().award, Some((BOB, cents(5_000))));
    town.must(BOB, decline(task));
    assert_eq!(town.economy.task(task).unwrap().award, Some((CAT, cents(6_000))));
    // The next price is 10.00 higher, the deposit on 30.00 was 3.00.
    assert_eq!(town.money([ANN, BOB]), [90_300, 99_700]);
    town.must(CAT, decline(task));
    assert_eq!(town.economy.task(task).unwrap().award, Some((DAN, cents(10_000))), "alone, at the reserve");
}

#[test]
fn whoever_declines_last_answers_for_the_reserve() {
    let mut town = Town::new();
    let spec = TaskSpec { bid_deposit: percent(10), reserve: Some(cents(5_300)), ..town.spec() };
    let task = offered(&mut town, spec);
    town.wait_for(task);
    assert_eq!((town.phase(task), town.money([ANN, BOB])), (Phase::NoAward, [100_300, 99_700]));
}

#[test]
fn those_whose_lot_was_drawn_keep_their_places_after_a_decline() {
    let mut town = Town::new();
    let task = town.post(ANN, TaskSpec { mechanism: MechanismKind::Lottery, ..town.spec() });
    town.bids(task, &[(BOB, 5_000), (CAT, 5_000), (DAN, 5_000)]);
    town.reveal_beacon();
    let mut order = Vec::new();
    while let Some((winner, _)) = town.economy.task(task).and_then(|view| view.award) {
        order.push(winner);
        town.must(winner, decline(task));
    }
    assert!(!town.economy.wants_beacon(), "one link was enough");
    order.sort_unstable();
    assert_eq!((order, town.phase(task)), (vec![BOB, CAT, DAN], Phase::NoAward));
}

#[test]
fn above_the_threshold_the_approver_confirms_and_silence_ends_it_without_blame() {
    for confirmed in [true, false] {
        let mut town = Town::new();
        let spec = TaskSpec {
            confirm_above: Some(cents(4_999)),
            bid_deposit: percent(10),
            performance_bond: percent(20),
            ..asking(&town)
        };
        let task = offered(&mut town, spec);
        town.accept_award(BOB, task);
        assert_eq!((town.phase(task), town.purse(Purse::Bond(task))), (Phase::AwardOffered, 1_000));
        if confirmed {
            town.must(OLA, confirm(task));
            assert_eq!((town.phase(task), town.money([ANN, BOB])), (Phase::Active, [95_000, 99_000]));
        } else {
            town.wait_for(task);
            assert_eq!((town.phase(task), town.money([ANN, BOB])), (Phase::NoAward, [PURSE, PURSE]));
            assert_eq!(town.economy.participant(BOB).unwrap().reputation.bad, 0);
        }
    }
}

#[test]
fn at_the_threshold_nobody_is_asked() {
    let mut town = Town::new();
    let spec = TaskSpec { confirm_above: Some(cents(5_000)), ..asking(&town) };
    let task = active(&mut town, spec);
    assert_eq!(town.phase(task), Phase::Active);
}

// ---- Rows 15 to 17: work, default, review.

#[test]
fn a_late_deliverable_is_taken_within_the_grace_and_not_at_its_end() {
    let mut spec = Town::new().spec();
    spec.windows.grace = Span::seconds(600);
    let mut town = Town::new();
    let (late, lost) = (active(&mut town, spec.clone()), active(&mut town, spec));
    // The second award was accepted an hour after the first one.
    town.until(Timestamp(Span::hours(2).0 + Span::seconds(600).0 - 1));
    town.submit(BOB, late, 0);
    town.until(Timestamp(Span::hours(3).0 + Span::seconds(600).0));
    assert_eq!((town.phase(late), town.phase(lost)), (Phase::Submitted, Phase::Defaulted));
    assert_eq!(town.ask(BOB, submit(lost, 0)).unwrap_err().code(), "contract.not_active");
}

#[test]
fn a_defaulting_worker_pays_damages_up_to_the_cap_and_its_reputation_falls() {
    for (cap, damages) in [(10, 500), (100, 1_000)] {
        let mut town = Town::new();
        let spec = TaskSpec { performance_bond: percent(20), damages_max: percent(cap), ..town.spec() };
        let task = active(&mut town, spec);
        town.wait_for(task);
        assert_eq!((town.phase(task), town.money([ANN, BOB])), (Phase::Defaulted, [PURSE + damages, PURSE - damages]));
        let reputation = town.economy.participant(BOB).unwrap().reputation;
        assert_eq!((reputation.good, reputation.bad), (0, 1));
    }
}

fn parts(shares: &[u32]) -> Vec<Milestone> {
    let share = |millionths| Share::from_millionths(millionths).unwrap();
    shares.iter().map(|&millionths| Milestone { share: share(millionths), deliver: HOUR }).collect()
}

#[test]
fn milestones_pay_their_shares_to_the_last_cent_and_a_default_keeps_what_was_paid() {
    let thirds = parts(&[333_333, 333_333, 333_334]);
    for defaults in [false, true] {
        let mut town = Town::new();
        let task = town.post(ANN, TaskSpec { milestones: thirds.clone(), ..town.spec() });
        town.bids(task, &[(BOB, 1_000)]);
        town.accept_award(BOB, task);
        // 10.00 in thirds of a million: 3.33, 3.33 and 3.34 by largest remainder.
        for (n, paid) in [(0, 333), (1, 666)] {
            town.submit(BOB, task, n);
            town.accept(ANN, task, n);
            assert_eq!((town.phase(task), town.money([BOB])), (Phase::Active, [PURSE + paid]));
            assert_eq!(town.economy.task(task).unwrap().earned, cents(paid));
        }
        if defaults {
            town.wait_for(task);
            assert_eq!((town.phase(task), town.money([ANN, BOB])), (Phase::Defaulted, [99_334, 100_666]));
        } else {
            town.submit(BOB, task, 2);
            town.accept(ANN, task, 2);
            assert_eq!((town.phase(task), town.money([ANN, BOB])), (Phase::Settled, [99_000, 101_000]));
            let paid = town.story(task).last().copied().cloned();
            assert_eq!(paid, Some(TaskEvent::Settled { task, worker: BOB, paid: cents(1_000) }));
        }
        assert!(town.is_empty_handed(task));
    }
}

#[test]
fn a_team_shares_the_pay_by_weight_after_the_fee() {
    let mut town = Town::new();
    let fee = oikos_protocol::command::policy::SetFee { fee: percent(5) };
    town.must(OPERATOR, Command::SetFee(fee));
    let task = town.post(ANN, town.spec());
    town.must(BOB, team_bid(task, 1_001, &[(BOB, 1), (CAT, 1), (DAN, 1)]));
    town.wait_for(task);
    town.accept_award(BOB, task);
    town.submit(BOB, task, 0);
    town.accept(ANN, task, 0);
    // 10.01 less 5 % rounded down (0.50) is 9.51: 3.17 each.
    assert_eq!(town.money([ANN, BOB, CAT, DAN]), [98_999, 100_317, 100_317, 100_317]);
    assert_eq!(town.purse(Purse::Treasury), 50);
}

#[test]
fn the_fee_of_a_task_is_the_one_at_its_posting() {
    let mut town = Town::new();
    let spec = town.spec();
    let task = submitted(&mut town, spec);
    town.must(OPERATOR, Command::SetFee(oikos_protocol::command::policy::SetFee { fee: percent(50) }));
    town.accept(ANN, task, 0);
    assert_eq!((town.money([BOB]), town.purse(Purse::Treasury)), ([105_000], 0));
}

#[test]
fn silence_of_the_reviewer_pays_the_worker_or_splits_as_was_posted() {
    let splits = ReviewDefault::Split(percent(30));
    for (review_default, paid) in [(ReviewDefault::Accept, 5_000), (splits, 1_500)] {
        let mut town = Town::new();
        let spec = TaskSpec { review_default, ..town.spec() };
        let task = submitted(&mut town, spec);
        town.wait_for(task);
        assert_eq!((town.phase(task), town.money([ANN, BOB])), (Phase::Settled, [PURSE - paid, PURSE + paid]));
        let by_clock = |event: &&TaskEvent| matches!(event, TaskEvent::DeliverableAccepted { by: Cause::Clock, .. });
        assert!(town.story(task).iter().any(by_clock));
    }
}

#[test]
fn a_silent_poster_passes_the_word_to_the_evaluator_whose_silence_is_consent() {
    for speaks in [true, false] {
        let mut town = Town::new();
        let spec = TaskSpec { review_default: ReviewDefault::Evaluator, evaluator: Some(EVA), ..town.spec() };
        let task = submitted(&mut town, spec);
        town.wait_for(task);
        assert_eq!((town.phase(task), town.money([BOB])), (Phase::Submitted, [PURSE]));
        assert_eq!(town.economy.task(task).unwrap().deadline, town.now.after(Span::hours(8)));
        if speaks {
            town.accept(EVA, task, 0);
        } else {
            town.wait_for(task);
        }
        assert_eq!((town.phase(task), town.money([BOB])), (Phase::Settled, [105_000]));
    }
}

#[test]
fn the_evaluator_may_accept_at_any_time() {
    let mut town = Town::new();
    let spec = TaskSpec { evaluator: Some(EVA), ..town.spec() };
    let task = submitted(&mut town, spec);
    town.accept(EVA, task, 0);
    assert_eq!(town.phase(task), Phase::Settled);
}

#[test]
fn a_human_reviews_in_working_time_and_a_weekend_passes_before_silence_counts() {
    let mut town = Town::new();
    // Friday 1970-01-02, noon.
    town.until(Timestamp(Span::hours(36).0 - 2 * HOUR.0));
    let task = town.post(IDA, town.spec());
    town.bids(task, &[(BOB, 5_000)]);
    town.accept_award(BOB, task);
    town.wait(Span::seconds(3_599));
    town.submit(BOB, task, 0);
    // Five hours and a second are left of Friday; the rest of eight hours ends on Monday at noon, less a second.
    let monday_noon = Timestamp(Span::hours(24 * 4 + 12).0 - Span::seconds(1).0);
    assert_eq!(town.economy.task(task).unwrap().deadline, monday_noon);
    town.until(Timestamp(monday_noon.0 - 1));
    assert_eq!(town.phase(task), Phase::Submitted);
    town.until(monday_noon);
    assert_eq!((town.phase(task), town.money([IDA, BOB])), (Phase::Settled, [95_000, 105_000]));
}

#[test]
fn the_hard_end_never_comes_before_the_silence_of_a_human_is_over() {
    let mut town = Town::new();
    // As tight as it may be: on a Thursday it leaves room for a Friday evening.
    town.until(Timestamp(Span::hours(40).0));
    let mut spec = town.spec();
    spec.ends_at = town.now.after(Span::hours(4 + 72));
    assert_eq!(
        town.ask(IDA, Command::PostTask(TaskSpec { ends_at: Timestamp(spec.ends_at.0 - 1), ..spec.clone() }.into()))
            .unwrap_err()
            .code(),
        "task.ends_too_soon"
    );
    let task = town.post(IDA, spec);
    town.bids(task, &[(BOB, 5_000)]);
    town.wait(Span(HOUR.0 - 1));
    town.accept_award(BOB, task);
    town.wait(Span(HOUR.0 - 1));
    town.submit(BOB, task, 0);
    town.wait(Span::hours(24 * 7));
    assert_eq!((town.phase(task), town.money([BOB])), (Phase::Settled, [105_000]));
}

// ---- Rows 20 and 27: retention and the hard end.

#[test]
fn the_bond_is_kept_until_the_retention_is_over() {
    let mut town = Town::new();
    let spec = TaskSpec { performance_bond: percent(20), ..with_retention(&town, DAY) };
    let task = submitted(&mut town, spec);
    town.accept(ANN, task, 0);
    assert_eq!((town.phase(task), town.money([BOB])), (Phase::Accepted, [104_000]));
    town.until(Timestamp(town.now.0 + DAY.0 - 1));
    assert_eq!(town.phase(task), Phase::Accepted);
    town.wait(Span(1));
    assert_eq!((town.phase(task), town.money([ANN, BOB])), (Phase::Settled, [95_000, 105_000]));
    assert_eq!(town.economy.participant(BOB).unwrap().reputation.good, 1);
}

#[test]
fn the_hard_end_gives_back_what_is_not_earned_in_every_phase_it_can_meet() {
    // Draft, and waiting for an approver.
    let mut town = Town::new();
    let draft = town.draft(ANN, town.spec());
    let mut spec = asking(&town);
    spec.windows.approve = Span::hours(24 * 60);
    let pending = town.post(ANN, spec);
    town.until(town.economy.task(draft).unwrap().spec.ends_at);
    assert_eq!((town.phase(draft), town.phase(pending)), (Phase::Expired, Phase::Expired));
    assert_eq!((town.money([ANN]), town.economy.participant(ANN).unwrap().committed(EUR)), ([PURSE], cents(0)));

    // An open task always closes before its hard end: no spec is accepted that would say otherwise.
    let mut town = Town::new();
    let spec = TaskSpec { ends_at: town.now.after(Span::hours(2)), ..town.spec() };
    assert_eq!(town.ask(ANN, Command::PostTask(spec.into())).unwrap_err().code(), "task.ends_too_soon");

    // Evaluating: Bob declines at the last moment, the others are equal, and no beacon comes for their lot.
    // The accept window is all of the time there is left.
    let slow = |town: &Town| {
        let mut spec = town.spec();
        spec.windows.accept = Span::hours(11);
        spec.windows.review = HOUR;
        TaskSpec {
            bid_deposit: percent(10),
            performance_bond: percent(20),
            ends_at: town.now.after(Span::hours(15)),
            ..spec
        }
    };
    let evaluating = |town: &mut Town, second: u128| {
        let task = town.post(ANN, slow(town));
        town.bids(task, &[(BOB, 5_000), (CAT, 6_000), (DAN, second)]);
        town.wait(Span(Span::hours(11).0 - 1));
        town.wait(Span(1));
        task
    };
    let mut town = Town::new();
    let task = evaluating(&mut town, 6_000);
    assert_eq!((town.phase(task), town.money([ANN, BOB])), (Phase::Evaluating, [90_500, 99_500]));
    town.wait(HOUR);
    assert_eq!((town.phase(task), town.money([ANN, BOB, CAT, DAN])), (Phase::NoAward, [100_500, 99_500, PURSE, PURSE]));

    // Two declined, and the hard end comes before the lot's own window is over.
    let mut town = Town::new();
    let task = town.post(ANN, slow(&town));
    town.bids(task, &[(BOB, 5_000), (CAT, 6_000), (DAN, 9_000), (EVA, 9_000)]);
    town.until(Timestamp(Span::hours(15).0 - Span::seconds(1_800).0));
    town.must(CAT, decline(task));
    assert_eq!((town.phase(task), town.economy.wants_beacon()), (Phase::Evaluating, true), "after a silent Bob");
    town.wait(HOUR);
    assert_eq!(town.story(task).last(), Some(&&TaskEvent::Expired { task, phase: Phase::Evaluating }));
    assert!(!town.economy.wants_beacon(), "nobody waits for a link any more");
    assert_eq!(town.money([ANN, BOB, CAT, DAN]), [100_500, 99_500, PURSE, PURSE]);

    // Offered, taken but not delivered, delivered but not reviewed.
    for steps in 0..3 {
        let mut town = Town::new();
        let task = evaluating(&mut town, 9_000);
        assert_eq!(town.economy.task(task).unwrap().award, Some((CAT, cents(6_000))));
        town.until(Timestamp(Span::hours(15).0 - 2));
        let mut phase = Phase::AwardOffered;
        if steps > 0 {
            town.accept_award(CAT, task);
            phase = Phase::Active;
        }
        if steps > 1 {
            town.submit(CAT, task, 0);
            phase = Phase::Submitted;
        }
        assert_eq!(town.phase(task), phase);
        town.wait(Span(2));
        assert_eq!(town.phase(task), Phase::Expired, "from {phase}");
        assert_eq!(town.story(task).last(), Some(&&TaskEvent::Expired { task, phase }));
        // Bob pays 5.00 for declining; Cat gets her bond back, and nothing for what nobody accepted.
        assert_eq!(town.money([ANN, BOB, CAT, DAN]), [100_500, 99_500, PURSE, PURSE], "from {phase}");
        assert!(town.is_empty_handed(task));
    }

    // Accepted: what is paid stays paid, and the bond goes back before the retention is over.
    let mut town = Town::new();
    let mut spec = slow(&town);
    spec.windows.accept = Span::hours(10);
    spec.windows.retention = HOUR;
    let task = town.post(ANN, spec);
    town.bids(task, &[(BOB, 5_000), (CAT, 6_000)]);
    town.wait(Span::hours(10));
    town.until(Timestamp(Span::hours(15).0 - 2));
    town.accept_award(CAT, task);
    town.submit(CAT, task, 0);
    town.accept(ANN, task, 0);
    assert_eq!((town.phase(task), town.purse(Purse::Bond(task))), (Phase::Accepted, 1_200));
    town.wait(Span(2));
    assert_eq!((town.phase(task), town.money([ANN, BOB, CAT])), (Phase::Expired, [94_500, 99_500, 106_000]));
}

#[test]
fn reputation_moves_only_with_settled_or_broken_work() {
    let mut town = Town::new();
    let spec = town.spec();
    let task = submitted(&mut town, spec);
    town.accept(ANN, task, 0);
    let reputation = town.economy.participant(BOB).unwrap().reputation;
    assert_eq!((reputation.good, reputation.bad, reputation.share().millionths()), (1, 0, 666_666));
    let picky = town.post(ANN, TaskSpec { reputation_min: percent(60), ..town.spec() });
    town.bid(BOB, picky, 1_000);
    assert_eq!(town.ask(CAT, bid(picky, 1_000)).unwrap_err().code(), "bid.low_reputation");
}
