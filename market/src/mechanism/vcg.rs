//! `vcg`: the allocation of greatest welfare; each winner pays what its presence costs the others.
//!
//! A bid asks for a number of units, all or none, at one price for all of them. The reserve is for a unit: a seller
//! takes no less for each, a buyer gains the reserve on each. Gain = offers above the reserve (selling), reserve
//! above the asks (buying). Of several best allocations the one with most winners is taken, then lots decide, the
//! best ticket first. Claims: truthful, nobody loses, efficient. Exact, by a table over bids and units; larger
//! auctions are refused.
//! Example (forward, two apples): A 5 for one, B 2 for one, C 6 for both: A and B win; without A the others would
//! gain 6 instead of 2, so A pays 4; without B, 6 instead of 5, so B pays 1.
//! Source: Vickrey 1961; Clarke 1971, "Multipart pricing of public goods"; Groves 1973. Answer: the example.

use super::{Auction, Award, Claim, ClearError, Clearing, Mechanism, Properties, Reason, Side};
use alloc::vec;
use alloc::vec::Vec;
use oikos_protocol::money::Amount;

/// The most cells (bids times units) of the table.
pub const CELLS_MAX: u128 = 1 << 20;

/// The rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vcg;

/// Gain first, then the number of winners.
type Value = (i128, u32);

/// The exact solution of the multi-unit problem.
struct Table {
    /// Admitted bids in the order of their tickets.
    order: Vec<usize>,
    units: usize,
    /// `best[place][units]`: the best of the bids from `place` on.
    best: Vec<Vec<Value>>,
    /// How many allocations attain it, counted up to two.
    ways: Vec<Vec<u8>>,
}

/// What a bid adds to the gain, if the reserve admits it.
fn gain(auction: &Auction<'_>, bid: usize) -> Option<i128> {
    let (price, quantity) = (auction.bids[bid].price.0, auction.bids[bid].quantity);
    let reserve = auction.reserve.unwrap_or_default().0.checked_mul(u128::from(quantity))?;
    let gain = match auction.side {
        Side::Sell => price.checked_sub(reserve)?,
        Side::Buy => reserve.checked_sub(price)?,
    };
    i128::try_from(gain).ok()
}

impl Table {
    fn of(auction: &Auction<'_>) -> Result<Self, ClearError> {
        if auction.side == Side::Buy && auction.reserve.is_none() {
            return Err(ClearError::Missing { mechanism: Vcg.name(), term: "reserve" });
        }
        let mut order: Vec<usize> = (0..auction.bids.len())
            .filter(|&bid| auction.bids[bid].quantity <= auction.units && gain(auction, bid).is_some())
            .collect();
        if let Some(lots) = auction.lots {
            order.sort_by_cached_key(|&bid| lots.rank(auction.bids[bid].bidder, &auction.bids[bid].nonce));
        }
        let asked = order.iter().map(|&bid| auction.bids[bid].quantity).fold(0, u64::saturating_add);
        let units = asked.min(auction.units);
        let size = (order.len() as u128 + 1) * (u128::from(units) + 1);
        if size > CELLS_MAX {
            return Err(ClearError::TooLarge { mechanism: Vcg.name(), size, allowed: CELLS_MAX });
        }
        let units = units as usize; // At most `CELLS_MAX`.
        let mut best = vec![vec![(0, 0); units + 1]; order.len() + 1];
        let mut ways = vec![vec![1u8; units + 1]; order.len() + 1];
        for place in (0..order.len()).rev() {
            let quantity = auction.bids[order[place]].quantity as usize;
            let own = gain(auction, order[place]).unwrap_or_default();
            for room in 0..=units {
                let without = best[place + 1][room];
                let with = room.checked_sub(quantity).map(|rest| plus(best[place + 1][rest], (own, 1)));
                let (value, count) = match with {
                    Some(with) if with > without => (with, ways[place + 1][room - quantity]),
                    Some(with) if with == without => {
                        (with, ways[place + 1][room].saturating_add(ways[place + 1][room - quantity]).min(2))
                    }
                    _ => (without, ways[place + 1][room]),
                };
                (best[place][room], ways[place][room]) = (value, count);
            }
        }
        Ok(Self { order, units, best, ways })
    }

    fn unique(&self) -> bool {
        self.ways[0][self.units] == 1
    }

    /// The places that win: the first ticket wins if any best allocation has it, then the second, and so on.
    fn winners(&self, auction: &Auction<'_>) -> Vec<usize> {
        let mut room = self.units;
        let mut won = Vec::new();
        for place in 0..self.order.len() {
            let quantity = auction.bids[self.order[place]].quantity as usize;
            let own = gain(auction, self.order[place]).unwrap_or_default();
            let with = room.checked_sub(quantity).map(|rest| plus(self.best[place + 1][rest], (own, 1)));
            if with == Some(self.best[place][room]) {
                won.push(place);
                room -= quantity;
            }
        }
        won
    }

    /// The greatest gain without each of the bids, by joining the best before it and the best behind it.
    fn gains_without(&self, auction: &Auction<'_>) -> Vec<i128> {
        let mut before = vec![0i128; self.units + 1];
        let mut without = Vec::with_capacity(self.order.len());
        for (place, &bid) in self.order.iter().enumerate() {
            let behind = &self.best[place + 1];
            let joined = (0..=self.units).map(|room| before[room] + behind[self.units - room].0);
            without.push(joined.max().unwrap_or(0));
            let (quantity, own) = (auction.bids[bid].quantity as usize, gain(auction, bid).unwrap_or_default());
            for room in (quantity..=self.units).rev() {
                before[room] = before[room].max(before[room - quantity] + own);
            }
        }
        without
    }
}

fn plus(a: Value, b: Value) -> Value {
    // A gain is below 2^88 (a price) selling, and below `units` times 2^88 in all buying; with at most 2^20 cells
    // both sums stay below 2^110.
    (a.0 + b.0, a.1 + b.1)
}

impl Mechanism for Vcg {
    fn name(&self) -> &'static str {
        "vcg"
    }

    fn source(&self) -> &'static str {
        "Vickrey 1961; Clarke 1971, Multipart pricing of public goods; Groves 1973, Incentives in teams"
    }

    fn properties(&self) -> Properties {
        Properties { truthful: Claim::Holds, ..Properties::ONE_SIDED }
    }

    fn prices_are_for_a_unit(&self) -> bool {
        false
    }

    fn needs_lots(&self, auction: &Auction<'_>) -> bool {
        Table::of(auction).is_ok_and(|table| !table.unique())
    }

    fn clear(&self, auction: &Auction<'_>) -> Result<Clearing, ClearError> {
        auction.check_single_bids()?;
        let table = Table::of(auction)?;
        if auction.lots.is_none() && !table.unique() {
            return Err(ClearError::LotsNeeded);
        }
        let mut clearing = Clearing::empty();
        let with = table.best[0][table.units].0;
        let without = table.gains_without(auction);
        for place in table.winners(auction) {
            let bid = table.order[place];
            let (price, lead) = (auction.bids[bid].price, Amount((with - without[place]).unsigned_abs()));
            let price = match auction.side {
                Side::Sell => price.saturating_sub(lead), // The lead is at most what the bid adds.
                Side::Buy => Amount(price.0 + lead.0),
            };
            clearing.explanation.push(Reason::InBestAllocation { bid });
            clearing.explanation.push(Reason::Externality { bid, with, without: without[place] });
            clearing.winners.push(Award { bid, units: auction.bids[bid].quantity, price });
        }
        clearing.sort_by_bid();
        clearing.objective = with;
        Ok(clearing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::{Bid, Lots};
    use oikos_protocol::id::ParticipantId;

    fn bid(bidder: u64, price: u128, quantity: u64) -> Bid<'static> {
        Bid { quantity, ..Bid::new(ParticipantId(bidder), Amount(price), [bidder as u8; 16]) }
    }

    #[test]
    fn two_apples_cost_a_4_and_b_1() {
        let bids = [bid(1, 5, 1), bid(2, 2, 1), bid(3, 6, 2)];
        let mut auction = Auction::new(Side::Sell, &bids);
        auction.units = 2;
        let clearing = Vcg.clear(&auction).unwrap();
        let paid = [Award { bid: 0, units: 1, price: Amount(4) }, Award { bid: 1, units: 1, price: Amount(1) }];
        assert_eq!(clearing.winners[..], paid);
        assert_eq!((clearing.objective, clearing.optimal), (7, true));
    }

    #[test]
    fn a_buyer_pays_each_seller_what_the_others_would_have_cost_more() {
        // Wants two at up to 10 each; one sells both for 9, two sell one each for 3 and 4.
        let bids = [bid(1, 9, 2), bid(2, 3, 1), bid(3, 4, 1)];
        let mut auction = Auction::new(Side::Buy, &bids);
        auction.units = 2;
        assert!(matches!(Vcg.clear(&auction), Err(ClearError::Missing { term: "reserve", .. })));
        auction.reserve = Some(Amount(10));
        let clearing = Vcg.clear(&auction).unwrap();
        // With both singles the gain is 13; without either, 11: each gets its ask and 2.
        let paid = [Award { bid: 1, units: 1, price: Amount(5) }, Award { bid: 2, units: 1, price: Amount(6) }];
        assert_eq!(clearing.winners[..], paid);
    }

    #[test]
    fn lots_decide_only_between_allocations_of_equal_gain() {
        let bids = [bid(1, 5, 1), bid(2, 5, 1)];
        let mut auction = Auction::new(Side::Sell, &bids);
        assert!(Vcg.needs_lots(&auction));
        assert_eq!(Vcg.clear(&auction), Err(ClearError::LotsNeeded));
        auction.lots = Some(Lots::from_seed([1; 32]));
        assert_eq!(Vcg.clear(&auction).unwrap().total(), Amount(5));
        auction.units = 2;
        assert!(!Vcg.needs_lots(&auction));
        assert_eq!(Vcg.clear(&auction).unwrap().total(), Amount(0));
    }

    #[test]
    fn a_table_beyond_its_bound_is_refused() {
        let bids = [bid(1, 5, 1 << 31), bid(2, 5, 1)];
        let mut auction = Auction::new(Side::Sell, &bids);
        auction.units = (1 << 32) - 1;
        assert!(matches!(Vcg.clear(&auction), Err(ClearError::TooLarge { .. })));
    }
}
