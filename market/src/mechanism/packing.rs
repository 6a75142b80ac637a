//! Weighted set packing, exactly: which sets, no two of them sharing an element, weigh most together.
//!
//! Branch and bound in whole numbers. The bound is Lagrangian: each element has a price λ ≥ 0 and
//! Σ λ + Σ max(0, weight − prices of the set) is at least the optimum for *every* λ, so it is exact however the
//! prices were found (by subgradient steps in fixed point). Sets whose reduced weight cannot make up for the gap are
//! fixed in or out. Deterministic: the order of the sets is the only thing that breaks ties. Bounded by nodes: a
//! search that ends early says so by `bound > weight`.
//! Source: Held and Karp 1971 (bound); Sandholm 2002, "Algorithm for optimal winner determination in combinatorial
//! auctions"; Lehmann, O'Callaghan and Shoham 2002 (greedy by weight / √size).

use crate::math::root::root_down;
use alloc::vec;
use alloc::vec::Vec;

/// A set to pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What it is worth; above zero, and all together below 2^110.
    pub weight: i128,
    /// Its elements by number, each once.
    pub elements: Vec<u32>,
}

/// A packing and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The chosen sets, in ascending order.
    pub chosen: Vec<usize>,
    /// What they weigh together.
    pub weight: i128,
    /// No packing weighs more than this; equal to `weight` where the optimum is proven.
    pub bound: i128,
    /// How many nodes were visited.
    pub nodes: u64,
}

/// Steps at the root and at each node below it.
const ROOT_STEPS: u32 = 400;
const NODE_STEPS: u32 = 24;
/// Step lengths are in 1/256 of Polyak's.
const FULL_STEP: i128 = 256;
/// The most comparisons of words that the search for dominated sets makes; a larger instance goes without.
const COMPARISONS_MAX: usize = 1 << 28;
/// The most elements looked at below the root, so that a large instance gets fewer nodes: seconds, not hours.
const LOOKS_MAX: u64 = 1 << 32;

/// How much one look at all sets takes: their elements together.
#[must_use]
pub fn size(sets: &[Candidate]) -> u128 {
    sets.iter().map(|set| set.elements.len() as u128).sum()
}

/// The sets by weight per root of their size, heaviest first, each taken if nothing before it is in its way.
#[must_use]
pub fn greedy(elements: usize, sets: &[Candidate]) -> Vec<usize> {
    let heaviest = sets.iter().map(|set| set.weight.unsigned_abs()).max().unwrap_or(0);
    // As many places as fit: with few, small weights would be rounded to the same key.
    let shift = heaviest.leading_zeros().saturating_sub(1).min(60);
    let key = |set: &Candidate| {
        let root = root_down((set.elements.len() as u128) << 40).max(1); // In units of 2^-20.
        (set.weight.unsigned_abs() << shift) / root
    };
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by_cached_key(|&set| core::cmp::Reverse(key(&sets[set])));
    let mut taken = vec![false; elements];
    let mut chosen = Vec::new();
    for set in order {
        take_if_free(&sets[set], &mut taken).then(|| chosen.push(set));
    }
    chosen.sort_unstable();
    chosen
}

fn take_if_free(set: &Candidate, taken: &mut [bool]) -> bool {
    let free = set.elements.iter().all(|&element| !taken[element as usize]);
    if free {
        set.elements.iter().for_each(|&element| taken[element as usize] = true);
    }
    free
}

/// The heaviest packing, or the heaviest found within `nodes_max` nodes (fewer where the instance is large).
///
/// `start` is a packing to begin with (sets that exist and do not overlap); it need not be good.
#[must_use]
pub fn pack(elements: usize, sets: &[Candidate], start: &[usize], nodes_max: u64) -> Packed {
    // In units of the greatest common divisor, so that the unit of money does not choose between equals.
    let unit = sets.iter().map(|set| set.weight).fold(0, common_divisor).max(1);
    let scaled: Vec<Candidate> =
        sets.iter().map(|set| Candidate { weight: set.weight / unit, ..set.clone() }).collect();
    let packed = pack_scaled(elements, &scaled, start, nodes_max);
    Packed { weight: packed.weight * unit, bound: packed.bound * unit, ..packed }
}

/// Euclid's algorithm, for numbers from zero up.
pub(super) fn common_divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn pack_scaled(elements: usize, sets: &[Candidate], start: &[usize], nodes_max: u64) -> Packed {
    let total: i128 = sets.iter().map(|set| set.weight).sum();
    let shift = total.leading_zeros().saturating_sub(4).min(16);
    let look = u64::try_from(size(sets)).unwrap_or(u64::MAX).max(1);
    let nodes_max = nodes_max.min(LOOKS_MAX / u64::from(NODE_STEPS) / look);
    let mut search = Search { sets, shift, chosen: start.to_vec(), weight: 0, nodes: 0, nodes_max, elements };
    search.weight = start.iter().map(|&set| sets[set].weight).sum();
    let by_greed = greedy(elements, sets);
    search.offer(&by_greed);
    let root = Node {
        active: undominated(elements, sets),
        taken: Vec::new(),
        weight: 0,
        prices: first_prices(elements, sets, shift),
    };
    let bound = search.run(root);
    search.chosen.sort_unstable();
    Packed { chosen: search.chosen, weight: search.weight, bound: bound.max(search.weight), nodes: search.nodes }
}

/// A start for the prices: each set spreads its weight over its elements, and the dearest share counts.
fn first_prices(elements: usize, sets: &[Candidate], shift: u32) -> Vec<i128> {
    let mut prices = vec![0; elements];
    for set in sets {
        let share = (set.weight << shift) / (set.elements.len() as i128).max(1);
        for &element in &set.elements {
            let price = &mut prices[element as usize];
            *price = share.max(*price);
        }
    }
    prices
}

/// The sets that no other set beats with fewer elements and no less weight.
fn undominated(elements: usize, sets: &[Candidate]) -> Vec<u32> {
    let words = elements.div_ceil(64);
    if sets.len().saturating_mul(sets.len()).saturating_mul(words) > COMPARISONS_MAX {
        return (0..sets.len() as u32).collect();
    }
    let mut bits = vec![0u64; words * sets.len()];
    for (number, set) in sets.iter().enumerate() {
        for &element in &set.elements {
            bits[number * words + element as usize / 64] |= 1 << (element % 64);
        }
    }
    let row = |set: usize| &bits[set * words..(set + 1) * words];
    let within = |small: usize, large: usize| row(small).iter().zip(row(large)).all(|(a, b)| a & !b == 0);
    let beaten = |set: usize| {
        (0..sets.len()).any(|other| {
            let (ours, theirs) = (sets[set].weight, sets[other].weight);
            // Of two alike the first stays.
            other != set
                && theirs >= ours
                && within(other, set)
                && (theirs > ours || other < set || sets[other].elements.len() < sets[set].elements.len())
        })
    };
    (0..sets.len()).filter(|&set| !beaten(set)).map(|set| set as u32).collect()
}

struct Node {
    /// Sets still to decide; none overlaps what is taken.
    active: Vec<u32>,
    taken: Vec<u32>,
    weight: i128,
    /// Element prices, shifted.
    prices: Vec<i128>,
}

struct Search<'a> {
    sets: &'a [Candidate],
    elements: usize,
    /// Weights and prices are compared in units of 2^−shift.
    shift: u32,
    chosen: Vec<usize>,
    weight: i128,
    nodes: u64,
    nodes_max: u64,
}

/// What the relaxation says about a node.
enum Relaxed {
    /// Nothing better is below.
    Closed,
    /// Decide this set.
    Branch(u32),
    /// Sets were fixed: look again.
    Again,
}

impl Search<'_> {
    fn run(&mut self, root: Node) -> i128 {
        let mut open = vec![root];
        let mut bound = self.weight;
        while let Some(mut node) = open.pop() {
            let steps = if self.nodes == 0 { ROOT_STEPS } else { NODE_STEPS };
            if self.nodes >= self.nodes_max {
                let (upper, _) = self.upper(&node, &node.prices);
                bound = bound.max(upper >> self.shift);
                continue;
            }
            self.nodes += 1;
            let branch = loop {
                match self.relax(&mut node, steps) {
                    Relaxed::Closed => break None,
                    Relaxed::Branch(set) => break Some(set),
                    Relaxed::Again => {}
                }
            };
            if let Some(set) = branch {
                let mut without = Node {
                    active: node.active.clone(),
                    taken: node.taken.clone(),
                    weight: node.weight,
                    prices: node.prices.clone(),
                };
                without.active.retain(|&other| other != set);
                open.push(without);
                self.take(&mut node, set);
                open.push(node); // Looked at first.
            }
        }
        bound.max(self.weight)
    }

    /// Keeps this packing if it is the best so far.
    fn offer(&mut self, packing: &[usize]) {
        let weight = packing.iter().map(|&set| self.sets[set].weight).sum();
        if weight > self.weight {
            (self.chosen, self.weight) = (packing.to_vec(), weight);
        }
    }

    /// Puts `set` into the node's packing, and what overlaps it out.
    fn take(&self, node: &mut Node, set: u32) {
        let taken = &self.sets[set as usize];
        node.weight += taken.weight;
        node.taken.push(set);
        let mut blocked = vec![false; self.elements];
        taken.elements.iter().for_each(|&element| blocked[element as usize] = true);
        node.active.retain(|&other| {
            other != set && self.sets[other as usize].elements.iter().all(|&element| !blocked[element as usize])
        });
    }

    /// Weight less prices, for each active set.
    fn reduced(&self, node: &Node, prices: &[i128]) -> Vec<i128> {
        let one = |&set: &u32| {
            let set = &self.sets[set as usize];
            let paid: i128 = set.elements.iter().map(|&element| prices[element as usize]).sum();
            (set.weight << self.shift) - paid
        };
        node.active.iter().map(one).collect()
    }

    /// The bound of the node under these prices, shifted, and the reduced weights.
    fn upper(&self, node: &Node, prices: &[i128]) -> (i128, Vec<i128>) {
        let reduced = self.reduced(node, prices);
        let mut open = vec![false; self.elements];
        for &set in &node.active {
            self.sets[set as usize].elements.iter().for_each(|&element| open[element as usize] = true);
        }
        let rent: i128 = prices.iter().zip(&open).filter(|&(_, &open)| open).map(|(&price, _)| price).sum();
        let gain: i128 = reduced.iter().filter(|&&gain| gain > 0).sum();
        ((node.weight << self.shift) + rent + gain, reduced)
    }

    /// Improves the prices, fixes what can be fixed, and says what to do.
    fn relax(&mut self, node: &mut Node, steps: u32) -> Relaxed {
        let mut open = vec![false; self.elements];
        for &set in &node.active {
            self.sets[set as usize].elements.iter().for_each(|&element| open[element as usize] = true);
        }
        let mut prices = node.prices.clone();
        let mut best: Option<(i128, Vec<i128>)> = None;
        let (mut length, mut stale) = (FULL_STEP, 0);
        for step in 0..steps {
            let (upper, reduced) = self.upper(node, &prices);
            if upper >> self.shift <= self.weight {
                return Relaxed::Closed;
            }
            if step % 8 == 0 {
                self.round(node, &reduced);
            }
            if best.as_ref().is_none_or(|(least, _)| upper < *least) {
                best = Some((upper, prices.clone()));
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
            // How often each element would be used, less the once that is allowed.
            let mut excess = vec![-1i128; self.elements];
            for (&set, &gain) in node.active.iter().zip(&reduced) {
                if gain > 0 {
                    self.sets[set as usize].elements.iter().for_each(|&element| excess[element as usize] += 1);
                }
            }
            let moves = |element: usize| open[element] && (excess[element] > 0 || prices[element] > 0);
            let norm: i128 = (0..self.elements).filter(|&e| moves(e)).map(|e| excess[e] * excess[e]).sum();
            if norm == 0 {
                break; // Feasible and tight: the bound is the packing's weight.
            }
            let gap = upper - (self.weight << self.shift);
            let stride = (gap / norm * length / FULL_STEP).max(1);
            for element in 0..self.elements {
                if open[element] {
                    prices[element] = (prices[element] + stride * excess[element]).max(0);
                }
            }
        }
        let Some((_, prices)) = best else { return Relaxed::Closed };
        node.prices = prices;
        let (upper, reduced) = self.upper(node, &node.prices);
        self.round(node, &reduced);
        let floor = |bound: i128| bound >> self.shift;
        if floor(upper) <= self.weight {
            return Relaxed::Closed;
        }
        if let Some(place) =
            (0..node.active.len()).find(|&n| reduced[n] > 0 && floor(upper - reduced[n]) <= self.weight)
        {
            let set = node.active[place];
            self.take(node, set);
            self.offer_taken(node);
            return if node.active.is_empty() { Relaxed::Closed } else { Relaxed::Again };
        }
        let before = node.active.len();
        let mut place = 0;
        node.active.retain(|_| {
            place += 1;
            reduced[place - 1] > 0 || floor(upper + reduced[place - 1]) > self.weight
        });
        if node.active.is_empty() {
            self.offer_taken(node);
            return Relaxed::Closed;
        }
        if node.active.len() * 4 < before * 3 {
            return Relaxed::Again;
        }
        Relaxed::Branch(self.undecided(node))
    }

    fn offer_taken(&mut self, node: &Node) {
        let taken: Vec<usize> = node.taken.iter().map(|&set| set as usize).collect();
        self.offer(&taken);
    }

    /// A packing from the reduced weights, greatest first: often the best of the node.
    fn round(&mut self, node: &Node, reduced: &[i128]) {
        let mut order: Vec<usize> = (0..node.active.len()).collect();
        order.sort_by_key(|&place| core::cmp::Reverse(reduced[place]));
        let mut used = vec![false; self.elements];
        let mut packing: Vec<usize> = node.taken.iter().map(|&set| set as usize).collect();
        for place in order {
            let set = node.active[place] as usize;
            take_if_free(&self.sets[set], &mut used).then(|| packing.push(set));
        }
        self.offer(&packing);
    }

    /// The set to decide: of those in the way of others the relaxation wants too, the one it wants most; where it
    /// wants no two that overlap, the nearest to being wanted.
    fn undecided(&self, node: &Node) -> u32 {
        let reduced = self.reduced(node, &node.prices);
        let mut uses = vec![0u32; self.elements];
        for (&set, &gain) in node.active.iter().zip(&reduced) {
            if gain > 0 {
                self.sets[set as usize].elements.iter().for_each(|&element| uses[element as usize] += 1);
            }
        }
        let contested = |&(place, _): &(usize, &u32)| {
            reduced[place] > 0
                && self.sets[node.active[place] as usize].elements.iter().any(|&element| uses[element as usize] > 1)
        };
        let wanted = node.active.iter().enumerate().filter(contested).max_by_key(|&(place, _)| reduced[place]);
        let near = || node.active.iter().enumerate().min_by_key(|&(place, _)| reduced[place].unsigned_abs());
        wanted.or_else(near).map_or(0, |(_, &set)| set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(weight: i128, elements: &[u32]) -> Candidate {
        Candidate { weight, elements: elements.to_vec() }
    }

    fn by_hand(elements: usize, sets: &[Candidate]) -> i128 {
        (0u32..1 << sets.len())
            .filter_map(|choice| {
                let mut taken = vec![false; elements];
                let chosen = (0..sets.len()).filter(|n| choice >> n & 1 == 1);
                chosen.map(|n| take_if_free(&sets[n], &mut taken).then_some(sets[n].weight)).sum()
            })
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn every_small_instance_agrees_with_trying_all_subsets() {
        let mut state = 7u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for case in 0..400 {
            let elements = 2 + random(7) as usize;
            let sets: Vec<Candidate> = (0..random(11))
                .map(|_| {
                    let picked: Vec<u32> = (0..elements as u32).filter(|_| random(3) == 0).collect();
                    let picked = if picked.is_empty() { vec![0] } else { picked };
                    set(1 + i128::from(random(20)), &picked)
                })
                .collect();
            let packed = pack(elements, &sets, &[], 10_000);
            assert_eq!(packed.weight, by_hand(elements, &sets), "case {case}: {sets:?}");
            assert_eq!(packed.bound, packed.weight, "proven");
            let sum: i128 = packed.chosen.iter().map(|&n| sets[n].weight).sum();
            assert_eq!(sum, packed.weight);
        }
    }

    #[test]
    fn an_odd_cycle_has_a_gap_and_needs_branching() {
        let sets = [set(2, &[0, 1]), set(2, &[1, 2]), set(2, &[2, 0]), set(1, &[0])];
        let packed = pack(3, &sets, &[], 100);
        assert_eq!((packed.weight, packed.bound), (3, 3));
    }

    #[test]
    fn a_search_cut_short_says_so() {
        let sets = [set(2, &[0, 1]), set(2, &[1, 2]), set(3, &[2, 0])];
        let packed = pack(3, &sets, &[], 0);
        assert!(packed.bound > packed.weight, "{packed:?}");
    }
}
