//! Settlement: what the ledger does for each thing that a book tells while one message is taken in.
//!
//! The order that comes in pays out of its trader's free money, which was checked to be enough; an order that rests pays
//! out of its hold. In a call both sides rest. Whatever the ledger refuses is kept as the fault of the whole message.

use super::desk::{DeskError, DeskEvent, Pair, Reserved, Reserves};
use super::event::Event;
use crate::mechanism::Side;
use crate::purse::{AccountKind, available_account};
use oikos_ledger::{Ledger, MoveError};
use oikos_protocol::id::{AssetId, ParticipantId};
use oikos_protocol::money::Amount;
use serde::{Deserialize, Serialize};

/// Where money of a desk can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Wallet {
    /// A trader's free money.
    Free(ParticipantId),
    /// What is set apart for a resting order.
    Order(u64),
}

/// The settlement of one message.
pub(super) struct Settlement<'a, F> {
    pair: Pair,
    /// Whose order comes in.
    trader: ParticipantId,
    /// Both sides of every trade rest.
    in_call: bool,
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
        ledger: &'a mut Ledger,
        reserves: &'a mut Reserves,
        tell: &'a mut F,
    ) -> Self {
        Self { pair, trader, in_call: false, ledger, reserves, tell, fault: None }
    }

    pub(super) fn in_call(pair: Pair, ledger: &'a mut Ledger, reserves: &'a mut Reserves, tell: &'a mut F) -> Self {
        Self { in_call: true, ..Self::new(pair, ParticipantId::OPERATOR, ledger, reserves, tell) }
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
                let taker = Party { order: taker, trader: taker_trader, side: taker_side, rests: self.in_call };
                let maker = Party { order: maker, trader: maker_trader, side: taker_side.other(), rests: true };
                self.pay(taker, maker, price, quantity).and_then(|()| self.pay(maker, taker, price, quantity))
            }
            Event::Rested { order, side, price, quantity } => self.reserve(order, side, price, quantity),
            Event::Reduced { order, quantity } => self.shrink(order, quantity),
            Event::Cancelled { order, .. } => self.give_back(order),
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
            self.tell_moved(asset, amount, Wallet::Free(from.trader), Wallet::Free(to.trader));
            return Ok(());
        }
        let Some(&Reserved { hold, price: limit, .. }) = self.reserves.get(&from.order) else {
            return Err(MoveError::UnknownAccount { account: AccountKind::Orders.account(0, asset) });
        };
        let mut left = self.ledger.release(hold, payee, amount)?;
        self.tell_moved(asset, amount, Wallet::Order(from.order), Wallet::Free(to.trader));
        let spared = self.pair.stake(from.side, limit, quantity).1.saturating_sub(amount);
        if !spared.is_zero() {
            left = self.ledger.release(hold, available_account(from.trader, asset), spared)?;
            self.tell_moved(asset, spared, Wallet::Order(from.order), Wallet::Free(from.trader));
        }
        if left.is_zero() {
            self.reserves.remove(&from.order);
        }
        Ok(())
    }

    fn reserve(&mut self, order: u64, side: Side, price: Amount, quantity: u64) -> Result<(), MoveError> {
        let (asset, amount) = self.pair.stake(side, price, quantity);
        let (free, pool) = (available_account(self.trader, asset), AccountKind::Orders.account(0, asset));
        let hold = self.ledger.hold(free, pool, amount)?;
        self.reserves.insert(order, Reserved { hold, trader: self.trader, price });
        self.tell_moved(asset, amount, Wallet::Free(self.trader), Wallet::Order(order));
        Ok(())
    }

    /// The order keeps its place with fewer units.
    fn shrink(&mut self, order: u64, quantity: u64) -> Result<(), MoveError> {
        let Some(&Reserved { hold, trader, price }) = self.reserves.get(&order) else { return Ok(()) };
        let Some(held) = self.ledger.open_hold(hold) else { return Err(MoveError::UnknownHold { hold }) };
        let side = if held.asset == self.pair.quote { Side::Buy } else { Side::Sell };
        let (asset, stake) = self.pair.stake(side, price, quantity);
        let amount = held.amount.saturating_sub(stake);
        self.ledger.release(hold, available_account(trader, asset), amount)?;
        self.tell_moved(asset, amount, Wallet::Order(order), Wallet::Free(trader));
        Ok(())
    }

    /// All that is set apart for an order; nothing for one that never rested.
    fn give_back(&mut self, order: u64) -> Result<(), MoveError> {
        let Some(Reserved { hold, trader, .. }) = self.reserves.remove(&order) else { return Ok(()) };
        let Some(held) = self.ledger.open_hold(hold) else { return Err(MoveError::UnknownHold { hold }) };
        self.ledger.release(hold, available_account(trader, held.asset), held.amount)?;
        self.tell_moved(held.asset, held.amount, Wallet::Order(order), Wallet::Free(trader));
        Ok(())
    }

    #[inline]
    fn tell_moved(&mut self, asset: AssetId, amount: Amount, from: Wallet, to: Wallet) {
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
