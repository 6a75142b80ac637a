//! Supply: how much of each asset there is, and where: free, reserved, earned but not paid, in bonds.

use crate::fold::{Fold, Position};
use oikos_protocol::event::Event;
use oikos_protocol::event::money::Purse;
use oikos_protocol::id::AssetId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where the money of one asset is, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// Created so far, less what was destroyed.
    pub supply: i128,
    /// In participants' free money.
    pub free: i128,
    /// In reserved budgets, and set apart for resting orders.
    pub held: i128,
    /// In escrow.
    pub escrow: i128,
    /// In deposits and bonds.
    pub bonds: i128,
    /// In the treasury.
    pub treasury: i128,
    /// Set apart for streams.
    pub streams: i128,
}

impl Whereabouts {
    /// Whether all that was created is somewhere.
    #[must_use]
    pub const fn is_conserved(&self) -> bool {
        self.supply == self.free + self.held + self.escrow + self.bonds + self.treasury + self.streams
    }

    fn part(&mut self, purse: Purse) -> &mut i128 {
        match purse {
            Purse::Issuer => &mut self.supply,
            Purse::Available(_) => &mut self.free,
            Purse::Hold(_) | Purse::Order(..) => &mut self.held,
            Purse::Escrow(_) => &mut self.escrow,
            Purse::Deposit(..) | Purse::Bond(_) => &mut self.bonds,
            Purse::Treasury => &mut self.treasury,
            Purse::Stream(_) => &mut self.streams,
        }
    }
}

/// Where the money of every asset is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supply(BTreeMap<AssetId, Whereabouts>);

impl Supply {
    /// Where the money of an asset is.
    #[must_use]
    pub fn of(&self, asset: AssetId) -> Whereabouts {
        self.0.get(&asset).copied().unwrap_or_default()
    }
}

impl Fold for Supply {
    fn fold(&mut self, _: Position, event: &Event) {
        // Transfers between participants leave every sum here as it is.
        let Event::Money(moved) = event else { return };
        let amount = i128::try_from(moved.amount.0).unwrap_or(i128::MAX); // No supply is above 2^100.
        let whereabouts = self.0.entry(moved.asset).or_default();
        // The issuer's side counts upwards: what leaves it is supply.
        *whereabouts.part(moved.from) -= if moved.from == Purse::Issuer { -amount } else { amount };
        *whereabouts.part(moved.to) += if moved.to == Purse::Issuer { -amount } else { amount };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oikos_protocol::event::money::{MoneyMoved, MoneyReason};
    use oikos_protocol::id::{ParticipantId, TaskId};
    use oikos_protocol::money::Amount;

    #[test]
    fn what_was_created_is_somewhere() {
        let (asset, ann, task) = (AssetId(1), Purse::Available(ParticipantId(1)), TaskId(0));
        let mut supply = Supply::default();
        for (from, to, amount) in
            [(Purse::Issuer, ann, 100), (ann, Purse::Hold(task), 30), (Purse::Hold(task), Purse::Escrow(task), 20)]
        {
            let moved = MoneyMoved { asset, amount: Amount(amount), from, to, reason: MoneyReason::Award };
            supply.fold(Position { seq: 1, index: 0 }, &Event::Money(moved));
        }
        let at = supply.of(asset);
        assert_eq!((at.supply, at.free, at.held, at.escrow), (100, 70, 10, 20));
        assert!(at.is_conserved());
    }
}
