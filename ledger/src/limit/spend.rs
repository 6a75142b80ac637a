//! Spending under a limit: every limit of the chain is asked, the transfers are made, and all of the chain count them,
//! in one step.

use super::Limit;
use crate::book::Ledger;
use crate::past::Past;
use crate::sink::LedgerSink;
use alloc::vec::Vec;
use oikos_protocol::command::limit::Payees;
use oikos_protocol::command::transfer::{Transfer, TransferFlags};
use oikos_protocol::id::{AccountId, LimitId};
use oikos_protocol::money::Amount;
use oikos_protocol::rejection::limit::LimitRejection;
use oikos_protocol::rejection::transfer::CreateTransferStatus as Status;
use oikos_protocol::time::Timestamp;

/// A payment that is to be made under a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    /// Into which account.
    pub to: AccountId,
    /// The classes of its owner, a bit each.
    pub classes: u32,
    /// How much.
    pub amount: Amount,
}

/// Why nothing was spent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpendError {
    /// A limit does not allow it.
    #[error(transparent)]
    Limit(#[from] LimitRejection),
    /// The transfers are not one chain of single-phase transfers out of the limit's account, one for each payment.
    #[error("what is spent under a limit is one chain of single-phase transfers out of its account")]
    NotOneChain,
    /// The book refused a transfer; the outcomes are in `out`.
    #[error("the book refused the chain")]
    Transfers,
}

impl Ledger {
    /// Whether this limit and all above it allow these payments, one after the other.
    ///
    /// # Errors
    /// The first [`LimitRejection`], from the limit upwards.
    pub fn check_spend(&self, limit: LimitId, payments: &[Payment], now: Timestamp) -> Result<(), LimitRejection> {
        self.must_be_alive(limit)?;
        self.limits.chain(limit).try_for_each(|(id, limit)| limit.check(id, payments, now))
    }

    /// Makes a linked chain of transfers under a limit, or nothing at all. One payment belongs to each transfer.
    ///
    /// # Errors
    /// [`SpendError`]; nothing has changed but, where the book refused the chain, the memory of its ids.
    #[expect(clippy::too_many_arguments, reason = "what `create_transfers` takes, and the limit with its payments")]
    pub fn spend<P: Past, S: LedgerSink>(
        &mut self,
        limit: LimitId,
        payments: &[Payment],
        now: Timestamp,
        transfers: &[Transfer],
        past: &P,
        sink: &mut S,
        out: &mut Vec<Status>,
    ) -> Result<(), SpendError> {
        self.check_spend(limit, payments, now)?;
        if !self.is_one_chain(limit, payments, transfers) {
            return Err(SpendError::NotOneChain);
        }
        let first = out.len();
        self.create_transfers(now, transfers, past, sink, out);
        if out[first..].iter().any(|status| *status != Status::Created) {
            return Err(SpendError::Transfers);
        }
        let total = payments.iter().fold(Amount::ZERO, |sum, payment| Amount(sum.0 + payment.amount.0));
        let mut next = Some(limit);
        while let Some(limit) = next.and_then(|id| self.limits.get_mut(id)) {
            limit.count_in(total, payments.len() as u32, now);
            next = limit.parent;
        }
        Ok(())
    }

    fn is_one_chain(&self, limit: LimitId, payments: &[Payment], transfers: &[Transfer]) -> bool {
        let Ok(limit) = self.limits.get(limit) else { return false };
        let last = transfers.len().wrapping_sub(1);
        payments.len() == transfers.len()
            && payments.iter().zip(transfers).enumerate().all(|(index, (payment, transfer))| {
                let linked = if index == last { TransferFlags::NONE } else { TransferFlags::LINKED };
                transfer.flags == linked
                    && transfer.debit_account_id == limit.account
                    && transfer.credit_account_id == payment.to
                    && transfer.amount == payment.amount
            })
    }
}

impl Limit {
    fn check(&self, id: LimitId, payments: &[Payment], now: Timestamp) -> Result<(), LimitRejection> {
        let limit = id;
        let terms = &self.terms;
        if now < terms.from {
            return Err(LimitRejection::NotYet { limit, from: terms.from });
        }
        if now >= terms.expires {
            return Err(LimitRejection::Expired { limit, expires: terms.expires });
        }
        let (mut spent, made) = self.spent(now);
        let mut left = terms.count_max - made;
        for &Payment { to, classes, amount } in payments {
            let allowed = match &terms.payees {
                Payees::Anyone => true,
                Payees::Classes(these) => these & classes != 0,
                Payees::These(accounts) => accounts.binary_search(&to).is_ok(),
            };
            if !allowed {
                return Err(LimitRejection::PayeeNotAllowed { limit, payee: to });
            }
            if amount < terms.amount_min {
                return Err(LimitRejection::BelowMin { limit, amount, amount_min: terms.amount_min });
            }
            if amount > terms.amount_max {
                return Err(LimitRejection::AboveMax { limit, amount, amount_max: terms.amount_max });
            }
            left = left.checked_sub(1).ok_or(LimitRejection::AboveCount { limit, count_max: terms.count_max })?;
            let total = spent.checked_add(amount).filter(|total| *total <= terms.total_max);
            let left = terms.total_max.saturating_sub(spent);
            spent = total.ok_or(LimitRejection::AboveTotal { limit, amount, left })?;
        }
        Ok(())
    }

    /// Counts payments that were allowed.
    fn count_in(&mut self, total: Amount, payments: u32, now: Timestamp) {
        let (spent, made) = self.spent(now);
        self.period = self.period_at(now);
        self.spent = Amount(spent.0 + total.0);
        self.count = made + payments;
        self.ever = Amount(self.ever.0.saturating_add(total.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccountSpec, NoPast};
    use alloc::vec;
    use oikos_protocol::command::account::AccountFlags;
    use oikos_protocol::command::limit::LimitTerms;
    use oikos_protocol::id::{AssetId, TransferId};
    use oikos_protocol::time::Span;

    const NOW: Timestamp = Timestamp(1_000);

    fn town() -> Ledger {
        let mut ledger = Ledger::new();
        for id in 1..=4 {
            let flags = if id == 1 { AccountFlags::NONE } else { AccountFlags::DEBITS_MUST_NOT_EXCEED_CREDITS };
            let spec = AccountSpec {
                id: AccountId(id),
                asset: AssetId(1),
                code: 1,
                flags,
                user_data_128: 0,
                user_data_64: 0,
                user_data_32: 0,
            };
            ledger.open_account(Timestamp(1), spec).unwrap();
        }
        ledger.pay(AccountId(1), AccountId(2), Amount(1_000)).unwrap();
        ledger
    }

    fn terms(total: u128) -> LimitTerms {
        LimitTerms { total_max: Amount(total), depth: 3, ..LimitTerms::OPEN }
    }

    fn spend(
        ledger: &mut Ledger,
        limit: LimitId,
        id: u128,
        to: u128,
        amount: u128,
        now: Timestamp,
    ) -> Result<(), SpendError> {
        let transfer = Transfer {
            id: TransferId(id),
            debit_account_id: AccountId(2),
            credit_account_id: AccountId(to),
            amount: Amount(amount),
            ledger: AssetId(1),
            code: 1,
            ..Transfer::ZERO
        };
        let payment = Payment { to: AccountId(to), classes: 1, amount: Amount(amount) };
        ledger.spend(limit, &[payment], now, &[transfer], &NoPast, &mut (), &mut vec![])
    }

    #[test]
    fn what_is_spent_below_counts_above_and_the_narrowest_limit_answers() {
        let mut ledger = town();
        let root = ledger.set_limit(AccountId(2), &terms(100), NOW).unwrap();
        let child = LimitTerms { depth: 1, ..terms(60) };
        let child = ledger.narrow_limit(root, &child, NOW).unwrap();
        let leaf = ledger.narrow_limit(child, &LimitTerms { depth: 0, ..terms(60) }, NOW).unwrap();
        assert_eq!(spend(&mut ledger, leaf, 1, 3, 50, NOW), Ok(()));
        assert_eq!(spend(&mut ledger, root, 2, 3, 45, NOW), Ok(()));
        let above = LimitRejection::AboveTotal { limit: root, amount: Amount(10), left: Amount(5) };
        assert_eq!(spend(&mut ledger, leaf, 3, 3, 10, NOW), Err(above.into()));
        let own = LimitRejection::AboveTotal { limit: leaf, amount: Amount(11), left: Amount(10) };
        assert_eq!(spend(&mut ledger, leaf, 4, 3, 11, NOW), Err(own.into()));
        assert_eq!(ledger.left_under(leaf, NOW).0, Amount(5));
        assert_eq!(ledger.audit(), Ok(()));
    }

    #[test]
    fn a_limit_that_is_revoked_takes_with_it_all_that_was_passed_on() {
        let mut ledger = town();
        let root = ledger.set_limit(AccountId(2), &terms(100), NOW).unwrap();
        let child = ledger.narrow_limit(root, &LimitTerms { depth: 1, ..LimitTerms::OPEN }, NOW).unwrap();
        ledger.revoke_limit(root).unwrap();
        let revoked = LimitRejection::Revoked { limit: root };
        assert_eq!(spend(&mut ledger, child, 1, 3, 1, NOW), Err(revoked.clone().into()));
        assert_eq!(ledger.revoke_limit(child), Err(revoked));
    }

    #[test]
    fn a_period_begins_anew_and_a_chain_that_the_book_refuses_counts_nothing() {
        let mut ledger = town();
        let daily = LimitTerms { period: Some(Span(10)), count_max: 2, ..terms(100) };
        let limit = ledger.set_limit(AccountId(2), &daily, NOW).unwrap();
        for id in 1..=2 {
            assert_eq!(spend(&mut ledger, limit, id, 3, 1, Timestamp(1_009)), Ok(()));
        }
        let count = LimitRejection::AboveCount { limit, count_max: 2 };
        assert_eq!(spend(&mut ledger, limit, 3, 3, 1, Timestamp(1_009)), Err(count.into()));
        assert_eq!(spend(&mut ledger, limit, 4, 9, 1, Timestamp(1_010)), Err(SpendError::Transfers));
        assert_eq!(ledger.limit(limit).unwrap().spent(Timestamp(1_010)), (Amount::ZERO, 0));
        assert_eq!(spend(&mut ledger, limit, 5, 3, 100, Timestamp(1_010)), Ok(()));
        assert_eq!(ledger.audit(), Ok(()));
    }

    #[test]
    fn a_part_is_nowhere_wider_than_the_whole() {
        use oikos_protocol::command::limit::LimitTerm;
        let mut ledger = town();
        let above = LimitTerms {
            payees: Payees::Classes(0b11),
            amount_min: Amount(2),
            amount_max: Amount(10),
            count_max: 5,
            period: Some(Span(100)),
            from: Timestamp(900),
            expires: Timestamp(5_000),
            ..terms(100)
        };
        let root = ledger.set_limit(AccountId(2), &above, NOW).unwrap();
        let below = LimitTerms { depth: 2, ..above.clone() };
        let wider = [
            (LimitTerms { payees: Payees::Classes(0b111), ..below.clone() }, LimitTerm::Payees),
            (LimitTerms { amount_min: Amount(1), ..below.clone() }, LimitTerm::Amount),
            (LimitTerms { amount_max: Amount(11), ..below.clone() }, LimitTerm::Amount),
            (LimitTerms { total_max: Amount(101), ..below.clone() }, LimitTerm::TotalMax),
            (LimitTerms { count_max: 6, ..below.clone() }, LimitTerm::CountMax),
            (LimitTerms { period: Some(Span(99)), ..below.clone() }, LimitTerm::Period),
            (LimitTerms { from: Timestamp(899), ..below.clone() }, LimitTerm::From),
            (LimitTerms { expires: Timestamp(5_001), ..below.clone() }, LimitTerm::Expires),
        ];
        for (terms, term) in wider {
            assert_eq!(ledger.narrow_limit(root, &terms, NOW), Err(LimitRejection::Wider { limit: root, term }));
        }
        let deep = LimitRejection::TooDeep { limit: root, depth: 3 };
        assert_eq!(ledger.narrow_limit(root, &above, NOW), Err(deep));
        let open = ledger.narrow_limit(root, &LimitTerms::OPEN, NOW).unwrap();
        assert_eq!(ledger.limit(open).unwrap().terms, LimitTerms { depth: 0, ..above });
    }
}
