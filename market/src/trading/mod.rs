//! Trading: the commands of desks and orders, from what is asked to what the book and the ledger did.
//!
//! Owns all desks ([`desks::Desks`]), the numbers of orders, and the deadlines of both: the earliest expiry of a desk's
//! orders and, while a call market is crossed, its next call.
//! A message is checked as a whole before anything moves; then the desk matches and settles in place, as the ledger's
//! batches do, and tells what happened. So `check` reads, like `decide`, and what follows cannot be refused.
//! Absent on purpose: `evolve` for orders (the desk has done it), fees, and short sales: what is sold is held.

pub(crate) mod cancel;
pub(crate) mod clear;
pub(crate) mod desks;
pub(crate) mod expire;
pub(crate) mod open;
pub(crate) mod place;
pub(crate) mod replace;
mod tell;

pub(crate) use desks::Desks;

use crate::economy::{Economy, Violation};
use crate::order_book::{DeskError, OrderError};
use alloc::boxed::Box;
use alloc::vec::Vec;
use oikos_protocol::command::Command;
use oikos_protocol::event::Event;
use oikos_protocol::id::{DeskId, OrderId, ParticipantId};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::order::OrderRejection;
use oikos_protocol::time::Timestamp;

/// Does a command of an order, or says why not; `None` for every other command.
pub(crate) fn apply(
    command: &Command,
    economy: &mut Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Option<Result<Reply, Rejection>> {
    Some(match command {
        Command::PlaceOrder(ask) => place::apply(ask, economy, by, now, out),
        Command::CancelOrder(ask) => cancel::apply(ask, economy, by, out),
        Command::ReplaceOrder(ask) => replace::apply(ask, economy, by, out),
        Command::ClearCall(ask) => clear::apply(ask, economy, by, out),
        _ => return None,
    })
}

/// A desk whose ledger refused what was checked breaks the economy.
fn settled(done: Result<(), DeskError>) -> Option<Violation> {
    match done {
        Ok(()) => None,
        Err(DeskError::Broken(fault)) => Some(Violation::Desk(Some(Box::new(fault)))),
        Err(_) => Some(Violation::Desk(None)),
    }
}

/// Why a desk does not take a message that passed the checks before it.
fn refusal(why: DeskError, desk: DeskId, order: OrderId, by: ParticipantId) -> Rejection {
    match why {
        DeskError::InsufficientFunds { asset, needed, available } => {
            OrderRejection::InsufficientFunds { asset, needed, available }.into()
        }
        DeskError::Order(OrderError::NotYours { .. }) => OrderRejection::NotYours { order, by }.into(),
        DeskError::Order(OrderError::InCall) => OrderRejection::InCall { desk }.into(),
        // What else a book can say was looked at before: quantity, price, number, room.
        DeskError::Order(_) | DeskError::ZeroPrice | DeskError::BadPair | DeskError::Broken(_) => {
            OrderRejection::Over { order }.into()
        }
    }
}
