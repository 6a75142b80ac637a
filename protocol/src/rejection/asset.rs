//! Refusals about assets, issues and payments.

use crate::id::{AccountId, AssetId, Hash32, ParticipantId};
use crate::money::Amount;

super::rejections! {
    /// Why an asset was not declared, or money not created.
    AssetRejection {
        301 CodeTaken "asset.code_taken" at "code" {}
            "there is an asset of this code";
        302 TooMany "asset.too_many" at "code" { max: u32 }
            "there are {max} assets, and no more are allowed";
        303 UnknownHolder "asset.unknown_holder" at "regime" { participant: ParticipantId }
            "there is no participant {participant} to hold or issue it";
        304 ZeroSupply "asset.zero_supply" at "regime" {}
            "a fixed supply is above zero";
        305 Unknown "asset.unknown" at "asset" { asset: AssetId }
            "there is no asset {asset}";
        306 NotTheIssuer "asset.not_the_issuer" at "by" { by: ParticipantId, asset: AssetId }
            "participant {by} may not issue asset {asset}";
        307 UnknownReceiver "asset.unknown_receiver" at "to" { to: ParticipantId }
            "there is no participant {to} to receive it";
        308 ZeroAmount "asset.zero_amount" at "amount" {}
            "an issue is above zero";
        309 SupplyOverflow "asset.supply_overflow" at "amount" { amount: Amount }
            "the supply cannot grow by {amount}";
        1291 NotIssued "asset.not_issued" at "asset" { asset: AssetId }
            "asset {asset} has no issuer who could take it back";
        1292 ReferenceUsed "asset.reference_used" at "reference" { reference: Hash32 }
            "the issuer has taken reference {reference} before";
        1293 InsufficientFunds "asset.insufficient_funds" at "amount" { amount: Amount, available: Amount }
            "{amount} is above the available {available}";
        1294 NotMutualCredit "asset.not_mutual_credit" at "asset" { asset: AssetId }
            "asset {asset} is no mutual credit";
        1295 NotTheSteward "asset.not_the_steward" at "by" { by: ParticipantId, asset: AssetId }
            "participant {by} does not set the lines of asset {asset}";
        1296 UnknownMember "asset.unknown_member" at "member" { member: ParticipantId }
            "there is no participant {member} to have a line";
        1297 AboveCreditMax "asset.above_credit_max" at "credit" { credit: Amount, credit_max: Amount }
            "a line of {credit} is longer than {credit_max}";
        1298 CreditInUse "asset.credit_in_use" at "credit" { less: Amount, available: Amount }
            "the line cannot become {less} shorter: only {available} of it is not in use";
    }
}

super::rejections! {
    /// Why a batch of transfers was refused as a whole. What happens to each transfer is in the reply.
    PaymentRejection {
        901 EmptyBatch "payment.empty_batch" at "transfers" {}
            "a batch has at least one transfer";
        902 BatchTooLarge "payment.batch_too_large" at "transfers" { given: u32, max: u32 }
            "a batch of {given} transfers is more than {max}";
        903 NotYourAccount "payment.not_your_account" at "transfers.debit_account_id" { index: u32, account: AccountId, by: ParticipantId }
            "transfer number {index} would spend from account {account}, which is not {by}'s";
        904 NotYourPending "payment.not_your_pending" at "transfers.pending_id" { index: u32, by: ParticipantId }
            "transfer number {index} posts or voids a pending transfer that is not {by}'s to finish";
        905 NoSuchReceiver "payment.no_such_receiver" at "transfers.credit_account_id" { index: u32, account: AccountId }
            "transfer number {index} pays into account {account}, which is no participant's";
        906 ForbiddenFlag "payment.forbidden_flag" at "transfers.flags" { index: u32 }
            "transfer number {index} has a flag that is not open to participants";
    }
}
