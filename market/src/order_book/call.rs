//! The call: collected orders trade at once, at one price, by price and time.
//!
//! The price is the one at which most units change hands; where several do, it lies at the share k of the way from
//! the lowest to the highest of them, rounded down. Two orders of one trader never trade with each other: before the
//! price is struck, such pairs are cancelled as the book's mode says, the buyer's order counting as the incoming
//! one. Invariants: no trade is beyond an order's limit; afterwards the book is continuous and not crossed.

use super::book::{Book, Phase, SelfTrade};
use super::event::{CancelReason, Event};
use crate::mechanism::Side;
use alloc::vec::Vec;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::{Amount, Share};

/// What a call comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cross {
    /// The price of every trade.
    pub price: Amount,
    /// How many units cross.
    pub quantity: u64,
}

impl Book {
    /// What the call would come to now, if anything crosses.
    #[must_use]
    pub fn crossing(&self, k: Share) -> Option<Cross> {
        let mut bids = self.levels_of(Side::Buy).peekable();
        let mut asks = self.levels_of(Side::Sell).peekable();
        let (mut bid_left, mut ask_left) = (bids.peek()?.quantity, asks.peek()?.quantity);
        let (mut quantity, mut last) = (0u64, None);
        while let (Some(bid), Some(ask)) = (bids.peek(), asks.peek()) {
            if bid.price < ask.price {
                break;
            }
            let traded = bid_left.min(ask_left);
            quantity = quantity.saturating_add(traded);
            last = Some((bid.price, ask.price));
            (bid_left, ask_left) = (bid_left - traded, ask_left - traded);
            if bid_left == 0 {
                bids.next();
                bid_left = bids.peek().map_or(0, |level| level.quantity);
            }
            if ask_left == 0 {
                asks.next();
                ask_left = asks.peek().map_or(0, |level| level.quantity);
            }
        }
        let (bid, ask) = last?;
        // Prices between these clear the same units: what did not trade must not want to.
        let low = bids.peek().map_or(ask, |next| next.price.max(ask));
        let high = asks.peek().map_or(bid, |next| next.price.min(bid));
        let price = Amount(low.0 + high.saturating_sub(low).share_down(k).0);
        Some(Cross { price, quantity })
    }

    /// Trades what crosses at one price and opens continuous trading.
    pub fn uncross(&mut self, k: Share, tell: &mut impl FnMut(Event)) -> Option<Cross> {
        // Each round cancels at least one order, or is the last.
        while self.part_self_trades(tell) {}
        let cross = self.crossing(k);
        while let (Some(cross), Some(bid), Some(ask)) = (cross, self.best(Side::Buy), self.best(Side::Sell)) {
            let (bid, ask) = (self.levels[bid as usize], self.levels[ask as usize]);
            if bid.price < ask.price {
                break;
            }
            let (buyer, seller) = (self.slots[bid.first as usize], self.slots[ask.first as usize]);
            let quantity = buyer.quantity.min(seller.quantity);
            tell(Event::Traded {
                taker: buyer.id,
                maker: seller.id,
                taker_trader: buyer.trader,
                maker_trader: seller.trader,
                taker_side: Side::Buy,
                price: cross.price,
                quantity,
            });
            self.reduce(bid.first, quantity, tell);
            self.reduce(ask.first, quantity, tell);
        }
        self.phase = Phase::Continuous;
        self.tell_top(tell);
        cross
    }

    /// Goes through the pairs as they would trade and cancels those of one trader; whether there were any.
    fn part_self_trades(&mut self, tell: &mut impl FnMut(Event)) -> bool {
        let mut gone = Vec::new();
        {
            let mut bids = self.orders_of(Side::Buy);
            let mut asks = self.orders_of(Side::Sell);
            let (mut bid, mut ask) = (bids.next(), asks.next());
            while let (Some(mut buy), Some(mut sell)) = (bid, ask) {
                if buy.price < sell.price {
                    break;
                }
                if buy.trader == sell.trader {
                    let (drop_buy, drop_sell) = match self.self_trade {
                        SelfTrade::CancelResting => (false, true),
                        SelfTrade::CancelIncoming => (true, false),
                        SelfTrade::CancelBoth => (true, true),
                    };
                    if drop_buy {
                        gone.push(buy.slot);
                        buy.left = 0;
                    }
                    if drop_sell {
                        gone.push(sell.slot);
                        sell.left = 0;
                    }
                } else {
                    let traded = buy.left.min(sell.left);
                    (buy.left, sell.left) = (buy.left - traded, sell.left - traded);
                }
                bid = if buy.left == 0 { bids.next() } else { Some(buy) };
                ask = if sell.left == 0 { asks.next() } else { Some(sell) };
            }
        }
        for &slot in &gone {
            self.remove(slot, CancelReason::SelfTrade, tell);
        }
        !gone.is_empty()
    }

    /// The orders of a side by price and time.
    fn orders_of(&self, side: Side) -> impl Iterator<Item = Standing> {
        self.slots_of(side).map(|(slot, price)| {
            let order = &self.slots[slot as usize];
            Standing { slot, trader: order.trader, price, left: order.quantity }
        })
    }
}

/// An order on its way through the pairs.
#[derive(Clone, Copy)]
struct Standing {
    slot: u32,
    trader: ParticipantId,
    price: Amount,
    left: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order_book::{Kind, Order};
    use oikos_protocol::time::Timestamp;

    /// Buyer's order, seller's order, price, quantity.
    type Trade = (u64, u64, u128, u64);

    /// Orders as (trader, side, price, quantity), numbered from 0.
    fn call(mode: SelfTrade, orders: &[(u64, Side, u128, u64)]) -> (Option<Cross>, Vec<Trade>, Book) {
        let mut book = Book::new(mode, Phase::Call);
        for (id, &(trader, side, price, quantity)) in (0..).zip(orders) {
            let kind = Kind::Limit { price: Amount(price), expires: Timestamp::NEVER };
            book.submit(&Order { id, trader: ParticipantId(trader), side, quantity, kind }, &mut |_| {}).unwrap();
        }
        let mut trades = Vec::new();
        let half = Share::from_millionths(500_000).unwrap();
        let cross = book.uncross(half, &mut |event| {
            if let Event::Traded { taker, maker, price, quantity, .. } = event {
                trades.push((taker, maker, price.0, quantity));
            }
        });
        book.check().unwrap();
        (cross, trades, book)
    }

    #[test]
    fn all_that_crosses_trades_at_one_price_and_the_rest_stays() {
        let (buy, sell) = (Side::Buy, Side::Sell);
        let orders = [(1, buy, 10, 5), (2, sell, 9, 3), (3, buy, 8, 4), (4, sell, 4, 4)];
        let (cross, trades, book) = call(SelfTrade::CancelResting, &orders);
        // 5 at 10 meet 4 at 4 and 1 of 3 at 9; 2 at 9 and 4 at 8 do not cross. Prices from 9 to 9 clear.
        assert_eq!(cross, Some(Cross { price: Amount(9), quantity: 5 }));
        assert_eq!(trades, [(0, 3, 9, 4), (0, 1, 9, 1)]);
        assert_eq!((book.top(buy), book.top(sell)), (Some((Amount(8), 4)), Some((Amount(9), 2))));
    }

    #[test]
    fn the_middle_is_taken_where_several_prices_clear_and_nothing_where_none_does() {
        let (buy, sell) = (Side::Buy, Side::Sell);
        let (cross, ..) = call(SelfTrade::CancelResting, &[(1, buy, 10, 1), (2, sell, 5, 1)]);
        assert_eq!(cross, Some(Cross { price: Amount(7), quantity: 1 }), "seven and a half, rounded down");
        assert_eq!(call(SelfTrade::CancelResting, &[(1, buy, 4, 1), (2, sell, 5, 1)]).0, None);
        assert_eq!(call(SelfTrade::CancelResting, &[]).0, None);
    }

    #[test]
    fn orders_of_one_trader_do_not_meet_and_do_not_move_the_price() {
        let (buy, sell) = (Side::Buy, Side::Sell);
        let orders = [(1, buy, 10, 1), (1, sell, 1, 1), (2, sell, 6, 1)];
        let (cross, trades, _) = call(SelfTrade::CancelResting, &orders);
        assert_eq!((cross.map(|cross| cross.price), trades), (Some(Amount(8)), [(0, 2, 8, 1)].to_vec()));
        assert_eq!(call(SelfTrade::CancelIncoming, &orders).0, None);
        assert_eq!(call(SelfTrade::CancelBoth, &orders).2.len(), 1);
    }
}
