//! What only some of the mechanisms read: ticks, clicks, scoring rules, capacities, priors.
//!
//! All terms are known before anybody bids; none depends on a bid but `choice`, which is the poster's own act.

use crate::math::root::root_down;
pub use oikos_protocol::command::scoring::Shape;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::{Amount, Share};

/// The terms of an auction. What a mechanism does not read it ignores.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The most that is paid to all winners together (`budget-feasible`).
    pub budget: Option<Amount>,
    /// The step of the clock (`english`, `dutch`); one minor unit unless told.
    pub tick: Amount,
    /// Clicks of each slot, the best first (`position-gsp`, `position-vcg`).
    pub clicks: &'a [u64],
    /// What each attribute is worth (`scoring-first`, `scoring-second`).
    pub scoring: &'a [ScoringTerm],
    /// What each bidder can take on (`assignment`); who is not listed can take on nothing.
    pub capacities: &'a [(ParticipantId, u64)],
    /// What the poster believes of each bidder's value or cost (`optimal-reserve`).
    pub prior: Option<Prior>,
    /// How much of the gain at the margin lies in the price the seller receives (`call-market`); a half unless told.
    pub k: Share,
    /// The bid that the poster chose (`contract-net`).
    pub choice: Option<usize>,
    /// How winners are settled (`combinatorial`, `assignment`).
    pub pricing: Pricing,
    /// The most nodes a search visits before it answers with the best so far (`combinatorial`, `assignment`).
    pub nodes_max: u64,
}

impl Terms<'_> {
    /// No terms: the defaults of all.
    pub const NONE: Self = Self {
        budget: None,
        tick: Amount(1),
        clicks: &[],
        scoring: &[],
        capacities: &[],
        prior: None,
        k: HALF,
        choice: None,
        pricing: Pricing::Externality,
        nodes_max: 200_000,
    };
}

/// A half, in millionths.
const HALF: Share = match Share::from_millionths(Share::WHOLE / 2) {
    Some(half) => half,
    None => Share::NONE,
};

/// How the winners of an exact allocation are settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pricing {
    /// At their own bids.
    OwnBid,
    /// At what their presence costs the others (Vickrey, Clarke, Groves).
    Externality,
}

/// What the poster believes: values or costs uniform between two amounts, and the poster's own value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prior {
    /// The lowest value or cost.
    pub low: Amount,
    /// The highest.
    pub high: Amount,
    /// What the thing is worth to the poster itself: kept (selling), or got (buying).
    pub own: Amount,
}

/// One attribute of a scoring rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoringTerm {
    /// What 1.0 (or the root of 1.0) of the attribute is worth, in minor units; negative for what is a burden,
    /// such as hours. At most [`super::auction::PRICE_MAX`] either way.
    pub worth: i128,
    /// How the worth grows with the attribute.
    pub shape: Shape,
}

/// An attribute's whole: 1.0 in millionths.
pub const ATTRIBUTE_WHOLE: i64 = 1_000_000;
/// The largest attribute either way: a million, in millionths.
pub const ATTRIBUTE_MAX: i64 = 1_000_000 * ATTRIBUTE_WHOLE;

impl ScoringTerm {
    /// What `millionths` of the attribute are worth, in minor units, rounded down.
    ///
    /// Fits for every worth and attribute within their bounds: 88 + 40 bits, the worth divided first where needed.
    #[must_use]
    pub fn value(&self, millionths: i64) -> i128 {
        let attribute = match self.shape {
            Shape::Linear => i128::from(millionths),
            // √(a / 10^6) · 10^6 = √(a · 10^6): at most 10^9, rounded down by less than a millionth.
            Shape::Root => root_down(u128::from(millionths.max(0).unsigned_abs()) * 1_000_000) as i128,
        };
        let whole = i128::from(ATTRIBUTE_WHOLE);
        let (worth, rest) = (self.worth.div_euclid(whole), self.worth.rem_euclid(whole));
        worth * attribute + (rest * attribute).div_euclid(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worth_grows_in_proportion_or_with_the_root_and_rounds_down() {
        let linear = ScoringTerm { worth: -3, shape: Shape::Linear };
        assert_eq!(linear.value(500_000), -2, "minus one and a half, rounded down");
        let root = ScoringTerm { worth: 2_000_000, shape: Shape::Root };
        assert_eq!(root.value(640_000), 1_600_000, "2 times the root of 0.64, in millionths");
        assert_eq!(root.value(-1), 0);
    }

    #[test]
    fn the_largest_worth_and_attribute_fit() {
        let worth = super::super::auction::PRICE_MAX.0 as i128;
        for worth in [worth, -worth] {
            let term = ScoringTerm { worth, shape: Shape::Linear };
            assert_eq!(term.value(ATTRIBUTE_MAX), worth * 1_000_000);
        }
    }
}
