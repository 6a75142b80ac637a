//! Every documented status, provoked by name; where two apply, the one declared first is the answer.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test that cannot go on fails")]

use oikos_ledger::{AccountSpec, Ledger, MemoryPast};
use oikos_protocol::command::account::{Account, AccountFlags as A};
use oikos_protocol::command::transfer::{Transfer, TransferFlags as T};
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::id::{AccountId, AssetId, TransferId};
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::account::CreateAccountStatus as AS;
use oikos_protocol::rejection::transfer::CreateTransferStatus as TS;
use oikos_protocol::time::Timestamp;
use std::collections::BTreeSet;

/// What a mistake in an event is answered with, and the mistake.
type Mistake<S, E> = (S, fn(&mut E));

const MAX: u128 = u128::MAX;
const SECOND: u64 = 1_000_000_000;

/// A book with its past and a clock.
#[derive(Default)]
struct Desk {
    ledger: Ledger,
    past: MemoryPast,
    now: u64,
}

impl Desk {
    /// Accounts of asset 1: 1 and 2 without limits, 3 that holds money, 4 that owes it, 5 closed, 6 a pool; 7 of asset 2.
    fn new() -> Self {
        let mut desk = Self { now: 1_000, ..Self::default() };
        let flags =
            [A::NONE, A::HISTORY, A::DEBITS_MUST_NOT_EXCEED_CREDITS, A::CREDITS_MUST_NOT_EXCEED_DEBITS, A::CLOSED];
        for (index, flags) in flags.into_iter().enumerate() {
            desk.opened(Account { flags, ..account(index as u128 + 1) });
        }
        let pool = AccountSpec {
            id: AccountId(6),
            asset: AssetId(1),
            code: 1,
            flags: A::POOL,
            user_data_128: 0,
            user_data_64: 0,
            user_data_32: 0,
        };
        desk.ledger.open_account(Timestamp(desk.now), pool).expect("a pool of its own id");
        desk.opened(Account { ledger: AssetId(2), ..account(7) });
        desk
    }

    fn opened(&mut self, account: Account) {
        assert_eq!(self.open(&[account]), [AS::Created]);
    }

    fn open(&mut self, accounts: &[Account]) -> Vec<AS> {
        let (mut out, mut events) = (Vec::new(), Vec::new());
        self.ledger.create_accounts(Timestamp(self.now), accounts, &self.past, &mut events, &mut out);
        self.settle(&events);
        out
    }

    fn make(&mut self, transfers: &[Transfer]) -> Vec<TS> {
        let (mut out, mut events) = (Vec::new(), Vec::new());
        self.ledger.create_transfers(Timestamp(self.now), transfers, &self.past, &mut events, &mut out);
        self.settle(&events);
        out
    }

    fn made(&mut self, transfer: Transfer) -> &mut Self {
        assert_eq!(self.make(&[transfer]), [TS::Created]);
        self
    }

    fn tick(&mut self, ns: u64) -> &mut Self {
        self.now = self.now.max(self.ledger.last_timestamp().0) + ns;
        let mut events = Vec::new();
        while self.ledger.expire_next(Timestamp(self.now), &mut events) {}
        self.settle(&events);
        self
    }

    fn settle(&mut self, events: &[LedgerEvent]) {
        use oikos_ledger::LedgerSink;
        events.iter().for_each(|event| self.past.emit(*event));
        assert_eq!(self.ledger.audit(), Ok(()));
    }
}

fn account(id: u128) -> Account {
    Account { id: AccountId(id), ledger: AssetId(1), code: 1, ..Account::ZERO }
}

/// 10 from account 1 to account 2.
fn transfer(id: u128) -> Transfer {
    Transfer {
        id: TransferId(id),
        debit_account_id: AccountId(1),
        credit_account_id: AccountId(2),
        amount: Amount(10),
        ledger: AssetId(1),
        code: 1,
        ..Transfer::ZERO
    }
}

fn pending(id: u128) -> Transfer {
    Transfer { flags: T::PENDING, user_data_128: 5, user_data_64: 6, user_data_32: 7, ..transfer(id) }
}

fn post(id: u128, of: u128) -> Transfer {
    let flags = T::POST_PENDING_TRANSFER;
    Transfer { id: TransferId(id), pending_id: TransferId(of), amount: Amount::MAX, flags, ..Transfer::ZERO }
}

fn void(id: u128, of: u128) -> Transfer {
    Transfer { amount: Amount::ZERO, flags: T::VOID_PENDING_TRANSFER, ..post(id, of) }
}

macro_rules! with {
    ($base:expr, $($field:ident: $value:expr),+) => {{
        let mut with = $base;
        $(with.$field = $value;)+
        with
    }};
}

#[test]
fn every_account_status_is_provoked_and_the_first_that_applies_is_the_answer() {
    // Each row makes one more mistake than the row after it, from the last check to the first:
    // read from below, every status outranks all those below it.
    let mut seen = BTreeSet::from([AS::Created]);
    let mut check = |status: AS, got: Vec<AS>| {
        assert_eq!(got.last(), Some(&status), "{status}");
        seen.insert(status);
    };
    let mut bad = account(100);
    bad.code = 0;
    let steps: [Mistake<AS, Account>; 12] = [
        (AS::CodeMustNotBeZero, |_| {}),
        (AS::LedgerMustNotBeZero, |a| a.ledger = AssetId(0)),
        (AS::CreditsPostedMustBeZero, |a| a.credits_posted = Amount(1)),
        (AS::CreditsPendingMustBeZero, |a| a.credits_pending = Amount(1)),
        (AS::DebitsPostedMustBeZero, |a| a.debits_posted = Amount(1)),
        (AS::DebitsPendingMustBeZero, |a| a.debits_pending = Amount(1)),
        (AS::FlagsAreMutuallyExclusive, |a| {
            a.flags = A::DEBITS_MUST_NOT_EXCEED_CREDITS | A::CREDITS_MUST_NOT_EXCEED_DEBITS;
        }),
        (AS::IdMustNotBeIntMax, |a| a.id = AccountId(MAX)),
        (AS::IdMustNotBeZero, |a| a.id = AccountId(0)),
        (AS::ReservedFlag, |a| a.flags = a.flags | A(1 << 6)),
        (AS::ReservedField, |a| a.reserved = 1),
        (AS::TimestampMustBeZero, |a| a.timestamp = Timestamp(1)),
    ];
    let mut desk = Desk::new();
    for (status, mistake) in steps {
        mistake(&mut bad);
        let before = desk.ledger.digest();
        check(status, desk.open(&[bad]));
        assert_eq!(desk.ledger.digest(), before, "{status}");
    }
    bad.flags = bad.flags | A::LINKED;
    check(AS::LinkedEventChainOpen, desk.open(&[bad]));
    check(AS::LinkedEventFailed, desk.open(&[bad, bad, account(100)]));

    // An existing account is compared field by field, before the checks of a new one.
    let there = with!(account(50), user_data_128: 1, user_data_64: 2, user_data_32: 3, flags: A::HISTORY);
    desk.opened(there);
    let mut other = there;
    check(AS::Exists, desk.open(&[other]));
    let steps: [Mistake<AS, Account>; 6] = [
        (AS::ExistsWithDifferentCode, |a| a.code = 0),
        (AS::ExistsWithDifferentLedger, |a| a.ledger = AssetId(0)),
        (AS::ExistsWithDifferentUserData32, |a| a.user_data_32 = 9),
        (AS::ExistsWithDifferentUserData64, |a| a.user_data_64 = 9),
        (AS::ExistsWithDifferentUserData128, |a| a.user_data_128 = 9),
        (AS::ExistsWithDifferentFlags, |a| {
            a.flags = A::DEBITS_MUST_NOT_EXCEED_CREDITS | A::CREDITS_MUST_NOT_EXCEED_DEBITS;
        }),
    ];
    for (status, change) in steps {
        change(&mut other);
        check(status, desk.open(&[other]));
    }
    check(AS::ReservedFlag, desk.open(&[with!(other, flags: A::POOL)]));

    // Imported accounts.
    let mut desk = Desk { now: 100, ..Desk::default() };
    let imported = |id, at| with!(account(id), flags: A::IMPORTED, timestamp: Timestamp(at));
    assert_eq!(desk.open(&[imported(1, 10), imported(2, 20), imported(3, 30)]), [AS::Created; 3]);
    assert_eq!(desk.ledger.account(AccountId(2)).unwrap().timestamp, Timestamp(20));
    check(AS::ImportedEventTimestampMustNotRegress, desk.open(&[imported(4, 30)]));
    desk.make(&[with!(transfer(1), flags: T::IMPORTED, timestamp: Timestamp(40))]);
    check(AS::ImportedEventTimestampMustNotRegress, desk.open(&[imported(4, 40)]));
    check(AS::CodeMustNotBeZero, desk.open(&[with!(imported(4, 40), code: 0)]));
    let zero = with!(imported(4, 40), id: AccountId(0));
    check(AS::IdMustNotBeZero, desk.open(&[zero]));
    check(AS::ImportedEventTimestampMustNotAdvance, desk.open(&[with!(zero, timestamp: Timestamp(100))]));
    check(AS::ImportedEventTimestampOutOfRange, desk.open(&[with!(zero, timestamp: Timestamp(0))]));
    check(AS::ImportedEventTimestampOutOfRange, desk.open(&[with!(zero, timestamp: Timestamp(1 << 63))]));
    check(AS::ImportedEventNotExpected, desk.open(&[account(5), zero]));
    check(AS::ImportedEventExpected, desk.open(&[imported(6, 50), with!(account(0), timestamp: Timestamp(1))]));

    let missing: Vec<_> = AS::ALL.iter().filter(|status| !seen.contains(status)).collect();
    assert_eq!(missing, [] as [&AS; 0]);
}

#[test]
fn every_transfer_status_is_provoked_and_the_first_that_applies_is_the_answer() {
    let mut seen = BTreeSet::from([TS::Created]);
    let mut check = |status: TS, got: Vec<TS>| {
        assert_eq!(got.last(), Some(&status), "{status}");
        seen.insert(status);
    };
    let mut fresh = 1_000;
    let mut id = || {
        fresh += 1;
        TransferId(fresh)
    };

    // Single-phase and pending: each row adds a mistake whose check comes before all those above it.
    let mut desk = Desk::new();
    desk.made(with!(transfer(1), credit_account_id: AccountId(3), amount: Amount(5)));
    let mut bad = with!(pending(0), debit_account_id: AccountId(1), credit_account_id: AccountId(4));
    let steps: [Mistake<TS, Transfer>; 16] = [
        (TS::ExceedsDebits, |_| {}),
        (TS::ExceedsCredits, |t| t.debit_account_id = AccountId(3)),
        (TS::DebitAccountIsAPool, |t| t.debit_account_id = AccountId(6)),
        (TS::TransferMustHaveTheSameLedgerAsAccounts, |t| t.ledger = AssetId(9)),
        (TS::AccountsMustHaveTheSameLedger, |t| t.credit_account_id = AccountId(7)),
        (TS::CreditAccountNotFound, |t| t.credit_account_id = AccountId(98)),
        (TS::DebitAccountNotFound, |t| t.debit_account_id = AccountId(99)),
        (TS::CodeMustNotBeZero, |t| t.code = 0),
        (TS::LedgerMustNotBeZero, |t| t.ledger = AssetId(0)),
        (TS::ClosingTransferMustBePending, |t| t.flags = T::CLOSING_DEBIT),
        (TS::TimeoutReservedForPendingTransfer, |t| t.timeout = 1),
        (TS::PendingIdMustBeZero, |t| t.pending_id = TransferId(1)),
        (TS::AccountsMustBeDifferent, |t| t.credit_account_id = t.debit_account_id),
        (TS::CreditAccountIdMustNotBeIntMax, |t| t.credit_account_id = AccountId(MAX)),
        (TS::CreditAccountIdMustNotBeZero, |t| t.credit_account_id = AccountId(0)),
        (TS::DebitAccountIdMustNotBeIntMax, |t| t.debit_account_id = AccountId(MAX)),
    ];
    for (status, mistake) in steps {
        mistake(&mut bad);
        bad.id = id();
        check(status, desk.make(&[bad]));
    }
    bad.debit_account_id = AccountId(0);
    check(TS::DebitAccountIdMustNotBeZero, desk.make(&[bad]));
    let steps: [Mistake<TS, Transfer>; 4] = [
        (TS::IdMustNotBeIntMax, |t| t.id = TransferId(MAX)),
        (TS::IdMustNotBeZero, |t| t.id = TransferId(0)),
        (TS::ReservedFlag, |t| t.flags = t.flags | T(1 << 9)),
        (TS::TimestampMustBeZero, |t| t.timestamp = Timestamp(1)),
    ];
    for (status, mistake) in steps {
        mistake(&mut bad);
        let before = desk.ledger.digest();
        check(status, desk.make(&[bad]));
        assert_eq!(desk.ledger.digest(), before, "{status}");
    }
    bad.flags = bad.flags | T::LINKED;
    check(TS::LinkedEventChainOpen, desk.make(&[bad]));
    check(TS::LinkedEventFailed, desk.make(&[bad, bad, transfer(77)]));
    check(TS::CreditAccountIsAPool, desk.make(&[with!(transfer(id().0), credit_account_id: AccountId(6))]));
    check(TS::CreditAccountAlreadyClosed, desk.make(&[with!(transfer(id().0), credit_account_id: AccountId(5))]));
    let closed = with!(transfer(id().0), debit_account_id: AccountId(5), amount: Amount::MAX);
    check(TS::DebitAccountAlreadyClosed, desk.make(&[closed]));

    // A failure that depended on the state binds its id: the same transfer fails ever after.
    let poor = with!(transfer(id().0), debit_account_id: AccountId(3), credit_account_id: AccountId(2));
    check(TS::ExceedsCredits, desk.make(&[poor]));
    desk.made(with!(transfer(id().0), credit_account_id: AccountId(3), amount: Amount(500)));
    check(TS::IdAlreadyFailed, desk.make(&[poor]));
    check(TS::IdAlreadyFailed, desk.make(&[with!(poor, code: 0)]));
    desk.made(with!(poor, id: id()));

    // Overflows, from the last check to the first.
    let mut desk = Desk::new();
    desk.made(with!(pending(1), amount: Amount(MAX - 100)));
    desk.made(with!(transfer(2), amount: Amount(50)));
    let late = with!(pending(id().0), debit_account_id: AccountId(2), credit_account_id: AccountId(1));
    desk.tick((1 << 63) - desk.now - 5 * SECOND);
    check(TS::OverflowsTimeout, desk.make(&[with!(late, timeout: u32::MAX)]));
    let big = with!(transfer(id().0), amount: Amount(60));
    check(TS::OverflowsDebits, desk.make(&[big]));
    check(TS::OverflowsCredits, desk.make(&[with!(big, debit_account_id: AccountId(4))]));
    let mut full = Desk::new();
    full.made(with!(transfer(1), amount: Amount(MAX - 5)));
    check(TS::OverflowsDebitsPosted, full.make(&[with!(big, id: id())]));
    check(TS::OverflowsCreditsPosted, full.make(&[with!(big, id: id(), debit_account_id: AccountId(4))]));
    let huge = with!(pending(id().0), amount: Amount(MAX - 50));
    check(TS::OverflowsDebitsPending, desk.make(&[huge]));
    check(TS::OverflowsCreditsPending, desk.make(&[with!(huge, debit_account_id: AccountId(4))]));

    // Posting and voiding.
    let mut desk = Desk::new();
    desk.made(pending(1)).made(transfer(2)).made(pending(3)).made(pending(4)).made(with!(pending(5), timeout: 1));
    desk.made(post(13, 3)).made(void(14, 4)).tick(2 * SECOND);
    check(TS::PendingTransferExpired, desk.make(&[post(id().0, 5)]));
    check(TS::PendingTransferAlreadyVoided, desk.make(&[post(id().0, 4)]));
    check(TS::PendingTransferAlreadyPosted, desk.make(&[void(id().0, 3)]));
    let mut bad = with!(void(0, 4), amount: Amount(9));
    let steps: [Mistake<TS, Transfer>; 12] = [
        (TS::PendingTransferHasDifferentAmount, |_| {}),
        (TS::ExceedsPendingTransferAmount, |t| t.amount = Amount(11)),
        (TS::PendingTransferHasDifferentCode, |t| t.code = 9),
        (TS::PendingTransferHasDifferentLedger, |t| t.ledger = AssetId(9)),
        (TS::PendingTransferHasDifferentCreditAccountId, |t| t.credit_account_id = AccountId(9)),
        (TS::PendingTransferHasDifferentDebitAccountId, |t| t.debit_account_id = AccountId(9)),
        (TS::PendingTransferNotPending, |t| t.pending_id = TransferId(2)),
        (TS::PendingTransferNotFound, |t| t.pending_id = TransferId(999)),
        (TS::TimeoutReservedForPendingTransfer, |t| t.timeout = 1),
        (TS::PendingIdMustBeDifferent, |t| t.pending_id = t.id),
        (TS::PendingIdMustNotBeIntMax, |t| t.pending_id = TransferId(MAX)),
        (TS::PendingIdMustNotBeZero, |t| t.pending_id = TransferId(0)),
    ];
    for (status, mistake) in steps {
        bad.id = id();
        mistake(&mut bad);
        check(status, desk.make(&[bad]));
    }
    for flag in [
        T::POST_PENDING_TRANSFER,
        T::PENDING,
        T::BALANCING_DEBIT,
        T::BALANCING_CREDIT,
        T::CLOSING_DEBIT,
        T::CLOSING_CREDIT,
    ] {
        check(TS::FlagsAreMutuallyExclusive, desk.make(&[with!(bad, flags: T::VOID_PENDING_TRANSFER | flag)]));
    }

    // An id that exists is compared field by field, before the checks of a new transfer.
    let there = with!(pending(60), timeout: 9, user_data_32: 3);
    desk.made(there);
    check(TS::Exists, desk.make(&[there]));
    let mut other = there;
    let steps: [Mistake<TS, Transfer>; 11] = [
        (TS::ExistsWithDifferentCode, |t| t.code = 0),
        (TS::ExistsWithDifferentLedger, |t| t.ledger = AssetId(0)),
        (TS::ExistsWithDifferentUserData32, |t| t.user_data_32 = 9),
        (TS::ExistsWithDifferentUserData64, |t| t.user_data_64 = 9),
        (TS::ExistsWithDifferentUserData128, |t| t.user_data_128 = 9),
        (TS::ExistsWithDifferentAmount, |t| t.amount = Amount(9)),
        (TS::ExistsWithDifferentCreditAccountId, |t| t.credit_account_id = AccountId(0)),
        (TS::ExistsWithDifferentDebitAccountId, |t| t.debit_account_id = AccountId(0)),
        (TS::ExistsWithDifferentTimeout, |t| t.timeout = 0),
        (TS::ExistsWithDifferentPendingId, |t| t.pending_id = TransferId(1)),
        (TS::ExistsWithDifferentFlags, |t| t.flags = T::POST_PENDING_TRANSFER | T::VOID_PENDING_TRANSFER),
    ];
    for (status, change) in steps {
        change(&mut other);
        check(status, desk.make(&[other]));
    }

    // Imported transfers.
    let mut desk = Desk { now: 100, ..Desk::default() };
    let old = |id, at| with!(account(id), flags: A::IMPORTED, timestamp: Timestamp(at));
    assert_eq!(desk.open(&[old(1, 10), old(2, 20), old(3, 60)]), [AS::Created; 3]);
    let mut imported = with!(pending(1), flags: T::PENDING | T::IMPORTED, timestamp: Timestamp(30));
    desk.made(imported);
    let mut bad = with!(imported, id: TransferId(2), timeout: 1, timestamp: Timestamp(40));
    check(TS::ImportedEventTimeoutMustBeZero, desk.make(&[bad]));
    bad.credit_account_id = AccountId(3);
    check(TS::ImportedEventTimestampMustPostdateCreditAccount, desk.make(&[bad]));
    (bad.debit_account_id, bad.credit_account_id) = (AccountId(3), AccountId(2));
    check(TS::ImportedEventTimestampMustPostdateDebitAccount, desk.make(&[bad]));
    bad.timestamp = Timestamp(30);
    check(TS::ImportedEventTimestampMustNotRegress, desk.make(&[bad]));
    bad.timestamp = Timestamp(60);
    check(TS::ImportedEventTimestampMustNotRegress, desk.make(&[bad]));
    let posting = with!(post(3, 1), flags: T::POST_PENDING_TRANSFER | T::IMPORTED, timestamp: Timestamp(30));
    check(TS::ImportedEventTimestampMustNotRegress, desk.make(&[posting]));
    imported = with!(bad, id: TransferId(0));
    check(TS::IdMustNotBeZero, desk.make(&[imported]));
    check(TS::ImportedEventTimestampMustNotAdvance, desk.make(&[with!(imported, timestamp: Timestamp(100))]));
    check(TS::ImportedEventTimestampOutOfRange, desk.make(&[with!(imported, timestamp: Timestamp(0))]));
    check(TS::ImportedEventTimestampOutOfRange, desk.make(&[with!(imported, timestamp: Timestamp(1 << 63))]));
    check(TS::ImportedEventNotExpected, desk.make(&[transfer(8), imported]));
    let mixed = with!(transfer(0), timestamp: Timestamp(1));
    check(
        TS::ImportedEventExpected,
        desk.make(&[with!(transfer(9), flags: T::IMPORTED, timestamp: Timestamp(45)), mixed]),
    );

    let missing: Vec<_> = TS::ALL.iter().filter(|status| !seen.contains(status)).collect();
    assert_eq!(missing, [] as [&TS; 0]);
}

#[test]
fn a_posted_or_voided_transfer_takes_over_what_it_left_open_and_exists_by_what_it_became() {
    let mut desk = Desk::new();
    desk.made(pending(1)).made(pending(2)).made(pending(3));
    desk.made(with!(post(11, 1), amount: Amount(4))).made(post(12, 2)).made(void(13, 3));
    let made = desk.past.transfers()[3];
    assert_eq!((made.amount, made.user_data_128, made.user_data_64, made.user_data_32), (Amount(4), 5, 6, 7));
    assert_eq!((made.debit_account_id, made.ledger, made.code, made.timeout), (AccountId(1), AssetId(1), 1, 0));
    let balances = desk.ledger.account(AccountId(1)).unwrap().balances();
    assert_eq!((balances.debits_pending, balances.debits_posted), (Amount(0), Amount(14)));

    // Posted in part: only the same part exists. Posted whole: anything from the whole on.
    let amount = |transfer: Transfer, amount| with!(transfer, amount: Amount(amount));
    assert_eq!(desk.make(&[amount(post(11, 1), 4)]), [TS::Exists]);
    assert_eq!(desk.make(&[amount(post(11, 1), 10)]), [TS::ExistsWithDifferentAmount]);
    assert_eq!(desk.make(&[post(11, 1)]), [TS::ExistsWithDifferentAmount]);
    assert_eq!(desk.make(&[amount(post(12, 2), 10)]), [TS::Exists]);
    assert_eq!(desk.make(&[amount(post(12, 2), 9)]), [TS::ExistsWithDifferentAmount]);
    assert_eq!(desk.make(&[post(12, 2)]), [TS::Exists]);
    assert_eq!(desk.make(&[void(13, 3), amount(void(13, 3), 10)]), [TS::Exists; 2]);
    assert_eq!(desk.make(&[amount(void(13, 3), 9)]), [TS::ExistsWithDifferentAmount]);
    assert_eq!(desk.make(&[with!(post(12, 2), user_data_64: 1)]), [TS::ExistsWithDifferentUserData64]);
    assert_eq!(desk.make(&[with!(post(12, 2), user_data_64: 6)]), [TS::Exists]);
}

#[test]
fn a_chain_happens_whole_or_not_at_all_and_only_the_failed_id_is_bound() {
    let mut desk = Desk::new();
    desk.made(with!(pending(1), timeout: 5));
    let linked = |transfer: Transfer| with!(transfer, flags: transfer.flags | T::LINKED);
    let poor = with!(transfer(23), debit_account_id: AccountId(3));
    let before = desk.ledger.digest();
    let chain = [linked(transfer(21)), linked(post(22, 1)), linked(with!(poor, code: 0)), transfer(24)];
    assert_eq!(
        desk.make(&chain),
        [TS::LinkedEventFailed, TS::LinkedEventFailed, TS::CodeMustNotBeZero, TS::LinkedEventFailed]
    );
    assert_eq!(desk.ledger.digest(), before);
    assert_eq!(desk.ledger.next_expiry().map(|at| at.0), Some(desk.past.transfers()[0].timestamp.0 + 5 * SECOND));

    let chain = [linked(transfer(21)), linked(post(22, 1)), poor, transfer(25)];
    assert_eq!(desk.make(&chain), [TS::LinkedEventFailed, TS::LinkedEventFailed, TS::ExceedsCredits, TS::Created]);
    assert_eq!(desk.make(&[linked(transfer(21)), post(22, 1)]), [TS::Created; 2]);
    assert_eq!(desk.make(&[poor]), [TS::IdAlreadyFailed]);

    // A chain that stays open fails as a whole; one that was broken before still says so at its end.
    let open = [linked(transfer(31)), linked(transfer(32))];
    assert_eq!(desk.make(&open), [TS::LinkedEventFailed, TS::LinkedEventChainOpen]);
    let broken = [linked(with!(transfer(31), code: 0)), linked(transfer(32)), linked(transfer(33))];
    assert_eq!(desk.make(&broken), [TS::CodeMustNotBeZero, TS::LinkedEventFailed, TS::LinkedEventChainOpen]);

    let accounts = |last: Account| [with!(account(41), flags: A::LINKED), with!(account(42), flags: A::LINKED), last];
    let before = desk.ledger.digest();
    let failed = desk.open(&accounts(with!(account(43), ledger: AssetId(0))));
    assert_eq!(failed, [AS::LinkedEventFailed, AS::LinkedEventFailed, AS::LedgerMustNotBeZero]);
    assert_eq!(desk.ledger.digest(), before);
    assert_eq!(desk.open(&accounts(account(43))), [AS::Created; 3]);
}

#[test]
fn a_closed_account_takes_nothing_but_voids_and_opens_again_by_the_void_that_closed_it() {
    let mut desk = Desk::new();
    desk.made(pending(1)).made(pending(2));
    desk.made(with!(pending(3), amount: Amount(0), flags: T::PENDING | T::CLOSING_DEBIT));
    assert!(desk.ledger.account(AccountId(1)).unwrap().flags.contains(A::CLOSED));
    assert_eq!(desk.make(&[transfer(4), post(5, 1)]), [TS::DebitAccountAlreadyClosed; 2]);
    desk.made(void(6, 2)).made(void(7, 3)).made(transfer(8)).made(post(9, 1));
    // What a timeout frees, it opens.
    desk.made(with!(pending(10), timeout: 1, flags: T::PENDING | T::CLOSING_CREDIT));
    assert_eq!(desk.make(&[transfer(11)]), [TS::CreditAccountAlreadyClosed]);
    desk.tick(SECOND).made(transfer(12));
}

#[test]
fn a_balancing_transfer_moves_what_the_account_allows_and_exists_by_its_maximum() {
    let mut desk = Desk::new();
    desk.made(with!(transfer(1), credit_account_id: AccountId(3), amount: Amount(7)));
    let all = with!(transfer(2), debit_account_id: AccountId(3), credit_account_id: AccountId(2), amount: Amount::MAX, flags: T::BALANCING_DEBIT);
    desk.made(all);
    assert_eq!(desk.past.transfers()[1].amount, Amount(7));
    assert_eq!(desk.make(&[all, with!(all, amount: Amount(7))]), [TS::Exists; 2]);
    assert_eq!(desk.make(&[with!(all, amount: Amount(6))]), [TS::ExistsWithDifferentAmount]);
    desk.made(with!(all, id: TransferId(3)));
    assert_eq!(desk.past.transfers()[2].amount, Amount(0));
}

#[test]
fn timeouts_expire_in_order_and_never_late_for_whoever_posts() {
    let mut desk = Desk::new();
    desk.made(with!(pending(1), timeout: 2)).made(with!(pending(2), timeout: 1)).made(with!(pending(3), timeout: 1));
    let due = Timestamp(desk.past.transfers()[1].timestamp.0 + SECOND);
    assert_eq!(desk.ledger.next_expiry(), Some(due));
    desk.now = due.0; // The moment has come, and nobody has fired it yet.
    assert_eq!(desk.make(&[post(9, 2)]), [TS::PendingTransferExpired]);
    let mut events: Vec<LedgerEvent> = Vec::new();
    assert!(!desk.ledger.expire_next(Timestamp(due.0 - 1), &mut events));
    while desk.ledger.expire_next(Timestamp(due.0 + 5 * SECOND), &mut events) {}
    let order: Vec<_> = events
        .iter()
        .map(|event| match event {
            LedgerEvent::TransferExpired(expired) => expired.transfer.id.0,
            _ => 0,
        })
        .collect();
    assert_eq!(order, [2, 3, 1]);
    assert_eq!(desk.ledger.audit(), Ok(()));
    assert_eq!(desk.ledger.account(AccountId(1)).unwrap().debits_pending, Amount(0));
}
