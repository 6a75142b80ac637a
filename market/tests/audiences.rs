//! Who may see what: a sealed price is its bidder's alone until the rule opens it, and so is all that betrays it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

mod town;

use oikos_protocol::command::Command;
use oikos_protocol::command::task::{Sealing, TaskSpec};
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::event::{Audience, Event};
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::money::Share;
use town::*;

/// Whether this participant may see an event. The operator also sees what is the operator's alone.
fn sees(who: ParticipantId, event: &Event) -> bool {
    match event.audience() {
        Audience::Public => true,
        Audience::Parties(parties) => parties.contains(&Some(who)),
        Audience::Operator => who == OPERATOR,
    }
}

/// What this participant saw from an event on, as it reads on the wire.
fn seen_by(who: ParticipantId, town: &Town, from: usize) -> String {
    let seen = town.events[from..].iter().filter(|event| sees(who, event));
    seen.map(|event| serde_json::to_string(event).unwrap() + "\n").collect()
}

/// Prices, deposits and what is left of a purse: numbers that stand nowhere else.
const BOB_ASKS: u128 = 7_717;
const BOB_LAYS_DOWN: u128 = 1_543;
const BOB_REVISES: u128 = 7_919;
const BOB_ADDS: u128 = 40;

fn tells(text: &str) -> bool {
    [BOB_ASKS, BOB_LAYS_DOWN, BOB_REVISES, BOB_ADDS].iter().any(|number| text.contains(&format!("\"{number}\"")))
}

fn sealed(town: &Town) -> TaskSpec {
    TaskSpec { bid_deposit: percent(20), ..town.spec() }
}

const OTHERS: [ParticipantId; 5] = [OPERATOR, ANN, CAT, OLA, BOT];

/// Bob bids, revises, and Cat bids too.
fn bidding(spec: TaskSpec) -> (Town, TaskId, usize) {
    let mut town = Town::new();
    let from = town.events.len();
    let task = town.post(ANN, spec);
    town.bid(BOB, task, BOB_ASKS);
    town.bid(BOB, task, BOB_REVISES);
    town.bid(CAT, task, 9_001);
    (town, task, from)
}

#[test]
fn nobody_but_its_bidder_sees_a_sealed_price_or_a_deposit_that_betrays_it() {
    let (mut town, task, from) = bidding(sealed(&Town::new()));
    assert!(tells(&seen_by(BOB, &town, from)), "its bidder does see it");
    for who in OTHERS {
        assert!(!tells(&seen_by(who, &town, from)), "{who} saw a sealed price");
        assert!(seen_by(who, &town, from).contains("bid_placed"), "{who} sees that there is a bid");
    }
    town.wait_for(task);
    for who in OTHERS {
        let text = seen_by(who, &town, from);
        assert!(text.contains(&format!("\"{BOB_REVISES}\"")), "{who} sees the opened price");
        assert!(!text.contains(&format!("\"{BOB_ASKS}\"")), "{who} saw a price that was replaced");
    }
}

#[test]
fn a_sealed_bid_that_was_withdrawn_or_whose_task_was_cancelled_is_never_seen() {
    for cancelled in [true, false] {
        let (mut town, task, from) = bidding(sealed(&Town::new()));
        if cancelled {
            town.must(ANN, cancel(task));
        } else {
            town.must(BOB, withdraw(task));
        }
        town.wait(HOUR);
        for who in OTHERS {
            assert!(!tells(&seen_by(who, &town, from)), "{who} saw it, cancelled: {cancelled}");
        }
    }
}

#[test]
fn an_open_bid_is_for_all_to_see_but_its_deposit_is_not() {
    let (town, _, from) = bidding(TaskSpec { sealing: Sealing::Open, ..sealed(&Town::new()) });
    for who in OTHERS {
        let text = seen_by(who, &town, from);
        assert!(text.contains(&format!("\"{BOB_ASKS}\"")) && !text.contains(&format!("\"{BOB_LAYS_DOWN}\"")), "{who}");
    }
}

#[test]
fn a_commitment_says_nothing_even_to_the_node_until_it_is_revealed() {
    let mut town = Town::new();
    let from = town.events.len();
    let sealing = Sealing::CommitReveal { reveal: HOUR };
    let task = town.post(ANN, TaskSpec { sealing, ..sealed(&town) });
    town.must(BOB, commit(BOB, task, BOB_ASKS));
    town.wait_for(task);
    assert!(town.economy.bids(task).all(|bid| bid.price.is_none()));
    for who in [OPERATOR, ANN, BOB, CAT] {
        assert!(!tells(&seen_by(who, &town, from)), "{who}");
    }
    town.must(BOB, reveal(task, BOB_ASKS));
    assert!(tells(&seen_by(CAT, &town, from)));
}

#[test]
fn whoever_loses_a_deposit_sees_it_go_and_so_does_the_poster() {
    let mut town = Town::new();
    let sealing = Sealing::CommitReveal { reveal: HOUR };
    let task = town.post(ANN, TaskSpec { sealing, ..sealed(&town) });
    town.must(BOB, commit(BOB, task, BOB_ASKS));
    town.wait_for(task);
    let from = town.events.len();
    town.wait_for(task);
    for who in [ANN, BOB] {
        assert!(seen_by(who, &town, from).contains("\"forfeit\""), "{who}");
    }
    assert!(!seen_by(CAT, &town, from).contains("\"forfeit\""));
}

#[test]
fn a_draft_is_its_posters_and_an_approver_sees_what_it_is_to_approve() {
    let mut town = Town::new();
    let from = town.events.len();
    town.draft(ANN, town.spec());
    let task = town.post(ANN, TaskSpec { approver: Some(OLA), ..town.spec() });
    assert!(seen_by(ANN, &town, from).contains("drafted") && seen_by(BOB, &town, from).is_empty());
    let asked = town.events.iter().find(|event| matches!(event, Event::Task(TaskEvent::ApprovalAsked { .. }))).unwrap();
    assert!(sees(OLA, asked) && sees(ANN, asked) && !sees(BOB, asked) && !sees(OPERATOR, asked));
    assert!(seen_by(OLA, &town, from).contains("\"budget\":\"10000\""), "the spec comes with the question");
    town.must(OLA, approve(task));
    assert!(seen_by(BOB, &town, from).contains("\"poster\":1"), "a bidder knows whose task it is");
}

#[test]
fn a_mandate_is_between_the_bound_and_the_approver() {
    let mut town = Town::new();
    let from = town.events.len();
    town.mandate(ANN, 12_345, 54_321, OLA);
    for who in [ANN, OLA] {
        assert!(seen_by(who, &town, from).contains("12345"), "{who}");
    }
    assert!(seen_by(BOB, &town, from).is_empty());
}

#[test]
fn fees_are_public_and_so_is_who_was_paid_what_by_whom_through_the_award() {
    let mut town = Town::new();
    let fee = Share::from_millionths(12_345).unwrap();
    let from = town.events.len();
    town.must(OPERATOR, Command::SetFee(oikos_protocol::command::policy::SetFee { fee }));
    assert!(seen_by(CAT, &town, from).contains("12345"));
}
