//! `contract-net`: call for proposals, the poster's choice, counter-offers within a bound, the agreed price.
//!
//! Owns the order of messages ([`Conversation`]) and the award of the chosen bid. A choice is an act of the poster and
//! comes with its reason in the command; nothing here scores. Claims: nobody loses (both agreed), balanced. Not
//! truthful, not efficient; whom the poster prefers is not for a rule to say.
//! Example: proposals at 5 and 3; the poster counters the first at 4, it agrees: the first wins at 4.
//! Source: Smith 1980, "The contract net protocol"; FIPA SC00029H and SC00030H (iterated). Answer: their message
//! order.

use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason};

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractNet;

/// Why nothing is said about a property that hangs on whom the poster likes.
const POSTERS_CHOICE: Claim = Claim::NotAsked("the poster chooses: whom, and why, is in its command");

impl Mechanism for ContractNet {
    fn name(&self) -> &'static str {
        "contract-net"
    }

    fn source(&self) -> &'static str {
        "Smith 1980, The contract net protocol; FIPA SC00029H"
    }

    fn properties(&self) -> Properties {
        Properties {
            efficient: Claim::Fails,
            monotone: POSTERS_CHOICE,
            anonymous: POSTERS_CHOICE,
            ..Properties::BALANCED
        }
    }

    fn needs_lots(&self, _: &Auction<'_>) -> bool {
        false
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check_single_bids()?;
        let Some(bid) = auction.terms.choice else {
            return Err(ClearError::Missing { mechanism: self.name(), term: "choice" });
        };
        let Some(chosen) = auction.bids.get(bid) else {
            return Err(ClearError::Term { term: "choice", expected: "one of the bids" });
        };
        if !auction.admits(chosen.price) {
            return Err(ClearError::Term { term: "choice", expected: "a bid within the reserve" });
        }
        let mut clearing = Clearing::empty();
        clearing.optimal = auction.bids.len() == 1;
        clearing.explanation.extend([Reason::ChosenByPoster { bid }, Reason::PaysOwnBid { bid }]);
        clearing.winners.push(Award { bid, units: 1, price: chosen.price });
        clearing.ranking.push(bid);
        clearing.objective = chosen.price.0 as i128; // At most `PRICE_MAX`.
        Ok(clearing)
    }
}

/// Where a conversation with one bidder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The call is out; the bidder has the word.
    Called,
    /// A proposal is on the table; the poster has the word.
    Proposed,
    /// Accepted; the bidder works.
    Accepted,
    /// The bidder declined, or the poster rejected: over without a contract.
    Closed,
    /// The bidder reported that it is done.
    Done,
    /// The bidder reported that it failed, or the poster cancelled.
    Broken,
}

/// What is said, by FIPA's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message {
    /// `propose`, by the bidder.
    Propose,
    /// `refuse`, by the bidder.
    Refuse,
    /// A further `cfp` with the poster's terms: a counter-offer.
    Counter,
    /// `accept-proposal`, by the poster.
    Accept,
    /// `reject-proposal`, by the poster.
    Reject,
    /// `inform-done` or `inform-result`, by the bidder.
    Inform,
    /// `failure`, by the bidder.
    Failure,
    /// `cancel`, by the poster.
    Cancel,
}

/// A message out of its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutOfOrder {
    /// It has no place at this stage.
    #[error("{message:?} has no place in a conversation that is {stage:?}")]
    Stage {
        /// What was said.
        message: Message,
        /// Where the conversation stands.
        stage: Stage,
    },
    /// All counter-offers are used up.
    #[error("no counter-offer is left; accept or reject the proposal")]
    CountersUsedUp,
}

/// The messages between the poster and one bidder, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversation {
    stage: Stage,
    counters_left: u8,
}

impl Conversation {
    /// Opens with the call for proposals; the poster may counter `counters_max` times.
    #[must_use]
    pub const fn call(counters_max: u8) -> Self {
        Self { stage: Stage::Called, counters_left: counters_max }
    }

    /// Where it stands.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Takes the next message.
    ///
    /// # Errors
    /// [`OutOfOrder`]; the conversation stays where it was.
    pub fn say(&mut self, message: Message) -> Result<Stage, OutOfOrder> {
        self.stage = match (self.stage, message) {
            (Stage::Called, Message::Propose) => Stage::Proposed,
            (Stage::Called, Message::Refuse) | (Stage::Proposed, Message::Reject) => Stage::Closed,
            (Stage::Proposed, Message::Counter) => {
                self.counters_left = self.counters_left.checked_sub(1).ok_or(OutOfOrder::CountersUsedUp)?;
                Stage::Called
            }
            (Stage::Proposed, Message::Accept) => Stage::Accepted,
            (Stage::Accepted, Message::Inform) => Stage::Done,
            (Stage::Called | Stage::Proposed, Message::Cancel) => Stage::Closed,
            (Stage::Accepted, Message::Failure | Message::Cancel) => Stage::Broken,
            (stage, message) => return Err(OutOfOrder::Stage { message, stage }),
        };
        Ok(self.stage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Bid, Side};
    use oikos_protocol::id::ParticipantId;
    use oikos_protocol::money::Amount;

    #[test]
    fn the_chosen_bid_wins_at_the_agreed_price_if_the_reserve_lets_it() {
        let bids = [5u128, 3].map(|price| Bid::new(ParticipantId(price as u64), Amount(price), [0; 16]));
        let mut auction = Auction::new(Side::Buy, &bids);
        assert!(matches!(ContractNet.clear(&auction), Err(ClearError::Missing { term: "choice", .. })));
        auction.terms.choice = Some(0);
        assert_eq!(ContractNet.clear(&auction).unwrap().winners[..], [Award { bid: 0, units: 1, price: Amount(5) }]);
        auction.reserve = Some(Amount(4));
        assert!(matches!(ContractNet.clear(&auction), Err(ClearError::Term { term: "choice", .. })));
        auction.terms.choice = Some(2);
        assert!(matches!(ContractNet.clear(&auction), Err(ClearError::Term { term: "choice", .. })));
    }

    #[test]
    fn the_messages_come_in_fipa_s_order_and_in_no_other() {
        use Message::*;
        let order = [(Propose, Stage::Proposed), (Accept, Stage::Accepted), (Inform, Stage::Done)];
        let mut talk = Conversation::call(0);
        for (message, stage) in order {
            assert_eq!(talk.say(message), Ok(stage));
        }
        let all = [Propose, Refuse, Counter, Accept, Reject, Inform, Failure, Cancel];
        let allowed = |counters, path: &[Message]| {
            let mut talk = Conversation::call(counters);
            for &message in path {
                talk.say(message).unwrap();
            }
            all.into_iter()
                .filter(|&message| {
                    let mut fork = talk;
                    fork.say(message).is_ok()
                })
                .collect::<alloc::vec::Vec<_>>()
        };
        assert_eq!(allowed(1, &[]), [Propose, Refuse, Cancel]);
        assert_eq!(allowed(1, &[Propose]), [Counter, Accept, Reject, Cancel]);
        assert_eq!(allowed(1, &[Propose, Accept]), [Inform, Failure, Cancel]);
        for over in [&[Refuse][..], &[Propose, Reject], &[Propose, Accept, Inform], &[Propose, Accept, Failure]] {
            assert_eq!(allowed(1, over), [], "{over:?} is the end");
        }
    }

    #[test]
    fn counter_offers_are_bounded() {
        let mut talk = Conversation::call(1);
        talk.say(Message::Propose).unwrap();
        assert_eq!(talk.say(Message::Counter), Ok(Stage::Called));
        talk.say(Message::Propose).unwrap();
        assert_eq!(talk.say(Message::Counter), Err(OutOfOrder::CountersUsedUp));
        assert_eq!(talk.stage(), Stage::Proposed);
    }
}
