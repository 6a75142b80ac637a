//! Limits: how much may be spent out of an account, each within the limit above it.
//!
//! Owns the limits and what was spent under each. Who may use, pass on or end one is the business of the owner above.
//! Invariants: a limit's parent is older than itself and for the same account; its terms are nowhere wider than the
//! parent's; what is spent under it was counted for every limit above it; no period has more than its total or count.
//! Absent on purpose: giving back. What was spent is spent; whoever wants a limit on what is *reserved* counts
//! reservations. Limits are never forgotten, so that no number comes back.
//! Start at [`Ledger::set_limit`].

mod narrow;
mod revoke;
mod set;
mod spend;

use crate::book::Ledger;
use crate::digest::Canonical;
use alloc::vec::Vec;
use oikos_protocol::command::limit::{LimitTerms, Payees};
use oikos_protocol::id::{AccountId, LimitId};
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::limit::LimitRejection;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

pub use spend::{Payment, SpendError};

/// A limit with what was spent under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Out of which account.
    pub account: AccountId,
    /// From which limit it was passed on.
    pub parent: Option<LimitId>,
    /// What may be spent.
    pub terms: LimitTerms,
    /// How much was spent in the period `period`.
    spent: Amount,
    /// In how many payments.
    count: u32,
    /// The number of the period that both belong to.
    period: u64,
    /// How much was ever spent.
    ever: Amount,
    revoked: bool,
}

impl Limit {
    fn new(account: AccountId, parent: Option<LimitId>, terms: LimitTerms) -> Self {
        Self { account, parent, terms, spent: Amount::ZERO, count: 0, period: 0, ever: Amount::ZERO, revoked: false }
    }

    fn period_at(&self, now: Timestamp) -> u64 {
        match self.terms.period {
            Some(period) if period.0 > 0 => now.since(self.terms.from).0 / period.0,
            _ => 0,
        }
    }

    /// How much was spent, and in how many payments, in the period of `now`.
    #[must_use]
    pub fn spent(&self, now: Timestamp) -> (Amount, u32) {
        if self.period == self.period_at(now) { (self.spent, self.count) } else { (Amount::ZERO, 0) }
    }

    /// Into the digest of the book.
    pub(crate) fn hash(&self, to: &mut Canonical) {
        let Self { account, parent, terms, spent, count, period, ever, revoked } = self;
        to.bytes(account.0.to_le_bytes());
        to.u64(parent.map_or(u64::MAX, |parent| parent.0));
        match &terms.payees {
            Payees::Anyone => to.u64(0),
            Payees::Classes(classes) => to.u64(1 << 32 | u64::from(*classes)),
            Payees::These(accounts) => {
                to.u64(2 << 32 | accounts.len() as u64);
                accounts.iter().for_each(|account| to.bytes(account.0.to_le_bytes()));
            }
        }
        for amount in [terms.amount_min, terms.amount_max, terms.total_max, *spent, *ever] {
            to.bytes(amount.0.to_le_bytes());
        }
        let term = terms.period.map_or(0, |period| period.0);
        for number in [u64::from(terms.count_max), term, terms.from.0, terms.expires.0, u64::from(terms.depth)] {
            to.u64(number);
        }
        for number in [u64::from(*count), *period, u64::from(*revoked)] {
            to.u64(number);
        }
    }

    /// Whether this very limit was revoked. One above it may have been.
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        self.revoked
    }
}

/// All limits, by number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Limits(pub(crate) Vec<Limit>);

impl Limits {
    fn get(&self, limit: LimitId) -> Result<&Limit, LimitRejection> {
        let found = usize::try_from(limit.0).ok().and_then(|index| self.0.get(index));
        found.ok_or(LimitRejection::Unknown { limit })
    }

    fn get_mut(&mut self, limit: LimitId) -> Option<&mut Limit> {
        self.0.get_mut(usize::try_from(limit.0).ok()?)
    }

    fn push(&mut self, limit: Limit) -> LimitId {
        self.0.push(limit);
        LimitId(self.0.len() as u64 - 1)
    }

    /// A limit and all above it, the root last.
    fn chain(&self, from: LimitId) -> impl Iterator<Item = (LimitId, &Limit)> {
        let step = |id: LimitId| self.get(id).ok().map(|limit| (id, limit));
        core::iter::successors(step(from), move |(_, limit)| limit.parent.and_then(step))
    }
}

impl Ledger {
    /// A limit.
    #[must_use]
    pub fn limit(&self, limit: LimitId) -> Option<&Limit> {
        self.limits.get(limit).ok()
    }

    /// The number of the next limit.
    #[must_use]
    pub fn next_limit(&self) -> LimitId {
        LimitId(self.limits.0.len() as u64)
    }

    /// The limits above this one, the nearest first.
    pub fn limits_above(&self, limit: LimitId) -> impl Iterator<Item = LimitId> {
        self.limits.chain(limit).skip(1).map(|(id, _)| id)
    }

    /// What is left under this limit and all above it at `now`: of the total and of the payments.
    #[must_use]
    pub fn left_under(&self, limit: LimitId, now: Timestamp) -> (Amount, u32) {
        self.limits.chain(limit).fold((Amount::MAX, u32::MAX), |(total, count), (_, limit)| {
            let (spent, made) = limit.spent(now);
            (total.min(limit.terms.total_max.saturating_sub(spent)), count.min(limit.terms.count_max - made))
        })
    }

    /// That every limit keeps what is promised above.
    pub(crate) fn limits_hold(&self) -> bool {
        let mut passed_on = alloc::vec![Amount::ZERO; self.limits.0.len()];
        for (index, limit) in self.limits.0.iter().enumerate() {
            let within = limit.spent <= limit.terms.total_max && limit.count <= limit.terms.count_max;
            let below = limit.parent.is_none_or(|parent| {
                let older = parent.0 < index as u64;
                older
                    && self.limits.get(parent).is_ok_and(|above| {
                        above.account == limit.account && narrow::widest(&limit.terms, &above.terms).is_none()
                    })
            });
            if !within || !below {
                return false;
            }
            if let Some(parent) = limit.parent {
                let sum = &mut passed_on[parent.0 as usize];
                *sum = Amount(sum.0.saturating_add(limit.ever.0));
            }
        }
        self.limits.0.iter().zip(&passed_on).all(|(limit, passed_on)| *passed_on <= limit.ever)
    }
}
