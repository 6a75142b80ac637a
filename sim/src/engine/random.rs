//! Chance: streams of ChaCha8, each named by the seed, by whose it is and by what for.
//!
//! Invariant: what one stream gives depends on nothing but its name, so that neither the order of a file nor the
//! order of arrival can change what somebody draws.

use oikos_protocol::command::bid::Nonce;
use oikos_protocol::id::Hash32;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The generator's name, as a manifest gives it.
pub const GENERATOR: &str = "chacha8, keyed by blake3(seed, owner, purpose)";

/// The key of a stream: BLAKE3 over the parts, each with its length before it.
#[must_use]
pub fn key(seed: u64, owner: &str, purpose: &str, about: &str) -> Hash32 {
    let mut hash = blake3::Hasher::new();
    hash.update(b"oikos.sim.stream.1").update(&seed.to_le_bytes());
    for part in [owner, purpose, about] {
        hash.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    Hash32(*hash.finalize().as_bytes())
}

/// A stream.
#[derive(Debug)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of this name.
    #[must_use]
    pub fn new(seed: u64, owner: &str, purpose: &str, about: &str) -> Self {
        Self(ChaCha8Rng::from_seed(key(seed, owner, purpose, about).0))
    }

    /// Sixteen bytes, for a bid.
    pub fn nonce(&mut self) -> Nonce {
        let mut nonce = [0; 16];
        self.0.fill_bytes(&mut nonce);
        nonce
    }

    /// A whole number below `end`, each as likely as the others to within `end` / 2^64.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// Puts a list into an order of chance (Fisher and Yates).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            list.swap(last, other);
        }
    }
}

/// A reverse hash chain for the beacon: link n is the hash of link n + 1, and the anchor that of link 0.
#[derive(Debug)]
pub struct Chain {
    links: Vec<Hash32>,
    anchor: Hash32,
    revealed: usize,
}

impl Chain {
    /// A chain of `links` links from the seed.
    #[must_use]
    pub fn new(seed: u64, links: usize) -> Self {
        let mut last = key(seed, "", "beacon", "");
        let mut all = Vec::with_capacity(links);
        for _ in 0..links {
            all.push(last);
            last = Hash32::of(&last.0);
        }
        all.reverse();
        Self { links: all, anchor: last, revealed: 0 }
    }

    /// What commits to all links.
    #[must_use]
    pub const fn anchor(&self) -> Hash32 {
        self.anchor
    }

    /// The next link, as long as there is one.
    pub fn reveal(&mut self) -> Option<Hash32> {
        let link = self.links.get(self.revealed).copied()?;
        self.revealed += 1;
        Some(link)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_by_all_its_parts() {
        let draw = |seed, owner, purpose, about| Stream::new(seed, owner, purpose, about).nonce();
        assert_eq!(draw(1, "Ann", "bid", "t"), draw(1, "Ann", "bid", "t"));
        for other in [
            draw(2, "Ann", "bid", "t"),
            draw(1, "Annb", "id", "t"),
            draw(1, "An", "nbid", "t"),
            draw(1, "Ann", "bid", ""),
        ] {
            assert_ne!(draw(1, "Ann", "bid", "t"), other);
        }
    }

    #[test]
    fn every_link_is_the_hash_of_the_next() {
        let mut chain = Chain::new(7, 3);
        let mut last = chain.anchor();
        for _ in 0..3 {
            let link = chain.reveal().unwrap();
            assert_eq!(Hash32::of(&link.0), last);
            last = link;
        }
        assert_eq!(chain.reveal(), None);
    }

    #[test]
    fn each_place_of_a_shuffle_is_as_likely_as_the_others() {
        let mut stream = Stream::new(1, "", "test", "");
        let mut first = [0u32; 4];
        for _ in 0..40_000 {
            let mut list = [0, 1, 2, 3];
            stream.shuffle(&mut list);
            first[list[0]] += 1;
        }
        // One standard error of a count is sqrt(40000 · 1/4 · 3/4) = 86.6; four are 346.
        assert!(first.iter().all(|count| count.abs_diff(10_000) < 346), "{first:?}");
    }
}
