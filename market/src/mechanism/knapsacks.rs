//! Generalised assignment, exactly: items to agents with capacities, so that the profits add up to the most.
//!
//! An item goes to at most one agent; it may stay unassigned. Branch and bound in whole numbers with the Lagrangian
//! bound of Fisher, Jaikumar and Van Wassenhove: each item has a price λ ≥ 0, and Σ λ plus the best knapsack of each
//! agent at profits less prices is at least the optimum for *every* λ, so it is exact however the prices were found.
//! Deterministic: the order of the options alone breaks ties. Bounded by nodes: a search that ends early says so by
//! `bound > profit`.
//! Source: Fisher, Jaikumar and Van Wassenhove 1986, "A multiplier adjustment method for the generalized assignment
//! problem"; Beasley's OR-Library, problems gap1 to gap12.

use super::packing::common_divisor;
use alloc::vec;
use alloc::vec::Vec;

/// One way to serve an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Who serves it, by number.
    pub agent: usize,
    /// Which item, by number.
    pub item: usize,
    /// How much of the agent's capacity it takes; at least 1.
    pub weight: u64,
    /// What it gains; above zero, and all together below 2^110.
    pub profit: i128,
}

/// An assignment and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assigned {
    /// The choices taken, in ascending order.
    pub chosen: Vec<usize>,
    /// What they gain together.
    pub profit: i128,
    /// No assignment gains more; equal to `profit` where the optimum is proven.
    pub bound: i128,
    /// How many nodes were visited.
    pub nodes: u64,
}

const ROOT_STEPS: u32 = 300;
const NODE_STEPS: u32 = 16;
/// Step lengths are in 1/256 of Polyak's.
const FULL_STEP: i128 = 256;
/// The most cells filled below the root, so that a large instance gets fewer nodes: seconds, not hours.
const FILLED_MAX: u128 = 1 << 32;

/// How many cells of work one bound takes: the capacities that matter times the choices.
#[must_use]
pub fn cells(capacities: &[u64], choices: &[Choice]) -> u128 {
    let mut counted = vec![(0u128, 0u64); capacities.len()];
    for choice in choices {
        let (count, weight) = &mut counted[choice.agent];
        (*count, *weight) = (*count + 1, weight.saturating_add(choice.weight));
    }
    counted
        .iter()
        .zip(capacities)
        .map(|(&(count, weight), &capacity)| count * u128::from(weight.min(capacity) + 1))
        .sum()
}

/// The assignment of greatest profit, or the best found within `nodes_max` nodes (fewer where the instance is large).
///
/// `start` is an assignment to begin with (choices that are feasible together); it need not be good.
#[must_use]
pub fn assign(items: usize, capacities: &[u64], choices: &[Choice], start: &[usize], nodes_max: u64) -> Assigned {
    // In units of the greatest common divisor, so that the unit of money does not choose between equals.
    let unit = choices.iter().map(|choice| choice.profit).fold(0, common_divisor).max(1);
    let scaled: Vec<Choice> = choices.iter().map(|choice| Choice { profit: choice.profit / unit, ..*choice }).collect();
    let found = assign_scaled(items, capacities, &scaled, start, nodes_max);
    Assigned { profit: found.profit * unit, bound: found.bound * unit, ..found }
}

fn assign_scaled(items: usize, capacities: &[u64], choices: &[Choice], start: &[usize], nodes_max: u64) -> Assigned {
    let total: i128 = choices.iter().map(|choice| choice.profit).sum();
    let shift = total.leading_zeros().saturating_sub(4).min(12);
    let within = FILLED_MAX / u128::from(NODE_STEPS) / cells(capacities, choices).max(1);
    let nodes_max = nodes_max.min(u64::try_from(within).unwrap_or(u64::MAX));
    let mut by_agent = vec![Vec::new(); capacities.len()];
    let mut by_item = vec![Vec::new(); items];
    for (number, choice) in choices.iter().enumerate() {
        by_agent[choice.agent].push(number);
        by_item[choice.item].push(number);
    }
    let needed = |agent: &Vec<usize>| agent.iter().map(|&n| choices[n].weight).fold(0, u64::saturating_add);
    let room: Vec<usize> =
        by_agent.iter().zip(capacities).map(|(agent, &capacity)| capacity.min(needed(agent)) as usize).collect();
    let mut search = Search {
        choices,
        by_agent,
        by_item,
        shift,
        chosen: Vec::new(),
        profit: 0,
        nodes: 0,
        nodes_max,
        scratch: Scratch::default(),
    };
    search.offer(start);
    let prices = first_prices(items, choices, shift);
    let root = Node { decided: vec![Decision::Open; items], room, taken: Vec::new(), profit: 0, prices };
    let bound = search.run(root);
    search.chosen.sort_unstable();
    Assigned { chosen: search.chosen, profit: search.profit, bound: bound.max(search.profit), nodes: search.nodes }
}

/// A start for the prices: the second best profit of each item, which is about what competition for it comes to.
fn first_prices(items: usize, choices: &[Choice], shift: u32) -> Vec<i128> {
    let mut best = vec![(0, 0); items];
    for choice in choices {
        let (first, second) = best[choice.item];
        best[choice.item] = (choice.profit.max(first), choice.profit.min(first).max(second));
    }
    best.into_iter().map(|(_, second)| second << shift).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Open,
    /// Assigned, or left out for good.
    Closed,
}

#[derive(Clone)]
struct Node {
    decided: Vec<Decision>,
    /// What is left of each capacity.
    room: Vec<usize>,
    taken: Vec<usize>,
    profit: i128,
    prices: Vec<i128>,
}

#[derive(Default)]
struct Scratch {
    /// The best gain by room used, of one agent.
    best: Vec<i128>,
    /// Whether a choice is taken at a room, a row a choice.
    taken: Vec<bool>,
}

struct Search<'a> {
    choices: &'a [Choice],
    by_agent: Vec<Vec<usize>>,
    by_item: Vec<Vec<usize>>,
    shift: u32,
    chosen: Vec<usize>,
    profit: i128,
    nodes: u64,
    nodes_max: u64,
    scratch: Scratch,
}

impl Search<'_> {
    fn run(&mut self, root: Node) -> i128 {
        let mut open = vec![root];
        let mut bound = self.profit;
        while let Some(mut node) = open.pop() {
            if self.nodes >= self.nodes_max {
                let prices = node.prices.clone();
                let (upper, _) = self.upper(&node, &prices);
                bound = bound.max(upper >> self.shift);
                continue;
            }
            let steps = if self.nodes == 0 { ROOT_STEPS } else { NODE_STEPS };
            self.nodes += 1;
            if let Some(item) = self.relax(&mut node, steps) {
                self.branch(&node, item, &mut open);
            }
        }
        bound.max(self.profit)
    }

    /// One child for each way to serve the item and one for leaving it out; the most promising is looked at first.
    fn branch(&self, node: &Node, item: usize, open: &mut Vec<Node>) {
        let mut out = node.clone();
        out.decided[item] = Decision::Closed;
        open.push(out);
        let fits = |&&n: &&usize| self.choices[n].weight as u128 <= node.room[self.choices[n].agent] as u128;
        let mut ways: Vec<usize> = self.by_item[item].iter().filter(fits).copied().collect();
        ways.sort_by_key(|&n| self.choices[n].profit);
        for n in ways {
            let choice = self.choices[n];
            let mut child = node.clone();
            child.decided[item] = Decision::Closed;
            child.room[choice.agent] -= choice.weight as usize;
            child.taken.push(n);
            child.profit += choice.profit;
            open.push(child);
        }
    }

    fn offer(&mut self, taken: &[usize]) {
        let profit = taken.iter().map(|&n| self.choices[n].profit).sum();
        if profit > self.profit {
            (self.chosen, self.profit) = (taken.to_vec(), profit);
        }
    }

    /// The bound of the node under these prices, shifted, and the choices that the knapsacks take.
    fn upper(&mut self, node: &Node, prices: &[i128]) -> (i128, Vec<usize>) {
        let open = |item: usize| node.decided[item] == Decision::Open;
        let rent: i128 = (0..prices.len()).filter(|&item| open(item)).map(|item| prices[item]).sum();
        let mut upper = (node.profit << self.shift) + rent;
        let mut taken = Vec::new();
        for agent in 0..self.by_agent.len() {
            upper += self.knapsack(node, prices, agent, &mut taken);
        }
        (upper, taken)
    }

    /// The best knapsack of one agent at profits less prices; adds what it takes to `taken`.
    fn knapsack(&mut self, node: &Node, prices: &[i128], agent: usize, taken: &mut Vec<usize>) -> i128 {
        let room = node.room[agent];
        let Scratch { best, taken: rows } = &mut self.scratch;
        best.clear();
        best.resize(room + 1, 0);
        rows.clear();
        let mut packed: Vec<(usize, usize)> = Vec::new();
        for &n in &self.by_agent[agent] {
            let choice = self.choices[n];
            let gain = (choice.profit << self.shift) - prices[choice.item];
            if node.decided[choice.item] == Decision::Closed || gain <= 0 || u128::from(choice.weight) > room as u128 {
                continue;
            }
            let weight = choice.weight as usize;
            let row = rows.len();
            rows.resize(row + room + 1, false);
            for used in (weight..=room).rev() {
                let with = best[used - weight] + gain;
                if with > best[used] {
                    best[used] = with;
                    rows[row + used] = true;
                }
            }
            packed.push((n, weight));
        }
        let mut used = room;
        for (row, &(n, weight)) in packed.iter().enumerate().rev() {
            if rows[row * (room + 1) + used] {
                taken.push(n);
                used -= weight;
            }
        }
        best[room]
    }

    /// Improves the prices; the item to decide next, or nothing where nothing better is below.
    fn relax(&mut self, node: &mut Node, steps: u32) -> Option<usize> {
        let items = node.prices.len();
        let mut prices = node.prices.clone();
        let mut best: Option<(i128, Vec<i128>, Vec<i128>)> = None;
        let (mut length, mut stale) = (FULL_STEP, 0);
        for _ in 0..steps {
            let (upper, taken) = self.upper(node, &prices);
            if upper >> self.shift <= self.profit {
                return None;
            }
            self.repair(node, &taken);
            let mut excess = vec![-1i128; items];
            taken.iter().for_each(|&n| excess[self.choices[n].item] += 1);
            if best.as_ref().is_none_or(|(least, ..)| upper < *least) {
                best = Some((upper, prices.clone(), excess.clone()));
                stale = 0;
            } else {
                stale += 1;
                if stale == 4 {
                    (length, stale) = (length / 2, 0);
                    if length == 0 {
                        break;
                    }
                }
            }
            let moves = |item: usize| node.decided[item] == Decision::Open && (excess[item] > 0 || prices[item] > 0);
            let norm: i128 = (0..items).filter(|&item| moves(item)).map(|item| excess[item] * excess[item]).sum();
            if norm == 0 {
                break; // Feasible and tight: `repair` has just offered it.
            }
            let gap = upper - (self.profit << self.shift);
            let stride = (gap / norm * length / FULL_STEP).max(1);
            for item in 0..items {
                if node.decided[item] == Decision::Open {
                    prices[item] = (prices[item] + stride * excess[item]).max(0);
                }
            }
        }
        let (upper, prices, excess) = best?;
        node.prices = prices;
        if upper >> self.shift <= self.profit {
            return None;
        }
        // The most wanted item first; else one that nobody wants although it has a price; else any open one.
        let open = (0..items).filter(|&item| node.decided[item] == Decision::Open);
        open.max_by_key(|&item| (excess[item].max(0), node.prices[item], core::cmp::Reverse(item)))
    }

    /// Makes an assignment out of what the knapsacks take: each item to its best taker, then what still fits.
    fn repair(&mut self, node: &Node, taken: &[usize]) {
        let mut served: Vec<bool> = node.decided.iter().map(|&decision| decision == Decision::Closed).collect();
        let mut room = node.room.clone();
        let mut chosen = node.taken.clone();
        let by_profit = |list: &mut Vec<usize>| list.sort_by_key(|&n| core::cmp::Reverse(self.choices[n].profit));
        let mut wanted = taken.to_vec();
        by_profit(&mut wanted);
        let mut rest: Vec<usize> = (0..self.choices.len()).filter(|&n| !served[self.choices[n].item]).collect();
        by_profit(&mut rest);
        for n in wanted.into_iter().chain(rest) {
            let Choice { agent, item, weight, .. } = self.choices[n];
            if !served[item] && u128::from(weight) <= room[agent] as u128 {
                served[item] = true;
                room[agent] -= weight as usize;
                chosen.push(n);
            }
        }
        self.offer(&chosen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_hand(items: usize, capacities: &[u64], choices: &[Choice]) -> i128 {
        fn go(item: usize, items: usize, room: &mut Vec<u64>, choices: &[Choice]) -> i128 {
            if item == items {
                return 0;
            }
            let mut best = go(item + 1, items, room, choices);
            for choice in choices.iter().filter(|choice| choice.item == item) {
                if choice.weight <= room[choice.agent] {
                    room[choice.agent] -= choice.weight;
                    best = best.max(choice.profit + go(item + 1, items, room, choices));
                    room[choice.agent] += choice.weight;
                }
            }
            best
        }
        go(0, items, &mut capacities.to_vec(), choices)
    }

    #[test]
    fn every_small_instance_agrees_with_trying_all_assignments() {
        let mut state = 3u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for case in 0..300 {
            let (agents, items) = (1 + random(3) as usize, 1 + random(6) as usize);
            let capacities: Vec<u64> = (0..agents).map(|_| random(15)).collect();
            let mut choices = Vec::new();
            for (agent, item) in (0..agents).flat_map(|agent| (0..items).map(move |item| (agent, item))) {
                if random(5) > 0 {
                    choices.push(Choice { agent, item, weight: 1 + random(8), profit: 1 + i128::from(random(20)) });
                }
            }
            let found = assign(items, &capacities, &choices, &[], 100_000);
            assert_eq!(found.profit, by_hand(items, &capacities, &choices), "case {case}");
            assert_eq!(found.bound, found.profit, "proven");
            assert_eq!(found.chosen.iter().map(|&n| choices[n].profit).sum::<i128>(), found.profit);
        }
    }

    #[test]
    fn a_search_cut_short_says_so() {
        let choice = |agent, item, weight, profit| Choice { agent, item, weight, profit };
        let choices = [choice(0, 0, 2, 3), choice(0, 1, 2, 3), choice(0, 2, 3, 4)];
        let found = assign(3, &[4], &choices, &[], 0);
        assert!(found.bound > found.profit);
    }
}
