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

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::OutsideReserve { bid } => write!(f, "bid {bid} is outside the reserve"),
            Self::NobodyEligible => f.write_str("no bid is within the reserve"),
            Self::OnlyEligible { bid } => write!(f, "bid {bid} is the only one within the reserve"),
            Self::BestPrice { bid } => write!(f, "bid {bid} has the best price"),
            Self::WonLot { bid, among } => write!(f, "bid {bid} won the lot among {among}"),
            Self::PaysOwnBid { bid } => write!(f, "bid {bid} is settled at its own price"),
            Self::PostedPrice { price } => write!(f, "the posted price is {price}"),
            Self::PriceSetBy { bid, price } => write!(f, "bid {bid} sets the price at {price}"),
            Self::PriceSetByTied { price } => write!(f, "tied bids that lost set the price at {price}"),
            Self::PriceSetByReserve { price } => write!(f, "the reserve sets the price at {price}"),
            Self::ReserveFromPrior { reserve } => write!(f, "the prior sets the reserve at {reserve}"),
            Self::ClockStopped { price } => write!(f, "the clock stopped at {price}"),
            Self::GetsUnits { bid, units } => write!(f, "bid {bid} gets {units} units in its turn"),
            Self::InBestAllocation { bid } => write!(f, "bid {bid} is in the best allocation found"),
            Self::Externality { bid, with, without } => {
                write!(f, "the greatest gain is {with} with bid {bid} and {without} without its bidder")
            }
            Self::NotProven { bound } => write!(f, "not proven optimal; no allocation gains more than {bound}"),
            Self::GetsSlot { bid, slot, click } => write!(f, "bid {bid} gets slot {slot} at {click} a click"),
            Self::BestScore { bid, score } => write!(f, "bid {bid} has the best score, {score}"),
            Self::ScoreToMeet { score } => write!(f, "the score to meet is {score}"),
            Self::ShareOfBudget { winners, share } => {
                write!(f, "{winners} bids are within an equal share of the budget, {share}")
            }
            Self::Crossing { units, low, high } => {
                write!(f, "demand and supply cross at {units} units, at prices from {low} to {high}")
            }
            Self::PairLeftOut { buyer, seller } => {
                write!(f, "the pair of bids {buyer} and {seller} is left out and sets the prices")
            }
            Self::Traded { buyer, seller, units, price } => {
                write!(f, "bid {buyer} buys {units} units from bid {seller} at {price}")
            }
            Self::ChosenByPoster { bid } => write!(f, "the poster chose bid {bid}"),
            Self::NoOtherBid => f.write_str("no other bid and no reserve bound the price: it is the winner's own"),
        }
    }
}
