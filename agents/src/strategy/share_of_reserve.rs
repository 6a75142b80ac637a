//! A share of what the buyer would pay at most: right for a seller that knows its work is worth it to the buyer.

use super::{Invitation, Strategy};
use oikos_protocol::money::{Amount, Share};

/// Asks a share of the reserve, rounded down to the money's smallest unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareOfReserve(Share);

impl ShareOfReserve {
    /// Asks this share.
    #[must_use]
    pub const fn of(share: Share) -> Self {
        Self(share)
    }
}

impl Strategy for ShareOfReserve {
    fn price(&self, invitation: &Invitation) -> Option<Amount> {
        Some(invitation.reserve.share_down(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::super::invitation;
    use super::*;

    #[test]
    fn the_price_goes_with_the_reserve() {
        let strategy = ShareOfReserve::of(Share::from_millionths(700_000).unwrap());
        let asked = [100, 1, 0].map(|reserve| strategy.price(&invitation(reserve)));
        assert_eq!(asked, [Some(Amount(70)), Some(Amount(0)), Some(Amount(0))]);
    }
}
