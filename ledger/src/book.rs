//! The state of the book and the one place where a balance changes.
//!
//! Invariants: see `invariant.rs`. Every timestamp the book hands out is later than all before it.
//! Absent on purpose: bodies of transfers that are not pending; anything of a batch once its call has returned.

use crate::account::table::{AccountTable, Row};
use crate::hold::Holds;
use crate::invariant::Sums;
use crate::limit::Limits;
use crate::stream::Streams;
use crate::transfer::ids::TransferIds;
use crate::transfer::scratch::Scratch;
use alloc::collections::{BTreeMap, BTreeSet};
use oikos_protocol::command::account::{Account, AccountFlags};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::id::{AccountId, Hash32};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The book: accounts, pending transfers, bound ids and holds.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    pub(crate) accounts: AccountTable,
    pub(crate) sums: Sums,
    pub(crate) ids: TransferIds,
    /// Pending transfers by place.
    pub(crate) open: BTreeMap<u64, Open>,
    /// When pending transfers expire; at the same moment in order of creation.
    pub(crate) expiries: BTreeSet<(Timestamp, u64)>,
    /// How many transfers were ever made.
    pub(crate) places: u64,
    pub(crate) holds: Holds,
    pub(crate) limits: Limits,
    pub(crate) streams: Streams,
    /// The references that each issuer has taken.
    pub(crate) references: BTreeSet<(u64, Hash32)>,
    pub(crate) last: Timestamp,
    pub(crate) last_account: Timestamp,
    pub(crate) last_transfer: Timestamp,
    pub(crate) scratch: Scratch,
}

/// A pending transfer and the rows of its accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Open {
    pub(crate) transfer: Transfer,
    pub(crate) debit: Row,
    pub(crate) credit: Row,
}

/// The counters of the book as they were before a chain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    assets: usize,
    places: u64,
    last: Timestamp,
    last_account: Timestamp,
    last_transfer: Timestamp,
}

impl Ledger {
    /// An empty book.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The account of this id, with its balances.
    #[must_use]
    pub fn account(&self, id: AccountId) -> Option<&Account> {
        self.accounts.find(id).map(|row| self.accounts.get(row))
    }

    /// All accounts in order of opening.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts.rows
    }

    /// How much the account may still be debited: its free money if its debits must not exceed its credits,
    /// else all that the numbers can hold. Nothing for an account that does not exist or is closed.
    #[must_use]
    pub fn available(&self, id: AccountId) -> Amount {
        match self.account(id) {
            Some(account) if !account.flags.contains(AccountFlags::CLOSED) => available(account),
            _ => Amount::ZERO,
        }
    }

    /// How much of its asset the issuer `id` has in circulation: its net debit. An issuer is an account
    /// without limits; to issue is to be debited, to redeem is to be credited.
    #[must_use]
    pub fn supply(&self, id: AccountId) -> Amount {
        self.account(id).map_or(Amount::ZERO, |issuer| issuer.debits_posted.saturating_sub(issuer.credits_posted))
    }

    /// How many transfers were ever made by `create_transfers`: the place of the next one.
    #[must_use]
    pub const fn places(&self) -> u64 {
        self.places
    }

    /// The latest timestamp the book has given or taken.
    #[must_use]
    pub const fn last_timestamp(&self) -> Timestamp {
        self.last
    }

    /// Sets an account's balances at will and says whether the account exists. Double entry no longer holds
    /// afterwards and every check fails, as it should: this exists for conformance suites alone.
    #[cfg(feature = "test-hooks")]
    pub fn set_balances(&mut self, id: AccountId, balances: oikos_protocol::command::account::Balances) -> bool {
        let Some(row) = self.accounts.find(id) else { return false };
        self.change(row, |account| {
            account.debits_pending = balances.debits_pending;
            account.debits_posted = balances.debits_posted;
            account.credits_pending = balances.credits_pending;
            account.credits_posted = balances.credits_posted;
        });
        true
    }

    pub(crate) fn next_timestamp(&self, now: Timestamp) -> Timestamp {
        Timestamp(self.last.0.saturating_add(1)).max(now)
    }

    /// The only place where a balance changes; the running sums follow what really happened to the row.
    #[inline]
    pub(crate) fn change(&mut self, row: Row, change: impl FnOnce(&mut Account)) {
        let account = &mut self.accounts.rows[row as usize];
        let before = account.balances();
        change(account);
        let after = account.balances();
        self.sums.follow(self.accounts.ties[row as usize].asset, before, after);
    }

    /// Moves `amount` at once. The caller has checked that both sides can hold it.
    #[inline]
    pub(crate) fn move_posted(&mut self, debit: Row, credit: Row, amount: Amount) {
        self.change(debit, |account| account.debits_posted.0 += amount.0);
        self.change(credit, |account| account.credits_posted.0 += amount.0);
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            assets: self.sums.len(),
            places: self.places,
            last: self.last,
            last_account: self.last_account,
            last_transfer: self.last_transfer,
        }
    }

    pub(crate) fn reset(&mut self, to: Mark) {
        self.sums.truncate(to.assets);
        self.places = to.places;
        self.last = to.last;
        self.last_account = to.last_account;
        self.last_transfer = to.last_transfer;
    }
}

/// How much an open account may still be debited.
#[inline]
pub(crate) fn available(account: &Account) -> Amount {
    let room = Amount::MAX.saturating_sub(account.debits_pending).saturating_sub(account.debits_posted);
    if account.flags.contains(AccountFlags::DEBITS_MUST_NOT_EXCEED_CREDITS) {
        let free = account.credits_posted.saturating_sub(account.debits_posted).saturating_sub(account.debits_pending);
        free.min(room)
    } else {
        room
    }
}

/// How much an open account may still be credited.
#[inline]
pub(crate) fn room(account: &Account) -> Amount {
    let room = Amount::MAX.saturating_sub(account.credits_pending).saturating_sub(account.credits_posted);
    if account.flags.contains(AccountFlags::CREDITS_MUST_NOT_EXCEED_DEBITS) {
        let free = account.debits_posted.saturating_sub(account.credits_posted).saturating_sub(account.credits_pending);
        free.min(room)
    } else {
        room
    }
}
