//! Answers that are averages: at least 10^5 seeded draws, U[0,1] on 10^6 minor units, within 4 standard errors.

use oikos_market::math::draw::Draw;
use oikos_market::mechanism::{Auction, Bid, Lots, Side, by_name};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;

/// One, in minor units.
const ONE: u64 = 1_000_000;
const DRAWS: u32 = 100_000;

fn bid(bidder: usize, price: u64) -> Bid<'static> {
    Bid::new(ParticipantId(bidder as u64), Amount(price.into()), [bidder as u8; 16])
}

/// Compares the mean of `DRAWS` samples with the answer. The grid adds at most 2 · 10^-6 to what chance allows.
fn check(what: &str, answer: f64, mut sample: impl FnMut(&mut Draw) -> f64) {
    let mut draw = Draw::new(20_261_124);
    let (mut sum, mut squares) = (0.0, 0.0);
    for _ in 0..DRAWS {
        let value = sample(&mut draw);
        sum += value;
        squares += value * value;
    }
    let n = f64::from(DRAWS);
    let mean = sum / n;
    let error = ((squares / n - mean * mean) / n).sqrt();
    assert!((mean - answer).abs() <= 4.0 * error + 2e-6, "{what}: {mean} is not {answer} (standard error {error})");
}

/// What the winners pay or receive, in units of one.
fn total(mechanism: &str, auction: &Auction<'_>) -> f64 {
    by_name(mechanism).unwrap().clear(auction).unwrap().total().0 as f64 / ONE as f64
}

#[test]
fn first_price_revenue_is_n_minus_1_over_n_plus_1() {
    for (n, revenue) in [(2usize, 1.0 / 3.0), (3, 1.0 / 2.0), (5, 2.0 / 3.0), (10, 9.0 / 11.0)] {
        check("first-price", revenue, |draw| {
            let bids: Vec<_> = (0..n).map(|i| bid(i, draw.below(ONE + 1) * (n as u64 - 1) / n as u64)).collect();
            total(
                "first-price",
                &Auction { lots: Some(Lots::from_seed(draw.seed())), ..Auction::new(Side::Sell, &bids) },
            )
        });
    }
}

#[test]
fn second_price_procurement_pays_2_over_n_plus_1() {
    for (n, payment) in [(2usize, 2.0 / 3.0), (3, 1.0 / 2.0), (5, 1.0 / 3.0), (10, 2.0 / 11.0)] {
        check("second-price", payment, |draw| {
            let bids: Vec<_> = (0..n).map(|i| bid(i, draw.below(ONE + 1))).collect();
            total(
                "second-price",
                &Auction { lots: Some(Lots::from_seed(draw.seed())), ..Auction::new(Side::Buy, &bids) },
            )
        });
    }
}

#[test]
fn the_optimal_reserve_brings_a_quarter_five_twelfths_and_seventeen_thirty_seconds() {
    use oikos_market::mechanism::terms::{Prior, Terms};
    let prior = Some(Prior { low: Amount(0), high: Amount(ONE.into()), own: Amount(0) });
    for (n, revenue) in [(1usize, 1.0 / 4.0), (2, 5.0 / 12.0), (3, 17.0 / 32.0)] {
        check("optimal-reserve", revenue, |draw| {
            let bids: Vec<_> = (0..n).map(|i| bid(i, draw.below(ONE + 1))).collect();
            let terms = Terms { prior, ..Terms::NONE };
            let lots = Some(Lots::from_seed(draw.seed()));
            total("optimal-reserve", &Auction { lots, terms, ..Auction::new(Side::Sell, &bids) })
        });
    }
}

#[test]
fn a_posted_half_gains_an_eighth() {
    check("posted-price", 1.0 / 8.0, |draw| {
        let (cost, value) = (draw.below(ONE + 1), draw.below(ONE + 1));
        let bids = [bid(0, cost)];
        // The buyer takes part only where the posted price is within its value.
        let auction = Auction { reserve: Some(Amount(u128::from(ONE / 2))), ..Auction::new(Side::Buy, &bids) };
        let won = value >= ONE / 2 && !by_name("posted-price").unwrap().clear(&auction).unwrap().winners.is_empty();
        if won { (value as f64 - cost as f64) / ONE as f64 } else { 0.0 }
    });
}

#[test]
fn a_lottery_gives_each_of_k_equals_one_kth() {
    for k in [2usize, 3, 7] {
        let bids: Vec<_> = (0..k).map(|i| bid(i, 5)).collect();
        check("lottery", 1.0 / k as f64, |draw| {
            let auction = Auction { lots: Some(Lots::from_seed(draw.seed())), ..Auction::new(Side::Buy, &bids) };
            let won = by_name("lottery").unwrap().clear(&auction).unwrap().winners[0].bid;
            f64::from(u8::from(won == 0))
        });
    }
}

/// Chatterjee and Samuelson: the buyer bids 2v/3 + 1/12, the seller asks 2c/3 + 1/4, k = ½.
#[test]
fn bargaining_in_the_call_market_trades_nine_thirty_seconds_and_gains_nine_sixty_fourths() {
    let trade = |draw: &mut Draw| {
        let (value, cost) = (draw.below(ONE + 1), draw.below(ONE + 1));
        let buyer = Bid { side: Side::Buy, ..bid(0, (8 * value + ONE) / 12) };
        let seller = Bid { side: Side::Sell, ..bid(1, (8 * cost + 3 * ONE) / 12) };
        let bids = [buyer, seller];
        let traded = by_name("call-market").unwrap().clear(&Auction::new(Side::Buy, &bids)).unwrap().winners.len() == 2;
        (traded, (value as f64 - cost as f64) / ONE as f64)
    };
    check("trade", 9.0 / 32.0, |draw| f64::from(u8::from(trade(draw).0)));
    check("gain", 9.0 / 64.0, |draw| match trade(draw) {
        (true, gain) => gain,
        (false, _) => 0.0,
    });
}
