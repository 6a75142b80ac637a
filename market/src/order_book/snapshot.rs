//! A desk as it is stored and hashed: what rests, side by side, in the order of price and time.
//!
//! Invariant: two desks that answer every message alike have the same bytes; slots, levels and tables are built anew.

use super::book::{Book, Phase, SelfTrade};
use super::desk::{Desk, Pair, Reserves};
use super::matching::{Kind, Order};
use crate::mechanism::Side;
use alloc::vec::Vec;
use oikos_protocol::id::{HoldId, ParticipantId};
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A resting order with its hold.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    id: u64,
    trader: ParticipantId,
    price: Amount,
    quantity: u64,
    expires: Timestamp,
    hold: HoldId,
}

/// A whole desk.
#[derive(Debug, Serialize, Deserialize)]
struct Snapshot {
    pair: Pair,
    self_trade: SelfTrade,
    phase: Phase,
    bids: Vec<Kept>,
    asks: Vec<Kept>,
}

impl Serialize for Desk {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let side = |side| -> Vec<Kept> {
            let kept = self.book.resting(side).map(|order| Kept {
                id: order.id,
                trader: order.trader,
                price: order.price,
                quantity: order.quantity,
                expires: order.expires,
                // `Desk::check`: every resting order has one.
                hold: self.reserves.hold(order.id).unwrap_or(HoldId(u64::MAX)),
            });
            kept.collect()
        };
        let (bids, asks) = (side(Side::Buy), side(Side::Sell));
        Snapshot { pair: self.pair, self_trade: self.book.self_trade, phase: self.book.phase, bids, asks }.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Desk {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let Snapshot { pair, self_trade, phase, bids, asks } = Snapshot::deserialize(from)?;
        // In a call nothing trades, so that every order comes to rest where it was.
        let (mut book, mut reserves) = (Book::new(self_trade, Phase::Call), Reserves::default());
        for (side, kept) in [(Side::Buy, bids), (Side::Sell, asks)] {
            for Kept { id, trader, price, quantity, expires, hold } in kept {
                let order = Order { id, trader, side, quantity, kind: Kind::Limit { price, expires } };
                book.submit(&order, &mut |_| {}).map_err(D::Error::custom)?;
                reserves.insert(id, trader, hold);
            }
        }
        book.phase = phase;
        book.check().map_err(D::Error::custom)?;
        Ok(Self { pair, book, reserves })
    }
}
