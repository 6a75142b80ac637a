//! Beasley's generalised assignment problems gap1 to gap6, to their known optima.

use crate::shared::{folder, known};
use oikos_market::mechanism::assignment::Assignment;
use oikos_market::mechanism::terms::{Pricing, Terms};
use oikos_market::mechanism::{Auction, Bid, Lots, Mechanism, Side};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;

#[test]
fn all_thirty_problems_of_gap1_to_gap6_are_solved_to_their_optimum_and_proven() {
    let Some(folder) = folder("or-library-gap") else { return };
    let known = known(&folder);
    let (mut solved, start) = (0, std::time::Instant::now());
    for file in (1..=6).map(|n| format!("gap{n}")) {
        let text = std::fs::read_to_string(folder.join(format!("{file}.txt"))).unwrap();
        let mut numbers = text.split_whitespace().map(|word| word.parse::<u64>().unwrap());
        let mut next = || numbers.next().unwrap();
        for problem in 0..next() as usize {
            let (agents, items) = (next(), next() as u32);
            let profits: Vec<u64> = (0..agents * u64::from(items)).map(|_| next()).collect();
            let weights: Vec<u64> = (0..profits.len()).map(|_| next()).collect();
            let capacities: Vec<_> = (0..agents).map(|agent| (ParticipantId(agent), next())).collect();
            let numbers: Vec<u32> = (0..items).collect();
            let bids: Vec<Bid<'_>> = (0..profits.len())
                .map(|n| {
                    let (agent, item) = (n as u64 / u64::from(items), n % items as usize);
                    let bid = Bid::new(ParticipantId(agent), Amount(profits[n].into()), [0; 16]);
                    Bid { bundle: &numbers[item..=item], quantity: weights[n], ..bid }
                })
                .collect();
            let auction = Auction {
                lots: Some(Lots::from_seed([1; 32])),
                terms: Terms { capacities: &capacities, pricing: Pricing::OwnBid, ..Terms::NONE },
                ..Auction::new(Side::Sell, &bids)
            };
            let clearing = Assignment.clear(&auction).unwrap();
            let optimum = known[&file][problem].as_i64().unwrap();
            assert_eq!(clearing.objective, optimum.into(), "{file} problem {}", problem + 1);
            assert!(clearing.optimal, "{file} problem {} is proven", problem + 1);
            for &(agent, capacity) in &capacities {
                let won = clearing.winners.iter().map(|award| &bids[award.bid]).filter(|bid| bid.bidder == agent);
                assert!(won.map(|bid| bid.quantity).sum::<u64>() <= capacity);
            }
            solved += 1;
        }
    }
    println!("30 problems in {:?}", start.elapsed());
    assert_eq!(solved, 30);
}
