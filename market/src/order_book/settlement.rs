//! Settlement: what the ledger does for each thing that a book tells while one message is taken in.
//!
//! The order that comes in pays out of its trader's free money, which was checked to be enough; an order that rests pays
//! out of its hold. In a call both sides rest. Whatever the ledger refuses is kept as the fault of the whole message.

use super::desk::{DeskError, DeskEvent, Pair, Reserves};
use super::event::Event;
use crate::mechanism::Side;
use crate::purse::{AccountKind, available_account};
use alloc::collections::BTreeMap;
use oikos_ledger::{Ledger, MoveError};
use oikos_protocol::event::money::Purse;
use oikos_protocol::id::{AssetId, OrderId, ParticipantId};
use oikos_protocol::money::Amount;

/// The settlement of one message.
pub(super) struct Settlement<'a, F> {
    pair: Pair,
    /// Whose message it is.
    trader: ParticipantId,
    /// The limit of the order that the message is about: what rests is set apart at it.
    limit: Amount,
    /// In a call both sides of every trade rest, and pay less than their limits: these.
    limits: Option<BTreeMap<u64, Amount>>,
    ledger: &'a mut Ledger,
    reserves: &'a mut Reserves,
    tell: &'a mut F,
    fault: Option<MoveError>,
}

impl<'a, F: FnMut(DeskEvent)> Settlement<'a, F> {
    #[inline]
    pub(super) fn new(
        pair: Pair,
        trader: ParticipantId,
        limit: Amount,
        ledger: &'a mut Ledger,
        reserves: &'a mut Reserves,
        tell: &'a mut F,
    ) -> Self {
        Self { pair, trader, limit, limits: None, ledger, reserves, tell, fault: None }
    }

    pub(super) fn in_call(
        pair: Pair,
        limits: BTreeMap<u64, Amount>,
        ledger: &'a mut Ledger,
        reserves: &'a mut Reserves,
        tell: &'a mut F,
    ) -> Self {
        let limits = Some(limits);
        Self { limits, ..Self::new(pair, ParticipantId::OPERATOR, Amount::ZERO, ledger, reserves, tell) }
    }

    /// Whether all was moved.
    #[inline]
    pub(super) fn close(self) -> Result<(), DeskError> {
        self.fault.map_or(Ok(()), |fault| Err(DeskError::Broken(fault)))
    }

    /// Does what an event of the book asks for.
    #[inline]
    pub(super) fn follow(&mut self, event: Event) {
        (self.tell)(DeskEvent::Book(event));
        let done = match event {
            Event::Traded { taker, maker, taker_trader, maker_trader, taker_side, price, quantity } => {
                let rests = self.limits.is_some();
                let taker = Party { order: taker, trader: taker_trader, side: taker_side, rests };
                let maker = Party { order: maker, trader: maker_trader, side: taker_side.other(), rests: true };
                self.pay(taker, maker, price, quantity).and_then(|()| self.pay(maker, taker, price, quantity))
            }
            Event::Rested { order, side, price, quantity } => self.reserve(order, side, price, quantity),
            Event::Reduced { order, quantity } => self.shrink(order, quantity),
            Event::Cancelled { order, trader, .. } => self.give_back(order, trader),
            Event::Depth { .. } | Event::Top { .. } => Ok(()),
        };
        if let Err(fault) = done {
            self.fault.get_or_insert(fault);
        }
    }

    /// One leg of a trade, and what the payer had set apart above its price.
    #[inline]
    fn pay(&mut self, from: Party, to: Party, price: Amount, quantity: u64) -> Result<(), MoveError> {
        let (asset, amount) = self.pair.stake(from.side, price, quantity);
        let payee = available_account(to.trader, asset);
        if !from.rests {
            self.ledger.pay(available_account(from.trader, asset), payee, amount)?;
            self.tell_moved(asset, amount, Purse::Available(from.trader), Purse::Available(to.trader));
            return Ok(());
        }
        let Some(hold) = self.reserves.hold(from.order) else {
            return Err(MoveError::UnknownAccount { account: AccountKind::Orders.account(0, asset) });
        };
        let apart = Purse::Order(OrderId(from.order), from.trader);
        let mut left = self.ledger.release(hold, payee, amount)?;
        self.tell_moved(asset, amount, apart, Purse::Available(to.trader));
        // Outside of a call an order that rests trades at its limit.
        let limit = self.limits.as_ref().and_then(|limits| limits.get(&from.order)).copied().unwrap_or(price);
        let spared = self.pair.stake(from.side, limit, quantity).1.saturating_sub(amount);
        if !spared.is_zero() {
            left = self.ledger.release(hold, available_account(from.trader, asset), spared)?;
            self.tell_moved(asset, spared, apart, Purse::Available(from.trader));
        }
        if left.is_zero() {
            self.reserves.remove(from.order, from.trader);
        }
        Ok(())
    }

    fn reserve(&mut self, order: u64, side: Side, price: Amount, quantity: u64) -> Result<(), MoveError> {
        let (asset, amount) = self.pair.stake(side, price, quantity);
        let (free, pool) = (available_account(self.trader, asset), AccountKind::Orders.account(0, asset));
        let hold = self.ledger.hold(free, pool, amount)?;
        self.reserves.insert(order, self.trader, hold);
        self.tell_moved(asset, amount, Purse::Available(self.trader), Purse::Order(OrderId(order), self.trader));
        Ok(())
    }

    /// The order keeps its place with fewer units.
    fn shrink(&mut self, order: u64, quantity: u64) -> Result<(), MoveError> {
        let Some(hold) = self.reserves.hold(order) else { return Ok(()) };
        let Some(held) = self.ledger.open_hold(hold) else { return Err(MoveError::UnknownHold { hold }) };
        let side = if held.asset == self.pair.quote { Side::Buy } else { Side::Sell };
        let (asset, stake) = self.pair.stake(side, self.limit, quantity);
        let amount = held.amount.saturating_sub(stake);
        self.ledger.release(hold, available_account(self.trader, asset), amount)?;
        self.tell_moved(asset, amount, Purse::Order(OrderId(order), self.trader), Purse::Available(self.trader));
        Ok(())
    }

    /// All that is set apart for an order; nothing for one that never rested.
    fn give_back(&mut self, order: u64, trader: ParticipantId) -> Result<(), MoveError> {
        let Some(hold) = self.reserves.remove(order, trader) else { return Ok(()) };
        let Some(held) = self.ledger.open_hold(hold) else { return Err(MoveError::UnknownHold { hold }) };
        self.ledger.release(hold, available_account(trader, held.asset), held.amount)?;
        self.tell_moved(held.asset, held.amount, Purse::Order(OrderId(order), trader), Purse::Available(trader));
        Ok(())
    }

    #[inline]
    fn tell_moved(&mut self, asset: AssetId, amount: Amount, from: Purse, to: Purse) {
        (self.tell)(DeskEvent::Moved { asset, amount, from, to });
    }
}

/// One side of a trade.
#[derive(Clone, Copy)]
struct Party {
    order: u64,
    trader: ParticipantId,
    side: Side,
    rests: bool,
}
