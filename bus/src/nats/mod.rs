//! The bus over TCP: to our own listener, or to a nats-server or a cluster of them.
//!
//! The SDK has this one path. Absent on purpose, for now: JetStream, which clustered journals will bring.

pub mod client;
