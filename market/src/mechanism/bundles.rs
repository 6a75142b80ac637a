//! Bundle bids as a packing problem, and the check of a proposal that somebody else computed.
//!
//! A bid names a bundle of goods and one price for all of it; of the bids of one bidder at most one wins (XOR). The
//! gain of a bid is what it adds to the poster's side: selling, its price above the reserve of its goods; buying,
//! the reserve of its goods above its price. A bid without gain is not served.
//! Invariant of [`check_proposal`]: linear in the bids and goods; what passes is feasible, and its objective is right.
//! Source: Cramton, Shoham and Steinberg 2006, "Combinatorial auctions" (XOR bids, winner determination).

use super::packing::{Candidate, Packed, greedy, pack};
use super::{Auction, ClearError, Side};
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use oikos_protocol::money::Amount;

/// The most bundle bids of an auction.
pub const BUNDLES_MAX: usize = 1 << 13;
/// Goods are numbered below this.
pub const GOODS_MAX: u32 = 1 << 16;
/// The most goods named by all bundles together.
const NAMED_MAX: usize = 1 << 20;

/// The packing problem of an auction.
pub(super) struct Bundles {
    /// The bids that gain, in the order of their tickets.
    pub(super) order: Vec<usize>,
    pub(super) sets: Vec<Candidate>,
    elements: usize,
}

/// What a bundle bid adds, if anything.
fn gain(auction: &Auction<'_>, bid: usize) -> Option<i128> {
    let goods = auction.bids[bid].bundle.len() as u128;
    let (price, reserve) = (auction.bids[bid].price.0, auction.reserve.unwrap_or_default().0 * goods);
    let gain = match auction.side {
        Side::Sell => price.checked_sub(reserve)?,
        Side::Buy => reserve.checked_sub(price)?,
    };
    i128::try_from(gain).ok().filter(|&gain| gain > 0)
}

/// Checks sizes and bundles.
fn check(auction: &Auction<'_>, mechanism: &'static str) -> Result<(), ClearError> {
    auction.check()?;
    if auction.bids.len() > BUNDLES_MAX {
        return Err(ClearError::TooManyBids { bids: auction.bids.len(), allowed: BUNDLES_MAX });
    }
    if auction.side == Side::Buy && auction.reserve.is_none() {
        return Err(ClearError::Missing { mechanism, term: "reserve" });
    }
    let mut named = 0;
    for (number, bid) in auction.bids.iter().enumerate() {
        let ascending = bid.bundle.windows(2).all(|pair| pair[0] < pair[1]);
        if bid.bundle.is_empty() || !ascending || bid.bundle.last().is_some_and(|&good| good >= GOODS_MAX) {
            let expected = "at least one good, each below 65536 and once, in ascending order";
            return Err(ClearError::Field { bid: number, field: "bundle", expected });
        }
        named += bid.bundle.len();
    }
    if named > NAMED_MAX {
        return Err(ClearError::TooLarge { mechanism, size: named as u128, allowed: NAMED_MAX as u128 });
    }
    Ok(())
}

impl Bundles {
    pub(super) fn of(auction: &Auction<'_>, mechanism: &'static str) -> Result<Self, ClearError> {
        check(auction, mechanism)?;
        let mut order: Vec<usize> = (0..auction.bids.len()).filter(|&bid| gain(auction, bid).is_some()).collect();
        if order.len() > 1 {
            let lots = auction.lots.ok_or(ClearError::LotsNeeded)?;
            // Bids of one bidder may share a nonce: their content parts them, so arrival does not.
            order.sort_by_cached_key(|&bid| {
                let bid = &auction.bids[bid];
                (lots.rank(bid.bidder, &bid.nonce), bid.bundle, bid.price)
            });
        }
        // Goods first, then one element for each bidder of several bids.
        let mut bids_of = BTreeMap::new();
        order.iter().for_each(|&bid| *bids_of.entry(auction.bids[bid].bidder).or_insert(0u32) += 1);
        let goods: BTreeMap<u32, u32> = {
            let mut named: Vec<u32> = order.iter().flat_map(|&bid| auction.bids[bid].bundle.iter().copied()).collect();
            named.sort_unstable();
            named.dedup();
            named.into_iter().zip(0..).collect()
        };
        let several = bids_of.iter().filter(|&(_, &count)| count > 1).map(|(&bidder, _)| bidder);
        let bidders: BTreeMap<_, u32> = several.zip(goods.len() as u32..).collect();
        let set = |&bid: &usize| {
            let bid_ref = &auction.bids[bid];
            let mut elements: Vec<u32> = bid_ref.bundle.iter().map(|good| goods[good]).collect();
            elements.extend(bidders.get(&bid_ref.bidder));
            Candidate { weight: gain(auction, bid).unwrap_or_default(), elements }
        };
        let sets: Vec<Candidate> = order.iter().map(set).collect();
        Ok(Self { order, sets, elements: goods.len() + bidders.len() })
    }

    /// The best packing within the nodes allowed.
    pub(super) fn best(&self, nodes_max: u64) -> Packed {
        pack(self.elements, &self.sets, &[], nodes_max)
    }

    /// The greedy packing, by gain per root of the bundle's size.
    pub(super) fn greedy(&self) -> Vec<usize> {
        greedy(self.elements, &self.sets)
    }

    /// The best packing without the bids of one bidder, given the best with them.
    pub(super) fn best_without(
        &self,
        auction: &Auction<'_>,
        bidder: oikos_protocol::id::ParticipantId,
        with: &Packed,
        nodes_max: u64,
    ) -> Packed {
        let others: Vec<usize> =
            (0..self.sets.len()).filter(|&set| auction.bids[self.order[set]].bidder != bidder).collect();
        let sets: Vec<Candidate> = others.iter().map(|&set| self.sets[set].clone()).collect();
        let start: Vec<usize> = with.chosen.iter().filter_map(|set| others.binary_search(set).ok()).collect();
        pack(self.elements, &sets, &start, nodes_max)
    }
}

/// Why a proposal is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProposalError {
    /// The auction itself is not in order.
    #[error(transparent)]
    Auction(#[from] ClearError),
    /// As many payments as winners are expected.
    #[error("{winners} winners and {payments} payments; expected one payment each")]
    Lengths {
        /// How many bids win.
        winners: usize,
        /// How many payments there are.
        payments: usize,
    },
    /// A bid that does not exist.
    #[error("bid {bid} does not exist")]
    UnknownBid {
        /// Its number.
        bid: usize,
    },
    /// Two bids of one bidder, or one bid twice.
    #[error("bid {bid} is the second of its bidder; one of them may win")]
    SecondOfBidder {
        /// The bid.
        bid: usize,
    },
    /// A good that is given away twice.
    #[error("good {good} of bid {bid} is given away twice")]
    GoodTwice {
        /// The bid.
        bid: usize,
        /// The good.
        good: u32,
    },
    /// A bid that gains nothing over the reserve.
    #[error("bid {bid} is outside the reserve of its bundle")]
    OutsideReserve {
        /// The bid.
        bid: usize,
    },
    /// A payment beyond the bid, or beyond the reserve of the bundle.
    #[error("the payment of bid {bid} is not between its own price and the reserve of its bundle")]
    Payment {
        /// The bid.
        bid: usize,
    },
}

/// Checks an allocation with payments that any solver may have found, in time linear in bids and goods, and answers
/// what it gains in minor units: the proposal of the greatest gain by the deadline is taken.
///
/// # Errors
/// [`ProposalError`], the first that applies.
pub fn check_proposal(auction: &Auction<'_>, winners: &[usize], payments: &[Amount]) -> Result<i128, ProposalError> {
    check(auction, "combinatorial")?;
    if winners.len() != payments.len() {
        return Err(ProposalError::Lengths { winners: winners.len(), payments: payments.len() });
    }
    let mut given = vec![false; GOODS_MAX as usize];
    let mut served = alloc::collections::BTreeSet::new();
    let mut objective = 0;
    for (&bid, &payment) in winners.iter().zip(payments) {
        let bid_ref = auction.bids.get(bid).ok_or(ProposalError::UnknownBid { bid })?;
        if !served.insert(bid_ref.bidder) {
            return Err(ProposalError::SecondOfBidder { bid });
        }
        for &good in bid_ref.bundle {
            if core::mem::replace(&mut given[good as usize], true) {
                return Err(ProposalError::GoodTwice { bid, good });
            }
        }
        objective += gain(auction, bid).ok_or(ProposalError::OutsideReserve { bid })?;
        let reserve = Amount(auction.reserve.unwrap_or_default().0 * bid_ref.bundle.len() as u128);
        let (least, most) = match auction.side {
            Side::Sell => (reserve, bid_ref.price),
            Side::Buy => (bid_ref.price, reserve),
        };
        if payment < least || payment > most {
            return Err(ProposalError::Payment { bid });
        }
    }
    Ok(objective)
}
