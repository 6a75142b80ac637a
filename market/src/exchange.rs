//! Exchanges: one asset for another, offered by one participant and taken by another, both legs or none.
//!
//! Invariants: an exchange that is over stays known as such; both legs are one chain of linked transfers.
//! Absent on purpose: setting money apart. An offer that its maker cannot keep is refused to whoever takes it, and
//! costs nobody anything; continuous trade with money behind it is the business of an order book.

use crate::economy::Economy;
use crate::payment::{Chain, Order};
use alloc::vec;
use alloc::vec::Vec;
use oikos_ledger::Past;
use oikos_protocol::command::exchange::{Leg, OfferExchange, TakeExchange, WithdrawExchange};
use oikos_protocol::event::Event;
use oikos_protocol::event::exchange::ExchangeEvent;
use oikos_protocol::id::{ExchangeId, ParticipantId};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::exchange::ExchangeRejection;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An exchange that can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Whose it is.
    pub maker: ParticipantId,
    /// What its maker gives.
    pub give: Leg,
    /// What its maker gets.
    pub get: Leg,
    /// The only participant who may take it.
    pub taker: Option<ParticipantId>,
    /// From this moment on it can't be taken.
    pub expires: Timestamp,
}

/// All exchanges, in order of offering; `None` where it is over.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Exchanges(Vec<Option<Exchange>>);

impl Exchanges {
    pub(crate) fn open(&self) -> impl Iterator<Item = (ExchangeId, &Exchange)> {
        (0..).map(ExchangeId).zip(&self.0).filter_map(|(id, exchange)| Some((id, exchange.as_ref()?)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn get(&self, exchange: ExchangeId) -> Result<&Exchange, ExchangeRejection> {
        let slot = usize::try_from(exchange.0).ok().and_then(|index| self.0.get(index));
        let slot = slot.ok_or(ExchangeRejection::Unknown { exchange })?;
        slot.as_ref().ok_or(ExchangeRejection::Over { exchange })
    }

    /// Takes the event in, and says which deadline is over with it and which begins.
    pub(crate) fn evolve(&mut self, event: &ExchangeEvent) -> (Option<Timestamp>, Option<Timestamp>) {
        match *event {
            ExchangeEvent::Offered { maker, give, get, taker, expires, .. } => {
                self.0.push(Some(Exchange { maker, give, get, taker, expires }));
                (None, Some(expires))
            }
            ExchangeEvent::Taken { exchange, .. }
            | ExchangeEvent::Withdrawn { exchange, .. }
            | ExchangeEvent::Expired { exchange, .. } => {
                let slot = usize::try_from(exchange.0).ok().and_then(|index| self.0.get_mut(index));
                (slot.and_then(Option::take).map(|exchange| exchange.expires), None)
            }
        }
    }
}

/// Offers an exchange.
pub(crate) fn offer(
    ask: &OfferExchange,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let OfferExchange { give, get, taker, expires } = *ask;
    for asset in [give.asset, get.asset] {
        if economy.assets.get(asset).is_none() {
            return Err(ExchangeRejection::UnknownAsset { asset }.into());
        }
    }
    if give.asset == get.asset {
        return Err(ExchangeRejection::SameAsset { asset: get.asset }.into());
    }
    if give.amount.is_zero() || get.amount.is_zero() {
        return Err(ExchangeRejection::ZeroAmount {}.into());
    }
    if let Some(taker) = taker.filter(|taker| economy.participants.get(*taker).is_none()) {
        return Err(ExchangeRejection::UnknownTaker { taker }.into());
    }
    if expires <= now {
        return Err(ExchangeRejection::ExpiresInThePast { expires, now }.into());
    }
    economy.must_be_unbound(by, give.asset)?;
    let exchange = ExchangeId(economy.exchanges.0.len() as u64);
    out.push(Event::Exchange(ExchangeEvent::Offered { exchange, maker: by, give, get, taker, expires }));
    Ok(Reply::Exchange(exchange))
}

/// The two linked transfers, if both can be made.
pub(crate) fn take(ask: &TakeExchange, economy: &Economy, order: Order, past: &impl Past) -> Result<Chain, Rejection> {
    let (id, by) = (ask.exchange, order.by);
    let Exchange { maker, give, get, taker, .. } = *economy.exchanges.get(id)?;
    if maker == by {
        return Err(ExchangeRejection::OwnExchange { exchange: id }.into());
    }
    if taker.is_some_and(|taker| taker != by) {
        return Err(ExchangeRejection::NotTheTaker { exchange: id, by }.into());
    }
    economy.must_be_unbound(maker, give.asset)?;
    economy.must_be_unbound(by, get.asset)?;
    if give.amount > economy.available(maker, give.asset) {
        return Err(ExchangeRejection::MakerLacks { exchange: id }.into());
    }
    let available = economy.available(by, get.asset);
    if get.amount > available {
        return Err(ExchangeRejection::TakerLacks { amount: get.amount, available }.into());
    }
    let account = crate::available_account;
    let legs = [
        (account(maker, give.asset), account(by, give.asset), give.asset, give.amount),
        (account(by, get.asset), account(maker, get.asset), get.asset, get.amount),
    ];
    let taken = Event::Exchange(ExchangeEvent::Taken { exchange: id, maker, taker: by });
    let chain = Chain::of(legs.into_iter(), order, vec![taken]);
    match chain.first_bound(economy, past) {
        Some(transfer) => Err(ExchangeRejection::AlreadyPaid { transfer }.into()),
        None => Ok(chain),
    }
}

/// Takes the offer back.
pub(crate) fn withdraw(
    ask: &WithdrawExchange,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let exchange = ask.exchange;
    let Exchange { maker, taker, .. } = *economy.exchanges.get(exchange)?;
    if maker != by {
        return Err(ExchangeRejection::NotTheMaker { exchange, by }.into());
    }
    out.push(Event::Exchange(ExchangeEvent::Withdrawn { exchange, maker, taker }));
    Ok(Reply::Done)
}

/// An offer's time is over.
pub(crate) fn expire(exchange: ExchangeId, economy: &Economy, out: &mut Vec<Event>) {
    if let Ok(&Exchange { maker, taker, .. }) = economy.exchanges.get(exchange) {
        out.push(Event::Exchange(ExchangeEvent::Expired { exchange, maker, taker }));
    }
}
