//! A price that moves in ticks from the reserve towards the bidders: what `english` and `dutch` share.
//!
//! A bid is the limit at which its bidder drops out or claims. The clock shows only whole ticks from its anchor:
//! the reserve, or zero for a seller without one. A bidder's merit is how many ticks its limit lies beyond the
//! anchor, so two limits within one tick are equal to the clock, and a lot decides.

use super::ranking::Ranking;
use super::{Auction, ClearError, Side};
use oikos_protocol::money::Amount;

/// The clock of one auction.
pub(super) struct ClockOf {
    side: Side,
    anchor: u128,
    tick: u128,
}

impl ClockOf {
    pub(super) fn new(auction: &Auction<'_>, mechanism: &'static str) -> Result<Self, ClearError> {
        let anchor = match (auction.reserve, auction.side) {
            (Some(reserve), _) => reserve,
            (None, Side::Sell) => Amount::ZERO,
            (None, Side::Buy) => return Err(ClearError::Missing { mechanism, term: "reserve" }),
        };
        let tick = auction.terms.tick;
        if tick.is_zero() || tick > super::auction::PRICE_MAX {
            return Err(ClearError::Term { term: "tick", expected: "at least one minor unit" });
        }
        Ok(Self { side: auction.side, anchor: anchor.0, tick: tick.0 })
    }

    /// The bids within the reserve by the ticks they last.
    pub(super) fn ranking<'a>(&self, auction: &'a Auction<'a>) -> Ranking<'a> {
        let admitted = (0..auction.bids.len()).filter(|&bid| auction.admits(auction.bids[bid].price));
        Ranking::by(
            auction,
            admitted.map(|bid| {
                let ticks = self.anchor.abs_diff(auction.bids[bid].price.0) / self.tick;
                (ticks as i128, bid) // At most `PRICE_MAX`.
            }),
        )
    }

    /// What the clock shows after so many ticks. No bid that lasts so long has a limit beyond it.
    pub(super) fn price(&self, ticks: i128) -> Amount {
        let way = ticks.unsigned_abs() * self.tick;
        match self.side {
            Side::Sell => Amount(self.anchor + way),
            Side::Buy => Amount(self.anchor.saturating_sub(way)),
        }
    }
}
