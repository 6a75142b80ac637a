//! A Merkle tree over leaves in order: that a leaf is among them, and that nothing before was changed.
//!
//! Owns the shape, which is RFC 6962's, with BLAKE3 in place of SHA-256: a leaf is `hash(0 ‖ bytes)`, an inner node
//! `hash(1 ‖ left ‖ right)`, so that neither passes for the other. [`Tree`] keeps the roots of the perfect subtrees
//! alone (at most 64) and grows by one leaf at amortised two hashes; [`Leaves`] keeps every perfect subtree (64 bytes a
//! leaf) and makes paths in any size it had.
//! Invariants: a root stands for the number of its leaves and every byte of each; a path that leads to a trusted root
//! at a trusted size cannot be made for a leaf that is not there.
//! Absent on purpose: what a leaf means, the keeping of leaves on disk, signatures.
//! Source: RFC 6962 section 2.1, the checks as RFC 9162 sections 2.1.3.2 and 2.1.4.2 write them down.

/// The hash of a leaf or a subtree.
pub type TreeHash = [u8; 32];

/// The longest path: as many nodes as a size has bits.
pub const PATH_NODES_MAX: usize = 64;

/// Why a path shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The leaf would stand behind the end of the tree, or the older tree would be the larger.
    #[error("leaf {index} is not within a tree of {size}")]
    OutOfRange {
        /// Which leaf, from 0.
        index: u64,
        /// Of how many.
        size: u64,
    },
    /// Too many nodes, or too few, for this place in this size.
    #[error("the path has {nodes} nodes, which is not the number this place in the tree needs")]
    Shape {
        /// How many it has.
        nodes: usize,
    },
    /// The nodes do not lead to the older root.
    #[error("the path does not begin at the root of the older tree")]
    OtherBeginning,
}

/// The hash of a leaf with these bytes.
#[must_use]
pub fn leaf(bytes: &[u8]) -> TreeHash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[0]).update(bytes);
    *hasher.finalize().as_bytes()
}

fn node(left: &TreeHash, right: &TreeHash) -> TreeHash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    *blake3::hash(&bytes).as_bytes()
}

/// How many of two or more leaves the left subtree holds: the largest power of two below.
const fn left_leaves(leaves: usize) -> usize {
    1 << (usize::BITS - 1 - (leaves - 1).leading_zeros())
}

/// The root of a tree without leaves: the hash of nothing.
fn nothing() -> TreeHash {
    *blake3::hash(&[]).as_bytes()
}

/// A tree that grows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    size: u64,
    /// The roots of the perfect subtrees, the largest first: one for each bit of `size`.
    peaks: Vec<TreeHash>,
}

impl Tree {
    /// A tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// A tree that was kept; `None` where so many peaks do not belong to that size.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<TreeHash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// The roots of the perfect subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[TreeHash] {
        &self.peaks
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf's hash.
    pub fn push(&mut self, leaf: TreeHash) {
        let mut right = leaf;
        // Each one bit at the end of the size is a subtree that is now full.
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.peaks.pop() else { break };
            right = node(&left, &right);
        }
        self.peaks.push(right);
        self.size += 1;
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> TreeHash {
        let mut from_the_right = self.peaks.iter().rev();
        let Some(last) = from_the_right.next() else { return nothing() };
        from_the_right.fold(*last, |right, left| node(left, &right))
    }
}

/// All leaves of a tree and the roots of its perfect subtrees, from which paths are made.
#[derive(Debug, Clone, Default)]
pub struct Leaves {
    /// On level n the roots of the perfect subtrees of 2^n leaves, in order.
    levels: Vec<Vec<TreeHash>>,
}

impl Leaves {
    /// No leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { levels: Vec::new() }
    }

    /// How many there are.
    #[must_use]
    pub fn size(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// Adds a leaf's hash.
    pub fn push(&mut self, leaf: TreeHash) {
        let mut hash = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let row = &mut self.levels[level];
            row.push(hash);
            let [.., left, right] = &row[..] else { return };
            if row.len() % 2 == 1 {
                return;
            }
            hash = node(left, right);
        }
    }

    /// The root of the `count` leaves from `start`, which stand together in some tree.
    fn within(&self, start: usize, count: usize) -> TreeHash {
        if count.is_power_of_two() {
            return self.levels[count.trailing_zeros() as usize][start >> count.trailing_zeros()];
        }
        let left = left_leaves(count);
        node(&self.within(start, left), &self.within(start + left, count - left))
    }

    /// The root of the tree of the first `size` leaves; `None` where there are not so many.
    #[must_use]
    pub fn root(&self, size: usize) -> Option<TreeHash> {
        match size {
            0 => Some(nothing()),
            _ => (size <= self.size()).then(|| self.within(0, size)),
        }
    }

    /// The path from the leaf at `index` up to the root of the tree of the first `size`; `None` where there is none.
    #[must_use]
    pub fn inclusion(&self, index: usize, size: usize) -> Option<Vec<TreeHash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let (mut start, mut count, mut path) = (0, size, Vec::new());
        while count > 1 {
            let left = left_leaves(count);
            if index < start + left {
                path.push(self.within(start + left, count - left));
                count = left;
            } else {
                path.push(self.within(start, left));
                (start, count) = (start + left, count - left);
            }
        }
        path.reverse();
        Some(path)
    }

    /// The path by which the tree of the first `older` leaves is shown to be how the tree of the first `size` began;
    /// `None` where there are not so many, or none.
    #[must_use]
    pub fn consistency(&self, older: usize, size: usize) -> Option<Vec<TreeHash>> {
        if older == 0 || older > size || size > self.size() {
            return None;
        }
        let (mut start, mut count, mut path, mut is_whole) = (0, size, Vec::new(), true);
        while older - start != count {
            let left = left_leaves(count);
            if older - start <= left {
                path.push(self.within(start + left, count - left));
                count = left;
            } else {
                path.push(self.within(start, left));
                (start, count, is_whole) = (start + left, count - left, false);
            }
        }
        if !is_whole {
            path.push(self.within(start, count));
        }
        path.reverse();
        Some(path)
    }
}

/// The root to which a path leads from the leaf at `index` of `size`.
///
/// # Errors
/// [`TreeError`]: the path does not belong to that place. Total: any path, however made, is answered.
pub fn root_by_inclusion(leaf: TreeHash, index: u64, size: u64, path: &[TreeHash]) -> Result<TreeHash, TreeError> {
    if index >= size {
        return Err(TreeError::OutOfRange { index, size });
    }
    let shape = TreeError::Shape { nodes: path.len() };
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for beside in path {
        if last == 0 {
            return Err(shape);
        }
        if at & 1 == 1 || at == last {
            hash = node(beside, &hash);
            // Levels on which this subtree has no sibling to its right.
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node(&hash, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last == 0 { Ok(hash) } else { Err(shape) }
}

/// The root of the tree of `size` to which a path leads from the root of the tree of its first `older` leaves.
///
/// # Errors
/// [`TreeError`]: the path does not show that. Total: any path, however made, is answered.
pub fn root_by_consistency(
    older_root: TreeHash,
    older: u64,
    size: u64,
    path: &[TreeHash],
) -> Result<TreeHash, TreeError> {
    let shape = TreeError::Shape { nodes: path.len() };
    if older == 0 || older > size {
        return Err(TreeError::OutOfRange { index: older, size });
    }
    if older == size {
        return if path.is_empty() { Ok(older_root) } else { Err(shape) };
    }
    let (first, rest) = if older.is_power_of_two() {
        (older_root, path)
    } else {
        let (first, rest) = path.split_first().ok_or(shape)?;
        (*first, rest)
    };
    let (mut at, mut last) = (older - 1, size - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut old, mut new) = (first, first);
    for beside in rest {
        if last == 0 {
            return Err(shape);
        }
        if at & 1 == 1 || at == last {
            old = node(beside, &old);
            new = node(beside, &new);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            new = node(&new, beside);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    if last != 0 {
        return Err(shape);
    }
    if old != older_root {
        return Err(TreeError::OtherBeginning);
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u8) -> Vec<TreeHash> {
        (0..count).map(|n| leaf(&[n])).collect()
    }

    fn kept(leaves: &[TreeHash]) -> Leaves {
        let mut kept = Leaves::new();
        leaves.iter().for_each(|leaf| kept.push(*leaf));
        kept
    }

    /// RFC 6962 section 2.1, word for word.
    fn root(leaves: &[TreeHash]) -> TreeHash {
        match leaves {
            [] => nothing(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(left_leaves(leaves.len()));
                node(&root(left), &root(right))
            }
        }
    }

    #[test]
    fn a_tree_that_grows_has_the_root_of_its_leaves_at_every_size() {
        let leaves = leaves(130);
        let kept = kept(&leaves);
        let mut tree = Tree::new();
        assert_eq!(tree.root(), root(&[]));
        for (index, leaf) in leaves.iter().enumerate() {
            tree.push(*leaf);
            assert_eq!(tree.root(), root(&leaves[..=index]), "size {}", index + 1);
            assert_eq!(kept.root(index + 1), Some(tree.root()));
            assert_eq!(Tree::from_peaks(tree.size(), tree.peaks().to_vec()), Some(tree.clone()));
        }
        assert_eq!(Tree::from_peaks(7, tree.peaks().to_vec()), None);
        assert_eq!((kept.root(0), kept.root(131)), (Some(nothing()), None));
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_shown_and_no_other() {
        let leaves = leaves(35);
        let kept = kept(&leaves);
        for size in 1..leaves.len() {
            let tree = root(&leaves[..size]);
            for index in 0..size {
                let path = kept.inclusion(index, size).unwrap();
                let (at, of) = (index as u64, size as u64);
                assert_eq!(root_by_inclusion(leaves[index], at, of, &path), Ok(tree));
                for other in (0..size).filter(|other| *other != index) {
                    assert_ne!(root_by_inclusion(leaves[other], at, of, &path), Ok(tree));
                    assert_ne!(root_by_inclusion(leaves[index], other as u64, of, &path), Ok(tree));
                }
                let longer = [&path[..], &[[0; 32]]].concat();
                assert_ne!(root_by_inclusion(leaves[index], at, of, &longer), Ok(tree));
                assert!(root_by_inclusion(leaves[index], of, of, &path).is_err());
            }
        }
        assert_eq!((kept.inclusion(3, 3), kept.inclusion(3, 36)), (None, None));
    }

    #[test]
    fn every_small_tree_is_shown_to_be_how_a_larger_one_began_and_a_changed_one_is_not() {
        let leaves = leaves(35);
        let kept = kept(&leaves);
        for size in 1..=leaves.len() {
            for older in 1..=size {
                let path = kept.consistency(older, size).unwrap();
                let (before, all) = (older as u64, size as u64);
                let shown = root_by_consistency(root(&leaves[..older]), before, all, &path);
                assert_eq!(shown, Ok(root(&leaves[..size])), "{older} of {size}");
                let mut changed = leaves[..older].to_vec();
                changed[0] = [9; 32];
                assert_ne!(root_by_consistency(root(&changed), before, all, &path), Ok(root(&leaves[..size])));
                let longer = [&path[..], &[[0; 32]]].concat();
                assert!(root_by_consistency(root(&leaves[..older]), before, all, &longer).is_err());
            }
        }
        assert_eq!((kept.consistency(0, 5), kept.consistency(5, 36)), (None, None));
    }

    #[test]
    fn a_leaf_does_not_pass_for_a_node() {
        let [left, right] = [leaf(b"a"), leaf(b"b")];
        assert_ne!(leaf(&[&left[..], &right].concat()), node(&left, &right));
    }
}
