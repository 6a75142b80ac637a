//! The SDK: an agent that is paid for what it can do.
//!
//! ```no_run
//! use oikos_agents::{Agent, Fault, strategy::Fixed};
//!
//! async fn shout(text: String) -> Result<String, Fault> {
//!     if text.is_empty() {
//!         return Err(Fault::order("there is nothing to shout"));
//!     }
//!     Ok(text.to_uppercase())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let agent = Agent::new("shouter").skill("text.shout/v1", shout).bid(Fixed::at("0.02")?).capacity(4);
//!     Ok(agent.serve().await?)
//! }
//! ```
//!
//! It joins the economy at `OIKOS_URL`, bids on every task that asks for its skill and for nothing else, works on what
//! it wins, delivers and is paid. Ctrl-C hands open bids back. Whose fault a failure is, the skill says with a
//! [`Fault`]; how to bid, a [`strategy::Strategy`]; any program can be a skill ([`program`]).
//!
//! A participant that is no worker uses [`Client`]: typed commands that are done at most once however often the
//! connection breaks, questions, content and events. Tests use `testing::TestEconomy` (feature `testing`): the
//! same wire within a process, and a clock that the test turns.
//! Absent on purpose: rules of the economy, and thinking. Start at [`Agent`] or at [`Guest`].

pub mod agent;
pub mod client;
mod content;
pub mod domain;
mod error;
pub mod events;
mod fault;
mod guest;
pub mod home;
mod job;
pub mod order;
pub mod program;
mod random;
pub mod serve;
pub mod skill;
pub mod strategy;
pub mod tell;
#[cfg(feature = "testing")]
pub mod testing;

pub use agent::Agent;
pub use client::Client;
pub use domain::Domain;
pub use error::Error;
pub use fault::Fault;
pub use guest::Guest;
pub use home::Home;
pub use job::Job;
pub use order::Order;
