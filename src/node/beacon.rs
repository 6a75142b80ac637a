//! The operator's beacon: the whole reverse hash chain, from a secret seed in the data folder.
//!
//! Link n is BLAKE3 applied n times to the seed; the last one is the anchor in the genesis. Links are revealed
//! backwards, so that each is a promise kept. Memory: 32 bytes a link.

use oikos_protocol::id::Hash32;

/// How many lots a live economy can draw.
pub const LINKS: u64 = 65_536;

/// The chain, seed first.
#[derive(Clone)]
pub struct Chain(Vec<Hash32>);

impl core::fmt::Debug for Chain {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Chain({} links)", self.0.len())
    }
}

impl Chain {
    /// The chain of this many links that grows from the seed.
    #[must_use]
    pub fn grow(seed: [u8; 32], links: u64) -> Self {
        let mut link = Hash32(seed);
        let rest = (0..links).map(|_| {
            link = Hash32::of(&link.0);
            link
        });
        Self(core::iter::once(Hash32(seed)).chain(rest).collect())
    }

    /// The last link, which commits to all others.
    #[must_use]
    pub fn anchor(&self) -> Hash32 {
        self.0.last().copied().unwrap_or(Hash32::ZERO)
    }

    /// The link to reveal next, when this many are left.
    #[must_use]
    pub fn next(&self, left: u64) -> Option<Hash32> {
        self.0.get(usize::try_from(left.checked_sub(1)?).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_revealed_hashes_to_the_one_before_it() {
        let chain = Chain::grow([7; 32], 3);
        let mut last = chain.anchor();
        for left in (1..=3).rev() {
            let link = chain.next(left).unwrap();
            assert_eq!(Hash32::of(&link.0), last);
            last = link;
        }
        assert_eq!((last, chain.next(0)), (Hash32([7; 32]), None));
    }
}
