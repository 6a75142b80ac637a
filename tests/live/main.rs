//! A live economy, from outside: what a signed client, a hostile one and a crash find.

mod client;
mod crash;
mod hostile;
mod lifecycle;
mod outage;
mod restart;
mod wire_page;
