//! EigenTrust: how far each is trusted, when trust counts by how far the one who gives it is trusted.
//!
//! Everyone's trust in the others is scaled to one; t = (1 − a) Cᵀ t + a p is iterated from p, the starting trust.
//! Who trusts nobody trusts as p does. Fixed point, rounded down; iteration ends when nothing changes, or at a bound.
//! Source: Kamvar, Schlosser and Garcia-Molina 2003, "The EigenTrust algorithm for reputation management in P2P
//! networks". Answers: C = [[0,.5,.5],`[1,0,0]`,[.5,.5,0]]: a = 0 → (4/9, 3/9, 2/9); a = 0.1 seeded at node 0 →
//! (0.475624, 0.310345, 0.214031).

use super::ToolError;
use crate::math::fixed::Fixed;
use alloc::vec;
use alloc::vec::Vec;
use oikos_protocol::money::Share;

/// The most rounds.
const ROUNDS_MAX: u32 = 2000;
/// The most nodes.
const NODES_MAX: usize = 512;

/// The trust of each node; adds up to one but for rounding.
///
/// `local[i][j]` is how much i trusts j, in any unit; `seeds` are the nodes trusted from the start, with weight `a`;
/// no seeds means all.
///
/// # Errors
/// [`ToolError`] where `local` is not a square table of at most 512, or a seed is no node.
pub fn trust(local: &[Vec<u32>], seeds: &[usize], a: Share) -> Result<Vec<Fixed>, ToolError> {
    let nodes = local.len();
    if nodes == 0 || nodes > NODES_MAX || local.iter().any(|row| row.len() != nodes) {
        return Err(ToolError::Shape { field: "local", expected: "a square table of at most 512 nodes" });
    }
    if seeds.iter().any(|&seed| seed >= nodes) {
        return Err(ToolError::Range { field: "seeds", expected: "nodes of the table" });
    }
    iterate(local, seeds, a).ok_or(ToolError::Range { field: "local", expected: "numbers that fit fixed point" })
}

fn iterate(local: &[Vec<u32>], seeds: &[usize], a: Share) -> Option<Vec<Fixed>> {
    let nodes = local.len();
    let start: Vec<Fixed> = (0..nodes)
        .map(|node| match seeds {
            [] => Fixed::ratio(1, i128::try_from(nodes).ok()?),
            _ if seeds.contains(&node) => {
                let distinct = (0..nodes).filter(|node| seeds.contains(node)).count();
                Fixed::ratio(1, i128::try_from(distinct).ok()?)
            }
            _ => Some(Fixed::ZERO),
        })
        .collect::<Option<_>>()?;
    let scaled: Vec<Vec<Fixed>> = local
        .iter()
        .map(|row| {
            let all: i128 = row.iter().map(|&trust| i128::from(trust)).sum();
            if all == 0 {
                return Some(start.clone());
            }
            row.iter().map(|&trust| Fixed::ratio(trust.into(), all)).collect()
        })
        .collect::<Option<_>>()?;
    let seeded = Fixed::ratio(a.millionths().into(), Share::WHOLE.into())?;
    let spread = Fixed::ONE.minus(seeded)?;
    let mut trust = start.clone();
    for _ in 0..ROUNDS_MAX {
        let mut next = vec![Fixed::ZERO; nodes];
        for (row, &given) in scaled.iter().zip(&trust) {
            for (sum, &part) in next.iter_mut().zip(row) {
                *sum = sum.plus(part.times(given)?)?;
            }
        }
        for (sum, &start) in next.iter_mut().zip(&start) {
            *sum = spread.times(*sum)?.plus(seeded.times(start)?)?;
        }
        let still = next.iter().zip(&trust).all(|(new, old)| new.raw().abs_diff(old.raw()) <= 1 << 8);
        trust = next;
        if still {
            break;
        }
    }
    Some(trust)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millionths(local: &[Vec<u32>], seeds: &[usize], a: u32) -> Vec<i128> {
        let trust = trust(local, seeds, Share::from_millionths(a).unwrap()).unwrap();
        trust.iter().map(|trust| trust.to_millionths().unwrap()).collect()
    }

    #[test]
    fn three_nodes_settle_at_four_three_and_two_ninths_or_near_the_seed() {
        let local = [vec![0, 1, 1], vec![2, 0, 0], vec![1, 1, 0]];
        assert_eq!(millionths(&local, &[], 0), [444_444, 333_333, 222_222]);
        assert_eq!(millionths(&local, &[0], 100_000), [475_624, 310_345, 214_031]);
    }

    #[test]
    fn who_trusts_nobody_trusts_the_seeds() {
        assert_eq!(millionths(&[vec![0, 0], vec![0, 0]], &[1], 500_000), [0, 1_000_000]);
    }

    #[test]
    fn a_crooked_table_and_an_unknown_seed_are_refused() {
        assert!(matches!(trust(&[vec![1, 2]], &[], Share::NONE), Err(ToolError::Shape { .. })));
        assert!(matches!(trust(&[vec![1]], &[1], Share::NONE), Err(ToolError::Range { .. })));
    }
}
