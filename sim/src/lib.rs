//! Simulated economies: scenarios, virtual time, populations, metrics, runs.
//!
//! Drives the same [`oikos_market::Economy`] as a node does, by the same commands, with virtual time in the place of
//! a clock. Invariants: neither the order of a file nor the order of arrival decides anything; all chance comes from
//! named streams of the seed ([`engine::random`]); a run's digest does not depend on threads or on who watches.
//! Absent on purpose: a second implementation of any rule of the economy.
//! Start at [`scenario::read`], then [`run::single()`] or [`run::many()`].

pub mod attack;
pub mod behaviour;
pub mod engine;
pub mod import;
pub mod metric;
pub mod report;
pub mod run;
pub mod scenario;
pub mod table;
