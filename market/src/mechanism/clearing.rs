//! What a mechanism answers: winners, payments, who is next, and why.
//!
//! Invariant: the answer is a function of the auction alone, so that anyone who holds the bids, the reserve
//! and the seed recomputes it and compares.

use core::fmt;
use oikos_protocol::money::Amount;
use smallvec::SmallVec;

/// What one bid won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Award {
    /// The bid's number: its index in the auction.
    pub bid: usize,
    /// How many units it won.
    pub units: u64,
    /// What the bidder pays or receives for all of them together.
    pub price: Amount,
}

/// The result of an auction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clearing {
    /// The awards, in the order of the bids (in a position auction: of the slots; in a market: of the trades).
    pub winners: SmallVec<[Award; 1]>,
    /// The bids that the rule admits, best first, winners included. It ends before the first tie that was not
    /// decided by lots; the price of the next is found by clearing the rest again.
    pub ranking: SmallVec<[usize; 4]>,
    /// The facts that decided, for people and for whoever recomputes.
    pub explanation: SmallVec<[Reason; 3]>,
    /// What the rule optimises, in minor units: the winners' bids added up, or the gain where the rule says so.
    pub objective: i128,
    /// Whether no allocation is better, and that is proven.
    pub optimal: bool,
}

impl Clearing {
    /// Nobody wins, which is the best that can be done.
    #[must_use]
    pub fn empty() -> Self {
        Self { optimal: true, ..Self::default() }
    }

    /// Puts the awards into the order of the bids.
    pub(super) fn sort_by_bid(&mut self) {
        self.winners.sort_unstable_by_key(|award| award.bid);
    }

    /// What all winners pay or receive together.
    #[must_use]
    pub fn total(&self) -> Amount {
        Amount(self.winners.iter().map(|award| award.price.0).fold(0, u128::saturating_add))
    }

    /// The award of this bid, if it won.
    #[must_use]
    pub fn award(&self, bid: usize) -> Option<&Award> {
        self.winners.iter().find(|award| award.bid == bid)
    }
}

/// A fact that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The bid is outside the reserve.
    OutsideReserve {
        /// The bid.
        bid: usize,
    },
    /// No bid is within the reserve.
    NobodyEligible,
    /// The bid is the only one within the reserve.
    OnlyEligible {
        /// The bid.
        bid: usize,
    },
    /// The bid wins by its price.
    BestPrice {
        /// The bid.
        bid: usize,
    },
    /// The bid won a lot among so many equals.
    WonLot {
        /// The bid.
        bid: usize,
        /// How many tickets there were for the place.
        among: usize,
    },
    /// The price is the winner's own.
    PaysOwnBid {
        /// The bid.
        bid: usize,
    },
    /// The price was posted before anybody bid.
    PostedPrice {
        /// The price of a unit.
        price: Amount,
    },
    /// The price is set by a bid that lost.
    PriceSetBy {
        /// The bid that set it.
        bid: usize,
        /// The price of a unit.
        price: Amount,
    },
    /// The price is set by bids that lost and are tied, so none of them is named.
    PriceSetByTied {
        /// The price of a unit.
        price: Amount,
    },
    /// The price is set by the reserve, as nothing else bounds it more closely.
    PriceSetByReserve {
        /// The price of a unit.
        price: Amount,
    },
    /// The poster's prior belief sets the reserve.
    ReserveFromPrior {
        /// The reserve.
        reserve: Amount,
    },
    /// The clock stopped.
    ClockStopped {
        /// Its price when it did.
        price: Amount,
    },
    /// The bid gets units in its turn.
    GetsUnits {
        /// The bid.
        bid: usize,
        /// How many.
        units: u64,
    },
    /// The bid is in an allocation of the greatest gain found.
    InBestAllocation {
        /// The bid.
        bid: usize,
    },
    /// The price makes up for what the winner's presence costs or brings the others.
    Externality {
        /// The bid.
        bid: usize,
        /// The greatest gain with it.
        with: i128,
        /// The greatest gain without it (without its bidder, where a bidder has several bids).
        without: i128,
    },
    /// The search ended before it was finished.
    NotProven {
        /// No allocation gains more than this.
        bound: i128,
    },
    /// The bid gets a slot.
    GetsSlot {
        /// The bid.
        bid: usize,
        /// The slot, 0 being the best.
        slot: usize,
        /// The price of a click, rounded down.
        click: Amount,
    },
    /// The bid has the best score.
    BestScore {
        /// The bid.
        bid: usize,
        /// Its score, in minor units.
        score: i128,
    },
    /// The score to meet is set by a bid that lost.
    ScoreToMeet {
        /// The score, in minor units.
        score: i128,
    },
    /// Each of so many winners is within an equal share of the budget, and one more would not be.
    ShareOfBudget {
        /// How many win.
        winners: usize,
        /// The equal share, rounded down.
        share: Amount,
    },
    /// Demand and supply cross.
    Crossing {
        /// At this many units.
        units: u64,
        /// The lowest price that clears.
        low: Amount,
        /// The highest price that clears.
        high: Amount,
    },
    /// The first pair that does not trade sets the price, halfway between its bids.
    PriceSetByNextPair {
        /// The price of a unit.
        price: Amount,
    },
    /// The last pair is left out, so that its bids may set the prices of the others.
    PairLeftOut {
        /// Its buyer's bid.
        buyer: usize,
        /// Its seller's bid.
        seller: usize,
    },
    /// Two bids trade.
    Traded {
        /// The buyer's bid.
        buyer: usize,
        /// The seller's bid.
        seller: usize,
        /// How many units.
        units: u64,
        /// The price of a unit.
        price: Amount,
    },
    /// The poster chose the bid.
    ChosenByPoster {
        /// The bid.
        bid: usize,
    },
    /// Nobody else bid and there is no reserve, so the price is the winner's own.
    NoOtherBid,
}

/// How a reason names bids and money.
pub trait Wording {
    /// Writes the name of a bid.
    ///
    /// # Errors
    /// Those of the formatter.
    fn bid(&self, f: &mut fmt::Formatter<'_>, bid: usize) -> fmt::Result;

    /// Writes an amount of minor units, which may be below zero.
    ///
    /// # Errors
    /// Those of the formatter.
    fn money(&self, f: &mut fmt::Formatter<'_>, units: i128) -> fmt::Result;
}

/// Numbers as they are.
struct Plain;

impl Wording for Plain {
    fn bid(&self, f: &mut fmt::Formatter<'_>, bid: usize) -> fmt::Result {
        write!(f, "{bid}")
    }

    fn money(&self, f: &mut fmt::Formatter<'_>, units: i128) -> fmt::Result {
        write!(f, "{units}")
    }
}

/// A reason in somebody's words.
pub struct Worded<'a, W>(&'a Reason, &'a W);

impl Reason {
    /// This reason with bids and money named by `words`.
    #[must_use]
    pub const fn in_words<'a, W: Wording>(&'a self, words: &'a W) -> Worded<'a, W> {
        Worded(self, words)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.in_words(&Plain).fmt(f)
    }
}

/// A bid or an amount on its way into a sentence.
enum Word<'a, W> {
    Bid(&'a W, usize),
    Money(&'a W, i128),
}

impl<W: Wording> fmt::Display for Word<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bid(words, bid) => words.bid(f, bid),
            Self::Money(words, units) => words.money(f, units),
        }
    }
}

impl<W: Wording> fmt::Display for Worded<'_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |bid| Word::Bid(self.1, bid);
        let gain = |units| Word::Money(self.1, units);
        // Prices have 88 bits, sums of them below 127.
        let money = |amount: Amount| gain(amount.0 as i128);
        match *self.0 {
            Reason::OutsideReserve { bid } => write!(f, "bid {} is outside the reserve", name(bid)),
            Reason::NobodyEligible => f.write_str("no bid is within the reserve"),
            Reason::OnlyEligible { bid } => write!(f, "bid {} is the only one within the reserve", name(bid)),
            Reason::BestPrice { bid } => write!(f, "bid {} has the best price", name(bid)),
            Reason::WonLot { bid, among } => write!(f, "bid {} won the lot among {among}", name(bid)),
            Reason::PaysOwnBid { bid } => write!(f, "bid {} is settled at its own price", name(bid)),
            Reason::PostedPrice { price } => write!(f, "the posted price is {}", money(price)),
            Reason::PriceSetBy { bid, price } => write!(f, "bid {} sets the price at {}", name(bid), money(price)),
            Reason::PriceSetByTied { price } => write!(f, "tied bids that lost set the price at {}", money(price)),
            Reason::PriceSetByReserve { price } => write!(f, "the reserve sets the price at {}", money(price)),
            Reason::ReserveFromPrior { reserve } => write!(f, "the prior sets the reserve at {}", money(reserve)),
            Reason::ClockStopped { price } => write!(f, "the clock stopped at {}", money(price)),
            Reason::GetsUnits { bid, units } => write!(f, "bid {} gets {units} units in its turn", name(bid)),
            Reason::InBestAllocation { bid } => write!(f, "bid {} is in the best allocation found", name(bid)),
            Reason::Externality { bid, with, without } => {
                let (with, without) = (gain(with), gain(without));
                write!(f, "the greatest gain is {with} with bid {} and {without} without its bidder", name(bid))
            }
            Reason::NotProven { bound } => {
                write!(f, "not proven optimal; no allocation gains more than {}", gain(bound))
            }
            Reason::GetsSlot { bid, slot, click } => {
                write!(f, "bid {} gets slot {slot} at {} a click", name(bid), money(click))
            }
            Reason::BestScore { bid, score } => write!(f, "bid {} has the best score, {}", name(bid), gain(score)),
            Reason::ScoreToMeet { score } => write!(f, "the score to meet is {}", gain(score)),
            Reason::ShareOfBudget { winners, share } => {
                write!(f, "{winners} bids are within an equal share of the budget, {}", money(share))
            }
            Reason::Crossing { units, low, high } => {
                let (low, high) = (money(low), money(high));
                write!(f, "demand and supply cross at {units} units, at prices from {low} to {high}")
            }
            Reason::PriceSetByNextPair { price } => write!(f, "the next pair sets the price at {}", money(price)),
            Reason::PairLeftOut { buyer, seller } => {
                write!(f, "the pair of bids {} and {} is left out and sets the prices", name(buyer), name(seller))
            }
            Reason::Traded { buyer, seller, units, price } => {
                let (buyer, seller, price) = (name(buyer), name(seller), money(price));
                write!(f, "bid {buyer} buys {units} units from bid {seller} at {price}")
            }
            Reason::ChosenByPoster { bid } => write!(f, "the poster chose bid {}", name(bid)),
            Reason::NoOtherBid => f.write_str("no other bid and no reserve bound the price: it is the winner's own"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_reason_names_bids_and_money_in_the_words_it_is_given() {
        struct Named;
        impl Wording for Named {
            fn bid(&self, f: &mut fmt::Formatter<'_>, bid: usize) -> fmt::Result {
                write!(f, "`b{bid}`")
            }
            fn money(&self, f: &mut fmt::Formatter<'_>, units: i128) -> fmt::Result {
                write!(f, "{}.{:02} EUR", units / 100, units % 100)
            }
        }
        let reason = Reason::PriceSetBy { bid: 2, price: Amount(450) };
        assert_eq!(reason.to_string(), "bid 2 sets the price at 450");
        assert_eq!(reason.in_words(&Named).to_string(), "bid `b2` sets the price at 4.50 EUR");
    }
}
