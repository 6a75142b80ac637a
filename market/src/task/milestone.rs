//! Milestones: how the price is divided, and what one part pays to whom.

use super::refund::Mover;
use super::state::{Contract, Task};
use alloc::vec::Vec;
use oikos_ledger::split::largest_remainder;
use oikos_protocol::command::bid::TeamShare;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyReason, Purse};
use oikos_protocol::id::MilestoneId;
use oikos_protocol::money::{Amount, Share};

/// What a milestone pays: its share of the price, the odd units by largest remainder.
pub(crate) fn amount(task: &Task, price: Amount, milestone: MilestoneId) -> Amount {
    let milestones = &task.spec.milestones;
    if milestones.len() == 1 {
        return price;
    }
    let shares: Vec<u32> = milestones.iter().map(|milestone| milestone.share.millionths()).collect();
    largest_remainder(price, &shares).get(usize::from(milestone.0)).copied().unwrap_or_default()
}

/// Whether it is the last one.
pub(crate) fn is_last(task: &Task, milestone: MilestoneId) -> bool {
    usize::from(milestone.0) + 1 >= task.spec.milestones.len()
}

/// Pays `share` of a milestone to the worker or its team, less the fee; the rest goes back to the poster.
pub(crate) fn pay(mover: &Mover<'_>, contract: Contract, milestone: MilestoneId, share: Share, out: &mut Vec<Event>) {
    let task = mover.task;
    let whole = amount(task, contract.price, milestone);
    let earned = whole.share_down(share);
    let fee = earned.share_down(task.fee);
    let escrow = Purse::Escrow(mover.id);
    mover.moved(escrow, Purse::Treasury, fee, MoneyReason::Fee, out);
    let net = earned.saturating_sub(fee);
    let team: &[TeamShare] = task.bid(contract.worker).map_or(&[], |bid| &bid.team);
    if team.is_empty() {
        mover.moved(escrow, Purse::Available(contract.worker), net, MoneyReason::Pay, out);
    } else {
        let weights: Vec<u32> = team.iter().map(|share| share.weight).collect();
        for (part, share) in largest_remainder(net, &weights).into_iter().zip(team) {
            mover.moved(escrow, Purse::Available(share.member), part, MoneyReason::Pay, out);
        }
    }
    let rest = whole.saturating_sub(earned);
    mover.moved(escrow, Purse::Available(task.poster), rest, MoneyReason::Refund, out);
}
