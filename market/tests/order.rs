//! Order: deadlines fire by (moment, kind, id) however they are driven, a command at its deadline is late,
//! the same history gives the same digest, and a snapshot goes on as the original does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

mod town;

use oikos_ledger::{LedgerSink, MemoryPast};
use oikos_market::{Economy, Progress};
use oikos_protocol::command::offer::PublishOffer;
use oikos_protocol::command::task::{Sealing, Selection, TaskSpec};
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::command::{Command, Request};
use oikos_protocol::event::Event;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::offer::OfferEvent;
use oikos_protocol::event::task::{Phase, TaskEvent};
use oikos_protocol::id::{OfferId, TransferId};
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Outcome;
use oikos_protocol::time::{Span, Timestamp};
use town::traffic::{Traffic, play};
use town::*;

/// What was asked and when: a journal in memory.
fn history(seed: u64, commands: usize) -> (Town, Vec<(Timestamp, Request, Outcome)>) {
    let mut town = Town::new();
    let begun = town.economy.now();
    assert_eq!(begun, Timestamp::ZERO);
    let mut asked = Vec::new();
    let mut traffic = Traffic::new(seed);
    play(&mut town, &mut traffic, commands, |town, _, request, outcome| {
        asked.push((town.now, request.clone(), outcome.clone()));
    });
    (town, asked)
}

/// Drives an economy through the same history, so many deadlines at a call.
fn drive(
    economy: &mut Economy,
    past: &mut MemoryPast,
    asked: &[(Timestamp, Request, Outcome)],
    budget: u32,
) -> Vec<Event> {
    let mut all = Vec::new();
    for (at, request, outcome) in asked {
        let mut events = Vec::new();
        let ready = loop {
            if let Progress::Done(ready) = economy.advance(*at, budget, &mut events) {
                break ready;
            }
        };
        assert_eq!(&economy.apply(ready, request, past, &mut events), outcome);
        assert_eq!(economy.check_invariants(), Ok(()));
        for event in &events {
            if let Event::Ledger(change) = event {
                past.emit(**change);
            }
        }
        all.extend(events);
    }
    all
}

/// Fires what is due at last, and tells everything in one hash.
fn end(mut economy: Economy, at: Timestamp) -> (Economy, oikos_protocol::id::Hash32) {
    let mut sink = oikos_protocol::event::Dropped;
    while let Progress::More = economy.advance(at, 7, &mut sink) {}
    let digest = economy.digest();
    (economy, digest)
}

#[test]
fn deadlines_fired_one_by_one_or_all_at_once_give_the_same_events_and_the_same_digest() {
    for seed in [11, 12] {
        let (town, asked) = history(seed, 2_500);
        let at = town.now;
        let begun = Town::new();
        let setup = begun.events.len();
        let (_, expected) = end(town.economy, at);
        for budget in [1, 2, 1_000_000] {
            let mut fresh = Town::new();
            let events = drive(&mut fresh.economy, &mut fresh.past, &asked, budget);
            let known = &town.events[setup..];
            // The town lets the last lot be drawn at once; here it waits for the next call.
            assert_eq!(events[..], known[..events.len()], "budget {budget}");
            assert_eq!(end(fresh.economy, at).1, expected, "budget {budget}");
        }
    }
}

#[test]
fn a_snapshot_in_mid_life_goes_on_as_the_original_does() {
    let (town, asked) = history(13, 2_000);
    let at = town.now;
    for cut in [0, 1, 500, 1_234, 1_999] {
        let mut original = Town::new();
        drive(&mut original.economy, &mut original.past, &asked[..cut], 9);
        let bytes = postcard::to_allocvec(&original.economy).unwrap();
        let mut copy: Economy = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(copy.digest(), original.economy.digest(), "cut at {cut}");
        assert_eq!(postcard::to_allocvec(&copy).unwrap(), bytes, "the bytes of a copy are the bytes of the original");
        assert_eq!(copy.audit(), Ok(()));
        let mut past = original.past.clone();
        let events = drive(&mut copy, &mut past, &asked[cut..], 9);
        assert_eq!(events, drive(&mut original.economy, &mut original.past, &asked[cut..], 9), "cut at {cut}");
        let (copy, digest) = end(copy, at);
        let (original, expected) = end(original.economy, at);
        assert_eq!(digest, expected, "cut at {cut}");
        assert_eq!((copy.remembered(), copy.now()), (original.remembered(), original.now()));
    }
}

#[test]
fn the_same_days_give_the_same_digest_and_other_days_another() {
    let digest = |seed| history(seed, 500).0.economy.digest();
    assert_eq!(digest(21), digest(21));
    assert_ne!(digest(21), digest(22));
}

#[test]
fn among_equal_moments_transfers_expire_before_tasks_and_tasks_before_offers_each_by_number() {
    let mut town = Town::new();
    let due = town.now.after(HOUR);
    let terms =
        PublishOffer { capability: can("write"), asset: EUR, price: cents(1), units: 1, buyer: None, expires: due };
    town.must(BOB, Command::PublishOffer(terms.clone()));
    town.must(CAT, Command::PublishOffer(terms));
    let tasks = [town.post(DAN, town.spec()), town.post(ANN, town.spec()), town.post(CAT, town.spec())];
    // The ledger gives every transfer a moment of its own; the first lies at the end of all accounts opened.
    let opened = town.economy.ledger().last_timestamp();
    town.until(Timestamp(opened.0 + 1));
    let pending = Transfer {
        id: TransferId(1),
        debit_account_id: oikos_market::available_account(ANN, EUR),
        credit_account_id: oikos_market::available_account(BOB, EUR),
        amount: cents(1),
        ledger: EUR,
        code: 1,
        timeout: 3_600,
        flags: TransferFlags::PENDING,
        ..Transfer::ZERO
    };
    town.must(ANN, Command::CreateTransfers(vec![pending]));
    let late = town.now.after(HOUR);
    let more = town.post(ANN, town.spec());
    assert_eq!(town.economy.ledger().next_expiry(), Some(late));
    assert_eq!(town.economy.task(more).unwrap().deadline, late);

    let before = town.events.len();
    town.until(due);
    let order: Vec<String> = town.events[before..]
        .iter()
        .filter_map(|event| match event {
            Event::Task(TaskEvent::BidsClosed { task, .. }) => Some(task.to_string()),
            Event::Offer(OfferEvent::Expired { offer }) => Some(offer.to_string()),
            _ => None,
        })
        .collect();
    let [first, second, third] = tasks.map(|task| task.to_string());
    assert_eq!(order, [first, second, third, OfferId(0).to_string(), OfferId(1).to_string()]);

    let before = town.events.len();
    town.until(late);
    let kinds: Vec<&str> = town.events[before..]
        .iter()
        .filter_map(|event| match event {
            Event::Ledger(change) => matches!(**change, LedgerEvent::TransferExpired(_)).then_some("transfer"),
            Event::Task(TaskEvent::BidsClosed { .. }) => Some("task"),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, ["transfer", "task"]);
}

#[test]
fn a_command_at_its_deadline_is_late() {
    type Prepare = fn(&mut Town) -> (oikos_protocol::id::TaskId, oikos_protocol::id::ParticipantId, Command);
    fn with(town: &mut Town, change: impl Fn(&mut TaskSpec)) -> oikos_protocol::id::TaskId {
        let mut spec = town.spec();
        change(&mut spec);
        town.post(ANN, spec)
    }
    let cases: [(&str, Prepare); 7] = [
        ("task.not_pending_approval", |town| {
            let task = with(town, |spec| spec.approver = Some(OLA));
            (task, OLA, approve(task))
        }),
        ("bid.not_open", |town| {
            let task = with(town, |_| {});
            (task, BOB, bid(task, 1))
        }),
        ("bid.not_revealing", |town| {
            let task = with(town, |spec| spec.sealing = Sealing::CommitReveal { reveal: HOUR });
            town.must(BOB, commit(BOB, task, 1));
            town.wait_for(task);
            (task, BOB, reveal(task, 1))
        }),
        ("award.not_selecting", |town| {
            let task = with(town, |spec| spec.selection = Selection::Manual { select: HOUR });
            town.bids(task, &[(BOB, 1)]);
            (task, ANN, select(task, BOB))
        }),
        ("award.not_offered", |town| {
            let task = with(town, |_| {});
            town.bids(task, &[(BOB, 1)]);
            (task, BOB, take_award(task))
        }),
        ("contract.not_active", |town| {
            let task = with(town, |_| {});
            town.bids(task, &[(BOB, 1)]);
            town.accept_award(BOB, task);
            (task, BOB, submit(task, 0))
        }),
        ("contract.not_submitted", |town| {
            let task = with(town, |_| {});
            town.bids(task, &[(BOB, 1)]);
            town.accept_award(BOB, task);
            town.submit(BOB, task, 0);
            (task, ANN, accept(task, 0))
        }),
    ];
    for (code, prepare) in cases {
        for late in [false, true] {
            let mut town = Town::new();
            let (task, by, command) = prepare(&mut town);
            let deadline = town.economy.task(task).unwrap().deadline;
            // The command brings the time along: the clock acts first all the same.
            town.now = if late { deadline } else { Timestamp(deadline.0 - 1) };
            let answer = town.ask(by, command);
            assert_eq!(answer.as_ref().err().map(|why| why.code()), late.then_some(code), "{code}");
        }
    }
}

#[test]
fn what_follows_from_a_deadline_is_counted_from_the_deadline_and_not_from_when_it_was_noticed() {
    let mut town = Town::new();
    let task = town.post(ANN, town.spec());
    town.bid(BOB, task, 5_000);
    let closed = town.economy.task(task).unwrap().deadline;
    // Nobody looked for a week: bids closed on time, and so did the offer of the award.
    town.until(closed.after(Span::hours(24 * 7)));
    assert_eq!(town.phase(task), Phase::NoAward);
    let offered = town.story(task).into_iter().find_map(|event| match event {
        TaskEvent::AwardOffered { accept_by, .. } => Some(*accept_by),
        _ => None,
    });
    assert_eq!(offered, Some(closed.after(HOUR)));
}

#[test]
fn nothing_is_decided_by_the_order_of_arrival() {
    let mut digests = std::collections::BTreeSet::new();
    for order in [[BOB, CAT, DAN], [DAN, BOB, CAT], [CAT, DAN, BOB]] {
        let mut town = Town::new();
        let task = town.post(ANN, town.spec());
        for who in order {
            town.bid(who, task, 5_000);
        }
        town.wait_for(task);
        town.reveal_beacon();
        let (winner, price) = town.economy.task(task).unwrap().award.unwrap();
        assert_eq!(price, Amount(5_000));
        digests.insert((winner, town.economy.digests().market));
    }
    assert_eq!(digests.len(), 1, "the same award and the same state, whoever came first");
}
