//! The end of a limit, and with it of everything that was passed on from it.
//!
//! Only the limit itself is marked: whatever is asked of one below looks up along the chain and finds it.

use crate::book::Ledger;
use oikos_protocol::id::LimitId;
use oikos_protocol::rejection::limit::LimitRejection;

impl Ledger {
    /// That neither this limit nor one above it was revoked.
    ///
    /// # Errors
    /// [`LimitRejection::Unknown`], or [`LimitRejection::Revoked`] with the one that was.
    pub fn must_be_alive(&self, limit: LimitId) -> Result<(), LimitRejection> {
        self.limits.get(limit)?;
        match self.limits.chain(limit).find(|(_, limit)| limit.revoked) {
            Some((limit, _)) => Err(LimitRejection::Revoked { limit }),
            None => Ok(()),
        }
    }

    /// Ends a limit.
    ///
    /// # Errors
    /// As [`Ledger::must_be_alive`]: what has ended cannot end again.
    pub fn revoke_limit(&mut self, limit: LimitId) -> Result<(), LimitRejection> {
        self.must_be_alive(limit)?;
        if let Some(limit) = self.limits.get_mut(limit) {
            limit.revoked = true;
        }
        Ok(())
    }
}
