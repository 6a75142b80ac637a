//! A limit that nobody else's is above.

use super::Limit;
use crate::book::Ledger;
use oikos_protocol::command::limit::{LimitTerm, LimitTerms, Payees};
use oikos_protocol::id::{AccountId, LimitId};
use oikos_protocol::rejection::limit::LimitRejection;
use oikos_protocol::time::Timestamp;

impl Ledger {
    /// The terms as they would be kept, if anything could be spent under them.
    ///
    /// # Errors
    /// [`LimitRejection::BadTerms`], with the term that lets nothing through.
    pub fn check_limit(&self, terms: &LimitTerms, now: Timestamp) -> Result<LimitTerms, LimitRejection> {
        let mut terms = terms.clone();
        if terms.from == Timestamp::ZERO {
            terms.from = now;
        }
        match bad_term(&terms, now) {
            Some(term) => Err(LimitRejection::BadTerms { term }),
            None => Ok(terms),
        }
    }

    /// Sets a limit on what may be spent out of `account`.
    ///
    /// # Errors
    /// As [`Ledger::check_limit`]; nothing has changed.
    pub fn set_limit(
        &mut self,
        account: AccountId,
        terms: &LimitTerms,
        now: Timestamp,
    ) -> Result<LimitId, LimitRejection> {
        let terms = self.check_limit(terms, now)?;
        Ok(self.limits.push(Limit::new(account, None, terms)))
    }
}

/// The first of the terms that lets nothing through.
pub(super) fn bad_term(terms: &LimitTerms, now: Timestamp) -> Option<LimitTerm> {
    let in_order = |accounts: &[AccountId]| accounts.windows(2).all(|pair| pair[0] < pair[1]);
    let nobody = match &terms.payees {
        Payees::Anyone => false,
        Payees::Classes(classes) => *classes == 0,
        Payees::These(accounts) => accounts.is_empty() || !in_order(accounts),
    };
    [
        (nobody, LimitTerm::Payees),
        (terms.amount_max.is_zero() || terms.amount_min > terms.amount_max, LimitTerm::Amount),
        (terms.total_max.is_zero() || terms.total_max < terms.amount_min, LimitTerm::TotalMax),
        (terms.count_max == 0, LimitTerm::CountMax),
        (terms.period.is_some_and(|period| period.0 == 0), LimitTerm::Period),
        (terms.expires <= terms.from || terms.expires <= now, LimitTerm::Expires),
    ]
    .into_iter()
    .find_map(|(bad, term)| bad.then_some(term))
}
