//! How an event changes the balances of accounts.

use oikos_market::account_of;
use oikos_protocol::command::account::Balances;
use oikos_protocol::event::money::{MoneyMoved, Purse};
use oikos_protocol::event::transfer::Standing;
use oikos_protocol::id::{AccountId, AssetId, ParticipantId};
use oikos_protocol::money::Amount;

/// A change of one side of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Change {
    /// Whether the account was credited.
    pub credit: bool,
    /// What came to the amounts made.
    pub posted: u128,
    /// What came to the pending amounts.
    pub pending: u128,
    /// What left the pending amounts.
    pub freed: u128,
}

impl Change {
    /// The balances after this change.
    #[must_use]
    pub const fn after(&self, before: Balances) -> Balances {
        let mut after = before;
        let (posted, pending) = if self.credit {
            (&mut after.credits_posted, &mut after.credits_pending)
        } else {
            (&mut after.debits_posted, &mut after.debits_pending)
        };
        posted.0 = posted.0.saturating_add(self.posted);
        pending.0 = pending.0.saturating_add(self.pending).saturating_sub(self.freed);
        after
    }

    /// The change of one side that led from `before` to `after`.
    #[must_use]
    pub const fn between(before: &Balances, after: &Balances, credit: bool) -> Self {
        let (posted, pending) = if credit {
            ((before.credits_posted, after.credits_posted), (before.credits_pending, after.credits_pending))
        } else {
            ((before.debits_posted, after.debits_posted), (before.debits_pending, after.debits_pending))
        };
        Self {
            credit,
            posted: posted.1.0.saturating_sub(posted.0.0),
            pending: pending.1.0.saturating_sub(pending.0.0),
            freed: pending.0.0.saturating_sub(pending.1.0),
        }
    }
}

/// The accounts of a transfer with how they stand after it.
pub(crate) const fn sides(
    debit: (AccountId, &Standing),
    credit: (AccountId, &Standing),
) -> [(AccountId, Balances, bool); 2] {
    [(debit.0, debit.1.balances, false), (credit.0, credit.1.balances, true)]
}

/// The accounts between which money moved; `None` where it stayed in one.
pub(crate) fn ends(moved: &MoneyMoved) -> Option<[(AccountId, Change); 2]> {
    let (from, to) = (account_of(moved.from, moved.asset), account_of(moved.to, moved.asset));
    let change = |credit| Change { credit, posted: moved.amount.0, ..Change::default() };
    (from != to).then(|| [(from, change(false)), (to, change(true))])
}

/// Under which number the index keeps what a participant has in budgets and awards of its own tasks, and for its resting
/// orders. The book has no such account: there, all budgets lie in one pool.
#[must_use]
pub const fn held_account(whose: ParticipantId, asset: AssetId) -> AccountId {
    AccountId(0xf0 << 120 | (whose.0 as u128) << 32 | asset.0 as u128)
}

/// Under which number the index keeps what a participant has in deposits and bonds.
#[must_use]
pub const fn at_stake_account(whose: ParticipantId, asset: AssetId) -> AccountId {
    AccountId(0xf1 << 120 | (whose.0 as u128) << 32 | asset.0 as u128)
}

/// Under which number the index keeps what a participant has set apart for streams.
#[must_use]
pub const fn streaming_account(whose: ParticipantId, asset: AssetId) -> AccountId {
    AccountId(0xf2 << 120 | (whose.0 as u128) << 32 | asset.0 as u128)
}

/// What moved into and out of what participants have set apart: in tasks, for resting orders, for streams.
pub(crate) fn set_apart(moved: &MoneyMoved, whose: [Option<ParticipantId>; 2]) -> [Option<(AccountId, Change)>; 2] {
    let account = |purse, whose| match purse {
        Purse::Hold(_) | Purse::Escrow(_) | Purse::Order(..) => Some(held_account(whose, moved.asset)),
        Purse::Deposit(..) | Purse::Bond(_) => Some(at_stake_account(whose, moved.asset)),
        Purse::Stream(_) => Some(streaming_account(whose, moved.asset)),
        Purse::Issuer | Purse::Available(_) | Purse::Treasury => None,
    };
    let end = |purse, whose: Option<ParticipantId>, credit| {
        let change = Change { credit, posted: moved.amount.0, ..Change::default() };
        whose.and_then(|whose| account(purse, whose)).map(|account| (account, change))
    };
    [end(moved.from, whose[0], false), end(moved.to, whose[1], true)]
}

/// What an account has more in credits made than in debits made and pending: what can be spent.
#[must_use]
pub const fn free(balances: &Balances) -> Amount {
    let spent = balances.debits_posted.0.saturating_add(balances.debits_pending.0);
    Amount(balances.credits_posted.0.saturating_sub(spent))
}
