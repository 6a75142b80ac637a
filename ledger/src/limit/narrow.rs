//! A part of a limit, passed on: nowhere wider than the one above.

use super::Limit;
use super::set::bad_term;
use crate::book::Ledger;
use oikos_protocol::command::limit::{LimitTerm, LimitTerms, Payees};
use oikos_protocol::id::LimitId;
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::limit::LimitRejection;
use oikos_protocol::time::Timestamp;

impl Ledger {
    /// The terms as they would be kept: what they leave open is as in the parent.
    ///
    /// # Errors
    /// [`LimitRejection`]: no such parent, or a revoked one; passed on too often; terms that are wider, or let nothing
    /// through.
    pub fn check_narrow(
        &self,
        parent: LimitId,
        terms: &LimitTerms,
        now: Timestamp,
    ) -> Result<LimitTerms, LimitRejection> {
        let above = self.limits.get(parent)?;
        self.must_be_alive(parent)?;
        if above.terms.depth == 0 {
            return Err(LimitRejection::TooDeep { limit: parent, depth: 0 });
        }
        if terms.depth >= above.terms.depth {
            return Err(LimitRejection::TooDeep { limit: parent, depth: above.terms.depth });
        }
        let terms = inherit(terms, &above.terms, now);
        if let Some(term) = bad_term(&terms, now) {
            return Err(LimitRejection::BadTerms { term });
        }
        match widest(&terms, &above.terms) {
            Some(term) => Err(LimitRejection::Wider { limit: parent, term }),
            None => Ok(terms),
        }
    }

    /// Passes on a part of a limit.
    ///
    /// # Errors
    /// As [`Ledger::check_narrow`]; nothing has changed.
    pub fn narrow_limit(
        &mut self,
        parent: LimitId,
        terms: &LimitTerms,
        now: Timestamp,
    ) -> Result<LimitId, LimitRejection> {
        let terms = self.check_narrow(parent, terms, now)?;
        let account = self.limits.get(parent)?.account;
        Ok(self.limits.push(Limit::new(account, Some(parent), terms)))
    }
}

/// What the terms leave open, as in the limit above.
fn inherit(terms: &LimitTerms, above: &LimitTerms, now: Timestamp) -> LimitTerms {
    let mut terms = terms.clone();
    if terms.payees == Payees::Anyone {
        terms.payees = above.payees.clone();
    }
    if terms.amount_min.is_zero() {
        terms.amount_min = above.amount_min;
    }
    terms.amount_max = or(terms.amount_max, Amount::MAX, above.amount_max);
    if terms.total_max == Amount::MAX && terms.count_max == u32::MAX && terms.period.is_none() {
        terms.period = above.period;
    }
    terms.total_max = or(terms.total_max, Amount::MAX, above.total_max);
    terms.count_max = or(terms.count_max, u32::MAX, above.count_max);
    if terms.from == Timestamp::ZERO {
        // Periods of the same length begin with those above.
        terms.from = if terms.period == above.period { above.from } else { above.from.max(now) };
    }
    terms.expires = or(terms.expires, Timestamp::NEVER, above.expires);
    terms
}

fn or<T: PartialEq>(given: T, open: T, above: T) -> T {
    if given == open { above } else { given }
}

/// The first of the terms in which `below` is wider than `above`.
pub(super) fn widest(below: &LimitTerms, above: &LimitTerms) -> Option<LimitTerm> {
    let others = match (&below.payees, &above.payees) {
        (_, Payees::Anyone) => false,
        (Payees::Classes(below), Payees::Classes(above)) => below & !above != 0,
        (Payees::These(below), Payees::These(above)) => {
            below.iter().any(|account| above.binary_search(account).is_err())
        }
        // Whether an account is of a class is known when it is paid, and checked then, along the whole chain.
        (Payees::These(_), Payees::Classes(_)) => false,
        (Payees::Anyone | Payees::Classes(_), _) => true,
    };
    // As much again and again is more than once; as much more often is more.
    let faster = match (below.period, above.period) {
        (_, None) | (None, Some(_)) => false,
        (Some(below), Some(above)) => below < above,
    };
    [
        (others, LimitTerm::Payees),
        (below.amount_min < above.amount_min || below.amount_max > above.amount_max, LimitTerm::Amount),
        (below.total_max > above.total_max, LimitTerm::TotalMax),
        (below.count_max > above.count_max, LimitTerm::CountMax),
        (faster, LimitTerm::Period),
        (below.from < above.from, LimitTerm::From),
        (below.expires > above.expires, LimitTerm::Expires),
        (below.depth >= above.depth, LimitTerm::Depth),
    ]
    .into_iter()
    .find_map(|(wider, term)| wider.then_some(term))
}
