//! Look-ups and queries over the book and its history.
//!
//! A filter that is not valid finds nothing. Times are inclusive; zero means no bound.
//! Source: TigerBeetle's documentation, "AccountFilter", "QueryFilter", "get_account_balances", "Change Data Capture".

use crate::book::Ledger;
use crate::history::{Change, History};
use crate::past::Past;
use alloc::vec::Vec;
use oikos_protocol::command::account::{Account, AccountFlags};
use oikos_protocol::command::transfer::Transfer;
use oikos_protocol::id::TransferId;
use oikos_protocol::query::{
    AccountBalance, AccountFilter, AccountFilterFlags, ChangeEvent, ChangeEventsFilter, ChangeKind, QueryFilter,
    QueryFilterFlags,
};
use oikos_protocol::time::Timestamp;

use crate::transfer::ids::{Key, State};

/// An inclusive range of time.
#[derive(Clone, Copy)]
struct Period {
    min: Timestamp,
    max: Timestamp,
}

impl Period {
    /// The period of a filter, or `None` where that is not valid.
    fn of(min: Timestamp, max: Timestamp, limit: u32) -> Option<Self> {
        let valid = limit != 0 && min.0 < 1 << 63 && max.0 < 1 << 63 && (max.0 == 0 || min <= max);
        let max = if max.0 == 0 { Timestamp::NEVER } else { max };
        valid.then_some(Self { min, max })
    }

    fn contains(self, moment: Timestamp) -> bool {
        self.min <= moment && moment <= self.max
    }
}

/// The first `limit` of what is found, in the order asked for.
fn ordered<T>(found: impl DoubleEndedIterator<Item = T>, reversed: bool, limit: u32) -> Vec<T> {
    let limit = limit as usize;
    if reversed { found.rev().take(limit).collect() } else { found.take(limit).collect() }
}

impl Ledger {
    /// The transfer of this id, or `None` where there is none (a failed one included).
    #[must_use]
    pub fn transfer(&self, id: TransferId, past: &impl Past) -> Option<Transfer> {
        let key = Key::of(id);
        let candidates = self.ids.candidates(key, self.ids.seek(key));
        let mut bodies = candidates.filter(|(_, state)| *state != State::Failed).filter_map(|(p, _)| past.transfer(p));
        bodies.find(|transfer| transfer.id == id)
    }

    /// Whether a transfer of this id was made, or failed for good.
    #[must_use]
    pub fn is_bound(&self, id: TransferId, past: &impl Past) -> bool {
        let key = Key::of(id);
        self.ids.candidates(key, self.ids.seek(key)).any(|(place, state)| match state {
            State::Failed => self.ids.failed().get(place as usize) == Some(&id),
            // A place that the past does not know is one that must not be used again.
            _ => past.transfer(place).is_none_or(|made| made.id == id),
        })
    }

    /// The accounts that a filter finds, with their present balances, in order of opening or the reverse.
    #[must_use]
    pub fn query_accounts(&self, filter: &QueryFilter) -> Vec<Account> {
        let QueryFilter { user_data_128, user_data_64, user_data_32, ledger, code, limit, flags, .. } = *filter;
        let Some(period) = period_of_query(filter) else { return Vec::new() };
        let found = self.accounts().iter().copied().filter(|account| {
            (user_data_128 == 0 || account.user_data_128 == user_data_128)
                && (user_data_64 == 0 || account.user_data_64 == user_data_64)
                && (user_data_32 == 0 || account.user_data_32 == user_data_32)
                && (ledger.0 == 0 || account.ledger == ledger)
                && (code == 0 || account.code == code)
                && period.contains(account.timestamp)
        });
        ordered(found, flags.contains(QueryFilterFlags::REVERSED), limit)
    }
}

impl History {
    /// The transfers of one account that a filter finds.
    #[must_use]
    pub fn account_transfers(&self, filter: &AccountFilter) -> Vec<Transfer> {
        let reversed = filter.flags.contains(AccountFilterFlags::REVERSED);
        ordered(self.find_of_account(filter).map(|change| change.transfer), reversed, filter.limit)
    }

    /// The balances of one account after each of the transfers that a filter finds; none unless the account
    /// was opened with the flag `history`. What a timeout frees is not among them.
    #[must_use]
    pub fn account_balances(&self, filter: &AccountFilter) -> Vec<AccountBalance> {
        let keeps = |opened: &crate::history::Opened| opened.account.flags.contains(AccountFlags::HISTORY);
        if !self.accounts.get(&filter.account_id).is_some_and(keeps) {
            return Vec::new();
        }
        let balances = self.find_of_account(filter).map(|change| {
            let standing = change.standing_of(filter.account_id).unwrap_or_default();
            AccountBalance::at(change.timestamp, standing.balances)
        });
        ordered(balances, filter.flags.contains(AccountFilterFlags::REVERSED), filter.limit)
    }

    /// The transfers of the whole book that a filter finds.
    #[must_use]
    pub fn query_transfers(&self, filter: &QueryFilter) -> Vec<Transfer> {
        let Some(period) = period_of_query(filter) else { return Vec::new() };
        let found = self.within(period).iter().filter(|change| {
            change.kind != ChangeKind::TwoPhaseExpired
                && (filter.ledger.0 == 0 || change.transfer.ledger == filter.ledger)
                && matches(
                    &change.transfer,
                    filter.user_data_128,
                    filter.user_data_64,
                    filter.user_data_32,
                    filter.code,
                )
        });
        let reversed = filter.flags.contains(QueryFilterFlags::REVERSED);
        ordered(found.map(|change| change.transfer), reversed, filter.limit)
    }

    /// The changes of the book that a filter finds, expiries included, the oldest first.
    #[must_use]
    pub fn change_events(&self, filter: &ChangeEventsFilter) -> Vec<ChangeEvent> {
        let Some(period) = Period::of(filter.timestamp_min, filter.timestamp_max, filter.limit) else {
            return Vec::new();
        };
        let events = self.within(period).iter().filter_map(|change| {
            let debit = self.accounts.get(&change.transfer.debit_account_id)?;
            let credit = self.accounts.get(&change.transfer.credit_account_id)?;
            Some(ChangeEvent {
                timestamp: change.timestamp,
                kind: change.kind,
                ledger: change.transfer.ledger,
                transfer: change.transfer,
                debit_account: debit.standing(change.debit),
                credit_account: credit.standing(change.credit),
            })
        });
        ordered(events, false, filter.limit)
    }

    fn find_of_account<'a>(&'a self, filter: &'a AccountFilter) -> impl DoubleEndedIterator<Item = &'a Change> {
        let sides = AccountFilterFlags::DEBITS.with(AccountFilterFlags::CREDITS);
        let reserved = AccountFilterFlags(!sides.with(AccountFilterFlags::REVERSED).0);
        let valid = filter.flags.intersects(sides) && !filter.flags.intersects(reserved);
        let period = Period::of(filter.timestamp_min, filter.timestamp_max, filter.limit).filter(|_| valid);
        let touched = self.accounts.get(&filter.account_id).map_or(&[][..], |opened| &opened.changes);
        touched.iter().map(|index| &self.changes[*index]).filter(move |change| {
            let transfer = &change.transfer;
            let side = transfer.debit_account_id == filter.account_id
                && filter.flags.contains(AccountFilterFlags::DEBITS)
                || transfer.credit_account_id == filter.account_id
                    && filter.flags.contains(AccountFilterFlags::CREDITS);
            side && change.kind != ChangeKind::TwoPhaseExpired
                && period.is_some_and(|period| period.contains(change.timestamp))
                && matches(transfer, filter.user_data_128, filter.user_data_64, filter.user_data_32, filter.code)
        })
    }

    fn within(&self, period: Period) -> &[Change] {
        let start = self.changes.partition_point(|change| change.timestamp < period.min);
        let end = self.changes.partition_point(|change| change.timestamp <= period.max);
        &self.changes[start..end]
    }
}

fn period_of_query(filter: &QueryFilter) -> Option<Period> {
    let known = !filter.flags.intersects(QueryFilterFlags(!QueryFilterFlags::REVERSED.0));
    Period::of(filter.timestamp_min, filter.timestamp_max, filter.limit).filter(|_| known)
}

fn matches(transfer: &Transfer, user_data_128: u128, user_data_64: u64, user_data_32: u32, code: u16) -> bool {
    (user_data_128 == 0 || transfer.user_data_128 == user_data_128)
        && (user_data_64 == 0 || transfer.user_data_64 == user_data_64)
        && (user_data_32 == 0 || transfer.user_data_32 == user_data_32)
        && (code == 0 || transfer.code == code)
}
