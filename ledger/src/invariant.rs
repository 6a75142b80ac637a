//! What always holds, as running sums after every command and as a full audit.
//!
//! - In every asset, debits equal credits: posted and pending ones each. The sums follow what really
//!   happened to each row, side by side, so that a lost or doubled side shows at once.
//!   They are kept modulo 2^128, since the accounts of an asset together may exceed it.
//! - A pool's balance is the sum of its open holds and has nothing pending.
//! - Limits and streams keep what `limit/mod.rs` and `stream.rs` promise.
//! - The audit adds up all rows, holds and pending transfers anew, and compares.
//!
//! The running check costs as much as there are assets and pools, not accounts.

use crate::account::table::Ties;
use crate::book::{Ledger, Open};
use alloc::vec;
use alloc::vec::Vec;
use oikos_protocol::command::account::{AccountFlags, Balances};
use oikos_protocol::id::{AccountId, AssetId};
use oikos_protocol::money::Amount;
use serde::{Deserialize, Serialize};

/// Something that always holds does not: a bug, or a damaged snapshot. The node stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Debits and credits of an asset differ.
    #[error("debits and credits of asset {asset} differ")]
    Unbalanced {
        /// Which.
        asset: AssetId,
    },
    /// The running sums of an asset are not those of its accounts.
    #[error("the running sums of asset {asset} are not those of its accounts")]
    Sums {
        /// Which.
        asset: AssetId,
    },
    /// A pool does not hold the sum of its open holds.
    #[error("pool {account} does not hold the sum of its open holds")]
    Pool {
        /// Which.
        account: AccountId,
    },
    /// An account is beyond its own limit.
    #[error("account {account} is beyond its limit")]
    Limit {
        /// Which.
        account: AccountId,
    },
    /// What is pending on an account is not what its pending transfers say.
    #[error("what is pending on account {account} is not what its pending transfers say")]
    Pending {
        /// Which.
        account: AccountId,
    },
    /// A pending transfer and its timeout do not belong together.
    #[error("the timeouts are not those of the pending transfers")]
    Timeouts,
    /// The index of transfer ids does not fit the number of transfers.
    #[error("{bound} ids are bound, but {expected} transfers were made or failed")]
    Ids {
        /// How many ids are bound.
        bound: u64,
        /// How many should be.
        expected: u64,
    },
    /// A limit is wider than the one above it, or more was spent than it allows.
    #[error("a limit is wider than the one above it, or more was spent than it allows")]
    Limits,
    /// A stream's hold is not what it was given less what it paid.
    #[error("a stream's hold is not what it was given less what it paid")]
    Streams,
    /// Parts of a snapshot do not fit together.
    #[error("the parts of the book do not fit together")]
    Shape,
}

/// The four sums over all accounts of one asset, modulo 2^128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AssetSum {
    pub(crate) asset: AssetId,
    pub(crate) balances: Balances,
}

/// The sums of all assets, in order of their first account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sums(Vec<AssetSum>);

impl Sums {
    /// The entry of `asset`, made if it is new.
    pub(crate) fn entry(&mut self, asset: AssetId) -> u32 {
        let found = self.0.iter().position(|sum| sum.asset == asset);
        found.unwrap_or_else(|| {
            self.0.push(AssetSum { asset, balances: Balances::default() });
            self.0.len() - 1
        }) as u32
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    pub(crate) fn as_slice(&self) -> &[AssetSum] {
        &self.0
    }

    /// A row of this asset went from `before` to `after`.
    #[inline]
    pub(crate) fn follow(&mut self, entry: u32, before: Balances, after: Balances) {
        let sum = &mut self.0[entry as usize].balances;
        step(&mut sum.debits_pending, before.debits_pending, after.debits_pending);
        step(&mut sum.debits_posted, before.debits_posted, after.debits_posted);
        step(&mut sum.credits_pending, before.credits_pending, after.credits_pending);
        step(&mut sum.credits_posted, before.credits_posted, after.credits_posted);
    }
}

#[inline]
fn step(sum: &mut Amount, before: Amount, after: Amount) {
    sum.0 = sum.0.wrapping_add(after.0).wrapping_sub(before.0);
}

impl Ledger {
    /// The running check, to be made after every command.
    ///
    /// # Errors
    /// The first [`Violation`] found.
    pub fn check_invariants(&self) -> Result<(), Violation> {
        for AssetSum { asset, balances } in self.sums.as_slice() {
            if balances.debits_posted != balances.credits_posted || balances.debits_pending != balances.credits_pending
            {
                return Err(Violation::Unbalanced { asset: *asset });
            }
        }
        for pool in &self.holds.pools {
            let account = self.accounts.get(pool.row);
            let nothing_pending = account.debits_pending.is_zero() && account.credits_pending.is_zero();
            if account.credits_posted.checked_sub(account.debits_posted) != Some(pool.held) || !nothing_pending {
                return Err(Violation::Pool { account: account.id });
            }
        }
        Ok(())
    }

    /// The full check: everything is added up anew.
    ///
    /// # Errors
    /// The first [`Violation`] found.
    pub fn audit(&self) -> Result<(), Violation> {
        self.check_shape()?;
        self.audit_sums()?;
        self.check_invariants()?;
        self.audit_holds()?;
        self.audit_pending()?;
        let (bound, expected) = (self.ids.len(), self.places + self.ids.failed().len() as u64);
        if bound != expected {
            return Err(Violation::Ids { bound, expected });
        }
        if !self.limits_hold() {
            return Err(Violation::Limits);
        }
        if !self.streams_hold() {
            return Err(Violation::Streams);
        }
        Ok(())
    }

    /// That every number that points somewhere points at something, so that the rest may index.
    fn check_shape(&self) -> Result<(), Violation> {
        let rows = self.accounts.len() as u64;
        let is_row = |row: u32| u64::from(row) < rows;
        let ties_fit = self.accounts.ties.len() as u64 == rows
            && self.accounts.rows.iter().zip(&self.accounts.ties).enumerate().all(|(row, (account, ties))| {
                let asset = self.sums.as_slice().get(ties.asset as usize).is_some_and(|s| s.asset == account.ledger);
                let is_pool = account.flags.contains(AccountFlags::POOL);
                let pool = match self.holds.pools.get(ties.pool as usize) {
                    Some(pool) => is_pool && pool.row as usize == row,
                    None => !is_pool && ties.pool == Ties::NO_POOL,
                };
                asset && pool
            });
        let holds_fit = self.holds.pools.iter().all(|pool| is_row(pool.row))
            && self.holds.slots.iter().all(|slot| {
                let ties = self.accounts.ties.get(slot.pool as usize);
                ties.is_some_and(|ties| ties.pool != Ties::NO_POOL)
            })
            && self
                .holds
                .free
                .iter()
                .all(|slot| self.holds.slots.get(*slot as usize).is_some_and(|slot| slot.amount.is_zero()));
        let open_fits = self.open.iter().all(|(place, open)| {
            *place < self.places
                && is_row(open.debit)
                && is_row(open.credit)
                && self.accounts.get(open.debit).id == open.transfer.debit_account_id
                && self.accounts.get(open.credit).id == open.transfer.credit_account_id
        });
        let order = self.accounts.rows.windows(2).all(|pair| pair[0].timestamp < pair[1].timestamp);
        (ties_fit && holds_fit && open_fits && order).then_some(()).ok_or(Violation::Shape)
    }

    fn audit_sums(&self) -> Result<(), Violation> {
        let mut anew = Sums(
            self.sums.as_slice().iter().map(|s| AssetSum { asset: s.asset, balances: Balances::default() }).collect(),
        );
        for (account, ties) in self.accounts.rows.iter().zip(&self.accounts.ties) {
            anew.follow(ties.asset, Balances::default(), account.balances());
            let (debits, credits) = (
                account.debits_posted.checked_add(account.debits_pending),
                account.credits_posted.checked_add(account.credits_pending),
            );
            let beyond = account.flags.contains(AccountFlags::DEBITS_MUST_NOT_EXCEED_CREDITS)
                && debits.is_none_or(|debits| debits > account.credits_posted)
                || account.flags.contains(AccountFlags::CREDITS_MUST_NOT_EXCEED_DEBITS)
                    && credits.is_none_or(|credits| credits > account.debits_posted);
            if beyond || debits.is_none() || credits.is_none() {
                return Err(Violation::Limit { account: account.id });
            }
        }
        match anew.0.iter().zip(self.sums.as_slice()).find(|(anew, kept)| anew != kept) {
            Some((sum, _)) => Err(Violation::Sums { asset: sum.asset }),
            None => Ok(()),
        }
    }

    fn audit_holds(&self) -> Result<(), Violation> {
        let mut anew = vec![0u128; self.holds.pools.len()];
        for slot in &self.holds.slots {
            let pool = self.accounts.ties[slot.pool as usize].pool as usize;
            anew[pool] = anew[pool].wrapping_add(slot.amount.0);
        }
        match anew.iter().zip(&self.holds.pools).find(|(anew, pool)| **anew != pool.held.0) {
            Some((_, pool)) => Err(Violation::Pool { account: self.accounts.get(pool.row).id }),
            None => Ok(()),
        }
    }

    fn audit_pending(&self) -> Result<(), Violation> {
        let mut anew = vec![(0u128, 0u128); self.accounts.len()];
        for Open { transfer, debit, credit } in self.open.values() {
            anew[*debit as usize].0 = anew[*debit as usize].0.wrapping_add(transfer.amount.0);
            anew[*credit as usize].1 = anew[*credit as usize].1.wrapping_add(transfer.amount.0);
        }
        let wrong = self.accounts.rows.iter().zip(&anew).find(|(account, (debits, credits))| {
            account.debits_pending.0 != *debits || account.credits_pending.0 != *credits
        });
        if let Some((account, _)) = wrong {
            return Err(Violation::Pending { account: account.id });
        }
        let timed = self.open.iter().filter(|(_, open)| open.transfer.timeout != 0);
        let expected = timed.map(|(place, open)| (crate::transfer::expires_at(&open.transfer), *place));
        let mut expected: Vec<_> = expected.collect();
        expected.sort_unstable();
        expected.iter().eq(self.expiries.iter()).then_some(()).ok_or(Violation::Timeouts)
    }
}
