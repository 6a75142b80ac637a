//! A slow and obviously correct order book: one list, and every question is answered by looking at all of it.

use oikos_market::mechanism::Side;
use oikos_market::order_book::feed::Message;
use oikos_market::order_book::{CancelReason, Event, Kind, Order, SelfTrade};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;

/// A resting order.
#[derive(Clone, Copy)]
pub struct Resting {
    pub id: u64,
    pub trader: ParticipantId,
    pub side: Side,
    pub price: Amount,
    pub quantity: u64,
    pub expires: Timestamp,
}

/// All resting orders in one list, oldest first. Every question is answered by looking at all of them.
#[derive(Clone)]
pub struct SlowBook {
    pub orders: Vec<Resting>,
    pub mode: SelfTrade,
}

/// What both books must tell alike: trades, what rests, what shrinks, what goes.
pub type Told = Vec<Event>;

impl SlowBook {
    pub fn best(&self, side: Side) -> Option<usize> {
        let ours = (0..self.orders.len()).filter(|&n| self.orders[n].side == side);
        // Of equal prices the first in the list is the oldest, and `min_by_key` keeps the first.
        ours.min_by_key(|&n| match side {
            Side::Buy => u128::MAX - self.orders[n].price.0,
            Side::Sell => self.orders[n].price.0,
        })
    }

    pub fn submit(&mut self, order: &Order, told: &mut Told) {
        let (mut left, mut barred) = (order.quantity, false);
        let takes = |price: Amount| match (order.limit(), order.side) {
            (None, _) => true,
            (Some(limit), Side::Buy) => price <= limit,
            (Some(limit), Side::Sell) => price >= limit,
        };
        if let Kind::FillOrKill { .. } = order.kind {
            // Played on a copy: only if all of it trades there does it happen here.
            let mut copy = self.clone();
            let (mut trial, price) = (Vec::new(), order.limit().unwrap());
            copy.submit(&Order { kind: Kind::ImmediateOrCancel { price }, ..*order }, &mut trial);
            if trial.iter().any(|event| matches!(event, Event::Cancelled { order: id, .. } if *id == order.id)) {
                told.push(Event::Cancelled {
                    order: order.id,
                    trader: order.trader,
                    quantity: left,
                    why: CancelReason::Unfilled,
                });
                return;
            }
        }
        while left > 0 && !barred {
            let Some(n) = self.best(order.side.other()).filter(|&n| takes(self.orders[n].price)) else { break };
            let maker = self.orders[n];
            let gone = Event::Cancelled {
                order: maker.id,
                trader: maker.trader,
                quantity: maker.quantity,
                why: CancelReason::SelfTrade,
            };
            if maker.trader == order.trader {
                if self.mode != SelfTrade::CancelIncoming {
                    told.push(gone);
                    self.orders.remove(n);
                }
                barred = self.mode != SelfTrade::CancelResting;
                continue;
            }
            let quantity = left.min(maker.quantity);
            left -= quantity;
            told.push(Event::Traded {
                taker: order.id,
                maker: maker.id,
                taker_trader: order.trader,
                maker_trader: maker.trader,
                taker_side: order.side,
                price: maker.price,
                quantity,
            });
            self.orders[n].quantity -= quantity;
            if self.orders[n].quantity == 0 {
                self.orders.remove(n);
            }
        }
        if left == 0 {
            return;
        }
        match order.kind {
            Kind::Limit { price, expires } if !barred => {
                let Order { id, trader, side, .. } = *order;
                self.orders.push(Resting { id, trader, side, price, quantity: left, expires });
                told.push(Event::Rested { order: id, side, price, quantity: left });
            }
            _ => {
                let why = if barred { CancelReason::SelfTrade } else { CancelReason::Unfilled };
                told.push(Event::Cancelled { order: order.id, trader: order.trader, quantity: left, why });
            }
        }
    }

    pub fn find(&self, id: u64, trader: ParticipantId) -> Option<usize> {
        self.orders.iter().position(|order| order.id == id && order.trader == trader)
    }

    pub fn play(&mut self, message: &Message, told: &mut Told) {
        match *message {
            Message::Submit(ref order) => self.submit(order, told),
            Message::Cancel { id, trader } => {
                if let Some(n) = self.find(id, trader) {
                    let Resting { quantity, .. } = self.orders.remove(n);
                    told.push(Event::Cancelled { order: id, trader, quantity, why: CancelReason::Asked });
                }
            }
            Message::Replace { id, trader, price, quantity } => {
                let Some(n) = self.find(id, trader) else { return };
                let old = self.orders[n];
                if price == old.price && quantity <= old.quantity {
                    self.orders[n].quantity = quantity;
                    if quantity < old.quantity {
                        told.push(Event::Reduced { order: id, quantity });
                    }
                } else {
                    self.orders.remove(n);
                    told.push(Event::Cancelled {
                        order: id,
                        trader,
                        quantity: old.quantity,
                        why: CancelReason::Replaced,
                    });
                    let kind = Kind::Limit { price, expires: old.expires };
                    self.submit(&Order { id, trader, side: old.side, quantity, kind }, told);
                }
            }
        }
    }

    pub fn expire(&mut self, now: Timestamp, told: &mut Told) {
        let mut due: Vec<_> = self.orders.iter().filter(|order| order.expires <= now).copied().collect();
        due.sort_by_key(|order| (order.expires, order.id));
        for Resting { id, trader, quantity, .. } in due {
            let n = self.find(id, trader).unwrap();
            self.orders.remove(n);
            told.push(Event::Cancelled { order: id, trader, quantity, why: CancelReason::Expired });
        }
    }
}
