//! Slots with clicks, given to bids by the price of a click: what the two position auctions share.
//!
//! A bid names the price of one click. Slots are in order of clicks, the best first; a bid below the reserve gets
//! none. Two bids of one price draw lots wherever the slot that they get differs.

use super::auction::UNITS_MAX;
use super::ranking::Ranking;
use super::{Auction, ClearError, Side};
use oikos_protocol::money::Amount;

/// The most slots.
pub(super) const SLOTS_MAX: usize = 1 << 12;

/// The bids in the order of their slots, checked.
pub(super) fn rank<'a>(auction: &'a Auction<'a>, mechanism: &'static str) -> Result<Ranking<'a>, ClearError> {
    auction.check_single_bids()?;
    if auction.side == Side::Buy {
        return Err(ClearError::Side { mechanism, expected: "sells slots: the poster's side is `sell`" });
    }
    let clicks = auction.terms.clicks;
    if clicks.is_empty() {
        return Err(ClearError::Missing { mechanism, term: "clicks" });
    }
    let ordered = clicks.windows(2).all(|pair| pair[0] >= pair[1]);
    if !ordered || clicks.len() > SLOTS_MAX || clicks[0] > UNITS_MAX {
        return Err(ClearError::Term {
            term: "clicks",
            expected: "at most 4096 slots, the best first, each below 2^32",
        });
    }
    let ranking = Ranking::by_price(auction);
    ranking.need_lots(tie(&ranking, clicks))?;
    Ok(ranking)
}

/// Whether a tie decides who gets which slot.
pub(super) fn tie(ranking: &Ranking<'_>, clicks: &[u64]) -> bool {
    (1..=clicks.len()).any(|place| {
        let (here, next) = (clicks[place - 1], clicks.get(place).copied().unwrap_or(0));
        here != next && ranking.tie_at(place)
    })
}

/// What the bid in this place offers for a click, or the reserve where that is more or nobody is there.
pub(super) fn offer(auction: &Auction<'_>, ranking: &Ranking<'_>, place: usize) -> Amount {
    let reserve = auction.reserve.unwrap_or_default();
    ranking.get(place).map_or(reserve, |bid| auction.bids[bid].price.max(reserve))
}
