//! The order book: a continuous market by price and time, and a call market on the same book.
//!
//! Owns resting orders and their priority; one asset pair a book. Invariants: the best bid is below the best ask
//! outside a call; a level's quantity is the sum of its orders; an order is in the index exactly while it rests.
//! Absent on purpose in the book: money. A [`Desk`] reserves both legs before an order comes in, and moves them trade
//! by trade as [`Event::Traded`] tells. Time is data: `now` comes with the call.
//! Start at [`Book::submit`]. Source: Gould and others 2013, "Limit order books".

pub mod book;
pub mod call;
pub mod desk;
pub mod event;
pub mod feed;
pub mod matching;
mod settlement;
mod snapshot;

pub use book::{Book, Phase, Resting, SelfTrade};
pub use desk::{Desk, DeskError, DeskEvent, Pair};
pub use event::{CancelReason, Event, OrderError};
pub use matching::{Kind, Order};
