//! The outcome of a transfer, in order of precedence.
//!
//! Source: TigerBeetle's documentation, "create_transfers"; its statuses of older clients are left out.

use crate::rejection::status::statuses;

statuses! {
    /// The outcome of one transfer of a batch; where several apply, the one declared first is the answer.
    CreateTransferStatus {
        /// Done; it did not exist before.
        Created = 0, "created";
        /// Another event of its chain failed, and so the whole chain.
        LinkedEventFailed = 1, "linked_event_failed";
        /// The last event of a batch cannot be linked to a next one.
        LinkedEventChainOpen = 2, "linked_event_chain_open";
        /// The first event of the batch is imported, this one is not.
        ImportedEventExpected = 3, "imported_event_expected";
        /// The first event of the batch is not imported, this one is.
        ImportedEventNotExpected = 4, "imported_event_not_expected";
        /// Only an imported event brings its timestamp.
        TimestampMustBeZero = 5, "timestamp_must_be_zero";
        /// An imported timestamp is more than 0 and less than 2^63.
        ImportedEventTimestampOutOfRange = 6, "imported_event_timestamp_out_of_range";
        /// An imported timestamp lies in the past.
        ImportedEventTimestampMustNotAdvance = 7, "imported_event_timestamp_must_not_advance";
        /// A flag that nobody may set.
        ReservedFlag = 8, "reserved_flag";
        /// Zero is nobody's id.
        IdMustNotBeZero = 9, "id_must_not_be_zero";
        /// The largest number is nobody's id.
        IdMustNotBeIntMax = 10, "id_must_not_be_int_max";
        /// It exists with another `flags`.
        ExistsWithDifferentFlags = 11, "exists_with_different_flags";
        /// It exists with another `pending_id`.
        ExistsWithDifferentPendingId = 12, "exists_with_different_pending_id";
        /// It exists with another `timeout`.
        ExistsWithDifferentTimeout = 13, "exists_with_different_timeout";
        /// It exists with another `debit_account_id`.
        ExistsWithDifferentDebitAccountId = 14, "exists_with_different_debit_account_id";
        /// It exists with another `credit_account_id`.
        ExistsWithDifferentCreditAccountId = 15, "exists_with_different_credit_account_id";
        /// It exists with another `amount`.
        ExistsWithDifferentAmount = 16, "exists_with_different_amount";
        /// It exists with another `user_data_128`.
        ExistsWithDifferentUserData128 = 17, "exists_with_different_user_data_128";
        /// It exists with another `user_data_64`.
        ExistsWithDifferentUserData64 = 18, "exists_with_different_user_data_64";
        /// It exists with another `user_data_32`.
        ExistsWithDifferentUserData32 = 19, "exists_with_different_user_data_32";
        /// It exists with another `ledger`.
        ExistsWithDifferentLedger = 20, "exists_with_different_ledger";
        /// It exists with another `code`.
        ExistsWithDifferentCode = 21, "exists_with_different_code";
        /// It exists, the same in all that was asked.
        Exists = 22, "exists";
        /// This id was bound to a failure that depended on the state at that time, so that a retry has the same outcome.
        IdAlreadyFailed = 23, "id_already_failed";
        /// These flags exclude each other.
        FlagsAreMutuallyExclusive = 24, "flags_are_mutually_exclusive";
        /// Zero is no account.
        DebitAccountIdMustNotBeZero = 25, "debit_account_id_must_not_be_zero";
        /// The largest number is no account.
        DebitAccountIdMustNotBeIntMax = 26, "debit_account_id_must_not_be_int_max";
        /// Zero is no account.
        CreditAccountIdMustNotBeZero = 27, "credit_account_id_must_not_be_zero";
        /// The largest number is no account.
        CreditAccountIdMustNotBeIntMax = 28, "credit_account_id_must_not_be_int_max";
        /// An account cannot pay itself.
        AccountsMustBeDifferent = 29, "accounts_must_be_different";
        /// Only posting and voiding name a pending transfer.
        PendingIdMustBeZero = 30, "pending_id_must_be_zero";
        /// Posting and voiding name a pending transfer.
        PendingIdMustNotBeZero = 31, "pending_id_must_not_be_zero";
        /// The largest number is no transfer.
        PendingIdMustNotBeIntMax = 32, "pending_id_must_not_be_int_max";
        /// A transfer cannot post or void itself.
        PendingIdMustBeDifferent = 33, "pending_id_must_be_different";
        /// Only a pending transfer has a timeout.
        TimeoutReservedForPendingTransfer = 34, "timeout_reserved_for_pending_transfer";
        /// An account is closed by a pending transfer, so that voiding it opens it again.
        ClosingTransferMustBePending = 35, "closing_transfer_must_be_pending";
        /// An asset is named.
        LedgerMustNotBeZero = 36, "ledger_must_not_be_zero";
        /// A code is given.
        CodeMustNotBeZero = 37, "code_must_not_be_zero";
        /// There is no such account to debit.
        DebitAccountNotFound = 38, "debit_account_not_found";
        /// There is no such account to credit.
        CreditAccountNotFound = 39, "credit_account_not_found";
        /// The two accounts hold different assets.
        AccountsMustHaveTheSameLedger = 40, "accounts_must_have_the_same_ledger";
        /// The accounts hold another asset than the transfer says.
        TransferMustHaveTheSameLedgerAsAccounts = 41, "transfer_must_have_the_same_ledger_as_accounts";
        /// There is no transfer of that `pending_id`.
        PendingTransferNotFound = 42, "pending_transfer_not_found";
        /// The transfer of that `pending_id` never was pending.
        PendingTransferNotPending = 43, "pending_transfer_not_pending";
        /// The pending transfer debits another account.
        PendingTransferHasDifferentDebitAccountId = 44, "pending_transfer_has_different_debit_account_id";
        /// The pending transfer credits another account.
        PendingTransferHasDifferentCreditAccountId = 45, "pending_transfer_has_different_credit_account_id";
        /// The pending transfer is of another asset.
        PendingTransferHasDifferentLedger = 46, "pending_transfer_has_different_ledger";
        /// The pending transfer has another code.
        PendingTransferHasDifferentCode = 47, "pending_transfer_has_different_code";
        /// More than the pending transfer reserved.
        ExceedsPendingTransferAmount = 48, "exceeds_pending_transfer_amount";
        /// A pending transfer is voided as a whole.
        PendingTransferHasDifferentAmount = 49, "pending_transfer_has_different_amount";
        /// The pending transfer was posted before.
        PendingTransferAlreadyPosted = 50, "pending_transfer_already_posted";
        /// The pending transfer was voided before.
        PendingTransferAlreadyVoided = 51, "pending_transfer_already_voided";
        /// The timeout of the pending transfer has passed.
        PendingTransferExpired = 52, "pending_transfer_expired";
        /// An imported timestamp is later than all before it of its kind, and equal to none of the other kind.
        ImportedEventTimestampMustNotRegress = 53, "imported_event_timestamp_must_not_regress";
        /// The account to debit is younger than the imported transfer.
        ImportedEventTimestampMustPostdateDebitAccount = 54, "imported_event_timestamp_must_postdate_debit_account";
        /// The account to credit is younger than the imported transfer.
        ImportedEventTimestampMustPostdateCreditAccount = 55, "imported_event_timestamp_must_postdate_credit_account";
        /// An imported transfer has no timeout.
        ImportedEventTimeoutMustBeZero = 56, "imported_event_timeout_must_be_zero";
        /// Ours, beyond the documented ones: money in a pool moves by its holds alone.
        DebitAccountIsAPool = 57, "debit_account_is_a_pool";
        /// Ours, beyond the documented ones: money in a pool moves by its holds alone.
        CreditAccountIsAPool = 58, "credit_account_is_a_pool";
        /// The account to debit is closed.
        DebitAccountAlreadyClosed = 59, "debit_account_already_closed";
        /// The account to credit is closed.
        CreditAccountAlreadyClosed = 60, "credit_account_already_closed";
        /// The pending debits would not fit.
        OverflowsDebitsPending = 61, "overflows_debits_pending";
        /// The pending credits would not fit.
        OverflowsCreditsPending = 62, "overflows_credits_pending";
        /// The posted debits would not fit.
        OverflowsDebitsPosted = 63, "overflows_debits_posted";
        /// The posted credits would not fit.
        OverflowsCreditsPosted = 64, "overflows_credits_posted";
        /// The debits, pending and posted, would not fit.
        OverflowsDebits = 65, "overflows_debits";
        /// The credits, pending and posted, would not fit.
        OverflowsCredits = 66, "overflows_credits";
        /// The expiry would lie beyond 2^63.
        OverflowsTimeout = 67, "overflows_timeout";
        /// The account to debit would have more debits than credits.
        ExceedsCredits = 68, "exceeds_credits";
        /// The account to credit would have more credits than debits.
        ExceedsDebits = 69, "exceeds_debits";
    }
}

impl CreateTransferStatus {
    /// Whether it depended on the state at that time, so that the id is bound to the failure.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::DebitAccountNotFound
                | Self::CreditAccountNotFound
                | Self::PendingTransferNotFound
                | Self::ExceedsCredits
                | Self::ExceedsDebits
                | Self::DebitAccountAlreadyClosed
                | Self::CreditAccountAlreadyClosed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rejection::account::CreateAccountStatus;
    use alloc::collections::BTreeSet;

    #[test]
    fn a_status_is_found_by_its_name_and_by_its_number_and_neither_is_used_twice() {
        let names: BTreeSet<_> = CreateTransferStatus::ALL.iter().map(|status| status.name()).collect();
        assert_eq!(names.len(), CreateTransferStatus::ALL.len());
        for status in CreateTransferStatus::ALL {
            assert_eq!(CreateTransferStatus::of_name(status.name()), Some(*status));
            assert_eq!(CreateTransferStatus::of_number(*status as u8), Some(*status));
            let bytes = postcard::to_allocvec(status).unwrap();
            assert_eq!(bytes, [*status as u8]);
            assert_eq!(postcard::from_bytes(&bytes), Ok(*status));
        }
        assert_eq!(CreateTransferStatus::of_number(255), None);
        assert!(CreateAccountStatus::ALL.is_sorted());
        assert_eq!(CreateAccountStatus::of_name("exists"), Some(CreateAccountStatus::Exists));
    }
}
