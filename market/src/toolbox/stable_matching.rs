//! Stable matching: nobody would rather have each other than whom they got.
//!
//! Deferred acceptance by the proposers, who each get the best partner that any stable matching gives them. Lists are
//! complete, both sides have the same number. For small instances all stable matchings can be listed.
//! Source: Gale and Shapley 1962, "College admissions and the stability of marriage"; Knuth 1976, "Mariages stables".
//! Answer: Knuth's 4×4 instance has exactly 10 stable matchings; the proposer-optimal is returned.

use super::ToolError;
use alloc::vec;
use alloc::vec::Vec;

/// The most on one side.
pub const SIDE_MAX: usize = 2048;
/// The most on one side for which all stable matchings are listed.
pub const LISTED_MAX: usize = 8;

/// For each of one side the place of each of the other in its list, 0 being the best.
fn places(lists: &[Vec<usize>], field: &'static str) -> Result<Vec<Vec<usize>>, ToolError> {
    let size = lists.len();
    let mut all = vec![vec![usize::MAX; size]; size];
    for (places, list) in all.iter_mut().zip(lists) {
        for (place, &other) in list.iter().enumerate() {
            if other < size {
                places[other] = place;
            }
        }
        if list.len() != size || places.contains(&usize::MAX) {
            return Err(ToolError::Shape { field, expected: "each list to name all of the other side once" });
        }
    }
    Ok(all)
}

fn check(proposers: &[Vec<usize>], receivers: &[Vec<usize>], most: usize) -> Result<(), ToolError> {
    if proposers.len() != receivers.len() || proposers.len() > most {
        return Err(ToolError::Shape { field: "receivers", expected: "as many as proposers, within the bound" });
    }
    Ok(())
}

/// The receiver of each proposer, the best that stability allows.
///
/// # Errors
/// [`ToolError::Shape`] where a list does not name all of the other side once, or there are more than [`SIDE_MAX`].
pub fn match_up(proposers: &[Vec<usize>], receivers: &[Vec<usize>]) -> Result<Vec<usize>, ToolError> {
    check(proposers, receivers, SIDE_MAX)?;
    places(proposers, "proposers")?;
    let ranks = places(receivers, "receivers")?;
    let size = proposers.len();
    let mut next = vec![0; size];
    let mut holds = vec![None; size];
    let mut free: Vec<usize> = (0..size).rev().collect();
    while let Some(proposer) = free.pop() {
        let receiver = proposers[proposer][next[proposer]]; // With complete lists nobody runs out of them.
        next[proposer] += 1;
        match holds[receiver] {
            Some(held) if ranks[receiver][held] < ranks[receiver][proposer] => free.push(proposer),
            held => {
                free.extend(held);
                holds[receiver] = Some(proposer);
            }
        }
    }
    let mut matched = vec![0; size];
    for (receiver, held) in holds.iter().enumerate() {
        if let Some(proposer) = *held {
            matched[proposer] = receiver;
        }
    }
    Ok(matched)
}

/// All stable matchings of a small instance, in order.
///
/// # Errors
/// As [`match_up`], with the bound [`LISTED_MAX`].
pub fn all_stable(proposers: &[Vec<usize>], receivers: &[Vec<usize>]) -> Result<Vec<Vec<usize>>, ToolError> {
    check(proposers, receivers, LISTED_MAX)?;
    let (wants, ranks) = (places(proposers, "proposers")?, places(receivers, "receivers")?);
    let size = proposers.len();
    let stable = |matched: &[usize]| {
        let mut partner = vec![0; size];
        matched.iter().enumerate().for_each(|(proposer, &receiver)| partner[receiver] = proposer);
        (0..size).all(|proposer| {
            (0..size).all(|receiver| {
                wants[proposer][receiver] >= wants[proposer][matched[proposer]]
                    || ranks[receiver][proposer] >= ranks[receiver][partner[receiver]]
            })
        })
    };
    let mut found = Vec::new();
    let mut partial: Vec<Vec<usize>> = vec![Vec::new()];
    while let Some(matched) = partial.pop() {
        if matched.len() == size {
            if stable(&matched) {
                found.push(matched);
            }
            continue;
        }
        for receiver in (0..size).rev().filter(|receiver| !matched.contains(receiver)) {
            let mut longer = matched.clone();
            longer.push(receiver);
            partial.push(longer);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(rows: [[usize; 4]; 4]) -> Vec<Vec<usize>> {
        rows.iter().map(|row| row.iter().map(|&n| n - 1).collect()).collect()
    }

    #[test]
    fn knuth_s_four_by_four_has_ten_stable_matchings_and_the_proposers_get_the_best() {
        let men = lists([[1, 2, 3, 4], [2, 1, 4, 3], [3, 4, 1, 2], [4, 3, 2, 1]]);
        let women = lists([[4, 3, 2, 1], [3, 4, 1, 2], [2, 1, 4, 3], [1, 2, 3, 4]]);
        let all = all_stable(&men, &women).unwrap();
        assert_eq!(all.len(), 10);
        let best = match_up(&men, &women).unwrap();
        assert_eq!(best, [0, 1, 2, 3]);
        for matching in &all {
            for man in 0..4 {
                let place = |woman| men[man].iter().position(|&other| other == woman);
                assert!(place(best[man]) <= place(matching[man]));
            }
        }
    }

    #[test]
    fn on_random_instances_the_matching_is_stable_and_the_best_for_proposers() {
        let mut draw = crate::math::draw::Draw::new(9);
        for _ in 0..200 {
            let mut side = || -> Vec<Vec<usize>> {
                let mut shuffled = |mut list: Vec<usize>| {
                    (1..5).for_each(|n| list.swap(n, draw.below(n as u64 + 1) as usize));
                    list
                };
                (0..5).map(|_| shuffled((0..5).collect())).collect()
            };
            let (proposers, receivers) = (side(), side());
            let best = match_up(&proposers, &receivers).unwrap();
            let all = all_stable(&proposers, &receivers).unwrap();
            assert!(all.contains(&best));
            let place = |p: usize, r: usize| proposers[p].iter().position(|&other| other == r);
            assert!(all.iter().all(|other| (0..5).all(|p| place(p, best[p]) <= place(p, other[p]))));
        }
    }

    #[test]
    fn a_list_that_leaves_somebody_out_is_refused() {
        let good = vec![vec![0, 1], vec![1, 0]];
        for bad in
            [vec![vec![0, 0], vec![1, 0]], vec![vec![0], vec![1, 0]], vec![vec![0, 2], vec![1, 0]], vec![vec![0]]]
        {
            assert!(matches!(match_up(&bad, &good), Err(ToolError::Shape { .. })), "{bad:?}");
        }
    }
}
