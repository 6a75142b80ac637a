//! Our own listener: the core NATS client protocol over TCP, so that any NATS client in any language joins.
//!
//! ```text
//!  socket → connection (read) → parser → connection (handle) → exchange (route) → writer of each hearer → socket
//! ```
//! Owns: [`listener`] (accepting, the clock, shutting down), `connection` (one task each: reads and obeys),
//! `inside` (the host itself, without a socket), `parser` (bytes to operations, nothing copied), `exchange` (who is connected, who hears what), `writer` (bytes
//! waiting for one client), [`auth`] (who may come in), `info` (INFO and CONNECT), [`limits`].
//! Invariants: no bytes from a peer make a task panic; every buffer has a bound in [`limits::Limits`]; a client
//! that does not read costs others at most [`limits::Limits::producer_stall_max`] a read; what one publisher sends
//! reaches one subscription in order.
//! Absent on purpose: JetStream, accounts, routes, gateways, leaf nodes, TLS (for now).
//! Source: NATS documentation, "Client Protocol"; where it is silent, a nats-server 2.15.1 beside which the
//! tests in `tests/raw.rs` run the same bytes.

pub mod auth;
mod connection;
mod exchange;
mod info;
pub(crate) mod inside;
pub mod limits;
pub mod listener;
mod parser;
mod writer;
