//! The book itself: orders in a slab, a first-in first-out list for each price, prices in a tree for each side.
//!
//! Invariants: a level exists while it has orders; `top` is the best level of its side; every resting order is in
//! `index` and every level in `by_price`. These two hold slab numbers only (few bytes, so that looking up misses the
//! cache seldom) and are never iterated, so their order cannot matter; order ids are the economy's own numbers, so a
//! fixed hash is safe. An order costs a cache line of 64 bytes and 5 of the index.

use super::event::{CancelReason, Event, OrderError};
use crate::mechanism::Side;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::hash::BuildHasher;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
pub use oikos_protocol::command::order::SelfTrade;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// No slot.
pub(super) const NONE: u32 = u32::MAX;
/// The most orders that rest in one book.
const ORDERS_MAX: u32 = 1 << 28;

/// What the book does with orders that cross.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Phase {
    /// They trade at once.
    #[default]
    Continuous,
    /// They are collected until [`Book::uncross`].
    Call,
}

/// An order that rests, as others see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resting {
    /// Its number.
    pub id: u64,
    /// Who sent it.
    pub trader: ParticipantId,
    /// Its price.
    pub price: Amount,
    /// What is left of it.
    pub quantity: u64,
    /// When its time is up.
    pub expires: Timestamp,
}

/// A resting order, in a cache line of its own.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(super) struct Slot {
    pub(super) id: u64,
    pub(super) trader: ParticipantId,
    pub(super) expires: Timestamp,
    pub(super) quantity: u64,
    pub(super) level: u32,
    pub(super) ahead: u32,
    pub(super) behind: u32,
}

/// All orders of one side at one price.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    pub(super) price: Amount,
    pub(super) quantity: u64,
    pub(super) orders: u32,
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) side: Side,
}

/// Prices in the order of one side: the best has the smallest key.
#[derive(Debug, Default, Clone)]
pub(super) struct Prices {
    /// Key to level. A bid's key is its price turned round, so that both sides go upwards.
    tree: BTreeMap<u128, u32>,
    /// The best level, kept because most messages look at it.
    pub(super) top: Option<u32>,
}

/// A limit order book.
#[derive(Debug, Clone, Default)]
pub struct Book {
    pub(super) slots: Vec<Slot>,
    pub(super) levels: Vec<Level>,
    free_slots: Vec<u32>,
    free_levels: Vec<u32>,
    index: HashTable<u32>,
    by_price: HashTable<u32>,
    sides: [Prices; 2],
    expiries: BTreeSet<(Timestamp, u64)>,
    pub(super) self_trade: SelfTrade,
    pub(super) phase: Phase,
    pub(super) told_top: [Option<(Amount, u64)>; 2],
}

/// The hash of an order's id.
#[inline]
fn order_hash(id: u64) -> u64 {
    FixedState::with_seed(1).hash_one(id)
}

/// The hash of a level's side and price.
#[inline]
fn level_hash(side: Side, price: Amount) -> u64 {
    FixedState::with_seed(2).hash_one(key(side, price))
}

/// The place of a side in the arrays.
const fn place(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

const fn key(side: Side, price: Amount) -> u128 {
    match side {
        Side::Buy => u128::MAX - price.0,
        Side::Sell => price.0,
    }
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn new(self_trade: SelfTrade, phase: Phase) -> Self {
        Self { self_trade, phase, ..Self::default() }
    }

    /// Whether orders trade at once or are collected.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// From now on crossing orders are collected.
    pub fn open_call(&mut self) {
        self.phase = Phase::Call;
    }

    /// How many orders rest.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether the best bid is not below the best ask: orders that wait for a call to trade.
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        matches!((self.top(Side::Buy), self.top(Side::Sell)), (Some(bid), Some(ask)) if bid.0 >= ask.0)
    }

    /// Whether no order rests.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The best price of a side and what rests there.
    #[must_use]
    pub fn top(&self, side: Side) -> Option<(Amount, u64)> {
        self.best(side).map(|level| (self.levels[level as usize].price, self.levels[level as usize].quantity))
    }

    /// The levels of a side, best first: price, quantity, orders.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = (Amount, u64, u32)> {
        self.prices(side).tree.values().map(|&level| {
            let level = &self.levels[level as usize];
            (level.price, level.quantity, level.orders)
        })
    }

    /// What rests of an order: its trader, side, price and quantity.
    #[must_use]
    pub fn order(&self, id: u64) -> Option<(ParticipantId, Side, Amount, u64)> {
        let slot = &self.slots[self.slot_of(id)? as usize];
        let level = &self.levels[slot.level as usize];
        Some((slot.trader, level.side, level.price, slot.quantity))
    }

    /// What rests on a side, by price and time: submitted in this order to an empty book in a call, it rests alike.
    /// For snapshots and digests.
    pub fn resting(&self, side: Side) -> impl Iterator<Item = Resting> {
        self.slots_of(side).map(|(slot, price)| {
            let Slot { id, trader, quantity, expires, .. } = self.slots[slot as usize];
            Resting { id, trader, price, quantity, expires }
        })
    }

    /// The resting orders of a side whose price the other side's best takes, with their prices: all that a call can trade.
    pub(super) fn crossing_orders(&self, side: Side) -> impl Iterator<Item = (u64, Amount)> {
        let other = self.top(side.other());
        self.slots_of(side)
            .take_while(move |&(_, price)| other.is_some_and(|(best, _)| !side.prefers(price, best)))
            .map(|(slot, price)| (self.slots[slot as usize].id, price))
    }

    /// Cancels a resting order.
    ///
    /// # Errors
    /// [`OrderError::Unknown`], [`OrderError::NotYours`].
    #[inline]
    pub fn cancel(&mut self, id: u64, trader: ParticipantId, tell: &mut impl FnMut(Event)) -> Result<(), OrderError> {
        let slot = self.find(id, trader)?;
        self.remove(slot, CancelReason::Asked, tell);
        self.tell_top(tell);
        Ok(())
    }

    /// Cancels all orders whose time is up at `now`, in the order (time, id). An order lives before its time.
    pub fn expire(&mut self, now: Timestamp, tell: &mut impl FnMut(Event)) {
        while let Some(&(at, id)) = self.expiries.first().filter(|(at, _)| *at <= now) {
            match self.slot_of(id) {
                Some(slot) => self.remove(slot, CancelReason::Expired, tell),
                None => {
                    self.expiries.remove(&(at, id));
                }
            }
        }
        self.tell_top(tell);
    }

    /// Cancels the order whose time is up first, if it is at `now`; the first of equals is the one with the smallest id.
    pub fn expire_one(&mut self, now: Timestamp, tell: &mut impl FnMut(Event)) {
        if let Some(&(_, id)) = self.expiries.first().filter(|(at, _)| *at <= now)
            && let Some(slot) = self.slot_of(id)
        {
            self.remove(slot, CancelReason::Expired, tell);
            self.tell_top(tell);
        }
    }

    /// When the next order's time is up.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.expiries.first().map(|&(at, _)| at)
    }

    /// Checks the invariants of the whole book: for tests and checkpoints; linear.
    ///
    /// # Errors
    /// What does not hold.
    pub fn check(&self) -> Result<(), &'static str> {
        let mut resting = 0;
        for side in [Side::Buy, Side::Sell] {
            let prices = self.prices(side);
            if prices.top != prices.tree.first_key_value().map(|(_, &level)| level) {
                return Err("the top is not the best level");
            }
            for (&at, &number) in &prices.tree {
                let level = &self.levels[number as usize];
                let (mut quantity, mut orders, mut slot, mut ahead) = (0, 0, level.first, NONE);
                while slot != NONE {
                    let order = &self.slots[slot as usize];
                    if order.level != number || order.ahead != ahead || self.slot_of(order.id) != Some(slot) {
                        return Err("an order is not where the index says");
                    }
                    (quantity, orders, ahead, slot) = (quantity + order.quantity, orders + 1, slot, order.behind);
                }
                if at != key(side, level.price) || level.side != side || orders == 0 || level.last != ahead {
                    return Err("a level is empty or under a wrong price");
                }
                if (quantity, orders) != (level.quantity, level.orders) {
                    return Err("a level's quantity is not the sum of its orders");
                }
                resting += orders as usize;
            }
        }
        if self.is_crossed() && self.phase == Phase::Continuous {
            return Err("the book is crossed");
        }
        if self.by_price.len() != self.sides.iter().map(|prices| prices.tree.len()).sum::<usize>() {
            return Err("a level is not in the table of prices");
        }
        if resting == self.index.len() { Ok(()) } else { Err("the index holds orders that do not rest") }
    }

    pub(super) fn prices(&self, side: Side) -> &Prices {
        &self.sides[place(side)]
    }

    #[inline]
    pub(super) fn best(&self, side: Side) -> Option<u32> {
        self.prices(side).top
    }

    /// The levels of a side, best first.
    pub(super) fn levels_of(&self, side: Side) -> impl Iterator<Item = &Level> {
        self.prices(side).tree.values().map(|&level| &self.levels[level as usize])
    }

    #[inline]
    fn slot_of(&self, id: u64) -> Option<u32> {
        self.index.find(order_hash(id), |&slot| self.slots[slot as usize].id == id).copied()
    }

    /// The slots of a side by price and time, with their prices.
    pub(super) fn slots_of(&self, side: Side) -> impl Iterator<Item = (u32, Amount)> {
        self.levels_of(side).flat_map(|level| {
            let after = |&slot: &u32| Some(self.slots[slot as usize].behind).filter(|&behind| behind != NONE);
            core::iter::successors(Some(level.first), after).map(|slot| (slot, level.price))
        })
    }

    /// The slot of a trader's resting order.
    #[inline]
    pub(super) fn find(&self, id: u64, trader: ParticipantId) -> Result<u32, OrderError> {
        let slot = self.slot_of(id).ok_or(OrderError::Unknown { order: id })?;
        if self.slots[slot as usize].trader == trader { Ok(slot) } else { Err(OrderError::NotYours { order: id }) }
    }

    /// Whether an order of this id could come to rest.
    #[inline]
    pub(super) fn check_new(&self, id: u64) -> Result<(), OrderError> {
        if self.slot_of(id).is_some() {
            return Err(OrderError::Duplicate { order: id });
        }
        let orders = self.index.len() as u32; // At most `ORDERS_MAX`.
        if orders >= ORDERS_MAX { Err(OrderError::Full { orders }) } else { Ok(()) }
    }

    /// Puts an order at the back of its level.
    #[inline]
    pub(super) fn rest(&mut self, mut order: Slot, side: Side, price: Amount, tell: &mut impl FnMut(Event)) {
        let level = self.level_at(side, price);
        let slot = self.free_slots.pop().unwrap_or(self.slots.len() as u32); // At most `ORDERS_MAX`.
        order.level = level;
        order.ahead = self.levels[level as usize].last;
        order.behind = NONE;
        if order.ahead == NONE {
            self.levels[level as usize].first = slot;
        } else {
            self.slots[order.ahead as usize].behind = slot;
        }
        let at = &mut self.levels[level as usize];
        at.last = slot;
        at.orders += 1;
        at.quantity = at.quantity.saturating_add(order.quantity); // 2^28 orders of 2^32 units fit.
        if order.expires != Timestamp::NEVER {
            self.expiries.insert((order.expires, order.id));
        }
        let (id, quantity) = (order.id, order.quantity);
        if slot as usize == self.slots.len() {
            self.slots.push(order);
        } else {
            self.slots[slot as usize] = order;
        }
        let slots = &self.slots;
        self.index.insert_unique(order_hash(id), slot, |&slot| order_hash(slots[slot as usize].id));
        tell(Event::Rested { order: id, side, price, quantity });
        self.tell_depth(level, tell);
    }

    fn level_at(&mut self, side: Side, price: Amount) -> u32 {
        let at = key(side, price);
        let prices = &mut self.sides[place(side)];
        if let Some(top) = prices.top
            && self.levels[top as usize].price == price
        {
            return top;
        }
        let same = |&level: &u32| {
            let level = &self.levels[level as usize];
            level.side == side && level.price == price
        };
        if let Some(&level) = self.by_price.find(level_hash(side, price), same) {
            return level;
        }
        let level = Level { price, quantity: 0, orders: 0, first: NONE, last: NONE, side };
        let number = match self.free_levels.pop() {
            Some(number) => {
                self.levels[number as usize] = level;
                number
            }
            None => {
                self.levels.push(level);
                self.levels.len() as u32 - 1 // At most one level an order.
            }
        };
        let levels = &self.levels;
        let hash = |&level: &u32| level_hash(levels[level as usize].side, levels[level as usize].price);
        self.by_price.insert_unique(level_hash(side, price), number, hash);
        prices.tree.insert(at, number);
        if prices.top.is_none_or(|top| key(side, self.levels[top as usize].price) > at) {
            prices.top = Some(number);
        }
        number
    }

    /// Takes `quantity` off a resting order; what has nothing left is gone.
    #[inline]
    pub(super) fn reduce(&mut self, slot: u32, quantity: u64, tell: &mut impl FnMut(Event)) {
        let order = &mut self.slots[slot as usize];
        order.quantity -= quantity;
        let (left, level) = (order.quantity, order.level);
        self.levels[level as usize].quantity -= quantity;
        if left == 0 {
            self.unlink(slot);
        }
        self.tell_depth(level, tell);
        self.drop_if_empty(level);
    }

    /// Cancels a resting order.
    #[inline]
    pub(super) fn remove(&mut self, slot: u32, why: CancelReason, tell: &mut impl FnMut(Event)) {
        let Slot { id, trader, quantity, level, .. } = self.slots[slot as usize];
        self.levels[level as usize].quantity -= quantity;
        self.unlink(slot);
        tell(Event::Cancelled { order: id, trader, quantity, why });
        self.tell_depth(level, tell);
        self.drop_if_empty(level);
    }

    #[inline]
    fn unlink(&mut self, slot: u32) {
        let Slot { id, level, ahead, behind, expires, .. } = self.slots[slot as usize];
        let at = &mut self.levels[level as usize];
        at.orders -= 1;
        if ahead == NONE {
            at.first = behind;
        } else {
            self.slots[ahead as usize].behind = behind;
        }
        if behind == NONE {
            self.levels[level as usize].last = ahead;
        } else {
            self.slots[behind as usize].ahead = ahead;
        }
        if let Ok(entry) = self.index.find_entry(order_hash(id), |&other| other == slot) {
            entry.remove();
        }
        if expires != Timestamp::NEVER {
            self.expiries.remove(&(expires, id));
        }
        self.free_slots.push(slot);
    }

    #[inline]
    fn drop_if_empty(&mut self, level: u32) {
        let Level { orders, side, price, .. } = self.levels[level as usize];
        if orders == 0 {
            let prices = &mut self.sides[place(side)];
            prices.tree.remove(&key(side, price));
            if prices.top == Some(level) {
                prices.top = prices.tree.first_key_value().map(|(_, &level)| level);
            }
            if let Ok(entry) = self.by_price.find_entry(level_hash(side, price), |&other| other == level) {
                entry.remove();
            }
            self.free_levels.push(level);
        }
    }

    #[inline]
    fn tell_depth(&self, level: u32, tell: &mut impl FnMut(Event)) {
        let Level { side, price, quantity, orders, .. } = self.levels[level as usize];
        tell(Event::Depth { side, price, quantity, orders });
    }

    /// Tells the top if it is not what was told last.
    #[inline]
    pub(super) fn tell_top(&mut self, tell: &mut impl FnMut(Event)) {
        let top = [self.top(Side::Buy), self.top(Side::Sell)];
        if top != self.told_top {
            self.told_top = top;
            tell(Event::Top { bid: top[0], ask: top[1] });
        }
    }
}
