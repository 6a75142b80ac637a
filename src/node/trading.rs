//! Rows of desks and orders, for whoever asks.

use crate::node::query::Look;
use oikos_protocol::command::order::Side;
use oikos_protocol::id::{DeskId, OrderId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::time::Timestamp;
use oikos_protocol::wire::order::{DeskRow, Level, OrderRow, TradeRow};
use oikos_protocol::wire::show::show_desk;
use oikos_protocol::wire::text::Decimal;
use oikos_protocol::wire::translate::Lexicon;
use oikos_views::order_book::{OwnOrder, PublicBook};

/// A desk as it stands, with so many prices of a side and trades.
pub(super) fn desk(look: &Look<'_>, desk: DeskId, book: &PublicBook, levels: usize) -> Option<DeskRow> {
    let directory = look.core.directory().read();
    let (_, scale) = directory.code(book.terms.quote)?;
    let side = |side| {
        let level =
            |(price, quantity, orders)| Level { price: Decimal::of(price, scale), quantity, orders: Some(orders) };
        book.depth(side).take(levels).map(level).collect()
    };
    let trades = book.trades().take(levels).map(|trade| TradeRow {
        seq: trade.at.seq,
        taker: trade.taker,
        price: Decimal::of(trade.price, scale),
        quantity: trade.quantity,
    });
    let terms = show_desk(&book.terms, &*directory)?;
    Some(DeskRow { desk, terms, bids: side(Side::Buy), asks: side(Side::Sell), trades: trades.collect() })
}

/// An order of the asking participant.
pub(super) fn order(look: &Look<'_>, id: OrderId, known: &OwnOrder) -> Option<OrderRow> {
    let directory = look.core.directory().read();
    let scale: Scale = directory.pair_of_desk(known.desk).and_then(|(_, quote)| directory.code(quote))?.1;
    Some(OrderRow {
        order: id,
        desk: known.desk,
        side: known.side,
        quantity: known.quantity,
        filled: known.filled,
        turnover: Decimal::of(Amount(known.turnover), scale),
        rests: known.rests.map_or(0, |(_, quantity)| quantity),
        price: known.rests.map(|(price, _)| Decimal::of(price, scale)),
        expires: Some(known.expires).filter(|&at| at != Timestamp::NEVER).map(Into::into),
        gone: known.gone,
    })
}
