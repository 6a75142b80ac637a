//! From purses to the ledger: the only file that asks the ledger to move the money of tasks.
//!
//! Which account a purse is, and which hold of which pool; nothing here decides whether money may move.
//! Invariant: a task's hold, escrow, deposits and bond are holds of the ledger, gone when they are empty.

use crate::economy::{Economy, Violation};
use crate::trading::desks::OpenedDesk;
use oikos_ledger::{AccountSpec, Ledger, Stream};
use oikos_protocol::command::account::AccountFlags;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::id::{AccountId, AssetId, HoldId, OrderId, ParticipantId, TaskId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What an account is for; its `code` in the ledger, and the highest byte of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum AccountKind {
    /// Where issued money comes from.
    Issuer = 1,
    /// A participant's free money.
    Available = 2,
    /// All reserved budgets.
    Hold = 3,
    /// All award money that is not earned yet.
    Escrow = 4,
    /// All deposits of bidders.
    Deposit = 5,
    /// All performance bonds.
    Bond = 6,
    /// The operator's fees.
    Treasury = 7,
    /// All that is set apart for resting orders; opened with the first desk of its asset.
    Orders = 8,
    /// All that is set apart for streams; opened with the first stream of its asset.
    Streams = 9,
}

impl AccountKind {
    /// The account of this kind in this asset; `owner` is the participant's number, or zero.
    pub(crate) const fn account(self, owner: u64, asset: AssetId) -> AccountId {
        AccountId((self as u128) << 120 | (owner as u128) << 32 | asset.0 as u128)
    }

    /// The kinds whose accounts exist as soon as the asset does.
    pub(crate) const COMMON: [Self; 6] =
        [Self::Issuer, Self::Hold, Self::Escrow, Self::Deposit, Self::Bond, Self::Treasury];

    pub(crate) const fn is_pool(self) -> bool {
        matches!(self, Self::Hold | Self::Escrow | Self::Deposit | Self::Bond | Self::Orders | Self::Streams)
    }
}

/// The account in which a participant's free money of an asset lies.
#[must_use]
pub const fn available_account(participant: ParticipantId, asset: AssetId) -> AccountId {
    AccountId::free_money(participant, asset)
}

/// The money of a task, as holds of the ledger. Deposits stand beside their bids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Purses {
    pub(crate) hold: Option<HoldId>,
    pub(crate) escrow: Option<HoldId>,
    pub(crate) bond: Option<HoldId>,
}

enum Place {
    Account(AccountId),
    Held(AccountId),
}

fn place(purse: Purse, asset: AssetId) -> Place {
    let common = |kind: AccountKind| kind.account(0, asset);
    match purse {
        Purse::Issuer => Place::Account(common(AccountKind::Issuer)),
        Purse::Available(participant) => Place::Account(available_account(participant, asset)),
        Purse::Treasury => Place::Account(common(AccountKind::Treasury)),
        Purse::Hold(_) => Place::Held(common(AccountKind::Hold)),
        Purse::Escrow(_) => Place::Held(common(AccountKind::Escrow)),
        Purse::Deposit(..) => Place::Held(common(AccountKind::Deposit)),
        Purse::Bond(_) => Place::Held(common(AccountKind::Bond)),
        Purse::Order(..) => Place::Held(common(AccountKind::Orders)),
        Purse::Stream(_) => Place::Held(common(AccountKind::Streams)),
    }
}

/// The account of the ledger in which a purse's money lies: its own, or the pool of all purses of its kind.
#[must_use]
pub fn account_of(purse: Purse, asset: AssetId) -> AccountId {
    match place(purse, asset) {
        Place::Account(account) | Place::Held(account) => account,
    }
}

impl Economy {
    /// How much is in a purse; nothing where it does not exist.
    #[must_use]
    pub fn balance(&self, purse: Purse, asset: AssetId) -> Amount {
        if let Purse::Order(order, _) = purse {
            return self.set_apart(order);
        }
        match place(purse, asset) {
            Place::Account(account) => self.ledger.available(account),
            Place::Held(_) => self.held_in(purse).and_then(|hold| self.ledger.held(hold)).unwrap_or_default(),
        }
    }

    /// What is set apart for a resting order.
    fn set_apart(&self, order: OrderId) -> Amount {
        let reserved = |(_, open): (_, &OpenedDesk)| open.desk.reserved(order.0, &self.ledger);
        self.desks.all().find_map(reserved).unwrap_or_default()
    }

    pub(crate) fn available(&self, participant: ParticipantId, asset: AssetId) -> Amount {
        self.ledger.available(available_account(participant, asset))
    }

    fn held_in(&self, purse: Purse) -> Option<HoldId> {
        if let Purse::Stream(stream) = purse {
            return self.ledger.stream(stream).map(Stream::hold);
        }
        let task = self.tasks.open(purse.task()?)?;
        match purse {
            Purse::Hold(_) => task.purses.hold,
            Purse::Escrow(_) => task.purses.escrow,
            Purse::Bond(_) => task.purses.bond,
            Purse::Deposit(_, bidder) => task.bid(bidder)?.deposit,
            Purse::Issuer | Purse::Available(_) | Purse::Treasury | Purse::Stream(_) | Purse::Order(..) => None,
        }
    }

    fn keep_hold(&mut self, purse: Purse, hold: Option<HoldId>) {
        let Some(task) = purse.task().and_then(|task: TaskId| self.tasks.open_mut(task)) else { return };
        match purse {
            Purse::Hold(_) => task.purses.hold = hold,
            Purse::Escrow(_) => task.purses.escrow = hold,
            Purse::Bond(_) => task.purses.bond = hold,
            Purse::Deposit(_, bidder) => {
                if let Some(bid) = task.bid_mut(bidder) {
                    bid.deposit = hold;
                }
            }
            // What is set apart for an order is its desk's to keep.
            Purse::Issuer | Purse::Available(_) | Purse::Treasury | Purse::Stream(_) | Purse::Order(..) => {}
        }
    }

    /// Moves the money of one event. `decide` has made sure that it can be moved; where it can't, that is a bug.
    pub(crate) fn move_money(&mut self, moved: &MoneyMoved) {
        if !is_moved_by_the_ledger(moved.reason) && self.try_move(moved).is_none() {
            self.broken = Some(Violation::Unmovable(*moved));
        }
    }

    fn try_move(&mut self, moved: &MoneyMoved) -> Option<()> {
        let MoneyMoved { asset, amount, from, to, .. } = *moved;
        if let Purse::Available(owner) = to {
            self.open_available(owner, asset)?;
        }
        match (place(from, asset), place(to, asset)) {
            (Place::Account(from), Place::Account(to)) => self.ledger.pay(from, to, amount).ok(),
            (Place::Account(from), Place::Held(pool)) => match self.held_in(to) {
                Some(hold) => self.ledger.top_up(hold, from, amount).ok(),
                None => {
                    let hold = self.ledger.hold(from, pool, amount).ok()?;
                    self.keep_hold(to, Some(hold));
                    Some(())
                }
            },
            (Place::Held(_), Place::Account(to)) => {
                let hold = self.held_in(from)?;
                self.ledger.release(hold, to, amount).ok()?;
                self.drop_empty(from, hold);
                Some(())
            }
            (Place::Held(_), Place::Held(pool)) => {
                let hold = self.held_in(from)?;
                match self.held_in(to) {
                    Some(into) => self.ledger.shift(hold, into, amount).ok()?,
                    None => {
                        let new = self.ledger.reassign(hold, pool, amount).ok()?;
                        self.keep_hold(to, Some(new));
                    }
                }
                self.drop_empty(from, hold);
                Some(())
            }
        }
    }

    fn drop_empty(&mut self, purse: Purse, hold: HoldId) {
        if self.ledger.held(hold).is_none() {
            self.keep_hold(purse, None);
        }
    }

    /// Opens the account of a participant's free money at its first use.
    pub(crate) fn open_available(&mut self, owner: ParticipantId, asset: AssetId) -> Option<()> {
        let account = available_account(owner, asset);
        if self.ledger.account(account).is_some() {
            return Some(());
        }
        open(&mut self.ledger, AccountKind::Available, owner.0, asset, self.now)
    }

    /// Opens the pool of a kind at its first use; says whether it is there.
    pub(crate) fn open_pool(&mut self, kind: AccountKind, asset: AssetId) -> bool {
        self.ledger.account(kind.account(0, asset)).is_some()
            || open(&mut self.ledger, kind, 0, asset, self.now).is_some()
    }
}

/// What the ledger moved when it took in the event before: streams, and what is paid against a reference.
const fn is_moved_by_the_ledger(reason: MoneyReason) -> bool {
    matches!(reason, MoneyReason::Stream(_) | MoneyReason::FromOutside | MoneyReason::ToOutside | MoneyReason::Burn)
}

/// Opens the account of a kind; `None` only where the ledger refuses it, which is a bug.
pub(crate) fn open(ledger: &mut Ledger, kind: AccountKind, owner: u64, asset: AssetId, now: Timestamp) -> Option<()> {
    let flags = match kind {
        // What comes out of the issuer is the supply: it alone may owe.
        AccountKind::Issuer => AccountFlags(0),
        _ if kind.is_pool() => AccountFlags::POOL,
        _ => AccountFlags::DEBITS_MUST_NOT_EXCEED_CREDITS,
    };
    let spec = AccountSpec {
        id: kind.account(owner, asset),
        asset,
        code: kind as u16,
        flags,
        user_data_128: 0,
        user_data_64: owner,
        user_data_32: 0,
    };
    ledger.open_account(now, spec).ok().map(|_| ())
}
