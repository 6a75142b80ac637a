//! Computing an award again from its record: whether it is what the rule says, and what another rule would say.
//!
//! Needs nothing but the record: no economy, no journal, no trust in whoever keeps them. That the seals in the
//! record are those that were public before the close, and the link that of the chain, is for the journal to prove.

use crate::mechanism::{Auction, Bid as Ticket, Clearing, Lots, Side};
use crate::task::award::rule;
use crate::task::score;
use crate::task::state::Promised;
use alloc::vec::Vec;
use oikos_protocol::command::bid::{Nonce, seal_of};
use oikos_protocol::command::scoring::{Promise, Scoring};
use oikos_protocol::command::task::MechanismKind;
use oikos_protocol::id::{Hash32, ParticipantId};
use oikos_protocol::money::{Amount, Share};
use oikos_protocol::record::AwardRecord;

/// What in a record does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Price, nonce and promise of a bid are not those that were sealed.
    #[error("the bid of {bidder} is not what its seal says: price, nonce or promise was changed")]
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
    /// A rule that scores has nothing to count in this bid.
    #[error("the bid of {bidder} promises nothing that the score counts")]
    NoPromise {
        /// Whose.
        bidder: ParticipantId,
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
            && seal_of(record.task, bid.bidder, price, &nonce, bid.promised.map(|(promise, _)| promise)) != bid.seal
        {
            return Err(Mismatch::Bid { bidder: bid.bidder });
        }
    }
    answers(record, record.mechanism)?;
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
            let mut chosen = compared(record, &gone);
            if !chosen.any(|bid| bid.bidder == offer.bidder && bid.price == offer.price) {
                return Err(Mismatch::Selection { bidder: offer.bidder });
            }
            recorded
        } else {
            clear(record, record.mechanism, &gone)?
        };
        if computed != recorded {
            return Err(Mismatch::Offer { number, recorded, computed });
        }
        gone.push(offer.bidder);
    }
    Ok(())
}

/// What another rule would have made of the same bids. Welfare and regret take the bids for the bidders' costs, and
/// what they promise for what they bring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    /// The rule.
    pub mechanism: MechanismKind,
    /// Who would have been offered it.
    pub winner: Option<ParticipantId>,
    /// At which price.
    pub payment: Amount,
    /// The reserve less the winner's bid, with what else it brings: what the award would have been worth.
    pub welfare: Amount,
    /// How much more the best award would have been worth.
    pub regret: Amount,
}

/// Clears the recorded bids under another rule.
///
/// # Errors
/// [`Mismatch::NoSeed`] where only a lot can decide, and none was drawn; [`Mismatch::NoPromise`] where a rule that
/// scores is asked of bids that promise nothing.
pub fn what_if(record: &AwardRecord, mechanism: MechanismKind) -> Result<WhatIf, Mismatch> {
    answers(record, mechanism)?;
    let winner = clear(record, mechanism, &[])?;
    // What counts is what the poster announced, whichever rule is asked.
    let scoring = record.mechanism.scoring();
    let worth =
        |bid: &ComparedBid| Amount((record.reserve.0 as i128 - bid.cost(scoring.as_ref())).max(0).unsigned_abs());
    let best = compared(record, &[]).map(|bid| worth(&bid)).max().unwrap_or_default();
    let bid = winner.and_then(|(winner, _)| compared(record, &[]).find(|bid| bid.bidder == winner));
    let welfare = bid.map_or(Amount::ZERO, |bid| worth(&bid));
    Ok(WhatIf {
        mechanism,
        winner: winner.map(|(winner, _)| winner),
        payment: winner.map_or(Amount::ZERO, |(_, price)| price),
        welfare,
        regret: best.saturating_sub(welfare),
    })
}

/// Whether every bid that was compared promises what the rule counts.
fn answers(record: &AwardRecord, kind: MechanismKind) -> Result<(), Mismatch> {
    let Some(scoring) = kind.scoring() else { return Ok(()) };
    let answers = |bid: &ComparedBid| bid.promised.is_some_and(|promised| promised.promise.answers(&scoring));
    match compared(record, &[]).find(|bid| !answers(bid)) {
        Some(bid) => Err(Mismatch::NoPromise { bidder: bid.bidder }),
        None => Ok(()),
    }
}

type Winner = Option<(ParticipantId, Amount)>;

fn clear(record: &AwardRecord, kind: MechanismKind, gone: &[ParticipantId]) -> Result<Winner, Mismatch> {
    let bids: Vec<ComparedBid> = compared(record, gone).collect();
    let scoring = kind.scoring();
    let counted = scoring.map(|scoring| score::terms(&scoring)).unwrap_or_default();
    let brought: Vec<_> = bids
        .iter()
        .map(|bid| scoring.map(|scoring| score::attributes(&scoring, bid.promised)).unwrap_or_default())
        .collect();
    let ticket = |(bid, brought): (&ComparedBid, _)| Ticket {
        attributes: brought,
        ..Ticket::new(bid.bidder, bid.price, bid.nonce)
    };
    let tickets: Vec<Ticket<'_>> = bids.iter().zip(brought.iter().map(|brought| &brought[..])).map(ticket).collect();
    let lots = record.seed.map(|seed| Lots::from_seed(seed.0));
    let mut auction = Auction { reserve: Some(record.reserve), ..Auction::new(Side::Buy, &tickets) };
    auction.terms.scoring = &counted;
    let rule = rule(kind);
    if !tickets.is_empty() && lots.is_none() && rule.needs_lots(&auction) {
        return Err(Mismatch::NoSeed);
    }
    let clearing = rule.clear(&Auction { lots, ..auction }).unwrap_or_else(|_| Clearing::empty());
    Ok(clearing.winners.first().map(|award| (tickets[award.bid].bidder, award.price)))
}

/// A bid that was compared.
struct ComparedBid {
    bidder: ParticipantId,
    price: Amount,
    nonce: Nonce,
    promised: Option<Promised>,
}

impl ComparedBid {
    fn cost(&self, scoring: Option<&Scoring>) -> i128 {
        score::cost(scoring, self.price, self.promised)
    }
}

/// The bids that were compared, but for those of whom the contract was not taken.
fn compared(record: &AwardRecord, gone: &[ParticipantId]) -> impl Iterator<Item = ComparedBid> {
    let fit = record.bids.iter().filter(|bid| bid.excluded.is_none() && !gone.contains(&bid.bidder));
    fit.filter_map(|bid| {
        let (price, nonce) = bid.opened?;
        let promised = bid.promised.map(|(promise, reputation)| Promised { promise, reputation });
        Some(ComparedBid { bidder: bid.bidder, price, nonce, promised })
    })
}

/// What a bid's promise and reputation are worth to the poster less its price, in minor units: its score.
#[must_use]
pub fn score(scoring: &Scoring, price: Amount, promise: Promise, reputation: Share) -> i128 {
    -score::cost(Some(scoring), price, Some(Promised { promise, reputation }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use oikos_protocol::command::bid::seal;
    use oikos_protocol::command::scoring::{Criterion, Shape};
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
                promised: None,
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

    /// Che's example in cents: quality 1 at 1.00 and quality 0.64 at 0.80, where V = 2√q.
    fn scored() -> AwardRecord {
        let mut record = record();
        let quality = Some(Criterion { worth: Amount(200), shape: Shape::Root });
        record.mechanism = MechanismKind::ScoringSecond(Scoring { quality, ..Scoring::default() });
        record.reserve = Amount(150);
        record.bids.truncate(2);
        for (bid, (price, quality)) in record.bids.iter_mut().zip([(100, 1_000_000), (80, 640_000)]) {
            let promise = Promise { quality: Share::from_millionths(quality), time: None };
            let (price, nonce) = (Amount(price), [bid.bidder.0 as u8; 16]);
            bid.seal = seal_of(record.task, bid.bidder, price, &nonce, Some(promise));
            (bid.opened, bid.promised) = (Some((price, nonce)), Some((promise, Share::NONE)));
        }
        record.offers = vec![RecordedOffer { bidder: ParticipantId(1), price: Amount(120), selected: false }];
        record
    }

    #[test]
    fn a_scored_award_is_confirmed_and_a_changed_promise_is_named() {
        assert_eq!(verify(&scored()), Ok(()));
        let mut changed = scored();
        changed.bids[1].promised =
            Some((Promise { quality: Share::from_millionths(650_000), time: None }, Share::NONE));
        assert_eq!(verify(&changed), Err(Mismatch::Bid { bidder: ParticipantId(2) }));
    }

    #[test]
    fn other_rules_are_judged_by_what_the_poster_announced() {
        let record = scored();
        let asked = |name| what_if(&record, MechanismKind::named(name, record.mechanism.scoring()).unwrap()).unwrap();
        let found = |found: WhatIf| (found.winner.unwrap().0, found.payment.0, found.welfare.0, found.regret.0);
        // Worth 2.00 at 1.00, and 1.60 at 0.80, beside a reserve of 1.50.
        assert_eq!(found(asked("scoring-second")), (1, 120, 250, 0));
        assert_eq!(found(asked("scoring-first")), (1, 100, 250, 0));
        assert_eq!(found(asked("first-price")), (2, 80, 230, 20));
        assert_eq!(found(asked("second-price")), (2, 100, 230, 20));
        let plain = what_if(&super::tests::record(), record.mechanism);
        assert_eq!(plain, Err(Mismatch::NoPromise { bidder: ParticipantId(1) }));
    }
}
