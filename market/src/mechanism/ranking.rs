//! The order of bids by merit, ties by lots: what most of the mechanisms start from.
//!
//! A merit is a whole number, greater being better for the poster: the price with its sign, or a score.
//! Invariant: a tie that no lots decided is never visible in a result. A mechanism that needs to know who stands
//! on which side of a tie asks for lots.

use super::{Auction, ClearError, Clearing, Reason, Side};
use smallvec::SmallVec;

/// Some of the bids, best first.
pub(super) struct Ranking<'a> {
    auction: &'a Auction<'a>,
    order: SmallVec<[(i128, usize); 4]>,
}

/// What the units of a ranking went to.
pub(super) struct Filled {
    /// Bids and their units, best first.
    pub(super) parts: SmallVec<[(usize, u64); 4]>,
    /// The place of the first bid that did not get all it asked for; the number of bids if all did.
    pub(super) first_unfilled: usize,
}

impl<'a> Ranking<'a> {
    /// Ranks the bids within the reserve by price for the poster.
    pub(super) fn by_price(auction: &'a Auction<'a>) -> Self {
        let admitted = (0..auction.bids.len()).filter(|&bid| auction.admits(auction.bids[bid].price));
        Self::by(auction, admitted.map(|bid| (merit(auction, bid), bid)))
    }

    /// Ranks the bids of one side of a two-sided market: the keenest first.
    pub(super) fn of_side(auction: &'a Auction<'a>, side: Side) -> Self {
        let keen = |bid: usize| match side {
            Side::Buy => auction.bids[bid].price.0 as i128,
            Side::Sell => -(auction.bids[bid].price.0 as i128),
        };
        let ours = (0..auction.bids.len()).filter(|&bid| auction.bids[bid].side == side);
        Self::by(auction, ours.map(|bid| (keen(bid), bid)))
    }

    /// Ranks these bids by the merit given with each.
    pub(super) fn by(auction: &'a Auction<'a>, merits: impl Iterator<Item = (i128, usize)>) -> Self {
        let mut order: SmallVec<[(i128, usize); 4]> = merits.collect();
        order.sort_unstable_by_key(|&(merit, _)| core::cmp::Reverse(merit));
        if let Some(lots) = auction.lots {
            for tied in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|tied| tied.len() > 1) {
                tied.sort_by_cached_key(|&(_, bid)| lots.rank(auction.bids[bid].bidder, &auction.bids[bid].nonce));
            }
        }
        Self { auction, order }
    }

    /// Ranks all bids within the reserve as equals: by lots alone.
    ///
    /// # Errors
    /// [`ClearError::LotsNeeded`] where there are several and no lots.
    pub(super) fn by_lots(auction: &'a Auction<'a>) -> Result<Self, ClearError> {
        let admitted = (0..auction.bids.len()).filter(|&bid| auction.admits(auction.bids[bid].price));
        let ranking = Self::by(auction, admitted.map(|bid| (0, bid)));
        ranking.need_lots(ranking.len() > 1)?;
        Ok(ranking)
    }

    /// How many bids are ranked.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The bid in this place, 0 being the best.
    pub(super) fn bid(&self, place: usize) -> usize {
        self.order[place].1
    }

    /// The bid in this place, if there is one.
    pub(super) fn get(&self, place: usize) -> Option<usize> {
        self.order.get(place).map(|&(_, bid)| bid)
    }

    /// The merit of the bid in this place, if there is one.
    pub(super) fn merit(&self, place: usize) -> Option<i128> {
        self.order.get(place).map(|&(merit, _)| merit)
    }

    /// How many bids share the merit of the bid in this place.
    pub(super) fn tied(&self, place: usize) -> usize {
        self.order.iter().filter(|&&(merit, _)| Some(merit) == self.merit(place)).count()
    }

    /// Whether the first `places` and the rest are parted by nothing but a tie.
    pub(super) fn tie_at(&self, places: usize) -> bool {
        places > 0 && places < self.order.len() && self.merit(places - 1) == self.merit(places)
    }

    /// # Errors
    /// [`ClearError::LotsNeeded`] where a tie `decides` and there are no lots.
    pub(super) fn need_lots(&self, decides: bool) -> Result<(), ClearError> {
        if decides && self.auction.lots.is_none() { Err(ClearError::LotsNeeded) } else { Ok(()) }
    }

    /// The best bid.
    ///
    /// # Errors
    /// [`ClearError::LotsNeeded`] where a tie decides which it is and there are no lots.
    pub(super) fn first(&self) -> Result<Option<usize>, ClearError> {
        self.need_lots(self.tie_at(1))?;
        Ok(self.get(0))
    }

    /// Gives `units` to the bids in their order, in part where no more are left.
    pub(super) fn fill(&self, units: u64) -> Filled {
        let mut filled = Filled { parts: SmallVec::new(), first_unfilled: self.len() };
        let mut left = units;
        for (place, &(_, bid)) in self.order.iter().enumerate() {
            let asked = self.auction.bids[bid].quantity;
            let given = asked.min(left);
            if given > 0 {
                filled.parts.push((bid, given));
            }
            left -= given;
            if given < asked {
                filled.first_unfilled = place;
                break;
            }
        }
        filled
    }

    /// Whether a tie decides who gets the last of `units`: equals of whom some get all and some do not.
    pub(super) fn tie_for_units(&self, units: u64) -> bool {
        let place = self.fill(units).first_unfilled;
        place < self.len() && self.tied(place) > 1 && {
            // With a single unit handed to several equals in full there is nothing to draw.
            let (first, last) = self.group(place);
            let (before, asked): (u64, u64) = (self.asked(0..first), self.asked(first..last));
            let left = units.saturating_sub(before);
            left > 0 && left < asked
        }
    }

    fn group(&self, place: usize) -> (usize, usize) {
        let same = |other: usize| self.merit(other) == self.merit(place);
        let first = (0..=place).rev().take_while(|&other| same(other)).last().unwrap_or(place);
        let last = (place..self.len()).take_while(|&other| same(other)).last().unwrap_or(place);
        (first, last + 1)
    }

    fn asked(&self, places: core::ops::Range<usize>) -> u64 {
        self.order[places].iter().map(|&(_, bid)| self.auction.bids[bid].quantity).fold(0, u64::saturating_add)
    }

    /// The order as far as it is certain.
    pub(super) fn certain(self) -> SmallVec<[usize; 4]> {
        let mut known = self.order.len();
        if self.auction.lots.is_none() {
            known = self.order.windows(2).position(|pair| pair[0].0 == pair[1].0).unwrap_or(known);
        }
        self.order[..known].iter().map(|&(_, bid)| bid).collect()
    }

    /// Why the first of a ranking by lots is the first.
    pub(super) fn drawn_by(&self) -> Reason {
        match self.order[..] {
            [(_, bid)] => Reason::OnlyEligible { bid },
            _ => Reason::WonLot { bid: self.bid(0), among: self.len() },
        }
    }

    /// Notes the bids that the reserve keeps out.
    pub(super) fn explain_reserve(&self, clearing: &mut Clearing) {
        if self.order.len() < self.auction.bids.len() {
            let out = (0..self.auction.bids.len()).filter(|&bid| !self.auction.admits(self.auction.bids[bid].price));
            clearing.explanation.extend(out.map(|bid| Reason::OutsideReserve { bid }));
        }
        if self.order.is_empty() {
            clearing.explanation.push(Reason::NobodyEligible);
        }
    }

    /// Says by what the winner of a single place won it.
    pub(super) fn explain_first(&self, clearing: &mut Clearing) {
        let (bid, among) = (self.bid(0), self.tied(0));
        clearing.explanation.push(if among > 1 { Reason::WonLot { bid, among } } else { Reason::BestPrice { bid } });
    }
}

/// The price of a bid as a merit for the poster; at most 88 bits, so the sign fits.
pub(super) fn merit(auction: &Auction<'_>, bid: usize) -> i128 {
    let price = auction.bids[bid].price.0 as i128;
    match auction.side {
        Side::Buy => -price,
        Side::Sell => price,
    }
}

/// Whether the best price within the reserve was bid more than once, without a list.
pub(super) fn tie_for_first(auction: &Auction<'_>) -> bool {
    let mut best = None;
    let mut tied = false;
    for price in auction.bids.iter().map(|bid| bid.price).filter(|&price| auction.admits(price)) {
        match best {
            Some(so_far) if auction.side.prefers(so_far, price) => {}
            Some(so_far) if so_far == price => tied = true,
            _ => (best, tied) = (Some(price), false),
        }
    }
    tied
}

/// Whether more than one bid is within the reserve.
pub(super) fn several_eligible(auction: &Auction<'_>) -> bool {
    auction.bids.iter().filter(|bid| auction.admits(bid.price)).nth(1).is_some()
}
