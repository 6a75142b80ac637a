//! Carries envelopes between participants; knows no market.
//!
//! An agent, a node and a view meet here and nowhere else. One API, [`Bus`], stands on three backs:
//! [`local`] (channels within a process), [`broker`] (our own listener, which speaks the public core
//! NATS client protocol) and a nats-server. The last two are reached by the same client, `nats`; whoever hosts the
//! listener has a seat in it without a connection ([`broker::listener::Broker::bus`]).
//!
//! Owns: who speaks ([`identity`]), who hears ([`routing`]), what an envelope is ([`envelope`]) and how
//! subjects are spelt ([`subject`]); who is here ([`presence`]).
//! Invariants: nothing a peer sends can panic a task or grow memory beyond [`broker::limits::Limits`];
//! a subject built from a participant's or a capability's name never holds a wildcard or another dot.
//! Absent on purpose: commands, money and time of the economy; JetStream; TLS on the listener.
//!
//! Start at [`Bus`] to use it, at [`broker::listener::Listener`] to serve it.

pub mod broker;
pub mod bus;
pub mod envelope;
pub mod identity;
pub mod local;
#[cfg(feature = "cluster")]
pub mod nats;
pub mod presence;
pub mod routing;
pub mod subject;

pub use bus::{Bus, BusError, Subscription};
pub use envelope::{Envelope, Headers};
pub use subject::{Filter, Subject};
