//! `oikos clear assignment --or-library FILE [--problem N]`: generalised assignment in the format of Beasley's
//! OR-Library.
//!
//! Numbers separated by blanks: how many problems; then, for each, agents m and items n, m rows of n profits, m rows
//! of n capacities taken, and m capacities. Profits are maximised.

use super::answer::write_json;
use super::cats::lots;
use super::read::malformed;
use super::{ClearArgs, ClearFailure, PricingArg, Verdict, read};
use oikos_market::mechanism::assignment::Assignment;
use oikos_market::mechanism::terms::{Pricing, Terms};
use oikos_market::mechanism::{Auction, Bid, Mechanism as _, Side};
use oikos_protocol::id::ParticipantId;
use oikos_protocol::money::Amount;
use serde::Serialize;
use std::io::Write;
use std::path::Path;

/// The most problems of a file, and the most agents times items of one.
const PROBLEMS_MAX: usize = 1000;
const CELLS_MAX: usize = 1 << 16;

/// One problem, row by row.
#[derive(Debug, PartialEq, Eq)]
struct Problem {
    items: usize,
    profits: Vec<u64>,
    taken: Vec<u64>,
    capacities: Vec<u64>,
}

/// What is printed for one.
#[derive(Debug, Serialize)]
struct Solved {
    problem: usize,
    agents: usize,
    items: usize,
    objective: String,
    optimal: bool,
    winners: Vec<Assigned>,
}

/// One item and who takes it; the first of each is 1.
#[derive(Debug, Serialize)]
struct Assigned {
    bid: String,
    agent: usize,
    item: usize,
    price: String,
}

pub(super) fn run(path: &Path, args: &ClearArgs, out: &mut impl Write) -> Result<Verdict, ClearFailure> {
    let text = read::text(path)?;
    let problems = parse(&text).map_err(|message| malformed(path, message))?;
    match args.problem {
        Some(number) => {
            let there =
                || ClearFailure::usage(format!("--problem {number}: the file has problems 1 to {}", problems.len()));
            let place = number.checked_sub(1).filter(|&place| place < problems.len()).ok_or_else(there)?;
            write_json(out, &solve(place, &problems[place], args)?)?;
        }
        None => {
            #[derive(Serialize)]
            struct All {
                problems: Vec<Solved>,
            }
            let solved = problems.iter().enumerate().map(|(place, problem)| solve(place, problem, args));
            write_json(out, &All { problems: solved.collect::<Result<_, _>>()? })?;
        }
    }
    Ok(Verdict::Done)
}

fn solve(place: usize, problem: &Problem, args: &ClearArgs) -> Result<Solved, ClearFailure> {
    let items: Vec<u32> = (0..).take(problem.items).collect();
    let at = |n: usize| (n / problem.items, n % problem.items);
    let bid = |n: usize| {
        let (agent, item) = at(n);
        let price = Amount(problem.profits[n].into());
        let bid = Bid::new(ParticipantId(agent as u64), price, [0; 16]);
        Bid { bundle: &items[item..=item], quantity: problem.taken[n], ..bid }
    };
    let bids: Vec<Bid<'_>> = (0..problem.profits.len()).map(bid).collect();
    let capacities: Vec<_> = (0..).map(ParticipantId).zip(problem.capacities.iter().copied()).collect();
    let pricing = if args.pricing == Some(PricingArg::Vcg) { Pricing::Externality } else { Pricing::OwnBid };
    let nodes_max = args.nodes.unwrap_or(Terms::NONE.nodes_max);
    let terms = Terms { capacities: &capacities, pricing, nodes_max, ..Terms::NONE };
    let auction = Auction { lots: Some(lots(args)?), terms, ..Auction::new(Side::Sell, &bids) };
    let clearing = Assignment.clear(&auction)?;
    let assigned = |award: &oikos_market::mechanism::Award| {
        let (agent, item) = at(award.bid);
        let (agent, item) = (agent + 1, item + 1);
        Assigned { bid: format!("{agent}:{item}"), agent, item, price: award.price.to_string() }
    };
    Ok(Solved {
        problem: place + 1,
        agents: capacities.len(),
        items: problem.items,
        objective: clearing.objective.to_string(),
        optimal: clearing.optimal,
        winners: clearing.winners.iter().map(assigned).collect(),
    })
}

fn parse(text: &str) -> Result<Vec<Problem>, String> {
    let mut words = text.split_whitespace().enumerate();
    let mut next = |what: &str| -> Result<u64, String> {
        let (place, word) = words.next().ok_or_else(|| format!("the file ends where {what} is expected"))?;
        let wrong = || format!("number {}: `{}` where {what} is expected", place + 1, read::shown(word));
        word.parse::<u32>().map(u64::from).map_err(|_| wrong())
    };
    let count = next("the number of problems")? as usize;
    if !(1..=PROBLEMS_MAX).contains(&count) {
        return Err(format!("{count} problems; expected 1 to {PROBLEMS_MAX}"));
    }
    let mut problems = Vec::new();
    for number in 1..=count {
        let (agents, items) = (next("the number of agents")? as usize, next("the number of items")? as usize);
        let cells = agents.checked_mul(items).filter(|cells| (1..=CELLS_MAX).contains(cells));
        let cells = cells.ok_or_else(|| {
            format!("problem {number}: {agents} agents and {items} items; expected 1 to {CELLS_MAX} pairs")
        })?;
        let mut rows = |what: &str, many: usize| (0..many).map(|_| next(what)).collect::<Result<Vec<u64>, _>>();
        let (profits, taken) = (rows("a profit", cells)?, rows("a capacity taken", cells)?);
        if taken.contains(&0) {
            return Err(format!("problem {number}: an item takes nothing; expected at least 1"));
        }
        problems.push(Problem { items, profits, taken, capacities: rows("a capacity", agents)? });
    }
    match words.next() {
        Some((place, word)) => Err(format!("number {}: `{}` after the last problem", place + 1, read::shown(word))),
        None => Ok(problems),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_row_by_row() {
        let problems = parse("1\n1 2\n3 4\n5 6\n7\n").unwrap();
        let one = Problem { items: 2, profits: vec![3, 4], taken: vec![5, 6], capacities: vec![7] };
        assert_eq!(problems, [one]);
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        for (text, message) in [
            ("", "the file ends where the number of problems is expected"),
            ("0", "0 problems; expected 1 to 1000"),
            ("1 1 x", "number 3: `x` where the number of items is expected"),
            ("1 99999 99999", "problem 1: 99999 agents and 99999 items; expected 1 to 65536 pairs"),
            ("1 1 1 3 0 7", "problem 1: an item takes nothing; expected at least 1"),
            ("1 1 1 3 2 7 8", "number 7: `8` after the last problem"),
            ("1 1 1 -3 2 7", "number 4: `-3` where a profit is expected"),
        ] {
            assert_eq!(parse(text).unwrap_err(), message);
        }
    }
}
