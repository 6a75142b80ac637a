//! What was set going in your name before you came: now and then your household asks which tariff suits its meter, and
//! leaves the review of the advice to you.

use super::cast::domain;
use super::told_to_stop;
use oikos_agents::{Client, Error, Order};
use oikos_domains::{Dice, Trade as _, tariffs::Tariffs};
use oikos_protocol::time::Span;
use std::time::Duration;
use tokio::sync::watch;

/// How long after the start, and again after so long.
const FIRST: Duration = Duration::from_secs(10);
const THEN: Duration = Duration::from_secs(60);

/// Posts until it is stopped.
pub(super) async fn errands(you: Client, seed: u64, mut stopped: watch::Receiver<bool>) {
    let mut dice = Dice::new(seed, "you");
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = told_to_stop(&mut stopped) => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = THEN;
        match errand(&you, &mut dice).await {
            Ok(()) => {}
            // You may have spent it.
            Err(Error::Rejected(why)) => tracing::info!(code = why.code, "an errand of yours was rejected"),
            Err(error) => return tracing::warn!(%error, "your errands stopped"),
        }
    }
}

async fn errand(you: &Client, dice: &mut Dice) -> Result<(), Error> {
    let Some(domain) = domain(Tariffs::CAPABILITY) else { return Ok(()) };
    let order = Order::new(domain.capability, domain.input(dice)).budget("1.00").close(Span::seconds(1));
    you.post(&order.deliver(Span::seconds(10))).await.map(drop)
}
