//! Dice: a stream of numbers from a seed and a name, the same on every machine.
//!
//! Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators" (SplitMix64). Not for secrets.

/// A stream of numbers.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The stream of this name under this seed.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a tells the names apart; the mixing of each draw does the rest.
        let name = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ name)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `from..to`; `from` where that is empty.
    pub fn range(&mut self, from: u32, to: u32) -> u32 {
        let width = u64::from(to.saturating_sub(from).max(1));
        from + u32::try_from(self.next() % width).unwrap_or(0)
    }

    /// True in so many of a hundred throws.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.range(0, 100) < percent
    }

    /// One of them.
    ///
    /// # Panics
    /// Where there is none to choose from.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.range(0, u32::try_from(of.len()).unwrap_or(u32::MAX)) as usize]
    }

    /// Another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let other = self.range(0, u32::try_from(last + 1).unwrap_or(u32::MAX)) as usize;
            items.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_in_their_range_and_all_of_it_comes_up() {
        let mut dice = Dice::new(1, "test");
        let mut seen = [0; 6];
        for _ in 0..600 {
            seen[dice.range(0, 6) as usize] += 1;
        }
        assert!(seen.iter().all(|&times| (60..150).contains(&times)), "{seen:?}");
        assert_eq!(dice.range(4, 4), 4);
    }

    #[test]
    fn streams_of_other_names_differ() {
        let draw = |name| Dice::new(1, name).next();
        assert_ne!(draw("a"), draw("b"));
    }
}
