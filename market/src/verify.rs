//! Computing an award again from its record: whether it is what the rule says, and what another rule would say.
//!
//! Needs nothing but the record: no economy, no journal, no trust in whoever keeps them. That the seals in the
//! record are those that were public before the close, and the link that of the chain, is for the journal to prove.

use crate::mechanism::{Auction, Bid as Ticket, Clearing, Lots, Side};
use crate::task::award::rule;
use alloc::vec::Vec;
use oikos_protocol::command::bid::seal;
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::money::Amount;
use oikos_protocol::record::AwardRecord;
use serde::Serialize;

/// What in a record does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Price and nonce of a bid are not those that were sealed.
    #[error("the bid of {bidder} is not what its seal says: price or nonce was changed")]
    Bid {
        /// Whose.
        bidder: ParticipantId,
    },
    /// The seed is not that of the link, the task and the nonces.
    #[error("the seed of the lots is not that of the beacon's link and the bids' nonces")]
    Seed,
    /// Somebody was chosen by hand who has no comparable bid at that price.
    #[error("the selection of {bidder} names a price that it did not bid")]
    Selection {
        /// Who was chosen.
        bidder: ParticipantId,
    },
    /// The rule names somebody else, or another price.
    #[error("offer number {number} went to {recorded:?}, the rule says {computed:?}")]
    Offer {
        /// Which offer, from 0.
        number: usize,
        /// Who was offered what, by the record.
        recorded: Option<(ParticipantId, Amount)>,
        /// Who is to be offered what, by the rule.
        computed: Option<(ParticipantId, Amount)>,
    },
    /// A lot decided, and the record holds no seed.
    #[error("a lot decides here, and the record holds no seed")]
    NoSeed,
}

/// Checks a record: every seal, the seed, and every offer in turn.
///
/// # Errors
/// The first [`Mismatch`].
pub fn verify(record: &AwardRecord) -> Result<(), Mismatch> {
    for bid in &record.bids {
        if let Some((price, nonce)) = bid.opened
            && seal(record.task, bid.bidder, price, &nonce) != bid.seal
        {
            return Err(Mismatch::Bid { bidder: bid.bidder });
        }
    }
    if let Some(seed) = record.seed {
        let mut nonces: Vec<_> = record.bids.iter().filter_map(|bid| bid.opened.map(|(_, nonce)| nonce)).collect();
        let link = record.beacon.ok_or(Mismatch::Seed)?;
        if Hash32(*Lots::new(&link.0, record.task.0, &mut nonces).seed()) != seed {
            return Err(Mismatch::Seed);
        }
    }
    let mut gone: Vec<ParticipantId> = Vec::new();
    for (number, offer) in record.offers.iter().enumerate() {
        let recorded = Some((offer.bidder, offer.price));
        let computed = if offer.selected {
            let price = tickets(record, &gone).into_iter().find(|ticket| ticket.bidder == offer.bidder);
            let price = price.filter(|ticket| ticket.price == offer.price);
            price.map(|ticket| (ticket.bidder, ticket.price)).ok_or(Mismatch::Selection { bidder: offer.bidder })?;
            recorded
        } else {
            clear(record, record.mechanism, &gone)?.0
        };
        if computed != recorded {
            return Err(Mismatch::Offer { number, recorded, computed });
        }
        gone.push(offer.bidder);
    }
    Ok(())
}

/// What another rule would have made of the same bids. Welfare and regret take the bids for the bidders' costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// The rule.
    pub mechanism: MechanismKind,
    /// Who would have been offered it.
    pub winner: Option<ParticipantId>,
    /// At which price.
    pub payment: Amount,
    /// The reserve less the winner's bid: what the award would have been worth.
    pub welfare: Amount,
    /// How much more the best award would have been worth.
    pub regret: Amount,
}

/// Clears the recorded bids under another rule.
///
/// # Errors
/// [`Mismatch::NoSeed`] where only a lot can decide, and none was drawn.
pub fn what_if(record: &AwardRecord, mechanism: MechanismKind) -> Result<WhatIf, Mismatch> {
    let (award, clearing) = clear(record, mechanism, &[])?;
    let tickets = tickets(record, &[]);
    let worth = |price: Amount| record.reserve.saturating_sub(price);
    let best = tickets.iter().map(|ticket| worth(ticket.price)).max().unwrap_or_default();
    let bid = clearing.winners.first().map(|award| tickets[award.bid].price);
    let welfare = bid.map_or(Amount::ZERO, worth);
    Ok(WhatIf {
        mechanism,
        winner: award.map(|(winner, _)| winner),
        payment: award.map_or(Amount::ZERO, |(_, price)| price),
        welfare,
        regret: best.saturating_sub(welfare),
    })
}

type Winner = Option<(ParticipantId, Amount)>;

fn clear(record: &AwardRecord, kind: MechanismKind, gone: &[ParticipantId]) -> Result<(Winner, Clearing), Mismatch> {
    let tickets = tickets(record, gone);
    let lots = record.seed.map(|seed| Lots::from_seed(seed.0));
    let auction = Auction { reserve: Some(record.reserve), ..Auction::new(Side::Buy, &tickets) };
    let rule = rule(kind);
    if !tickets.is_empty() && lots.is_none() && rule.needs_lots(&auction) {
        return Err(Mismatch::NoSeed);
    }
    let clearing = rule.clear(&Auction { lots, ..auction }).unwrap_or_else(|_| Clearing::empty());
    let winner = clearing.winners.first().map(|award| (tickets[award.bid].bidder, award.price));
    Ok((winner, clearing))
}

/// The bids that were compared, but for those of whom the contract was not taken.
fn tickets(record: &AwardRecord, gone: &[ParticipantId]) -> Vec<Ticket<'static>> {
    let fit = record.bids.iter().filter(|bid| bid.excluded.is_none() && !gone.contains(&bid.bidder));
    fit.filter_map(|bid| bid.opened.map(|(price, nonce)| Ticket::new(bid.bidder, price, nonce))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use oikos_protocol::id::{AssetId, TaskId};
    use oikos_protocol::record::{RecordedBid, RecordedOffer};

    fn record() -> AwardRecord {
        let task = TaskId(3);
        let bid = |bidder, price| {
            let (bidder, price, nonce) = (ParticipantId(bidder), Amount(price), [bidder as u8; 16]);
            RecordedBid {
                bidder,
                seal: seal(task, bidder, price, &nonce),
                opened: Some((price, nonce)),
                excluded: None,
            }
        };
        AwardRecord {
            task,
            asset: AssetId(1),
            mechanism: MechanismKind::SecondPrice,
            reserve: Amount(10),
            bids: vec![bid(1, 5), bid(2, 3), bid(3, 8)],
            beacon: None,
            seed: None,
            offers: vec![RecordedOffer { bidder: ParticipantId(2), price: Amount(5), selected: false }],
        }
    }

    #[test]
    fn an_award_by_the_rule_is_confirmed_and_a_changed_bid_is_named() {
        assert_eq!(verify(&record()), Ok(()));
        let mut changed = record();
        changed.bids[0].opened = Some((Amount(4), [1; 16]));
        assert_eq!(verify(&changed), Err(Mismatch::Bid { bidder: ParticipantId(1) }));
    }

    #[test]
    fn an_offer_to_somebody_else_or_at_another_price_is_named() {
        let mut other = record();
        other.offers[0].price = Amount(6);
        assert!(matches!(verify(&other), Err(Mismatch::Offer { number: 0, .. })));
    }

    #[test]
    fn after_a_decline_the_next_offer_is_the_rules_answer_without_the_decliner() {
        let mut declined = record();
        declined.offers.push(RecordedOffer { bidder: ParticipantId(1), price: Amount(8), selected: false });
        assert_eq!(verify(&declined), Ok(()));
    }

    #[test]
    fn the_same_bids_under_another_rule() {
        let first = what_if(&record(), MechanismKind::FirstPrice).unwrap();
        assert_eq!((first.winner, first.payment), (Some(ParticipantId(2)), Amount(3)));
        assert_eq!((first.welfare, first.regret), (Amount(7), Amount(0)));
        assert_eq!(what_if(&record(), MechanismKind::Lottery), Err(Mismatch::NoSeed));
    }
}
