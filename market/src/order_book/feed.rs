//! A seeded feed of messages: what the order book is measured and tested with.
//!
//! Half of the messages cancel an order sent before, the rest are orders around a price that wanders; some take at
//! once. The same seed gives the same feed on every machine. Numbers are of the feed's own choosing and say nothing
//! about real markets.

use super::matching::{Kind, Order};
use crate::math::draw::Draw;
use crate::mechanism::Side;
use alloc::vec::Vec;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;
use oikos_protocol::time::Timestamp;

/// One message to a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// An order comes in.
    Submit(Order),
    /// A trader cancels an order.
    Cancel {
        /// The order.
        id: u64,
        /// Who sent it.
        trader: ParticipantId,
    },
    /// A trader changes an order.
    Replace {
        /// The order.
        id: u64,
        /// Who sent it.
        trader: ParticipantId,
        /// Its new price.
        price: Amount,
        /// Its new quantity.
        quantity: u64,
    },
}

/// What a feed is made of, in shares of 256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mix {
    /// Cancels.
    pub cancels: u8,
    /// Changes.
    pub replaces: u8,
    /// Orders that do not rest: market, immediate or cancel, fill or kill in equal parts.
    pub takers: u8,
    /// How far from the wandering price orders lie, in ticks.
    pub spread: u64,
    /// How many traders there are.
    pub traders: u64,
    /// How many orders come in before the first cancel, so that the book has depth.
    pub resting: usize,
}

/// Half cancels, 3 in 256 takers, no changes, on a book of 100,000 orders: the mix that the figures are for.
pub const HALF_CANCELS: Mix =
    Mix { cancels: 128, replaces: 0, takers: 3, spread: 200, traders: 1000, resting: 100_000 };

/// `mix.resting` orders, and then `messages` messages of this mix.
#[must_use]
pub fn feed(seed: u64, messages: usize, mix: Mix) -> Vec<Message> {
    let mut draw = Draw::new(seed);
    let mut feed = Vec::with_capacity(mix.resting + messages);
    let mut live: Vec<(u64, ParticipantId)> = Vec::new();
    let mut middle = 100_000i64;
    for id in 0..(mix.resting + messages) as u64 {
        let filling = feed.len() < mix.resting;
        let kind = if filling { u8::MAX } else { draw.below(256) as u8 }; // Below 256.
        // A tick either way every thousandth message or so: most orders are cancelled before they trade.
        middle = match draw.below(2000) {
            0 => middle + 1,
            1 => (middle - 1).max(10_000),
            _ => middle,
        };
        let side = if draw.below(2) == 0 { Side::Buy } else { Side::Sell };
        // Mostly on its own side of the middle, now and then across it.
        let distance = draw.below(mix.spread) as i64 - if filling { 0 } else { 2 };
        let price = Amount((middle + if side == Side::Buy { -distance } else { distance }).unsigned_abs().into());
        let quantity = 1 + draw.below(100);
        let taker = mix.cancels.saturating_add(mix.replaces);
        let pick = draw.below(live.len().max(1) as u64) as usize;
        feed.push(if kind < mix.cancels && !live.is_empty() {
            let (id, trader) = live.swap_remove(pick);
            Message::Cancel { id, trader }
        } else if kind < taker && !live.is_empty() {
            let (id, trader) = live[pick];
            Message::Replace { id, trader, price, quantity }
        } else {
            let trader = ParticipantId(1 + draw.below(mix.traders));
            let order = |kind| Order { id, trader, side, quantity, kind };
            let cross = Amount((middle + if side == Side::Buy { 20 } else { -20 }).unsigned_abs().into());
            if kind < taker.saturating_add(mix.takers) {
                Message::Submit(order(match draw.below(3) {
                    0 => Kind::Market,
                    1 => Kind::ImmediateOrCancel { price: cross },
                    _ => Kind::FillOrKill { price: cross },
                }))
            } else {
                live.push((id, trader));
                Message::Submit(order(Kind::Limit { price, expires: Timestamp::NEVER }))
            }
        });
    }
    feed
}
