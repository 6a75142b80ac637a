//! Auctions that no honest poster would pose: every mechanism answers, and none overflows.

use oikos_market::math::draw::Draw;
use oikos_market::mechanism::auction::{PRICE_MAX, UNITS_MAX};
use oikos_market::mechanism::terms::{ATTRIBUTE_MAX, Pricing, Prior, ScoringTerm, Shape, Terms};
use oikos_market::mechanism::{Auction, Bid, ClearError, Lots, MECHANISMS, Side};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::{Amount, Share};

/// Mostly small, often on or beyond a bound.
fn number(draw: &mut Draw, bound: u128) -> u128 {
    match draw.below(12) {
        0 => 0,
        1 => bound,
        2 => bound + 1,
        3 => u128::MAX,
        4 => bound - 1,
        _ => draw.below(10).into(),
    }
}

fn side(draw: &mut Draw) -> Side {
    if draw.below(2) == 0 { Side::Buy } else { Side::Sell }
}

#[test]
fn every_mechanism_answers_ten_thousand_auctions_out_of_all_bounds() {
    let mut draw = Draw::new(77);
    let bundles: [&[u32]; 7] = [&[], &[0], &[1], &[0, 1], &[1, 0], &[0, 0], &[u32::MAX]];
    let attributes: [&[i64]; 5] = [&[], &[0], &[ATTRIBUTE_MAX], &[i64::MIN], &[-ATTRIBUTE_MAX]];
    let clicks: [&[u64]; 4] = [&[], &[2, 1], &[1, 2], &[UNITS_MAX, UNITS_MAX]];
    let (mut cleared, mut refused) = (0u64, 0u64);
    for _ in 0..10_000 {
        let amount = |draw: &mut Draw| Amount(number(draw, PRICE_MAX.0));
        let units = |draw: &mut Draw| number(draw, UNITS_MAX.into()).min(u64::MAX.into()) as u64;
        let maybe = |draw: &mut Draw| (draw.below(2) == 0).then(|| amount(draw));
        let bids: Vec<Bid<'_>> = (0..draw.below(7))
            .map(|_| Bid {
                bidder: ParticipantId(draw.below(8)),
                price: amount(&mut draw),
                nonce: [draw.below(3) as u8; 16],
                quantity: units(&mut draw).max(draw.below(2)),
                side: side(&mut draw),
                bundle: bundles[draw.below(7) as usize],
                attributes: attributes[draw.below(5) as usize],
            })
            .collect();
        let worth = number(&mut draw, PRICE_MAX.0).min(i128::MAX as u128) as i128;
        let rule = [ScoringTerm { worth: if draw.below(2) == 0 { worth } else { -worth }, shape: Shape::Root }];
        let capacities = [(ParticipantId(draw.below(3)), units(&mut draw)), (ParticipantId(3), u64::MAX)];
        let prior = Prior { low: amount(&mut draw), high: amount(&mut draw), own: amount(&mut draw) };
        let auction = Auction {
            side: side(&mut draw),
            bids: &bids,
            reserve: maybe(&mut draw),
            lots: (draw.below(4) > 0).then(|| Lots::from_seed(draw.seed())),
            units: units(&mut draw),
            terms: Terms {
                budget: maybe(&mut draw),
                tick: amount(&mut draw),
                clicks: clicks[draw.below(4) as usize],
                scoring: &rule[..draw.below(2) as usize],
                capacities: &capacities[..draw.below(3) as usize],
                prior: (draw.below(2) == 0).then_some(prior),
                k: Share::from_millionths(draw.below(1_000_001) as u32).unwrap(),
                choice: (draw.below(2) == 0).then(|| draw.below(9) as usize),
                pricing: if draw.below(2) == 0 { Pricing::OwnBid } else { Pricing::Externality },
                nodes_max: draw.below(3),
            },
        };
        for rule in MECHANISMS {
            let needs_lots = rule.needs_lots(&auction);
            match rule.clear(&auction) {
                Ok(clearing) => {
                    cleared += 1;
                    assert!(clearing.winners.iter().all(|award| award.bid < bids.len()), "{}", rule.name());
                    assert!(!needs_lots || auction.lots.is_some(), "{} cleared without the lots it needs", rule.name());
                }
                Err(error) => {
                    refused += 1;
                    let asks = error == ClearError::LotsNeeded;
                    assert!(!asks || (needs_lots && auction.lots.is_none()), "{} asks in vain", rule.name());
                }
            }
        }
    }
    assert!(cleared > 10_000 && refused > 10_000, "{cleared} cleared, {refused} refused");
}
