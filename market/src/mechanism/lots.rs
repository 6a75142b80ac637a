//! Lots: the order of tied tickets, which nobody can grind.
//!
//! The seed is H(beacon ‖ task ‖ sorted bid nonces). The beacon is the next link of a reverse hash chain that was
//! committed when the economy started, so the operator cannot choose it; it is revealed only after the bids are
//! closed, so a bidder cannot choose a nonce that fits it. A ticket's rank is H(seed ‖ nonce ‖ principal).
//! Invariants: the rank of a ticket does not depend on the other tickets still in the draw, so the rest keep their
//! order when a winner declines; arrival, name, price and rating do not enter.
//! Source: DESIGN section 6; commit–reveal beacons: Blum 1983, "Coin flipping by telephone".

use oikos_protocol::id::ParticipantId;

/// The draw of one auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lots([u8; 32]);

/// A ticket's place in the draw: the smallest wins.
pub type Rank = [u8; 32];

impl Lots {
    /// The lots of `task`, from the revealed beacon and the nonces of all its bids, in any order.
    ///
    /// The slice is sorted in place, so that the order of arrival cannot matter.
    #[must_use]
    pub fn new(beacon: &[u8; 32], task: u64, nonces: &mut [[u8; 16]]) -> Self {
        nonces.sort_unstable();
        let mut hash = blake3::Hasher::new();
        hash.update(b"oikos lots 1\n").update(beacon).update(&task.to_le_bytes());
        for nonce in nonces {
            hash.update(nonce);
        }
        Self(*hash.finalize().as_bytes())
    }

    /// The lots of a seed that was derived before, as a record or a file names it.
    #[must_use]
    pub const fn from_seed(seed: [u8; 32]) -> Self {
        Self(seed)
    }

    /// The seed, for the record from which anyone recomputes the award.
    #[must_use]
    pub const fn seed(&self) -> &[u8; 32] {
        &self.0
    }

    /// The rank of a ticket; the smallest of the tied wins.
    #[must_use]
    pub fn rank(&self, bidder: ParticipantId, nonce: &[u8; 16]) -> Rank {
        // 64 bytes: one BLAKE3 block, one compression.
        let mut ticket = [0; 64];
        ticket[..32].copy_from_slice(&self.0);
        ticket[32..48].copy_from_slice(nonce);
        // The principal tells apart two bids with one nonce, which a bidder can bring about by copying.
        ticket[48..56].copy_from_slice(&bidder.0.to_le_bytes());
        *blake3::hash(&ticket).as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_arrival_does_not_enter_the_seed_but_every_nonce_does() {
        let (a, b, c) = ([1; 16], [2; 16], [3; 16]);
        let seed = Lots::new(&[9; 32], 7, &mut [a, b, c]);
        assert_eq!(seed, Lots::new(&[9; 32], 7, &mut [c, a, b]));
        assert_ne!(seed, Lots::new(&[9; 32], 7, &mut [a, b]));
        assert_ne!(seed, Lots::new(&[9; 32], 8, &mut [a, b, c]));
        assert_ne!(seed, Lots::new(&[8; 32], 7, &mut [a, b, c]));
    }

    #[test]
    fn a_copied_nonce_gives_a_ticket_of_its_own() {
        let lots = Lots::from_seed([4; 32]);
        assert_ne!(lots.rank(ParticipantId(1), &[5; 16]), lots.rank(ParticipantId(2), &[5; 16]));
    }
}
