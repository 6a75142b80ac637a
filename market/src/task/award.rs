//! Evaluating → AwardOffered or NoAward: the mechanism compares the bids that are fit.
//!
//! Where only a lot can decide, the task waits for the beacon's next link. A lot that was drawn is kept,
//! so that whoever remains after a decline keeps its place.

use super::refund::Mover;
use super::score;
use super::state::{Bid, Task, Terms};
use crate::economy::Economy;
use crate::mechanism::{Auction, Bid as Ticket, Lots, Mechanism, Side};
use crate::mechanism::{
    first_price::FirstPrice, lottery::Lottery, posted_price::PostedPrice, scoring_first::ScoringFirst,
    scoring_second::ScoringSecond, second_price::SecondPrice,
};
use alloc::vec::Vec;
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::event::task::{AwardGround, Exclusion, Stage, TaskEvent};
use oikos_protocol::id::{Hash32, ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;
use smallvec::SmallVec;

/// The rule of this name.
pub(crate) const fn rule(kind: MechanismKind) -> &'static dyn Mechanism {
    match kind {
        MechanismKind::PostedPrice => &PostedPrice,
        MechanismKind::Lottery => &Lottery,
        MechanismKind::FirstPrice => &FirstPrice,
        MechanismKind::SecondPrice => &SecondPrice,
        MechanismKind::ScoringFirst(_) => &ScoringFirst,
        MechanismKind::ScoringSecond(_) => &ScoringSecond,
    }
}

/// Clears the bids, if need be without one of them. `link` is the beacon's, where it has just come.
pub(crate) fn evaluate(
    id: TaskId,
    task: &Task,
    economy: &Economy,
    now: Timestamp,
    link: Option<Hash32>,
    out: &mut Vec<Event>,
) {
    match compare(id, task, economy, None, link, out) {
        Compared::Winner { bidder, price, ground, .. } => {
            first_offer(id, task, economy, now, bidder, price, ground, out)
        }
        Compared::NeedsLots { .. } => wait_for_lots(id, economy, now, out),
        Compared::Nobody { compared } => nobody(id, task, economy, compared, out),
    }
}

/// What the comparison of bids comes to. Costs are prices less what else a bid brings, where that counts.
pub(crate) enum Compared {
    Winner { bidder: ParticipantId, price: Amount, cost: i128, ground: AwardGround },
    NeedsLots { best: i128 },
    Nobody { compared: u32 },
}

/// Compares the bids that are fit, but for `without`, and notes who is not.
pub(crate) fn compare(
    id: TaskId,
    task: &Task,
    economy: &Economy,
    without: Option<ParticipantId>,
    link: Option<Hash32>,
    out: &mut Vec<Event>,
) -> Compared {
    let mut fit: SmallVec<[(ParticipantId, Terms); 4]> = SmallVec::new();
    for bid in task.bids.iter().filter(|bid| !bid.excluded && Some(bid.bidder) != without) {
        match fitness(bid, task, economy) {
            Ok(terms) => fit.push((bid.bidder, terms)),
            Err(why) => out.push(Event::Task(TaskEvent::BidExcluded { task: id, bidder: bid.bidder, why })),
        }
    }
    let scoring = task.spec.mechanism.scoring();
    let counted = scoring.map(|scoring| score::terms(&scoring)).unwrap_or_default();
    // As many as bids that are fit, or none at all.
    let brought: SmallVec<[_; 4]> = scoring
        .iter()
        .flat_map(|scoring| fit.iter().map(|(_, terms)| score::attributes(scoring, terms.promised)))
        .collect();
    let mut tickets: SmallVec<[Ticket<'_>; 4]> =
        fit.iter().map(|(bidder, terms)| Ticket::new(*bidder, terms.price, terms.nonce)).collect();
    for (ticket, brought) in tickets.iter_mut().zip(&brought) {
        ticket.attributes = brought;
    }
    let compared = tickets.len() as u32; // At most `bids_max`.
    let mut auction = Auction { reserve: Some(task.reserve()), ..Auction::new(Side::Buy, &tickets) };
    auction.terms.scoring = &counted;
    let rule = rule(task.spec.mechanism);
    let mut drawn = None;
    if compared > 0 && rule.needs_lots(&auction) {
        match task.lots.or_else(|| link.map(|link| draw(id, task, link))) {
            Some(seed) => (drawn, auction.lots) = (Some(seed), Some(Lots::from_seed(seed.0))),
            None => {
                let costs = fit.iter().map(|(_, terms)| score::cost(scoring.as_ref(), terms.price, terms.promised));
                return Compared::NeedsLots { best: costs.min().unwrap_or_default() };
            }
        }
    }
    // Prices, counts and principals were checked when the bids came, so the rule has an answer; and a rule
    // without an answer awards nothing.
    match rule.clear(&auction).ok().and_then(|clearing| clearing.winners.first().copied()) {
        Some(award) => Compared::Winner {
            bidder: tickets[award.bid].bidder,
            price: award.price,
            cost: score::cost(scoring.as_ref(), award.price, fit[award.bid].1.promised),
            ground: AwardGround::Mechanism { compared, lots: drawn },
        },
        None => Compared::Nobody { compared },
    }
}

/// The price and nonce of a bid that can be compared, or why it can't.
pub(crate) fn fitness(bid: &Bid, task: &Task, economy: &Economy) -> Result<Terms, Exclusion> {
    let terms = bid.terms.ok_or(Exclusion::NotRevealed)?;
    if terms.price > task.reserve() {
        return Err(Exclusion::AboveReserve);
    }
    let bidder = economy.participants.get(bid.bidder);
    let lacks = |&number: &u32| !bidder.is_some_and(|bidder| bidder.has(number));
    match task.constraints.iter().position(lacks) {
        Some(missing) => Err(Exclusion::Lacks(task.spec.constraints[missing].clone())),
        None => Ok(terms),
    }
}

/// The seed of the lots: from the link, the task and the nonces of all bids that are known, fit or not.
fn draw(id: TaskId, task: &Task, link: Hash32) -> Hash32 {
    let mut nonces: Vec<_> = task.bids.iter().filter_map(|bid| bid.terms.map(|terms| terms.nonce)).collect();
    Hash32(*Lots::new(&link.0, id.0, &mut nonces).seed())
}

/// The beacon's next link decides.
pub(crate) fn wait_for_lots(id: TaskId, economy: &Economy, now: Timestamp, out: &mut Vec<Event>) {
    let until = now.after(economy.genesis.beacon_window);
    out.push(Event::Task(TaskEvent::StageEntered { task: id, stage: Stage::Lots, until }));
}

/// Offers the contract for the first time: the losers' deposits go back.
#[expect(clippy::too_many_arguments, reason = "the parts of one event, with the money it moves")]
pub(crate) fn first_offer(
    id: TaskId,
    task: &Task,
    economy: &Economy,
    now: Timestamp,
    bidder: ParticipantId,
    price: Amount,
    ground: AwardGround,
    out: &mut Vec<Event>,
) {
    offer(id, task, economy, now, bidder, price, ground, out);
    // A deposit whose bid was not revealed is lost already.
    Mover::new(id, task, economy).deposits_back(|bid| bid.bidder != bidder && bid.terms.is_some(), out);
}

/// Offers the contract: the price goes from hold to escrow.
///
/// The rest of the budget stays reserved until the contract is taken, because the next in line may cost more.
#[expect(clippy::too_many_arguments, reason = "the parts of one event, with the money it moves")]
pub(crate) fn offer(
    id: TaskId,
    task: &Task,
    economy: &Economy,
    now: Timestamp,
    bidder: ParticipantId,
    price: Amount,
    ground: AwardGround,
    out: &mut Vec<Event>,
) {
    let mover = Mover::new(id, task, economy);
    let accept_by = now.after(task.spec.windows.accept);
    out.push(Event::Task(TaskEvent::AwardOffered { task: id, bidder, price, ground, accept_by }));
    mover.moved(Purse::Hold(id), Purse::Escrow(id), price, MoneyReason::Award, out);
}

/// Nobody gets it: all goes back. The whole budget is in the hold again by now, and a deposit
/// whose bid was not revealed is lost already.
pub(crate) fn nobody(id: TaskId, task: &Task, economy: &Economy, compared: u32, out: &mut Vec<Event>) {
    let mover = Mover::new(id, task, economy);
    mover.hold_back(task.spec.budget, out);
    mover.deposits_back(|bid| bid.terms.is_some(), out);
    out.push(Event::Task(TaskEvent::NoAward { task: id, compared }));
}
