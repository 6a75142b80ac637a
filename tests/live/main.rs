//! A live economy, from outside: what a signed client, a hostile one and a crash find.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says no by panicking, also in what its cases share")]

mod care;
mod client;
mod crash;
mod disk;
mod fixture;
mod hostile;
mod lifecycle;
mod outage;
mod past;
mod restart;
mod telling;
mod wire_page;
