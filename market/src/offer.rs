//! Offers: a seller's standing price, taken and paid in one step.
//!
//! Invariants: an offer that is over stays known as such, so that taking it again is told apart from taking
//! what never was; units left are above zero while it is open.

use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::offer::{PublishOffer, TakeOffer, WithdrawOffer};
use oikos_protocol::event::Event;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::event::offer::OfferEvent;
use oikos_protocol::id::{OfferId, ParticipantId};
use oikos_protocol::money::Amount;
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::offer::OfferRejection;
use oikos_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An offer, or what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Offer {
    Open { seller: ParticipantId, terms: PublishOffer },
    UsedUp,
    Withdrawn,
    Expired,
}

/// All offers, in order of publication.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Offers(Vec<Offer>);

impl Offers {
    pub(crate) fn get(&self, id: OfferId) -> Option<&Offer> {
        self.0.get(usize::try_from(id.0).ok()?)
    }

    fn slot(&mut self, id: OfferId) -> Option<&mut Offer> {
        self.0.get_mut(usize::try_from(id.0).ok()?)
    }

    /// How many can be taken.
    pub(crate) fn open(&self) -> usize {
        self.0.iter().filter(|offer| matches!(offer, Offer::Open { .. })).count()
    }

    /// Takes the event in, and says which deadline is over with it and which begins.
    pub(crate) fn evolve(&mut self, event: &OfferEvent) -> (Option<Timestamp>, Option<Timestamp>) {
        let over = |slot: Option<&mut Offer>, end: Offer| match slot {
            Some(slot) => match core::mem::replace(slot, end) {
                Offer::Open { terms, .. } => (Some(terms.expires), None),
                _ => (None, None),
            },
            None => (None, None),
        };
        match event {
            OfferEvent::Published { seller, terms, .. } => {
                self.0.push(Offer::Open { seller: *seller, terms: terms.clone() });
                (None, Some(terms.expires))
            }
            OfferEvent::Taken { offer, left: 0, .. } => over(self.slot(*offer), Offer::UsedUp),
            OfferEvent::Taken { offer, left, .. } => {
                if let Some(Offer::Open { terms, .. }) = self.slot(*offer) {
                    terms.units = *left;
                }
                (None, None)
            }
            OfferEvent::Withdrawn { offer } => over(self.slot(*offer), Offer::Withdrawn),
            OfferEvent::Expired { offer } => over(self.slot(*offer), Offer::Expired),
        }
    }
}

/// Puts an offer up.
pub(crate) fn publish(
    ask: &PublishOffer,
    economy: &Economy,
    by: ParticipantId,
    now: Timestamp,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    if economy.assets.get(ask.asset).is_none() {
        return Err(OfferRejection::UnknownAsset { asset: ask.asset }.into());
    }
    let number = economy.names.known(&ask.capability);
    let seller = economy.participants.get(by);
    if !seller.zip(number).is_some_and(|(seller, number)| seller.has(number)) {
        return Err(OfferRejection::LacksCapability { capability: ask.capability.clone() }.into());
    }
    if ask.price.is_zero() {
        return Err(OfferRejection::ZeroPrice {}.into());
    }
    if ask.units == 0 {
        return Err(OfferRejection::ZeroUnits {}.into());
    }
    if ask.expires <= now {
        return Err(OfferRejection::ExpiresInThePast { expires: ask.expires, now }.into());
    }
    if let Some(buyer) = ask.buyer
        && economy.participants.get(buyer).is_none()
    {
        return Err(OfferRejection::UnknownBuyer { buyer }.into());
    }
    let offer = OfferId(economy.offers.0.len() as u64);
    out.push(Event::Offer(OfferEvent::Published { offer, seller: by, terms: ask.clone() }));
    Ok(Reply::Offer(offer))
}

/// Takes an offer back.
pub(crate) fn withdraw(
    ask: &WithdrawOffer,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let (seller, _) = open(economy, ask.offer)?;
    if seller != by {
        return Err(OfferRejection::NotTheSeller { offer: ask.offer, by }.into());
    }
    out.push(Event::Offer(OfferEvent::Withdrawn { offer: ask.offer }));
    Ok(Reply::Done)
}

/// Takes units of an offer and pays for them.
pub(crate) fn take(
    ask: &TakeOffer,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let offer = ask.offer;
    if ask.units == 0 {
        return Err(OfferRejection::ZeroUnits {}.into());
    }
    let (seller, terms) = open(economy, offer)?;
    if economy.participants.principal(by) == economy.participants.principal(seller) {
        return Err(OfferRejection::OwnOffer { offer }.into());
    }
    if terms.buyer.is_some_and(|buyer| buyer != by) {
        return Err(OfferRejection::NotTheBuyer { offer, by }.into());
    }
    if ask.price != terms.price {
        return Err(OfferRejection::OtherPrice { given: ask.price, price: terms.price }.into());
    }
    let left = terms.units.checked_sub(ask.units);
    let left = left.ok_or(OfferRejection::TooFewLeft { given: ask.units, left: terms.units })?;
    // A price so large that the product does not fit is above any balance.
    let due = Amount(terms.price.0.saturating_mul(u128::from(ask.units)));
    economy.must_be_unbound(by, terms.asset)?;
    let available = economy.available(by, terms.asset);
    if due > available {
        return Err(OfferRejection::InsufficientFunds { due, available }.into());
    }
    out.push(Event::Offer(OfferEvent::Taken { offer, buyer: by, units: ask.units, left }));
    out.push(Event::Money(MoneyMoved {
        asset: terms.asset,
        amount: due,
        from: Purse::Available(by),
        to: Purse::Available(seller),
        reason: MoneyReason::Offer(offer),
    }));
    Ok(Reply::Done)
}

/// An offer's time is over.
pub(crate) fn expire(offer: OfferId, out: &mut Vec<Event>) {
    out.push(Event::Offer(OfferEvent::Expired { offer }));
}

fn open(economy: &Economy, offer: OfferId) -> Result<(ParticipantId, &PublishOffer), Rejection> {
    match economy.offers.get(offer) {
        Some(Offer::Open { seller, terms }) => Ok((*seller, terms)),
        Some(Offer::Expired) => Err(OfferRejection::Expired { offer }.into()),
        Some(Offer::UsedUp) => Err(OfferRejection::UsedUp { offer }.into()),
        Some(Offer::Withdrawn) => Err(OfferRejection::Withdrawn { offer }.into()),
        None => Err(OfferRejection::Unknown { offer }.into()),
    }
}
