//! What a mechanism is given: who buys or sells, the bids, the reserve, the lots.
//!
//! Invariants checked by [`Auction::check`]: no price above [`PRICE_MAX`], so that sums and products with
//! quantities fit 128 bits; one bid a participant, because a second ticket would be a second chance.
//! Absent on purpose: names, ratings and times of arrival. What is not here cannot sway an award.

use super::terms::Terms;
use super::{ClearError, Lots};
pub use oikos_protocol::command::order::Side;
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;

/// The highest price a mechanism accepts, in minor units: 2^88 − 1. Times [`UNITS_MAX`] it fits an `i128`.
pub const PRICE_MAX: Amount = Amount((1 << 88) - 1);
/// The most units, clicks or capacity a bid or an auction may name: 2^32 − 1.
pub const UNITS_MAX: u64 = (1 << 32) - 1;
/// The most bids of one auction.
pub const BIDS_MAX: usize = 1 << 20;

/// A bid. Its place in the slice is its number and says nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bid<'a> {
    /// The principal it stands for: one ticket each.
    pub bidder: ParticipantId,
    /// The price asked or offered: a unit, or the whole bundle where the mechanism says so.
    pub price: Amount,
    /// Chosen by the bidder and sealed with the bid; feeds the lots.
    pub nonce: [u8; 16],
    /// How many units, or how much of the capacity; 1 unless told.
    pub quantity: u64,
    /// What this bidder does in a two-sided market; not read elsewhere.
    pub side: Side,
    /// The goods of a bundle by number, in ascending order; or the one item of an assignment.
    pub bundle: &'a [u32],
    /// What the scoring rule values, in millionths, one an attribute in the rule's order.
    pub attributes: &'a [i64],
}

impl Bid<'_> {
    /// A bid for one unit.
    #[must_use]
    pub const fn new(bidder: ParticipantId, price: Amount, nonce: [u8; 16]) -> Self {
        Self { bidder, price, nonce, quantity: 1, side: Side::Buy, bundle: &[], attributes: &[] }
    }
}

/// All that a mechanism may look at.
#[derive(Debug, Clone, Copy)]
pub struct Auction<'a> {
    /// What the poster does.
    pub side: Side,
    /// The bids, in any order.
    pub bids: &'a [Bid<'a>],
    /// The highest price the poster pays, or the lowest it takes. With `posted-price` it is the posted price.
    pub reserve: Option<Amount>,
    /// Needed only where [`super::Mechanism::needs_lots`] says so.
    pub lots: Option<Lots>,
    /// How many units the poster wants or has.
    pub units: u64,
    /// What only some of the mechanisms read.
    pub terms: Terms<'a>,
}

impl<'a> Auction<'a> {
    /// An auction of one unit without reserve and without lots.
    #[must_use]
    pub const fn new(side: Side, bids: &'a [Bid<'a>]) -> Self {
        Self { side, bids, reserve: None, lots: None, units: 1, terms: Terms::NONE }
    }

    /// Whether the reserve lets this price in.
    #[must_use]
    pub fn admits(&self, price: Amount) -> bool {
        self.reserve.is_none_or(|reserve| !self.side.prefers(reserve, price))
    }

    /// Checks the bounds that all mechanisms share.
    ///
    /// # Errors
    /// [`ClearError::TooManyBids`], [`ClearError::PriceTooLarge`], [`ClearError::ReserveTooLarge`],
    /// [`ClearError::Quantity`], [`ClearError::Units`].
    pub fn check(&self) -> Result<(), ClearError> {
        if self.bids.len() > BIDS_MAX {
            return Err(ClearError::TooManyBids { bids: self.bids.len(), allowed: BIDS_MAX });
        }
        if self.reserve.is_some_and(|reserve| reserve > PRICE_MAX) {
            return Err(ClearError::ReserveTooLarge);
        }
        if self.units == 0 || self.units > UNITS_MAX {
            return Err(ClearError::Units { units: self.units });
        }
        for (number, bid) in self.bids.iter().enumerate() {
            if bid.price > PRICE_MAX {
                return Err(ClearError::PriceTooLarge { bid: number });
            }
            if bid.quantity == 0 || bid.quantity > UNITS_MAX {
                return Err(ClearError::Quantity { bid: number, quantity: bid.quantity });
            }
        }
        Ok(())
    }

    /// [`Auction::check`], and one bid a participant.
    ///
    /// # Errors
    /// Those of [`Auction::check`], and [`ClearError::SecondBid`].
    pub fn check_single_bids(&self) -> Result<(), ClearError> {
        self.check()?;
        // Pairs for the few bids of a usual task; a sorted list where pairs would be slow.
        if self.bids.len() <= 16 {
            for (number, bid) in self.bids.iter().enumerate() {
                if self.bids[..number].iter().any(|earlier| earlier.bidder == bid.bidder) {
                    return Err(ClearError::SecondBid { bidder: bid.bidder });
                }
            }
            return Ok(());
        }
        let mut bidders: alloc::vec::Vec<ParticipantId> = self.bids.iter().map(|bid| bid.bidder).collect();
        bidders.sort_unstable();
        match bidders.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(ClearError::SecondBid { bidder: pair[0] }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn bid(bidder: u64, price: u128) -> Bid<'static> {
        Bid::new(ParticipantId(bidder), Amount(price), [0; 16])
    }

    #[test]
    fn a_principal_has_one_ticket_in_a_small_and_in_a_large_auction() {
        for size in [3, 40] {
            let mut bids: Vec<_> = (0..size).map(|n| bid(n, 5)).collect();
            assert_eq!(Auction::new(Side::Buy, &bids).check_single_bids(), Ok(()));
            bids[2].bidder = ParticipantId(0);
            let twice = Err(ClearError::SecondBid { bidder: ParticipantId(0) });
            assert_eq!(Auction::new(Side::Buy, &bids).check_single_bids(), twice, "{size} bids");
        }
    }

    #[test]
    fn prices_reserves_units_and_quantities_out_of_range_are_refused_by_name() {
        let mut bids = [bid(1, 5), bid(2, PRICE_MAX.0 + 1)];
        assert_eq!(Auction::new(Side::Buy, &bids).check(), Err(ClearError::PriceTooLarge { bid: 1 }));
        bids[1].price = PRICE_MAX;
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.reserve = Some(Amount(PRICE_MAX.0 + 1));
        assert_eq!(auction.check(), Err(ClearError::ReserveTooLarge));
        auction.reserve = None;
        auction.units = 0;
        assert_eq!(auction.check(), Err(ClearError::Units { units: 0 }));
        bids[0].quantity = UNITS_MAX + 1;
        let quantity = ClearError::Quantity { bid: 0, quantity: UNITS_MAX + 1 };
        assert_eq!(Auction::new(Side::Buy, &bids).check(), Err(quantity));
    }

    #[test]
    fn a_reserve_is_a_ceiling_for_a_buyer_and_a_floor_for_a_seller() {
        let mut auction = Auction::new(Side::Buy, &[]);
        auction.reserve = Some(Amount(5));
        assert!(auction.admits(Amount(5)) && auction.admits(Amount(4)) && !auction.admits(Amount(6)));
        auction.side = Side::Sell;
        assert!(auction.admits(Amount(5)) && auction.admits(Amount(6)) && !auction.admits(Amount(4)));
    }
}
