//! What always holds. Running sums after every step in every build; everything from scratch in tests and at checkpoints.

use crate::economy::{Economy, Violation};
use crate::purse::AccountKind;
use alloc::collections::BTreeMap;
use oikos_protocol::event::task::Phase;
use oikos_protocol::id::{AssetId, ParticipantId};
use oikos_protocol::money::Amount;

impl Economy {
    /// What is checked after every step, in constant time for each asset.
    ///
    /// # Errors
    /// The [`Violation`]; the economy must not be used any more.
    pub fn check_invariants(&self) -> Result<(), Violation> {
        if let Some(violation) = &self.broken {
            return Err(violation.clone());
        }
        self.ledger.check_invariants().map_err(Violation::Ledger)?;
        for (asset, declared) in self.assets.all() {
            if self.ledger.supply(AccountKind::Issuer.account(0, asset)) != declared.supply {
                return Err(Violation::Supply { asset });
            }
        }
        Ok(())
    }

    /// Everything, from scratch.
    ///
    /// # Errors
    /// The first [`Violation`] found.
    pub fn audit(&self) -> Result<(), Violation> {
        self.check_invariants()?;
        self.ledger.audit().map_err(Violation::Ledger)?;
        if self.desks.all().any(|(_, open)| open.desk.check(&self.ledger).is_err()) {
            return Err(Violation::Desk(None));
        }
        if !self.timers_are_those_of_tasks() {
            return Err(Violation::Timers);
        }
        let mut committed: BTreeMap<(ParticipantId, AssetId), Amount> = BTreeMap::new();
        for (_, task) in self.tasks.all_open().filter(|(_, task)| task.state.phase() != Phase::Draft) {
            let sum = committed.entry((task.poster, task.spec.asset)).or_default();
            *sum = sum.checked_add(task.spec.budget).unwrap_or(Amount::MAX);
        }
        for (participant, known) in self.participants.all() {
            for &(asset, amount) in known.all_committed() {
                if committed.remove(&(participant, asset)).unwrap_or_default() != amount {
                    return Err(Violation::Committed { participant });
                }
            }
        }
        match committed.pop_first() {
            Some(((participant, _), _)) => Err(Violation::Committed { participant }),
            None => Ok(()),
        }
    }
}
