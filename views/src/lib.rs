//! Folds of events: what happened, added up for those who ask.
//!
//! A view is derived and can be thrown away: folding the same events again gives the same view. Every view
//! says at which [`Position`] it stands, and takes an event it has seen before without counting it twice.
//! Absent on purpose: deciding anything, and any look into the economy itself.

pub mod award;
pub mod balance;
pub mod fold;
pub mod income;
pub mod order_book;
pub mod overview;
pub mod people;
pub mod series;
pub mod supply;
pub mod task;
pub mod timeline;

pub use award::Awards;
pub use balance::Balances;
pub use fold::{Fold, Follow, Position};
pub use income::Income;
pub use order_book::OrderBooks;
pub use overview::Overview;
pub use people::People;
pub use series::Series;
pub use supply::Supply;
pub use task::{Tasks, Timeline};
pub use timeline::Timelines;
