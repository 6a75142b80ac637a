//! The desk: an order book for a pair of assets, settled in the ledger trade by trade.
//!
//! Owns the book and the hold behind each resting order. Before an order comes in, its trader must have the most that
//! it can cost; what rests is set apart at its limit; a trade moves both legs at once, at the price of the trade, and
//! what a buyer had set apart above that price is free again. So a trade never fails for lack of money.
//! Invariants: a resting order holds exactly what it may cost ([`Desk::check`]); an order that does not rest holds
//! nothing; what a message moves out of one purse comes into another.
//! Matching changes the book in place, as the ledger's batches do: all checks come first, and behind them nothing can
//! be refused. A ledger that refuses all the same is a bug: [`DeskError::Broken`], and whoever drives it has to stop.
//! Absent on purpose: rounding. A unit is a fixed lot of the base asset and has a whole price in the quote asset.
//! Start at [`Desk::place`]. Source: TigerBeetle's documentation, "Two-phase transfers", for the reserved legs.

use super::book::{Book, Phase, SelfTrade};
use super::call::Cross;
use super::event::{Event, OrderError};
use super::matching::{Kind, Order};
use super::settlement::Settlement;
use crate::mechanism::Side;
use crate::purse::{AccountKind, available_account, open};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use oikos_ledger::{Ledger, MoveError};
use oikos_protocol::event::money::Purse;
use oikos_protocol::id::{AssetId, HoldId, ParticipantId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What is traded for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pair {
    /// The asset that is bought and sold.
    pub base: AssetId,
    /// The asset it is paid in.
    pub quote: AssetId,
    /// How many minor units of the base asset one unit of quantity is; above zero.
    pub lot: u64,
}

/// Something that happened at a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskEvent {
    /// In the book.
    Book(Event),
    /// Money moved, for what the book told last.
    Moved {
        /// Of what.
        asset: AssetId,
        /// How much, above zero.
        amount: Amount,
        /// Out of: a trader's free money, or what it set apart for an order.
        from: Purse,
        /// Into.
        to: Purse,
    },
}

/// Why a message to a desk is refused; all is as before, but for [`DeskError::Broken`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// The same asset twice, or no lot.
    #[error("a desk trades one asset for another, in lots above zero")]
    BadPair,
    /// The book does not take it.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// A price of nothing.
    #[error("a price is above zero")]
    ZeroPrice,
    /// The trader does not have what the order can cost.
    #[error("the order can cost {needed} of asset {asset}, above the available {available}")]
    InsufficientFunds {
        /// Of what.
        asset: AssetId,
        /// The most it can cost.
        needed: Amount,
        /// What the trader has.
        available: Amount,
    },
    /// The ledger refused what had been checked: a bug. The desk must not be used any more.
    #[error("the ledger refused what had been checked: {0}")]
    Broken(MoveError),
}

/// The hold behind each resting order, and how many orders each trader has resting. Looked up only, never gone
/// through: their order cannot matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Reserves {
    holds: HashMap<u64, HoldId, FixedState>,
    by_trader: HashMap<ParticipantId, u32, FixedState>,
}

impl Reserves {
    #[inline]
    pub(super) fn hold(&self, order: u64) -> Option<HoldId> {
        self.holds.get(&order).copied()
    }

    #[inline]
    pub(super) fn insert(&mut self, order: u64, trader: ParticipantId, hold: HoldId) {
        self.holds.insert(order, hold);
        *self.by_trader.entry(trader).or_default() += 1; // At most the orders of a book.
    }

    #[inline]
    pub(super) fn remove(&mut self, order: u64, trader: ParticipantId) -> Option<HoldId> {
        let hold = self.holds.remove(&order)?;
        if let Some(resting) = self.by_trader.get_mut(&trader) {
            *resting -= 1;
        }
        Some(hold)
    }

    pub(super) fn resting(&self, trader: ParticipantId) -> u32 {
        self.by_trader.get(&trader).copied().unwrap_or_default()
    }
}

/// A book for a pair of assets, with the money behind it.
#[derive(Debug, Clone)]
pub struct Desk {
    pub(super) pair: Pair,
    pub(super) book: Book,
    pub(super) reserves: Reserves,
}

impl Pair {
    /// What an order on `side` puts at stake: the asset, and how much for `quantity` units at `price`.
    pub(super) fn stake(self, side: Side, price: Amount, quantity: u64) -> (AssetId, Amount) {
        match side {
            // Below 2^88 times 2^32, and below 2^32 times 2^64.
            Side::Buy => (self.quote, Amount(price.0.saturating_mul(quantity.into()))),
            Side::Sell => (self.base, Amount(u128::from(quantity) * u128::from(self.lot))),
        }
    }
}

impl Desk {
    /// Opens a desk without orders, and the pools for what its orders set apart.
    ///
    /// # Errors
    /// [`DeskError::BadPair`].
    pub fn open(
        pair: Pair,
        self_trade: SelfTrade,
        phase: Phase,
        ledger: &mut Ledger,
        now: Timestamp,
    ) -> Result<Self, DeskError> {
        if pair.base == pair.quote || pair.lot == 0 {
            return Err(DeskError::BadPair);
        }
        for asset in [pair.base, pair.quote] {
            let pool = AccountKind::Orders.account(0, asset);
            if ledger.account(pool).is_none() {
                open(ledger, AccountKind::Orders, 0, asset, now).ok_or(DeskError::BadPair)?;
            }
        }
        Ok(Self { pair, book: Book::new(self_trade, phase), reserves: Reserves::default() })
    }

    /// What is traded.
    #[must_use]
    pub const fn pair(&self) -> Pair {
        self.pair
    }

    /// The book, to look at.
    #[must_use]
    pub const fn book(&self) -> &Book {
        &self.book
    }

    /// What is set apart for a resting order.
    #[must_use]
    pub fn reserved(&self, order: u64, ledger: &Ledger) -> Option<Amount> {
        self.reserves.hold(order).and_then(|hold| ledger.held(hold))
    }

    /// Takes in an order of a trader who has what it can cost, and settles its trades.
    ///
    /// # Errors
    /// What the book refuses; [`DeskError::ZeroPrice`], [`DeskError::InsufficientFunds`].
    pub fn place(
        &mut self,
        order: &Order,
        ledger: &mut Ledger,
        now: Timestamp,
        tell: &mut impl FnMut(DeskEvent),
    ) -> Result<(), DeskError> {
        self.check_place(order, ledger)?;
        self.take_in(order, ledger, now, tell)
    }

    /// Whether [`Desk::place`] would take the order.
    ///
    /// # Errors
    /// The one it would return.
    #[inline]
    pub fn check_place(&self, order: &Order, ledger: &Ledger) -> Result<(), DeskError> {
        self.book.check_order(order)?;
        let (asset, needed) = self.most(order)?;
        check_funds(ledger, order.trader, asset, needed, Amount::ZERO)
    }

    /// Takes in an order that [`Desk::check_place`] has passed.
    ///
    /// # Errors
    /// [`DeskError::Broken`] alone.
    #[inline]
    pub(crate) fn take_in(
        &mut self,
        order: &Order,
        ledger: &mut Ledger,
        now: Timestamp,
        tell: &mut impl FnMut(DeskEvent),
    ) -> Result<(), DeskError> {
        self.open_accounts(order.trader, ledger, now);
        let limit = order.limit().unwrap_or_default();
        let mut settlement = Settlement::new(self.pair, order.trader, limit, ledger, &mut self.reserves, tell);
        self.book.take_in(order, &mut |event| settlement.follow(event));
        settlement.close()
    }

    /// Cancels a resting order and gives back what was set apart for it.
    ///
    /// # Errors
    /// [`OrderError::Unknown`], [`OrderError::NotYours`].
    pub fn cancel(
        &mut self,
        id: u64,
        trader: ParticipantId,
        ledger: &mut Ledger,
        tell: &mut impl FnMut(DeskEvent),
    ) -> Result<(), DeskError> {
        let mut settlement = Settlement::new(self.pair, trader, Amount::ZERO, ledger, &mut self.reserves, tell);
        self.book.cancel(id, trader, &mut |event| settlement.follow(event))?;
        settlement.close()
    }

    /// Changes price and quantity of a resting order, as [`Book::replace`] does. What was set apart for it counts.
    ///
    /// # Errors
    /// What the book refuses; [`DeskError::ZeroPrice`], [`DeskError::InsufficientFunds`].
    pub fn replace(
        &mut self,
        id: u64,
        trader: ParticipantId,
        price: Amount,
        quantity: u64,
        ledger: &mut Ledger,
        tell: &mut impl FnMut(DeskEvent),
    ) -> Result<(), DeskError> {
        self.check_replace(id, trader, price, quantity, ledger)?;
        let mut settlement = Settlement::new(self.pair, trader, price, ledger, &mut self.reserves, tell);
        self.book.replace(id, trader, price, quantity, &mut |event| settlement.follow(event))?;
        settlement.close()
    }

    /// Whether [`Desk::replace`] would do it.
    ///
    /// # Errors
    /// The one it would return.
    pub fn check_replace(
        &self,
        id: u64,
        trader: ParticipantId,
        price: Amount,
        quantity: u64,
        ledger: &Ledger,
    ) -> Result<(), DeskError> {
        let side = self.book.check_replace(id, trader, price, quantity)?;
        if price.is_zero() {
            return Err(DeskError::ZeroPrice);
        }
        let held = self.reserved(id, ledger).unwrap_or_default();
        let (asset, needed) = self.pair.stake(side, price, quantity);
        check_funds(ledger, trader, asset, needed, held)
    }

    /// How many orders of a trader rest.
    #[must_use]
    pub fn resting(&self, trader: ParticipantId) -> u32 {
        self.reserves.resting(trader)
    }

    /// Cancels all orders whose time is up, in the order (time, id).
    ///
    /// # Errors
    /// [`DeskError::Broken`] alone.
    pub fn expire(
        &mut self,
        now: Timestamp,
        ledger: &mut Ledger,
        tell: &mut impl FnMut(DeskEvent),
    ) -> Result<(), DeskError> {
        let operator = ParticipantId::OPERATOR;
        let mut settlement = Settlement::new(self.pair, operator, Amount::ZERO, ledger, &mut self.reserves, tell);
        self.book.expire(now, &mut |event| settlement.follow(event));
        settlement.close()
    }

    /// Cancels the order whose time is up first, if it is.
    ///
    /// # Errors
    /// [`DeskError::Broken`] alone.
    pub fn expire_one(
        &mut self,
        now: Timestamp,
        ledger: &mut Ledger,
        tell: &mut impl FnMut(DeskEvent),
    ) -> Result<(), DeskError> {
        let operator = ParticipantId::OPERATOR;
        let mut settlement = Settlement::new(self.pair, operator, Amount::ZERO, ledger, &mut self.reserves, tell);
        self.book.expire_one(now, &mut |event| settlement.follow(event));
        settlement.close()
    }

    /// From now on orders are collected.
    pub fn open_call(&mut self) {
        self.book.open_call();
    }

    /// Trades what crosses at one price, settles it, and opens continuous trading.
    ///
    /// # Errors
    /// [`DeskError::Broken`] alone.
    pub fn uncross(
        &mut self,
        k: Share,
        ledger: &mut Ledger,
        tell: &mut impl FnMut(DeskEvent),
    ) -> Result<Option<Cross>, DeskError> {
        let limits = [Side::Buy, Side::Sell].into_iter().flat_map(|side| self.book.crossing_orders(side)).collect();
        let mut settlement = Settlement::in_call(self.pair, limits, ledger, &mut self.reserves, tell);
        let cross = self.book.uncross(k, &mut |event| settlement.follow(event));
        settlement.close().map(|()| cross)
    }

    /// Checks that every resting order holds exactly what it may cost, and that nothing else does; linear.
    ///
    /// # Errors
    /// What does not hold.
    pub fn check(&self, ledger: &Ledger) -> Result<(), &'static str> {
        self.book.check()?;
        if self.reserves.holds.len() != self.book.len() {
            return Err("money is set apart for an order that does not rest");
        }
        for side in [Side::Buy, Side::Sell] {
            for order in self.book.resting(side) {
                let (_, stake) = self.pair.stake(side, order.price, order.quantity);
                if self.reserved(order.id, ledger) != Some(stake) {
                    return Err("an order does not hold what it may cost");
                }
            }
        }
        Ok(())
    }

    /// The most that an order can cost: a limit order at its limit, the others what they would find now.
    fn most(&self, order: &Order) -> Result<(AssetId, Amount), DeskError> {
        let Order { trader, side, quantity, kind, .. } = *order;
        if order.limit().is_some_and(Amount::is_zero) {
            return Err(DeskError::ZeroPrice);
        }
        if let Kind::Limit { price, .. } = kind {
            return Ok(self.pair.stake(side, price, quantity));
        }
        let found = self.book.find_now(trader, side, order.limit(), quantity);
        let kills = matches!(kind, Kind::FillOrKill { .. }) && found.quantity < quantity;
        let (asset, units) = self.pair.stake(side, Amount(1), if kills { 0 } else { found.quantity });
        Ok(match side {
            Side::Buy => (asset, if kills { Amount::ZERO } else { found.cost }),
            Side::Sell => (asset, units),
        })
    }

    /// A trader is paid in either asset, so that both accounts have to be there before the first trade.
    fn open_accounts(&self, trader: ParticipantId, ledger: &mut Ledger, now: Timestamp) {
        for asset in [self.pair.base, self.pair.quote] {
            if ledger.account(available_account(trader, asset)).is_none() {
                // Where the ledger refuses, the first trade says so.
                open(ledger, AccountKind::Available, trader.0, asset, now);
            }
        }
    }
}

fn check_funds(
    ledger: &Ledger,
    trader: ParticipantId,
    asset: AssetId,
    needed: Amount,
    held: Amount,
) -> Result<(), DeskError> {
    let available = Amount(ledger.available(available_account(trader, asset)).0.saturating_add(held.0));
    if needed > available { Err(DeskError::InsufficientFunds { asset, needed, available }) } else { Ok(()) }
}
