//! The order of bids by price, ties by lots: what most of the one-sided mechanisms start from.
//!
//! Invariant: a tie that no lots decided is never visible in a result. The list keeps how far its order is
//! certain, and a mechanism that needs a place beyond that asks for lots.

use super::{Auction, ClearError, Clearing, Reason};
use core::cmp::Ordering;
use oikos_protocol::money::Amount;
use smallvec::SmallVec;

/// The bids within the reserve, best first.
pub(super) struct Ranking<'a> {
    auction: &'a Auction<'a>,
    order: SmallVec<[usize; 4]>,
}

impl<'a> Ranking<'a> {
    /// Ranks the bids of `auction` by price for its poster.
    pub(super) fn by_price(auction: &'a Auction<'a>) -> Self {
        let (bids, side) = (auction.bids, auction.side);
        let mut order: SmallVec<[usize; 4]> = (0..bids.len()).filter(|&bid| auction.admits(bids[bid].price)).collect();
        order.sort_unstable_by(|&a, &b| match side {
            super::Side::Buy => bids[a].price.cmp(&bids[b].price),
            super::Side::Sell => bids[b].price.cmp(&bids[a].price),
        });
        let mut ranking = Self { auction, order };
        ranking.draw();
        ranking
    }

    /// Ranks all bids within the reserve as equals: by lots alone.
    pub(super) fn by_lots(auction: &'a Auction<'a>) -> Result<Self, ClearError> {
        let order: SmallVec<[usize; 4]> =
            (0..auction.bids.len()).filter(|&bid| auction.admits(auction.bids[bid].price)).collect();
        let mut ranking = Self { auction, order };
        if ranking.order.len() > 1 {
            let lots = auction.lots.ok_or(ClearError::LotsNeeded)?;
            sort_by_rank(auction, &lots, &mut ranking.order);
        }
        Ok(ranking)
    }

    /// Puts every group of equal prices into the order of its lots, where there are lots.
    fn draw(&mut self) {
        let Some(lots) = self.auction.lots else { return };
        let bids = self.auction.bids;
        for group in self.order.chunk_by_mut(|&a, &b| bids[a].price == bids[b].price) {
            if group.len() > 1 {
                sort_by_rank(self.auction, &lots, group);
            }
        }
    }

    /// How many bids are within the reserve.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The bid in this place, 0 being the best.
    pub(super) fn bid(&self, place: usize) -> usize {
        self.order[place]
    }

    /// The price of the bid in this place, if there is one.
    pub(super) fn price(&self, place: usize) -> Option<Amount> {
        self.order.get(place).map(|&bid| self.auction.bids[bid].price)
    }

    /// How many bids share the price of the bid in this place.
    pub(super) fn tied(&self, place: usize) -> usize {
        let price = self.price(place);
        self.order.iter().filter(|&&bid| Some(self.auction.bids[bid].price) == price).count()
    }

    /// Whether the first `places` and the rest are parted by nothing but a tie.
    pub(super) fn tie_at(&self, places: usize) -> bool {
        places > 0 && places < self.order.len() && self.price(places - 1) == self.price(places)
    }

    /// The first `places` bids.
    ///
    /// # Errors
    /// [`ClearError::LotsNeeded`] where a tie decides who they are and there are no lots.
    pub(super) fn first(&self, places: usize) -> Result<&[usize], ClearError> {
        if self.tie_at(places) && self.auction.lots.is_none() {
            return Err(ClearError::LotsNeeded);
        }
        Ok(&self.order[..places.min(self.order.len())])
    }

    /// The order as far as it is certain.
    pub(super) fn certain(self) -> SmallVec<[usize; 4]> {
        let mut order = self.order;
        if self.auction.lots.is_none() {
            let bids = self.auction.bids;
            if let Some(tie) = order.windows(2).position(|pair| bids[pair[0]].price == bids[pair[1]].price) {
                order.truncate(tie);
            }
        }
        order
    }

    /// The order of a ranking by lots, which is certain throughout.
    pub(super) fn drawn(self) -> SmallVec<[usize; 4]> {
        self.order
    }

    /// Why the first of a ranking by lots is the first.
    pub(super) fn drawn_by(&self) -> Reason {
        match self.order[..] {
            [bid] => Reason::OnlyEligible { bid },
            _ => Reason::WonLot { bid: self.order[0], among: self.order.len() },
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
}

fn sort_by_rank(auction: &Auction<'_>, lots: &super::Lots, group: &mut [usize]) {
    let rank = |bid: usize| lots.rank(auction.bids[bid].bidder, &auction.bids[bid].nonce);
    if let [a, b] = *group {
        if rank(b).cmp(&rank(a)) == Ordering::Less {
            group.swap(0, 1);
        }
        return;
    }
    group.sort_by_cached_key(|&bid| rank(bid));
}
