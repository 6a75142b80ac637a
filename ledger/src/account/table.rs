//! All accounts, dense, in order of opening, which is the order of their timestamps.
//!
//! Invariants: a row never moves; every row's id is in the index once. The index is never iterated.

use alloc::vec::Vec;
use hashbrown::HashTable;
use oikos_protocol::command::account::Account;
use oikos_protocol::id::AccountId;
use serde::{Deserialize, Serialize};

/// Where an account stands in the table.
pub(crate) type Row = u32;

/// What the book must know of a row beside the account itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ties {
    /// Which entry of the book's sums is this account's asset.
    pub(crate) asset: u32,
    /// Which pool it is, or [`Ties::NO_POOL`].
    pub(crate) pool: u32,
}

impl Ties {
    pub(crate) const NO_POOL: u32 = u32::MAX;
}

#[derive(Debug, Clone, Default)]
pub(crate) struct AccountTable {
    pub(crate) rows: Vec<Account>,
    pub(crate) ties: Vec<Ties>,
    index: HashTable<Row>,
}

impl AccountTable {
    #[inline]
    pub(crate) fn find(&self, id: AccountId) -> Option<Row> {
        self.index.find(hash(id), |row| self.rows[*row as usize].id == id).copied()
    }

    #[inline]
    pub(crate) fn get(&self, row: Row) -> &Account {
        &self.rows[row as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Adds an account whose id is not there yet.
    pub(crate) fn push(&mut self, account: Account, ties: Ties) {
        let row = self.rows.len() as Row; // 2^32 accounts are 512 GiB of rows: memory ends before the number does.
        let rows = &self.rows;
        self.index.insert_unique(hash(account.id), row, |row| hash(rows[*row as usize].id));
        self.rows.push(account);
        self.ties.push(ties);
    }

    /// Takes the youngest account out again.
    pub(crate) fn pop(&mut self) {
        if let Some(account) = self.rows.pop() {
            let row = self.rows.len() as Row;
            if let Ok(entry) = self.index.find_entry(hash(account.id), |other| *other == row) {
                entry.remove();
            }
            self.ties.pop();
        }
    }

    /// The table of these rows, as a snapshot kept them.
    pub(crate) fn restore(rows: Vec<Account>, ties: Vec<Ties>) -> Self {
        let mut index = HashTable::with_capacity(rows.len());
        for (row, account) in rows.iter().enumerate() {
            index.insert_unique(hash(account.id), row as Row, |row| hash(rows[*row as usize].id));
        }
        Self { rows, ties, index }
    }
}

/// Spreads ids, also those that count up; the same on every machine.
#[inline]
fn hash(id: AccountId) -> u64 {
    let (low, high) = (id.0 as u64, (id.0 >> 64) as u64);
    let product = u128::from(low ^ 0x9e37_79b9_7f4a_7c15) * u128::from(high ^ 0xd1b5_4a32_d192_ed03 | 1);
    let folded = (product as u64) ^ ((product >> 64) as u64);
    folded.wrapping_mul(0xff51_afd7_ed55_8ccd).rotate_right(29) ^ folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_youngest_account_can_be_taken_out_and_put_back() {
        let mut table = AccountTable::default();
        let ties = Ties { asset: 0, pool: Ties::NO_POOL };
        for id in 1..=1_000 {
            table.push(Account { id: AccountId(id), ..Account::ZERO }, ties);
        }
        table.pop();
        assert_eq!(table.find(AccountId(1_000)), None);
        assert_eq!(table.find(AccountId(999)), Some(998));
        table.push(Account { id: AccountId(1_000), ..Account::ZERO }, ties);
        assert_eq!(table.find(AccountId(1_000)), Some(999));
    }
}
