//! Opening accounts, each check in the documented order.
//!
//! Source: TigerBeetle's documentation, "create_accounts".

use crate::account::table::Ties;
use crate::book::Ledger;
use crate::past::{NoPast, Past};
use crate::sink::LedgerSink;
use alloc::vec::Vec;
use oikos_protocol::command::account::{Account, AccountFlags};
use oikos_protocol::event::account::AccountOpened;
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::id::{AccountId, AssetId};
use oikos_protocol::rejection::account::CreateAccountStatus as Status;
use oikos_protocol::time::Timestamp;

/// An account that the ledger's owner opens itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSpec {
    /// Unique for ever; not zero, not the largest number.
    pub id: AccountId,
    /// Its asset; not zero.
    pub asset: AssetId,
    /// The owner's own kind of account; not zero.
    pub code: u16,
    /// What it allows; [`AccountFlags::POOL`] makes it a pool for holds.
    pub flags: AccountFlags,
    /// The owner's own, for queries.
    pub user_data_128: u128,
    /// The owner's own, for queries.
    pub user_data_64: u64,
    /// The owner's own, for queries.
    pub user_data_32: u32,
}

impl Ledger {
    /// Opens accounts and appends one outcome for each to `out`. Those of a linked chain open all, or none.
    ///
    /// `past` is asked only when accounts are imported.
    pub fn create_accounts(
        &mut self,
        now: Timestamp,
        accounts: &[Account],
        past: &impl Past,
        sink: &mut impl LedgerSink,
        out: &mut Vec<Status>,
    ) {
        let first = self.next_timestamp(now);
        let importing = accounts.first().is_some_and(|account| account.flags.contains(AccountFlags::IMPORTED));
        let last = accounts.len().saturating_sub(1);
        let results = out.len();
        let mut chain: Option<Chain> = None;
        for (index, account) in accounts.iter().enumerate() {
            let linked = account.flags.contains(AccountFlags::LINKED);
            if linked && chain.is_none() {
                chain = Some(Chain { start: index, rows: self.accounts.len(), broken: false, before: self.mark() });
            }
            let at = Timestamp(first.0.saturating_add(index as u64));
            let status = if linked && index == last {
                Status::LinkedEventChainOpen
            } else if chain.as_ref().is_some_and(|chain| chain.broken) {
                Status::LinkedEventFailed
            } else {
                check_batch(account, importing, at)
                    .and_then(|()| self.create_account(account, AccountFlags::PUBLIC, at, past))
                    .map_or_else(|status| status, |()| Status::Created)
            };
            out.push(status);
            match &mut chain {
                None if status == Status::Created => self.emit_accounts(self.accounts.len() - 1, sink),
                Some(chain) if status != Status::Created && !chain.broken => {
                    chain.broken = true;
                    while self.accounts.len() > chain.rows {
                        self.accounts.pop();
                    }
                    self.reset(chain.before);
                    out[results + chain.start..results + index].fill(Status::LinkedEventFailed);
                }
                _ => {}
            }
            if !linked
                && let Some(done) = chain.take()
                && !done.broken
            {
                self.emit_accounts(done.rows, sink);
            }
        }
    }

    /// Opens an account on the owner's behalf, by the same checks, and says what happened so that it can be published.
    ///
    /// # Errors
    /// The documented outcome, `exists` included.
    pub fn open_account(&mut self, now: Timestamp, spec: AccountSpec) -> Result<AccountOpened, Status> {
        let AccountSpec { id, asset, code, flags, user_data_128, user_data_64, user_data_32 } = spec;
        let account =
            Account { id, ledger: asset, code, flags, user_data_128, user_data_64, user_data_32, ..Account::ZERO };
        let allowed = AccountFlags::PUBLIC.with(AccountFlags::POOL).without(AccountFlags::IMPORTED);
        let at = self.next_timestamp(now);
        self.create_account(&account, allowed.without(AccountFlags::LINKED), at, &NoPast)?;
        Ok(AccountOpened { account: *self.accounts.get((self.accounts.len() - 1) as u32) })
    }

    fn create_account(
        &mut self,
        account: &Account,
        allowed: AccountFlags,
        at: Timestamp,
        past: &impl Past,
    ) -> Result<(), Status> {
        if account.reserved != 0 {
            return Err(Status::ReservedField);
        }
        if account.flags.intersects(AccountFlags(!allowed.0)) {
            return Err(Status::ReservedFlag);
        }
        if account.id.0 == 0 {
            return Err(Status::IdMustNotBeZero);
        }
        if account.id.0 == u128::MAX {
            return Err(Status::IdMustNotBeIntMax);
        }
        if let Some(row) = self.accounts.find(account.id) {
            return Err(exists(account, self.accounts.get(row)));
        }
        if account
            .flags
            .contains(AccountFlags::DEBITS_MUST_NOT_EXCEED_CREDITS.with(AccountFlags::CREDITS_MUST_NOT_EXCEED_DEBITS))
        {
            return Err(Status::FlagsAreMutuallyExclusive);
        }
        let zero = [
            (account.debits_pending, Status::DebitsPendingMustBeZero),
            (account.debits_posted, Status::DebitsPostedMustBeZero),
            (account.credits_pending, Status::CreditsPendingMustBeZero),
            (account.credits_posted, Status::CreditsPostedMustBeZero),
        ];
        if let Some((_, status)) = zero.iter().find(|(amount, _)| !amount.is_zero()) {
            return Err(*status);
        }
        if account.ledger.0 == 0 {
            return Err(Status::LedgerMustNotBeZero);
        }
        if account.code == 0 {
            return Err(Status::CodeMustNotBeZero);
        }
        let imported = account.flags.contains(AccountFlags::IMPORTED);
        let timestamp = if imported { account.timestamp } else { at };
        if imported && (timestamp <= self.last_account || past.has_timestamp(timestamp, self.places)) {
            return Err(Status::ImportedEventTimestampMustNotRegress);
        }
        let pool = if account.flags.contains(AccountFlags::POOL) {
            self.holds.open_pool(self.accounts.len() as u32)
        } else {
            Ties::NO_POOL
        };
        let asset = self.sums.entry(account.ledger);
        self.accounts.push(Account { timestamp, ..*account }, Ties { asset, pool });
        self.last_account = timestamp;
        self.last = self.last.max(timestamp);
        Ok(())
    }

    fn emit_accounts(&self, from: usize, sink: &mut impl LedgerSink) {
        for account in &self.accounts.rows[from..] {
            sink.emit(LedgerEvent::AccountOpened(AccountOpened { account: *account }));
        }
    }
}

struct Chain {
    start: usize,
    rows: usize,
    broken: bool,
    before: crate::book::Mark,
}

/// The checks that depend on the batch and the clock.
fn check_batch(account: &Account, importing: bool, at: Timestamp) -> Result<(), Status> {
    let imported = account.flags.contains(AccountFlags::IMPORTED);
    match (importing, imported) {
        (true, false) => Err(Status::ImportedEventExpected),
        (false, true) => Err(Status::ImportedEventNotExpected),
        (false, false) if account.timestamp != Timestamp::ZERO => Err(Status::TimestampMustBeZero),
        (true, true) if account.timestamp.0 == 0 || account.timestamp.0 >= 1 << 63 => {
            Err(Status::ImportedEventTimestampOutOfRange)
        }
        (true, true) if account.timestamp >= at => Err(Status::ImportedEventTimestampMustNotAdvance),
        _ => Ok(()),
    }
}

/// How an account asked for differs from the one there is.
fn exists(asked: &Account, there: &Account) -> Status {
    if asked.flags != there.flags {
        Status::ExistsWithDifferentFlags
    } else if asked.user_data_128 != there.user_data_128 {
        Status::ExistsWithDifferentUserData128
    } else if asked.user_data_64 != there.user_data_64 {
        Status::ExistsWithDifferentUserData64
    } else if asked.user_data_32 != there.user_data_32 {
        Status::ExistsWithDifferentUserData32
    } else if asked.ledger != there.ledger {
        Status::ExistsWithDifferentLedger
    } else if asked.code != there.code {
        Status::ExistsWithDifferentCode
    } else {
        Status::Exists
    }
}
