//! Open → Open: a bid comes in, is revised or is taken back.
//!
//! A bidder has one live bid and its principal has one voice. A revised bid replaces the earlier one whole;
//! its deposit is topped up or given back in part.

use super::refund::Mover;
use super::state::{Task, TaskState};
use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::bid::{BidTerms, PlaceBid, TeamShare, WithdrawBid, seal_of};
use oikos_protocol::command::scoring::Promise;
use oikos_protocol::command::task::{MechanismKind, Sealing};
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::bid::BidRejection;

/// Row 5: a first or a revised bid.
pub(crate) fn place(
    ask: &PlaceBid,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let task = open(id, economy)?;
    check_bidder(id, task, economy, by, &ask.team)?;
    // The reserve stands for a price that nobody may know yet.
    let (price, promise) = match (ask.terms, task.spec.sealing) {
        (BidTerms::Priced { price, .. }, Sealing::Sealed | Sealing::Open) => (price, None),
        (BidTerms::Scored { price, promise, .. }, Sealing::Sealed | Sealing::Open) => (price, Some(promise)),
        (BidTerms::Committed { .. }, Sealing::CommitReveal { .. }) => (task.reserve(), None),
        _ => return Err(BidRejection::WrongTerms {}.into()),
    };
    // What is committed to is looked at when it is revealed.
    if !matches!(ask.terms, BidTerms::Committed { .. }) {
        check_promise(promise, task)?;
    }
    if price > task.reserve() {
        return Err(BidRejection::AboveReserve { price, reserve: task.reserve() }.into());
    }
    check_team(&ask.team, economy, by)?;
    let earlier = task.bid(by);
    let principal = economy.participants.principal(by);
    let rival = |bidder| bidder != by && economy.participants.principal(bidder) == principal;
    if task.bids.iter().any(|bid| rival(bid.bidder)) {
        return Err(BidRejection::PrincipalHasBid { principal }.into());
    }
    let max = economy.genesis.limits.bids_max;
    if earlier.is_none() && task.bids.len() >= max as usize {
        return Err(BidRejection::TooManyBids { max }.into());
    }
    let mover = Mover::new(id, task, economy);
    let (held, deposit) =
        (earlier.map_or(Amount::ZERO, |bid| mover.deposit(bid)), price.share_down(task.spec.bid_deposit));
    let mandate = economy.participants.get(by).and_then(|bidder| bidder.mandate(task.spec.asset));
    if let Some(mandate) = mandate {
        // Where the rule may award more than was asked, the bond follows the award.
        let awarded = match task.spec.mechanism {
            MechanismKind::FirstPrice | MechanismKind::Lottery | MechanismKind::ScoringFirst(_) => price,
            MechanismKind::SecondPrice | MechanismKind::PostedPrice | MechanismKind::ScoringSecond(_) => task.reserve(),
        };
        let at_stake = deposit.max(awarded.share_down(task.spec.performance_bond));
        if at_stake > mandate.per_task_max {
            return Err(BidRejection::AboveMandate { at_stake, limit: mandate.per_task_max }.into());
        }
    }
    let more = deposit.saturating_sub(held);
    let available = economy.available(by, task.spec.asset);
    if more > available {
        return Err(BidRejection::InsufficientFunds { deposit: more, available }.into());
    }

    let revised = earlier.is_some();
    let placed = |seal| TaskEvent::BidPlaced { task: id, bidder: by, seal, revised, team: ask.team.clone() };
    match ask.terms {
        BidTerms::Priced { price, nonce } | BidTerms::Scored { price, nonce, .. } => {
            let open = task.spec.sealing == Sealing::Open;
            out.push(Event::Task(placed(seal_of(id, by, price, &nonce, promise))));
            out.push(Event::Task(TaskEvent::BidPriced { task: id, bidder: by, price, nonce, open }));
            if let Some(promise) = promise {
                let reputation = economy.participants.reputation(by);
                out.push(Event::Task(TaskEvent::BidPromised { task: id, bidder: by, promise, reputation, open }));
            }
        }
        BidTerms::Committed { commitment } => out.push(Event::Task(placed(commitment))),
    }
    mover.moved(Purse::Available(by), Purse::Deposit(id, by), more, MoneyReason::Deposit, out);
    mover.deposit_back(by, held.saturating_sub(deposit), out);
    Ok(Reply::Done)
}

/// Row 5: a bid taken back, with its deposit.
pub(crate) fn withdraw(
    ask: &WithdrawBid,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let id = ask.task;
    let task = open(id, economy)?;
    let bid = task.bid(by).ok_or(BidRejection::NoBid { task: id })?;
    let mover = Mover::new(id, task, economy);
    mover.deposit_back(by, mover.deposit(bid), out);
    out.push(Event::Task(TaskEvent::BidWithdrawn { task: id, bidder: by }));
    Ok(Reply::Done)
}

fn open(id: TaskId, economy: &Economy) -> Result<&Task, BidRejection> {
    let phase = economy.tasks.phase(id).ok_or(BidRejection::UnknownTask { task: id })?;
    let task = economy.tasks.open(id).filter(|task| matches!(task.state, TaskState::Open { .. }));
    task.ok_or(BidRejection::NotOpen { task: id, phase })
}

/// Whether a promise, or that there is none, is what the task's rule asks for.
pub(super) fn check_promise(promise: Option<Promise>, task: &Task) -> Result<(), BidRejection> {
    let scoring = task.spec.mechanism.scoring();
    let good = match (promise, scoring) {
        (None, None) => true,
        (Some(promise), Some(scoring)) => promise.answers(&scoring),
        _ => false,
    };
    let asks = scoring.unwrap_or_default();
    let wrong = BidRejection::WrongPromise { quality: asks.quality.is_some(), time: asks.time.is_some() };
    if good { Ok(()) } else { Err(wrong) }
}

/// Whether this participant may bid here at all.
fn check_bidder(
    id: TaskId,
    task: &Task,
    economy: &Economy,
    by: ParticipantId,
    team: &[TeamShare],
) -> Result<(), BidRejection> {
    if task.poster == by {
        return Err(BidRejection::OwnTask { task: id });
    }
    let principal = economy.participants.principal(by);
    if economy.participants.principal(task.poster) == principal {
        return Err(BidRejection::Affiliate { task: id, principal });
    }
    let judges = || [task.spec.approver, task.spec.evaluator].into_iter().flatten();
    let judged =
        |who| judges().any(|judge| economy.participants.principal(judge) == economy.participants.principal(who));
    if judged(by) || team.iter().any(|share| judged(share.member)) {
        return Err(BidRejection::Judge { task: id });
    }
    let Some(bidder) = economy.participants.get(by) else { return Ok(()) }; // `apply` knows its sender.
    if let Some(missing) = task.requires.iter().position(|&needed| !bidder.has(needed)) {
        return Err(BidRejection::LacksCapability { capability: task.spec.requires[missing].clone() });
    }
    let (reputation, needed) = (bidder.reputation.share(), task.spec.reputation_min);
    if reputation < needed {
        return Err(BidRejection::LowReputation { reputation: reputation.millionths(), needed: needed.millionths() });
    }
    Ok(())
}

fn check_team(team: &[TeamShare], economy: &Economy, by: ParticipantId) -> Result<(), BidRejection> {
    let max = economy.genesis.limits.team_max;
    let good = team.is_empty()
        || (team.len() <= max as usize
            && team.iter().any(|share| share.member == by)
            && team.iter().all(|share| share.weight > 0 && economy.participants.get(share.member).is_some())
            && team.iter().enumerate().all(|(n, share)| team[..n].iter().all(|other| other.member != share.member)));
    if good { Ok(()) } else { Err(BidRejection::BadTeam { max }) }
}
