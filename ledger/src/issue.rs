//! Issuing: money comes into being against a name outside, and goes out of being; each name only once.
//!
//! Owns the references that each issuer has taken, for ever: a bank's statement that is read twice makes no money twice.
//! An issuer is an account without limits. To issue is to be debited, to redeem is to be credited, and its net debit
//! is the supply ([`Ledger::supply`]).
//! Absent on purpose: what a reference means.

use crate::book::Ledger;
use crate::hold::MoveError;
use oikos_protocol::id::{AccountId, Hash32};
use oikos_protocol::money::Amount;

/// Why nothing was issued or redeemed. Nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The reference was taken before.
    #[error("the issuer has taken reference {reference} before")]
    ReferenceUsed {
        /// Which.
        reference: Hash32,
    },
    /// The money could not be moved.
    #[error(transparent)]
    Move(#[from] MoveError),
}

impl Ledger {
    /// Whether `issuer` has taken this reference. Issuers are numbered by the owner above.
    #[must_use]
    pub fn has_reference(&self, issuer: u64, reference: Hash32) -> bool {
        self.references.contains(&(issuer, reference))
    }

    /// Moves money out of an issuer's account (mint, deposit) or into it (burn, withdraw) against a reference.
    ///
    /// # Errors
    /// [`IssueError`]; nothing has changed.
    pub fn pay_against(
        &mut self,
        issuer: u64,
        reference: Hash32,
        from: AccountId,
        to: AccountId,
        amount: Amount,
    ) -> Result<(), IssueError> {
        if self.has_reference(issuer, reference) {
            return Err(IssueError::ReferenceUsed { reference });
        }
        self.pay(from, to, amount)?;
        self.references.insert((issuer, reference));
        Ok(())
    }
}
