//! What happened to the book, whole and in memory: a fold of its events, for questions about the past.
//!
//! Owns every change with both accounts as they stood after it. Invariants: changes stand in order of
//! timestamps; the transfer at place p is the p-th that is not an expiry. It is no part of the book's state:
//! a node may keep the same on disk, a simulation may keep nothing.
//! Absent on purpose: moves of holds and payments without a transfer id, which their owner tells of itself.

use crate::past::Past;
use crate::sink::LedgerSink;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use oikos_protocol::command::account::{Account, AccountFlags, Balances};
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::event::ledger::LedgerEvent;
use oikos_protocol::event::transfer::Standing;
use oikos_protocol::id::AccountId;
use oikos_protocol::query::ChangeKind;
use oikos_protocol::time::Timestamp;

/// All changes of a book.
#[derive(Debug, Clone, Default)]
pub struct History {
    pub(crate) changes: Vec<Change>,
    /// Where in `changes` each transfer is, by place.
    pub(crate) places: Vec<usize>,
    pub(crate) accounts: BTreeMap<AccountId, Opened>,
}

/// One change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    pub(crate) timestamp: Timestamp,
    pub(crate) kind: ChangeKind,
    pub(crate) transfer: Transfer,
    pub(crate) debit: Standing,
    pub(crate) credit: Standing,
}

/// An account as it was opened, and where in `changes` it is touched.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) account: Account,
    pub(crate) changes: Vec<usize>,
}

impl Opened {
    /// The account as it stood.
    pub(crate) fn standing(&self, standing: Standing) -> Account {
        let Balances { debits_pending, debits_posted, credits_pending, credits_posted } = standing.balances;
        let open = self.account.flags.without(AccountFlags::CLOSED);
        let flags = if standing.closed { open.with(AccountFlags::CLOSED) } else { open };
        Account { debits_pending, debits_posted, credits_pending, credits_posted, flags, ..self.account }
    }
}

impl Change {
    /// How the account stood after this change, if it is one of the two.
    pub(crate) fn standing_of(&self, account: AccountId) -> Option<Standing> {
        if self.transfer.debit_account_id == account {
            Some(self.debit)
        } else if self.transfer.credit_account_id == account {
            Some(self.credit)
        } else {
            None
        }
    }
}

impl History {
    /// Before anything happened.
    #[must_use]
    pub const fn new() -> Self {
        Self { changes: Vec::new(), places: Vec::new(), accounts: BTreeMap::new() }
    }

    /// The balances of an account as of a moment, that moment included; `None` for an account that did not exist.
    #[must_use]
    pub fn balances_at(&self, account: AccountId, moment: Timestamp) -> Option<Balances> {
        let opened = self.accounts.get(&account).filter(|opened| opened.account.timestamp <= moment)?;
        let after = opened.changes.partition_point(|index| self.changes[*index].timestamp <= moment);
        let last = after.checked_sub(1).and_then(|at| self.changes[opened.changes[at]].standing_of(account));
        Some(last.map_or(Balances::default(), |standing| standing.balances))
    }

    fn push(&mut self, change: Change) {
        let index = self.changes.len();
        for account in [change.transfer.debit_account_id, change.transfer.credit_account_id] {
            if let Some(opened) = self.accounts.get_mut(&account) {
                opened.changes.push(index);
            }
        }
        self.changes.push(change);
    }
}

impl LedgerSink for History {
    fn emit(&mut self, event: LedgerEvent) {
        match event {
            LedgerEvent::AccountOpened(opened) => {
                let account = opened.account;
                self.accounts.insert(account.id, Opened { account, changes: Vec::new() });
            }
            LedgerEvent::TransferCreated(made) => {
                let transfer = made.transfer;
                let kind = if transfer.flags.contains(TransferFlags::PENDING) {
                    ChangeKind::TwoPhasePending
                } else if transfer.flags.contains(TransferFlags::POST_PENDING_TRANSFER) {
                    ChangeKind::TwoPhasePosted
                } else if transfer.flags.contains(TransferFlags::VOID_PENDING_TRANSFER) {
                    ChangeKind::TwoPhaseVoided
                } else {
                    ChangeKind::SinglePhase
                };
                self.places.push(self.changes.len());
                let (timestamp, debit, credit) = (transfer.timestamp, made.debit, made.credit);
                self.push(Change { timestamp, kind, transfer, debit, credit });
            }
            LedgerEvent::TransferExpired(expired) => self.push(Change {
                timestamp: expired.timestamp,
                kind: ChangeKind::TwoPhaseExpired,
                transfer: expired.transfer,
                debit: expired.debit,
                credit: expired.credit,
            }),
        }
    }
}

impl Past for History {
    fn transfer(&self, place: u64) -> Option<Transfer> {
        let change = *self.places.get(usize::try_from(place).ok()?)?;
        self.changes.get(change).map(|change| change.transfer)
    }
}
