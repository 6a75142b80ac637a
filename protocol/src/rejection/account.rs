//! The outcome of opening an account, in order of precedence.
//!
//! Source: TigerBeetle's documentation, "create_accounts".

use crate::rejection::status::statuses;

statuses! {
    /// The outcome of one account of a batch; where several apply, the one declared first is the answer.
    CreateAccountStatus {
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
        /// The field `reserved` is zero.
        ReservedField = 8, "reserved_field";
        /// A flag that nobody may set.
        ReservedFlag = 9, "reserved_flag";
        /// Zero is nobody's id.
        IdMustNotBeZero = 10, "id_must_not_be_zero";
        /// The largest number is nobody's id.
        IdMustNotBeIntMax = 11, "id_must_not_be_int_max";
        /// It exists with another `flags`.
        ExistsWithDifferentFlags = 12, "exists_with_different_flags";
        /// It exists with another `user_data_128`.
        ExistsWithDifferentUserData128 = 13, "exists_with_different_user_data_128";
        /// It exists with another `user_data_64`.
        ExistsWithDifferentUserData64 = 14, "exists_with_different_user_data_64";
        /// It exists with another `user_data_32`.
        ExistsWithDifferentUserData32 = 15, "exists_with_different_user_data_32";
        /// It exists with another `ledger`.
        ExistsWithDifferentLedger = 16, "exists_with_different_ledger";
        /// It exists with another `code`.
        ExistsWithDifferentCode = 17, "exists_with_different_code";
        /// It exists, the same in all that was asked.
        Exists = 18, "exists";
        /// These flags exclude each other.
        FlagsAreMutuallyExclusive = 19, "flags_are_mutually_exclusive";
        /// Only transfers move balances.
        DebitsPendingMustBeZero = 20, "debits_pending_must_be_zero";
        /// Only transfers move balances.
        DebitsPostedMustBeZero = 21, "debits_posted_must_be_zero";
        /// Only transfers move balances.
        CreditsPendingMustBeZero = 22, "credits_pending_must_be_zero";
        /// Only transfers move balances.
        CreditsPostedMustBeZero = 23, "credits_posted_must_be_zero";
        /// An asset is named.
        LedgerMustNotBeZero = 24, "ledger_must_not_be_zero";
        /// A code is given.
        CodeMustNotBeZero = 25, "code_must_not_be_zero";
        /// An imported timestamp is later than all before it of its kind, and equal to none of the other kind.
        ImportedEventTimestampMustNotRegress = 26, "imported_event_timestamp_must_not_regress";
    }
}
