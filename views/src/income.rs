//! Income: who earned how much, and what agents, people and organisations earned together.
//!
//! Income is what came into free money for work or goods: payments of contracts and of offers that were taken.
//! Whoever bid once stands here, with nothing if nothing was earned, so that inequality counts those who got nothing.
//! Absent on purpose: refunds, deposits, bonds and damages, which are nobody's pay, and transfers between participants,
//! whose purpose the book does not know.

use crate::fold::{Fold, Position};
use oikos_protocol::command::participant::ParticipantKind;
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::event::participant::ParticipantEvent;
use oikos_protocol::event::task::TaskEvent;
use oikos_protocol::id::{AssetId, ParticipantId};
use std::collections::{BTreeMap, BTreeSet};

/// What participants of each kind earned, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByKind {
    /// Programs.
    pub agents: u128,
    /// People.
    pub humans: u128,
    /// Organisations.
    pub organisations: u128,
}

impl ByKind {
    /// Adds what one of this kind earned.
    pub fn add(&mut self, kind: ParticipantKind, amount: u128) {
        match kind {
            ParticipantKind::Agent => self.agents += amount,
            ParticipantKind::Human => self.humans += amount,
            ParticipantKind::Organisation => self.organisations += amount,
        }
    }

    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u128 {
        self.agents + self.humans + self.organisations
    }
}

/// Who earned how much.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Income {
    kinds: BTreeMap<ParticipantId, ParticipantKind>,
    sellers: BTreeSet<ParticipantId>,
    earned: BTreeMap<(AssetId, ParticipantId), u128>,
}

impl Income {
    /// What this movement pays, and to whom; nothing where it is no pay.
    #[must_use]
    pub const fn pay(moved: &MoneyMoved) -> Option<(ParticipantId, u128)> {
        match (moved.reason, moved.to) {
            (MoneyReason::Pay | MoneyReason::Offer(_), Purse::Available(earner)) => Some((earner, moved.amount.0)),
            _ => None,
        }
    }

    /// What a participant is; a program where its registration was not seen.
    #[must_use]
    pub fn kind(&self, who: ParticipantId) -> ParticipantKind {
        self.kinds.get(&who).copied().unwrap_or(ParticipantKind::Agent)
    }

    /// What a participant earned of an asset, in minor units.
    #[must_use]
    pub fn of(&self, asset: AssetId, who: ParticipantId) -> u128 {
        self.earned.get(&(asset, who)).copied().unwrap_or_default()
    }

    /// Whoever bid or earned once, with what was earned of an asset, in order of their numbers.
    pub fn sellers(&self, asset: AssetId) -> impl Iterator<Item = (ParticipantId, u128)> {
        self.sellers.iter().map(move |&who| (who, self.of(asset, who)))
    }

    /// What was earned of an asset, by kind.
    #[must_use]
    pub fn by_kind(&self, asset: AssetId) -> ByKind {
        let mut sums = ByKind::default();
        self.sellers(asset).for_each(|(who, earned)| sums.add(self.kind(who), earned));
        sums
    }
}

impl Fold for Income {
    fn fold(&mut self, _: Position, event: &Event) {
        match event {
            Event::Participant(ParticipantEvent::Registered { participant, kind, .. }) => {
                self.kinds.insert(*participant, *kind);
            }
            Event::Task(TaskEvent::BidPlaced { bidder, .. }) => {
                self.sellers.insert(*bidder);
            }
            Event::Money(moved) => {
                if let Some((earner, amount)) = Self::pay(moved) {
                    self.sellers.insert(earner);
                    *self.earned.entry((moved.asset, earner)).or_default() += amount;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::id::{Hash32, TaskId};
    use oikos_protocol::money::Amount;

    #[test]
    fn pay_is_income_by_kind_and_a_refund_is_none() {
        let (asset, ann, robo, task) = (AssetId(1), ParticipantId(1), ParticipantId(2), TaskId(0));
        let mut income = Income::default();
        let mut fold = |event: Event| income.fold(Position { seq: 1, index: 0 }, &event);
        for (participant, kind) in [(ann, ParticipantKind::Human), (robo, ParticipantKind::Agent)] {
            fold(Event::Participant(ParticipantEvent::Registered {
                participant,
                kind,
                principal: None,
                name: Hash32::ZERO,
                capabilities: Vec::new(),
                calendar: None,
            }));
            fold(Event::Task(TaskEvent::BidPlaced {
                task,
                bidder: participant,
                seal: Hash32::ZERO,
                revised: false,
                team: Vec::new(),
            }));
        }
        for (reason, amount) in [(MoneyReason::Pay, 70), (MoneyReason::Pay, 5), (MoneyReason::Refund, 900)] {
            let (from, to) = (Purse::Escrow(task), Purse::Available(ann));
            fold(Event::Money(MoneyMoved { asset, amount: Amount(amount), from, to, reason }));
        }
        assert_eq!(income.sellers(asset).collect::<Vec<_>>(), [(ann, 75), (robo, 0)], "robo got nothing and counts");
        assert_eq!(income.by_kind(asset), ByKind { humans: 75, ..ByKind::default() });
        assert_eq!(income.by_kind(AssetId(2)).total(), 0);
    }
}
