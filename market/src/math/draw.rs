//! Draws from a seed, for feeds, property search and examples: never for what an economy decides (that is lots).
//!
//! SplitMix64. Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".

/// A stream of draws.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw(u64);

impl Draw {
    /// The stream of this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `bound`, or 0 for a bound of 0. Even to within bound / 2^64.
    pub const fn below(&mut self, bound: u64) -> u64 {
        ((self.bits() as u128 * bound as u128) >> 64) as u64
    }

    /// 32 bytes, as a seed for lots.
    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        seed.chunks_exact_mut(8).for_each(|chunk| chunk.copy_from_slice(&self.bits().to_le_bytes()));
        seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_draws_of_seed_0_are_those_of_the_reference() {
        // From the reference implementation, splitmix64.c by Vigna, seed 0.
        let mut draw = Draw::new(0);
        assert_eq!([draw.bits(), draw.bits()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }

    #[test]
    fn every_number_below_the_bound_comes_up() {
        let mut draw = Draw::new(1);
        let mut seen = [0; 6];
        (0..6000).for_each(|_| seen[draw.below(6) as usize] += 1);
        assert!(seen.iter().all(|&count: &i32| (count - 1000).abs() < 4 * 29), "{seen:?}");
    }
}
