//! The book against a tiny model that is obviously right, under random operations.
//!
//! The model keeps everything in sorted maps and undoes a chain by going back to a full copy. It does not know
//! an order of checks: it collects *every* status that applies and answers with the one declared first.
//! 100,000 operations in a normal run, 1,000,000 with `OIKOS_LONG=1`. A failure names its seed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use oikos_ledger::{AccountSpec, History, Ledger, LedgerSink, MoveError, Past};
use oikos_protocol::command::account::{Account, AccountFlags as A};
use oikos_protocol::command::transfer::{Transfer, TransferFlags as T};
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::id::{AccountId, AssetId, HoldId, TransferId};
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::account::CreateAccountStatus as AS;
use oikos_protocol::rejection::transfer::CreateTransferStatus as TS;
use oikos_protocol::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

const MAX: u128 = u128::MAX;
const SECOND: u64 = 1_000_000_000;
const POOLS: [u128; 2] = [100, 101];

#[derive(Clone, Copy, PartialEq, Debug)]
enum State {
    Done,
    Pending,
    Posted,
    Voided,
    Expired,
}

#[derive(Clone, Default)]
struct Model {
    accounts: BTreeMap<u128, Account>,
    transfers: BTreeMap<u128, (Transfer, State)>,
    failed: BTreeSet<u128>,
    holds: BTreeMap<u64, (u128, u128)>,
    last: u64,
    last_account: u64,
    last_transfer: u64,
}

fn apply_if<S: Copy>(problems: &mut Vec<S>, wrong: bool, status: S) {
    if wrong {
        problems.push(status);
    }
}

impl Model {
    fn create_accounts(&mut self, now: u64, events: &[Account]) -> Vec<AS> {
        let importing = events.first().is_some_and(|event| event.flags.contains(A::IMPORTED));
        let first = now.max(self.last + 1);
        self.batch(
            events,
            |event| event.flags.contains(A::LINKED),
            (AS::Created, AS::LinkedEventFailed, AS::LinkedEventChainOpen),
            |model, index, event| model.create_account(event, first + index as u64, importing),
            |_, _, _| {},
        )
    }

    fn create_transfers(&mut self, now: u64, events: &[Transfer]) -> Vec<TS> {
        let importing = events.first().is_some_and(|event| event.flags.contains(T::IMPORTED));
        let first = now.max(self.last + 1);
        self.batch(
            events,
            |event| event.flags.contains(T::LINKED),
            (TS::Created, TS::LinkedEventFailed, TS::LinkedEventChainOpen),
            |model, index, event| model.create_transfer(event, first + index as u64, importing),
            |model, event, status| {
                if status.is_transient() {
                    model.failed.insert(event.id.0);
                }
            },
        )
    }

    /// Chain by chain: all of it, or back to the copy.
    fn batch<E, S: Copy + PartialEq>(
        &mut self,
        events: &[E],
        linked: impl Fn(&E) -> bool,
        (created, failed, open): (S, S, S),
        mut one: impl FnMut(&mut Self, usize, &E) -> S,
        after_failure: impl Fn(&mut Self, &E, S),
    ) -> Vec<S> {
        let mut results = vec![created; events.len()];
        let mut start = 0;
        while start < events.len() {
            let mut end = start;
            while end + 1 < events.len() && linked(&events[end]) {
                end += 1;
            }
            let copy = self.clone();
            let mut broken = None;
            for index in start..=end {
                let status = if index + 1 == events.len() && linked(&events[index]) {
                    open
                } else {
                    one(self, index, &events[index])
                };
                if status != created {
                    broken = Some((index, status));
                    break;
                }
            }
            if let Some((index, status)) = broken {
                *self = copy;
                results[start..=end].fill(failed);
                if end + 1 == events.len() && linked(&events[end]) {
                    results[end] = open;
                }
                results[index] = status;
                after_failure(self, &events[index], status);
            }
            start = end + 1;
        }
        results
    }

    fn create_account(&mut self, a: &Account, at: u64, importing: bool) -> AS {
        let mut p = Vec::new();
        let imported = a.flags.contains(A::IMPORTED);
        apply_if(&mut p, importing && !imported, AS::ImportedEventExpected);
        apply_if(&mut p, !importing && imported, AS::ImportedEventNotExpected);
        apply_if(&mut p, !imported && a.timestamp.0 != 0, AS::TimestampMustBeZero);
        apply_if(
            &mut p,
            imported && (a.timestamp.0 == 0 || a.timestamp.0 >= 1 << 63),
            AS::ImportedEventTimestampOutOfRange,
        );
        apply_if(&mut p, imported && a.timestamp.0 >= at, AS::ImportedEventTimestampMustNotAdvance);
        apply_if(&mut p, a.reserved != 0, AS::ReservedField);
        apply_if(&mut p, a.flags.0 & !0b11_1111 != 0, AS::ReservedFlag);
        apply_if(&mut p, a.id.0 == 0, AS::IdMustNotBeZero);
        apply_if(&mut p, a.id.0 == MAX, AS::IdMustNotBeIntMax);
        if let Some(there) = self.accounts.get(&a.id.0) {
            apply_if(&mut p, a.flags != there.flags, AS::ExistsWithDifferentFlags);
            apply_if(&mut p, a.user_data_128 != there.user_data_128, AS::ExistsWithDifferentUserData128);
            apply_if(&mut p, a.user_data_64 != there.user_data_64, AS::ExistsWithDifferentUserData64);
            apply_if(&mut p, a.user_data_32 != there.user_data_32, AS::ExistsWithDifferentUserData32);
            apply_if(&mut p, a.ledger != there.ledger, AS::ExistsWithDifferentLedger);
            apply_if(&mut p, a.code != there.code, AS::ExistsWithDifferentCode);
            p.push(AS::Exists);
        }
        let both = A::DEBITS_MUST_NOT_EXCEED_CREDITS | A::CREDITS_MUST_NOT_EXCEED_DEBITS;
        apply_if(&mut p, a.flags.contains(both), AS::FlagsAreMutuallyExclusive);
        apply_if(&mut p, a.debits_posted.0 != 0, AS::DebitsPostedMustBeZero);
        apply_if(&mut p, a.ledger.0 == 0, AS::LedgerMustNotBeZero);
        apply_if(&mut p, a.code == 0, AS::CodeMustNotBeZero);
        let taken = self.transfers.values().any(|(t, _)| t.timestamp == a.timestamp);
        let regress = imported && (a.timestamp.0 <= self.last_account || taken);
        apply_if(&mut p, regress, AS::ImportedEventTimestampMustNotRegress);
        if let Some(first) = p.into_iter().min() {
            return first;
        }
        let timestamp = if imported { a.timestamp.0 } else { at };
        self.accounts.insert(a.id.0, Account { timestamp: Timestamp(timestamp), ..*a });
        self.last_account = timestamp;
        self.last = self.last.max(timestamp);
        AS::Created
    }

    fn create_transfer(&mut self, t: &Transfer, at: u64, importing: bool) -> TS {
        let mut p = Vec::new();
        let has = |flag| t.flags.contains(flag);
        let imported = has(T::IMPORTED);
        apply_if(&mut p, importing && !imported, TS::ImportedEventExpected);
        apply_if(&mut p, !importing && imported, TS::ImportedEventNotExpected);
        apply_if(&mut p, !imported && t.timestamp.0 != 0, TS::TimestampMustBeZero);
        apply_if(
            &mut p,
            imported && (t.timestamp.0 == 0 || t.timestamp.0 >= 1 << 63),
            TS::ImportedEventTimestampOutOfRange,
        );
        apply_if(&mut p, imported && t.timestamp.0 >= at, TS::ImportedEventTimestampMustNotAdvance);
        apply_if(&mut p, t.flags.0 >= 1 << 9, TS::ReservedFlag);
        apply_if(&mut p, t.id.0 == 0, TS::IdMustNotBeZero);
        apply_if(&mut p, t.id.0 == MAX, TS::IdMustNotBeIntMax);
        apply_if(&mut p, self.failed.contains(&t.id.0), TS::IdAlreadyFailed);
        let taken = self.accounts.values().any(|account| account.timestamp == t.timestamp);
        let regress = imported && (t.timestamp.0 <= self.last_transfer || taken);
        apply_if(&mut p, regress, TS::ImportedEventTimestampMustNotRegress);
        let timestamp = Timestamp(if imported { t.timestamp.0 } else { at });
        let resolves = has(T::POST_PENDING_TRANSFER) || has(T::VOID_PENDING_TRANSFER);
        if resolves { self.resolve(t, timestamp, at, p) } else { self.make(t, timestamp, p) }
    }

    fn exists(&self, t: &Transfer, whole: &Transfer, p: &mut Vec<TS>, same_amount: impl Fn(&Transfer) -> bool) {
        let Some((e, _)) = self.transfers.get(&t.id.0) else { return };
        apply_if(p, t.flags != e.flags, TS::ExistsWithDifferentFlags);
        apply_if(p, t.pending_id != e.pending_id, TS::ExistsWithDifferentPendingId);
        apply_if(p, t.timeout != e.timeout, TS::ExistsWithDifferentTimeout);
        apply_if(p, whole.debit_account_id != e.debit_account_id, TS::ExistsWithDifferentDebitAccountId);
        apply_if(p, whole.credit_account_id != e.credit_account_id, TS::ExistsWithDifferentCreditAccountId);
        apply_if(p, !same_amount(e), TS::ExistsWithDifferentAmount);
        apply_if(p, whole.user_data_128 != e.user_data_128, TS::ExistsWithDifferentUserData128);
        apply_if(p, whole.user_data_64 != e.user_data_64, TS::ExistsWithDifferentUserData64);
        apply_if(p, whole.user_data_32 != e.user_data_32, TS::ExistsWithDifferentUserData32);
        apply_if(p, whole.ledger != e.ledger, TS::ExistsWithDifferentLedger);
        apply_if(p, whole.code != e.code, TS::ExistsWithDifferentCode);
        p.push(TS::Exists);
    }

    fn make(&mut self, t: &Transfer, timestamp: Timestamp, mut p: Vec<TS>) -> TS {
        let has = |flag| t.flags.contains(flag);
        let balancing = has(T::BALANCING_DEBIT) || has(T::BALANCING_CREDIT);
        self.exists(t, t, &mut p, |e| if balancing { t.amount >= e.amount } else { t.amount == e.amount });
        let (d, c) = (t.debit_account_id.0, t.credit_account_id.0);
        apply_if(&mut p, d == 0, TS::DebitAccountIdMustNotBeZero);
        apply_if(&mut p, d == MAX, TS::DebitAccountIdMustNotBeIntMax);
        apply_if(&mut p, c == 0, TS::CreditAccountIdMustNotBeZero);
        apply_if(&mut p, c == MAX, TS::CreditAccountIdMustNotBeIntMax);
        apply_if(&mut p, d == c, TS::AccountsMustBeDifferent);
        apply_if(&mut p, t.pending_id.0 != 0, TS::PendingIdMustBeZero);
        apply_if(&mut p, !has(T::PENDING) && t.timeout != 0, TS::TimeoutReservedForPendingTransfer);
        let closing = has(T::CLOSING_DEBIT) || has(T::CLOSING_CREDIT);
        apply_if(&mut p, !has(T::PENDING) && closing, TS::ClosingTransferMustBePending);
        apply_if(&mut p, t.ledger.0 == 0, TS::LedgerMustNotBeZero);
        apply_if(&mut p, t.code == 0, TS::CodeMustNotBeZero);
        let (debit, credit) = (self.accounts.get(&d).copied(), self.accounts.get(&c).copied());
        apply_if(&mut p, debit.is_none(), TS::DebitAccountNotFound);
        apply_if(&mut p, credit.is_none(), TS::CreditAccountNotFound);
        let mut amount = t.amount.0;
        if let (Some(debit), Some(credit)) = (debit, credit) {
            apply_if(&mut p, debit.ledger != credit.ledger, TS::AccountsMustHaveTheSameLedger);
            apply_if(&mut p, debit.ledger != t.ledger, TS::TransferMustHaveTheSameLedgerAsAccounts);
            if has(T::IMPORTED) {
                apply_if(&mut p, timestamp <= debit.timestamp, TS::ImportedEventTimestampMustPostdateDebitAccount);
                apply_if(&mut p, timestamp <= credit.timestamp, TS::ImportedEventTimestampMustPostdateCreditAccount);
                apply_if(&mut p, t.timeout != 0, TS::ImportedEventTimeoutMustBeZero);
            }
            apply_if(&mut p, debit.flags.contains(A::POOL), TS::DebitAccountIsAPool);
            apply_if(&mut p, credit.flags.contains(A::POOL), TS::CreditAccountIsAPool);
            apply_if(&mut p, debit.flags.contains(A::CLOSED), TS::DebitAccountAlreadyClosed);
            apply_if(&mut p, credit.flags.contains(A::CLOSED), TS::CreditAccountAlreadyClosed);
            let (dp, dd, dc) = (debit.debits_pending.0, debit.debits_posted.0, debit.credits_posted.0);
            let (cp, cc, cd) = (credit.credits_pending.0, credit.credits_posted.0, credit.debits_posted.0);
            if has(T::BALANCING_DEBIT) {
                amount = amount.min(dc.saturating_sub(dp + dd));
            }
            if has(T::BALANCING_CREDIT) {
                amount = amount.min(cd.saturating_sub(cp + cc));
            }
            let over = |sum: u128| sum.checked_add(amount).is_none();
            apply_if(&mut p, has(T::PENDING) && over(dp), TS::OverflowsDebitsPending);
            apply_if(&mut p, has(T::PENDING) && over(cp), TS::OverflowsCreditsPending);
            apply_if(&mut p, over(dd), TS::OverflowsDebitsPosted);
            apply_if(&mut p, over(cc), TS::OverflowsCreditsPosted);
            apply_if(&mut p, over(dp + dd), TS::OverflowsDebits);
            apply_if(&mut p, over(cp + cc), TS::OverflowsCredits);
            let expiry = u128::from(timestamp.0) + u128::from(t.timeout) * u128::from(SECOND);
            apply_if(&mut p, expiry >= 1 << 63, TS::OverflowsTimeout);
            let beyond = |sum: u128, limit: u128| sum.checked_add(amount).is_none_or(|sum| sum > limit);
            let (holds, owes) = (A::DEBITS_MUST_NOT_EXCEED_CREDITS, A::CREDITS_MUST_NOT_EXCEED_DEBITS);
            apply_if(&mut p, debit.flags.contains(holds) && beyond(dp + dd, dc), TS::ExceedsCredits);
            apply_if(&mut p, credit.flags.contains(owes) && beyond(cp + cc, cd), TS::ExceedsDebits);
        }
        if let Some(first) = p.into_iter().min() {
            return first;
        }
        self.on(d, |account| {
            let side = if has(T::PENDING) { &mut account.debits_pending } else { &mut account.debits_posted };
            side.0 += amount;
            if has(T::CLOSING_DEBIT) {
                account.flags = account.flags | A::CLOSED;
            }
        });
        self.on(c, |account| {
            let side = if has(T::PENDING) { &mut account.credits_pending } else { &mut account.credits_posted };
            side.0 += amount;
            if has(T::CLOSING_CREDIT) {
                account.flags = account.flags | A::CLOSED;
            }
        });
        let state = if has(T::PENDING) { State::Pending } else { State::Done };
        self.keep(Transfer { amount: Amount(amount), timestamp, ..*t }, state)
    }

    fn resolve(&mut self, t: &Transfer, timestamp: Timestamp, at: u64, mut p: Vec<TS>) -> TS {
        let has = |flag| t.flags.contains(flag);
        let posts = has(T::POST_PENDING_TRANSFER);
        let pending = self.transfers.get(&t.pending_id.0).copied();
        let mut whole = *t;
        if let Some((of, _)) = pending {
            let id = |asked: AccountId, of| if asked.0 == 0 { of } else { asked };
            whole.debit_account_id = id(t.debit_account_id, of.debit_account_id);
            whole.credit_account_id = id(t.credit_account_id, of.credit_account_id);
            whole.user_data_128 = if t.user_data_128 == 0 { of.user_data_128 } else { t.user_data_128 };
            whole.user_data_64 = if t.user_data_64 == 0 { of.user_data_64 } else { t.user_data_64 };
            whole.user_data_32 = if t.user_data_32 == 0 { of.user_data_32 } else { t.user_data_32 };
            whole.ledger = if t.ledger.0 == 0 { of.ledger } else { t.ledger };
            whole.code = if t.code == 0 { of.code } else { t.code };
        }
        let reserved = pending.map_or(0, |(of, _)| of.amount.0);
        self.exists(t, &whole, &mut p, |e| match (posts, e.amount.0 < reserved) {
            (true, true) => t.amount == e.amount,
            (true, false) => t.amount.0 >= reserved,
            (false, _) => e.amount.0 == if t.amount.0 == 0 { reserved } else { t.amount.0 },
        });
        let others = T::PENDING | T::BALANCING_DEBIT | T::BALANCING_CREDIT | T::CLOSING_DEBIT | T::CLOSING_CREDIT;
        let excluded = posts && has(T::VOID_PENDING_TRANSFER) || t.flags.intersects(others);
        apply_if(&mut p, excluded, TS::FlagsAreMutuallyExclusive);
        apply_if(&mut p, t.pending_id.0 == 0, TS::PendingIdMustNotBeZero);
        apply_if(&mut p, t.pending_id.0 == MAX, TS::PendingIdMustNotBeIntMax);
        apply_if(&mut p, t.pending_id == t.id, TS::PendingIdMustBeDifferent);
        apply_if(&mut p, t.timeout != 0, TS::TimeoutReservedForPendingTransfer);
        apply_if(&mut p, pending.is_none(), TS::PendingTransferNotFound);
        let mut amount = 0;
        if let Some((of, state)) = pending {
            apply_if(&mut p, !of.flags.contains(T::PENDING), TS::PendingTransferNotPending);
            let (d, c) = (of.debit_account_id, of.credit_account_id);
            apply_if(&mut p, whole.debit_account_id != d, TS::PendingTransferHasDifferentDebitAccountId);
            apply_if(&mut p, whole.credit_account_id != c, TS::PendingTransferHasDifferentCreditAccountId);
            apply_if(&mut p, whole.ledger != of.ledger, TS::PendingTransferHasDifferentLedger);
            apply_if(&mut p, whole.code != of.code, TS::PendingTransferHasDifferentCode);
            amount = match (posts, t.amount.0) {
                (true, MAX) | (false, 0) => reserved,
                (_, asked) => asked,
            };
            apply_if(&mut p, amount > reserved, TS::ExceedsPendingTransferAmount);
            apply_if(&mut p, !posts && amount < reserved, TS::PendingTransferHasDifferentAmount);
            apply_if(&mut p, state == State::Posted, TS::PendingTransferAlreadyPosted);
            apply_if(&mut p, state == State::Voided, TS::PendingTransferAlreadyVoided);
            let due = of.timeout != 0 && of.timestamp.0 + u64::from(of.timeout) * SECOND <= at;
            apply_if(&mut p, state == State::Expired || state == State::Pending && due, TS::PendingTransferExpired);
            let closed = |id: AccountId| self.accounts[&id.0].flags.contains(A::CLOSED);
            apply_if(&mut p, posts && closed(d), TS::DebitAccountAlreadyClosed);
            apply_if(&mut p, posts && closed(c), TS::CreditAccountAlreadyClosed);
        }
        if let Some(first) = p.into_iter().min() {
            return first;
        }
        self.settle(t.pending_id.0, if posts { State::Posted } else { State::Voided }, amount);
        self.keep(Transfer { amount: Amount(amount), timestamp, ..whole }, State::Done)
    }

    /// A pending transfer ends: what was reserved is free, and, if it is posted, `amount` is paid.
    fn settle(&mut self, id: u128, state: State, amount: u128) {
        let entry = self.transfers.get_mut(&id).expect("a pending transfer");
        entry.1 = state;
        let of = entry.0;
        let reopens = |flag| state != State::Posted && of.flags.contains(flag);
        self.on(of.debit_account_id.0, |account| {
            account.debits_pending.0 -= of.amount.0;
            account.debits_posted.0 += if state == State::Posted { amount } else { 0 };
            if reopens(T::CLOSING_DEBIT) {
                account.flags = account.flags.without(A::CLOSED);
            }
        });
        self.on(of.credit_account_id.0, |account| {
            account.credits_pending.0 -= of.amount.0;
            account.credits_posted.0 += if state == State::Posted { amount } else { 0 };
            if reopens(T::CLOSING_CREDIT) {
                account.flags = account.flags.without(A::CLOSED);
            }
        });
    }

    fn expire(&mut self, now: u64) -> Vec<u128> {
        let due = |t: &Transfer| t.timestamp.0 + u64::from(t.timeout) * SECOND;
        let mut expired: Vec<_> = self
            .transfers
            .values()
            .filter(|(t, state)| *state == State::Pending && t.timeout != 0 && due(t) <= now)
            .map(|(t, _)| (due(t), t.timestamp, t.id.0))
            .collect();
        expired.sort_unstable();
        for (_, _, id) in &expired {
            self.settle(*id, State::Expired, 0);
            self.last = now.max(self.last + 1);
        }
        expired.into_iter().map(|(_, _, id)| id).collect()
    }

    fn keep(&mut self, transfer: Transfer, state: State) -> TS {
        self.last_transfer = transfer.timestamp.0;
        self.last = self.last.max(transfer.timestamp.0);
        self.transfers.insert(transfer.id.0, (transfer, state));
        TS::Created
    }

    fn on(&mut self, id: u128, change: impl FnOnce(&mut Account)) {
        change(self.accounts.get_mut(&id).expect("an account"));
    }

    /// Whether money can move at once, for holds and payments.
    fn can_move(&self, from: u128, to: u128, amount: u128) -> bool {
        let (Some(f), Some(t)) = (self.accounts.get(&from), self.accounts.get(&to)) else { return false };
        let debits = (f.debits_pending.0 + f.debits_posted.0).checked_add(amount);
        let credits = (t.credits_pending.0 + t.credits_posted.0).checked_add(amount);
        let free =
            !f.flags.contains(A::DEBITS_MUST_NOT_EXCEED_CREDITS) || debits.is_some_and(|d| d <= f.credits_posted.0);
        let room =
            !t.flags.contains(A::CREDITS_MUST_NOT_EXCEED_DEBITS) || credits.is_some_and(|c| c <= t.debits_posted.0);
        let open = !f.flags.contains(A::CLOSED) && !t.flags.contains(A::CLOSED);
        amount != 0
            && from != to
            && f.ledger == t.ledger
            && open
            && debits.is_some()
            && credits.is_some()
            && free
            && room
    }

    fn shift(&mut self, from: u128, to: u128, amount: u128) {
        self.on(from, |account| account.debits_posted.0 += amount);
        self.on(to, |account| account.credits_posted.0 += amount);
    }
}

/// SplitMix64, by its published constants.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn amount(&mut self) -> u128 {
        match self.below(40) {
            0 => MAX,
            1 => MAX - u128::from(self.below(40)),
            2 => MAX / 2,
            3..=5 => 0,
            _ => u128::from(self.below(30)),
        }
    }

    fn account_id(&mut self) -> AccountId {
        AccountId(match self.below(60) {
            0 => 0,
            1 => MAX,
            2 => POOLS[0],
            3..=5 => 9,
            _ => u128::from(1 + self.below(8)),
        })
    }

    /// An account that may well be opened; in one of three, something is wrong with it.
    fn account(&mut self, imported: Option<u64>) -> Account {
        let mut flags = A::NONE;
        for (flag, odds) in [
            (A::LINKED, 5),
            (A::DEBITS_MUST_NOT_EXCEED_CREDITS, 3),
            (A::CREDITS_MUST_NOT_EXCEED_DEBITS, 9),
            (A::HISTORY, 4),
            (A::CLOSED, 40),
        ] {
            if self.one_in(odds) {
                flags = flags | flag;
            }
        }
        if imported.is_some() {
            flags = flags | A::IMPORTED;
        }
        let mut account = Account {
            id: AccountId(u128::from(1 + self.below(8))),
            ledger: AssetId(1),
            code: 1,
            flags,
            timestamp: Timestamp(imported.unwrap_or(0)),
            ..Account::ZERO
        };
        while self.one_in(3) {
            let odd = self.next();
            match self.below(11) {
                0 => account.id = self.account_id(),
                1 => account.debits_posted = Amount(1),
                2 => account.user_data_128 = 1,
                3 => account.user_data_64 = 1,
                4 => account.user_data_32 = 1,
                5 => account.reserved = 1,
                6 => account.ledger = AssetId(2 * (odd & 1) as u32),
                7 => account.code = 2 * (odd & 1) as u16,
                8 => account.timestamp = Timestamp([0, 1, 5, 1 << 63, odd >> 1][(odd % 5) as usize]),
                9 => account.flags = A(account.flags.0 ^ A::IMPORTED.0),
                _ => account.flags = A(account.flags.0 ^ 1 << (odd % 16)),
            }
        }
        account
    }

    /// A transfer that may well be made.
    fn transfer(&mut self, imported: Option<u64>, ids: u64) -> Transfer {
        let base = Transfer {
            id: TransferId(u128::from(if self.one_in(6) { 1 + self.below(ids) } else { ids + self.below(1 << 40) })),
            flags: if self.one_in(5) { T::LINKED } else { T::NONE }
                | if imported.is_some() { T::IMPORTED } else { T::NONE },
            timestamp: Timestamp(imported.unwrap_or(0)),
            ..Transfer::ZERO
        };
        if self.one_in(3) { self.resolving(base, ids) } else { self.moving(base, imported.is_some()) }
    }

    /// In one of three, something is made wrong with the transfer.
    fn spoil(&mut self, transfer: &mut Transfer) {
        while self.one_in(3) {
            let odd = self.next();
            match self.below(13) {
                0 => transfer.id = TransferId([0, 1, MAX][(odd % 3) as usize]),
                1 => transfer.debit_account_id = self.account_id(),
                2 => transfer.credit_account_id = self.account_id(),
                3 => transfer.amount = Amount(self.amount()),
                4 => transfer.pending_id = TransferId([0, 1, MAX, transfer.id.0][(odd % 4) as usize]),
                5 => transfer.user_data_128 = 1,
                6 => transfer.user_data_64 = 1,
                7 => transfer.user_data_32 = 1,
                8 => transfer.timeout = [0, 1, u32::MAX][(odd % 3) as usize],
                9 => transfer.ledger = AssetId((odd % 3) as u32),
                10 => transfer.code = (odd % 3) as u16,
                11 => transfer.timestamp = Timestamp([0, 1, 5, 1 << 63, odd >> 1][(odd % 5) as usize]),
                _ => transfer.flags = T(transfer.flags.0 ^ 1 << (odd % 10)),
            }
        }
    }

    fn moving(&mut self, base: Transfer, imported: bool) -> Transfer {
        let mut flags = base.flags;
        let pending = self.one_in(2);
        for (flag, odds) in [(T::BALANCING_DEBIT, 6), (T::BALANCING_CREDIT, 9)] {
            if self.one_in(odds) {
                flags = flags | flag;
            }
        }
        if pending {
            flags = flags | T::PENDING;
            for flag in [T::CLOSING_DEBIT, T::CLOSING_CREDIT] {
                if self.one_in(20) {
                    flags = flags | flag;
                }
            }
        }
        let timeout = if pending && !imported { [0, 0, 1, 2][self.below(4) as usize] } else { 0 };
        let debit = 1 + self.below(6);
        let credit = 1 + (debit + self.below(5)) % 6;
        let (debit_account_id, credit_account_id) = (AccountId(debit.into()), AccountId(credit.into()));
        let amount = Amount(self.amount());
        let (ledger, code) = (AssetId(1), 1);
        Transfer { debit_account_id, credit_account_id, amount, timeout, ledger, code, flags, ..base }
    }

    fn resolving(&mut self, base: Transfer, ids: u64) -> Transfer {
        let posts = !self.one_in(3);
        let flag = if posts { T::POST_PENDING_TRANSFER } else { T::VOID_PENDING_TRANSFER };
        let amount = match (self.one_in(4), posts) {
            (true, _) => self.amount(),
            (false, true) => MAX,
            (false, false) => 0,
        };
        let pending_id = TransferId(ids.into()); // Replaced by one that is pending, where there is one.
        Transfer { pending_id, amount: Amount(amount), flags: base.flags | flag, ..base }
    }
}

struct Session {
    seed: u64,
    dice: Dice,
    ledger: Ledger,
    history: History,
    model: Model,
    now: u64,
    holds: Vec<HoldId>,
    seen: (BTreeSet<AS>, BTreeSet<TS>),
}

impl Session {
    fn new(seed: u64) -> Self {
        let mut session = Self {
            seed,
            dice: Dice(seed),
            ledger: Ledger::new(),
            history: History::new(),
            model: Model::default(),
            now: if seed.is_multiple_of(8) { (1 << 63) - 60 * SECOND } else { 1 }, // Some near the end of the calendar.
            holds: Vec::new(),
            seen: (BTreeSet::new(), BTreeSet::new()),
        };
        for id in POOLS {
            let spec = AccountSpec {
                id: AccountId(id),
                asset: AssetId(1),
                code: 1,
                flags: A::POOL,
                user_data_128: 0,
                user_data_64: 0,
                user_data_32: 0,
            };
            let opened = session.ledger.open_account(Timestamp(1), spec).expect("a pool of its own id");
            session.model.accounts.insert(id, opened.account);
            session.model.last = opened.account.timestamp.0;
            session.model.last_account = opened.account.timestamp.0;
            session.history.emit(LedgerEvent::AccountOpened(opened));
        }
        // A bank and three that hold its money; others come and go by chance.
        let account = |id, flags| Account { id: AccountId(id), ledger: AssetId(1), code: 1, flags, ..Account::ZERO };
        let money = A::DEBITS_MUST_NOT_EXCEED_CREDITS;
        session.open_all(&[account(1, A::NONE), account(2, money), account(3, money), account(4, A::HISTORY)]);
        session
    }

    fn step(&mut self) {
        match self.dice.below(12) {
            0 => self.open(),
            1 => self.tick(),
            2..=4 => self.hold(),
            _ => self.transfer(),
        }
        if self.dice.one_in(50) {
            let bytes = postcard::to_allocvec(&self.ledger).expect("a book as bytes");
            let restored: Ledger = postcard::from_bytes(&bytes).expect("the same book again");
            assert_eq!(restored.digest(), self.ledger.digest(), "seed {}", self.seed);
            self.ledger = restored;
        }
        self.compare();
    }

    /// A base for imported timestamps, or none: one batch in eight is imported.
    fn imports(&mut self) -> Option<u64> {
        let last = self.model.last_transfer.max(if self.dice.one_in(4) { 0 } else { self.model.last_account });
        let base = last + self.dice.below(3);
        self.dice.one_in(8).then_some(base)
    }

    /// A digest to compare with, now and then: it costs much more than an operation.
    fn digest(&mut self) -> Option<oikos_protocol::id::Hash32> {
        self.dice.one_in(6).then(|| self.ledger.digest())
    }

    fn open(&mut self) {
        let imports = self.imports();
        let count = 1 + self.dice.below(4);
        let events: Vec<_> = (0..count).map(|n| self.dice.account(imports.map(|base| base + n * 2))).collect();
        self.open_all(&events);
    }

    fn open_all(&mut self, events: &[Account]) {
        let before = self.digest();
        let (mut out, mut sink) = (Vec::new(), Vec::new());
        self.ledger.create_accounts(Timestamp(self.now), events, &self.history, &mut sink, &mut out);
        assert_eq!(out, self.model.create_accounts(self.now, events), "seed {}: {events:#?}", self.seed);
        self.seen.0.extend(&out);
        if out.iter().all(|status| *status != AS::Created) {
            before.into_iter().for_each(|before| assert_eq!(self.ledger.digest(), before, "seed {}", self.seed));
        }
        self.fold(sink, out.iter().filter(|status| **status == AS::Created).count());
    }

    fn transfer(&mut self) {
        let imports = self.imports();
        let count = 1 + self.dice.below(6);
        let known: Vec<u128> = self.model.transfers.keys().copied().collect();
        let pending: Vec<_> =
            self.model.transfers.values().filter(|(_, state)| *state == State::Pending).map(|(t, _)| t.id).collect();
        let mut events = Vec::new();
        for n in 0..count {
            let mut transfer = self.dice.transfer(imports.map(|base| base + n * 2), 30);
            if transfer.pending_id.0 == 30 && !pending.is_empty() {
                transfer.pending_id = pending[self.dice.below(pending.len() as u64) as usize];
            } else if transfer.pending_id.0 == 30 && !known.is_empty() {
                transfer.pending_id = TransferId(known[self.dice.below(known.len() as u64) as usize]);
            }
            // A retry, exact or nearly so.
            if self.dice.one_in(12) && !known.is_empty() {
                let made = self.model.transfers[&known[self.dice.below(known.len() as u64) as usize]].0;
                transfer = Transfer {
                    timestamp: transfer.timestamp,
                    amount: if self.dice.one_in(2) { made.amount } else { transfer.amount },
                    ..made
                };
            }
            self.dice.spoil(&mut transfer);
            events.push(transfer);
        }
        let before = self.digest();
        let (mut out, mut sink) = (Vec::new(), Vec::new());
        self.ledger.create_transfers(Timestamp(self.now), &events, &self.history, &mut sink, &mut out);
        assert_eq!(out, self.model.create_transfers(self.now, &events), "seed {}: {events:#?}", self.seed);
        self.seen.1.extend(&out);
        if out.iter().all(|status| *status != TS::Created && !status.is_transient()) {
            before.into_iter().for_each(|before| assert_eq!(self.ledger.digest(), before, "seed {}", self.seed));
        }
        self.fold(sink, out.iter().filter(|status| **status == TS::Created).count());
    }

    fn tick(&mut self) {
        self.now = self.now.max(self.model.last) + self.dice.below(SECOND);
        let mut sink = Vec::new();
        while self.ledger.expire_next(Timestamp(self.now), &mut sink) {}
        let expired: Vec<_> = sink
            .iter()
            .filter_map(|event| match event {
                LedgerEvent::TransferExpired(expired) => Some(expired.transfer.id.0),
                _ => None,
            })
            .collect();
        assert_eq!(expired, self.model.expire(self.now), "seed {}", self.seed);
        let count = expired.len();
        self.fold(sink, count);
    }

    fn hold(&mut self) {
        let amount = self.dice.below(12).into();
        let account = AccountId(1 + u128::from(self.dice.below(9)));
        let pool = if self.dice.one_in(8) { account.0 } else { POOLS[self.dice.below(2) as usize] };
        let pick = self.dice.below(1 + self.holds.len() as u64) as usize;
        let hold = self.holds.get(pick).copied().unwrap_or(HoldId(u64::MAX));
        let is_pool = POOLS.contains(&pool);
        let part = self.model.holds.get(&hold.0).copied().filter(|(_, held)| amount <= *held);
        match self.dice.below(6) {
            0 => {
                let fine = is_pool && self.model.can_move(account.0, pool, amount);
                let got = self.ledger.hold(account, AccountId(pool), Amount(amount));
                self.agree(fine, got.map(|_| ()));
                if let Ok(id) = got {
                    self.model.shift(account.0, pool, amount);
                    self.remember(id, pool, amount);
                }
            }
            1 => {
                let fits =
                    part.is_some_and(|(from, _)| from == pool && amount > 0 || self.model.can_move(from, pool, amount));
                let got = self.ledger.reassign(hold, AccountId(pool), Amount(amount));
                self.agree(is_pool && fits, got.map(|_| ()));
                if let (Ok(id), Some((from, _))) = (got, part) {
                    if from != pool {
                        self.model.shift(from, pool, amount);
                    }
                    self.shrink(hold, amount);
                    self.remember(id, pool, amount);
                }
            }
            2 => {
                let fine = part.is_some_and(|(from, _)| self.model.can_move(from, account.0, amount));
                let got = self.ledger.release(hold, account, Amount(amount));
                self.agree(fine, got.map(|_| ()));
                if let (Ok(rest), Some((from, held))) = (got, part) {
                    assert_eq!(rest.0, held - amount);
                    self.model.shift(from, account.0, amount);
                    self.shrink(hold, amount);
                }
            }
            3 => {
                let fine =
                    self.model.holds.get(&hold.0).is_some_and(|(to, _)| self.model.can_move(account.0, *to, amount));
                let got = self.ledger.top_up(hold, account, Amount(amount));
                self.agree(fine, got);
                if let (Ok(()), Some((to, held))) = (got, self.model.holds.get_mut(&hold.0)) {
                    *held += amount;
                    let to = *to;
                    self.model.shift(account.0, to, amount);
                }
            }
            4 => {
                let other = self.dice.below(1 + self.holds.len() as u64) as usize;
                let into = self.holds.get(other).copied().unwrap_or(HoldId(u64::MAX));
                let to = self.model.holds.get(&into.0).map(|(to, _)| *to);
                let fits = |(from, to)| from == to && amount > 0 || self.model.can_move(from, to, amount);
                let both = part.map(|(from, _)| from).zip(to).filter(|both| fits(*both));
                let got = self.ledger.shift(hold, into, Amount(amount));
                self.agree(both.is_some(), got);
                if let (Ok(()), Some((from, to))) = (got, both) {
                    if from != to {
                        self.model.shift(from, to, amount);
                    }
                    self.model.holds.entry(into.0).and_modify(|(_, held)| *held += amount);
                    self.shrink(hold, amount);
                }
            }
            _ => {
                let to = self.dice.account_id();
                let fine = !POOLS.contains(&to.0) && self.model.can_move(account.0, to.0, amount);
                let got = self.ledger.pay(account, to, Amount(amount));
                self.agree(fine, got);
                if got.is_ok() {
                    self.model.shift(account.0, to.0, amount);
                }
            }
        }
    }

    fn agree(&self, fine: bool, got: Result<(), MoveError>) {
        assert_eq!(fine, got.is_ok(), "seed {}: {got:?}", self.seed);
    }

    fn remember(&mut self, id: HoldId, pool: u128, amount: u128) {
        assert!(!self.holds.contains(&id), "seed {}: hold {id} came twice", self.seed);
        self.holds.push(id);
        self.model.holds.insert(id.0, (pool, amount));
    }

    fn shrink(&mut self, id: HoldId, amount: u128) {
        let held = self.model.holds.get_mut(&id.0).expect("an open hold");
        held.1 -= amount;
        if held.1 == 0 {
            self.model.holds.remove(&id.0);
        }
    }

    fn fold(&mut self, events: Vec<LedgerEvent>, expected: usize) {
        assert_eq!(events.len(), expected, "seed {}: one event for each success", self.seed);
        events.into_iter().for_each(|event| self.history.emit(event));
    }

    fn compare(&self) {
        let seed = self.seed;
        assert_eq!(self.ledger.check_invariants(), Ok(()), "seed {seed}");
        assert_eq!(self.ledger.accounts().len(), self.model.accounts.len(), "seed {seed}");
        for account in self.model.accounts.values() {
            assert_eq!(self.ledger.account(account.id), Some(account), "seed {seed}");
        }
        assert_eq!(self.ledger.last_timestamp().0, self.model.last, "seed {seed}");
        for (id, (_, amount)) in &self.model.holds {
            assert_eq!(self.ledger.held(HoldId(*id)), Some(Amount(*amount)), "seed {seed}");
        }
    }

    /// Conservation and every body, once at the end.
    fn end(&self) {
        let seed = self.seed;
        assert_eq!(self.ledger.audit(), Ok(()), "seed {seed}");
        assert_eq!(self.ledger.places(), self.model.transfers.len() as u64, "seed {seed}");
        for (transfer, _) in self.model.transfers.values() {
            assert_eq!(self.ledger.transfer(transfer.id, &self.history), Some(*transfer), "seed {seed}");
        }
        for id in &self.model.failed {
            assert_eq!(self.ledger.transfer(TransferId(*id), &self.history), None, "seed {seed}");
        }
        let order: Vec<_> = (0..self.ledger.places()).filter_map(|place| self.history.transfer(place)).collect();
        assert!(order.is_sorted_by(|a, b| a.timestamp < b.timestamp), "seed {seed}");
    }
}

#[test]
fn the_book_and_the_model_agree_on_random_operations() {
    let operations: u64 = if std::env::var_os("OIKOS_LONG").is_some() { 1_000_000 } else { 100_000 };
    let per_session = 125;
    let mut made = 0;
    let mut seen = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..operations / per_session {
        let mut session = Session::new(seed);
        for _ in 0..per_session {
            session.step();
        }
        session.end();
        made += session.ledger.places();
        seen.0.append(&mut session.seen.0);
        seen.1.append(&mut session.seen.1);
    }
    // A model that only ever sees refusals, or few of them, would prove little.
    assert!(made > operations / 5, "only {made} transfers were made in {operations} operations");
    let unseen: Vec<_> = TS::ALL.iter().filter(|status| !seen.1.contains(status)).collect();
    assert_eq!(unseen, [] as [&TS; 0]);
    let unseen: Vec<_> = AS::ALL.iter().filter(|status| !seen.0.contains(status)).collect();
    assert_eq!(unseen, [&AS::DebitsPendingMustBeZero, &AS::CreditsPendingMustBeZero, &AS::CreditsPostedMustBeZero]);
}
