//! The one workload of the book: single-phase transfers between accounts drawn by Zipf, fresh ids drawn at random.

use oikos_ledger::{Ledger, NoPast};
use oikos_protocol::command::account::Account;
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::id::{AccountId, AssetId, TransferId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;

/// Transfers in a batch.
pub const BATCH: usize = 8_190;
/// Where the draws begin.
pub const SEED: u64 = 42;

/// SplitMix64, by its published constants.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Zipf with exponent 1 over 0..n, in integers: weight 2^40 / rank.
#[derive(Debug)]
struct Zipf {
    sums: Vec<u64>,
    total: u64,
}

impl Zipf {
    fn new(n: u64) -> Self {
        let mut total = 0;
        let sums = (1..=n)
            .map(|rank| {
                total += (1 << 40) / rank;
                total
            })
            .collect();
        Self { sums, total }
    }

    fn draw(&self, random: &mut Random) -> u64 {
        let at = random.next() % self.total;
        self.sums.partition_point(|sum| *sum <= at) as u64
    }
}

/// Transfers without end, always the same ones.
#[derive(Debug)]
pub struct Workload {
    accounts: u64,
    zipf: Zipf,
    random: Random,
    made: u64,
}

impl Workload {
    /// Between so many accounts, at least two.
    #[must_use]
    pub fn new(accounts: u64) -> Self {
        Self { accounts, zipf: Zipf::new(accounts), random: Random(SEED), made: 0 }
    }

    /// A book with these accounts and no transfer.
    #[must_use]
    pub fn book(&self) -> Ledger {
        let mut ledger = Ledger::new();
        let account = |id| Account { id: AccountId(u128::from(id)), ledger: AssetId(1), code: 1, ..Account::ZERO };
        let accounts: Vec<Account> = (1..=self.accounts).map(account).collect();
        ledger.create_accounts(Timestamp(1), &accounts, &NoPast, &mut (), &mut Vec::new());
        ledger
    }

    /// The next transfers, in the place of what is in `batch`.
    pub fn fill(&mut self, batch: &mut Vec<Transfer>, count: usize) {
        batch.clear();
        for _ in 0..count {
            self.made += 1;
            let debit = self.zipf.draw(&mut self.random);
            let credit = (debit + 1 + self.zipf.draw(&mut self.random) % (self.accounts - 1)) % self.accounts;
            batch.push(Transfer {
                id: TransferId(u128::from(self.random.next()) << 64 | u128::from(self.made)),
                debit_account_id: AccountId(u128::from(debit + 1)),
                credit_account_id: AccountId(u128::from(credit + 1)),
                amount: Amount(u128::from(self.random.next() % 1_000)),
                ledger: AssetId(1),
                code: 1,
                ..Transfer::ZERO
            });
        }
    }
}
