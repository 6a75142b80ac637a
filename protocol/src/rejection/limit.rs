//! Refusals about limits and what is paid under them.

use crate::command::limit::LimitTerm;
use crate::id::{AccountId, AssetId, LimitId, ParticipantId};
use crate::money::Amount;
use crate::time::Timestamp;

super::rejections! {
    /// Why a limit was not set, not passed on or not revoked, or why something cannot be spent under it.
    LimitRejection {
        1201 UnknownHolder "limit.unknown_holder" at "holder" { holder: ParticipantId }
            "there is no participant {holder} to hold a limit";
        1202 UnknownSource "limit.unknown_source" at "source" { source_of: ParticipantId }
            "there is no participant {source_of} whose money could be spent";
        1203 UnknownAsset "limit.unknown_asset" at "asset" { asset: AssetId }
            "there is no asset {asset}";
        1204 NotTheSource "limit.not_the_source" at "source" { source_of: ParticipantId, by: ParticipantId }
            "only participant {source_of} or its principal says who spends its money, not {by}";
        1205 Unknown "limit.unknown" at "limit" { limit: LimitId }
            "limit {limit} does not exist";
        1206 NotTheHolder "limit.not_the_holder" at "limit" { limit: LimitId, by: ParticipantId }
            "limit {limit} is not {by}'s to use";
        1207 NotTheGranter "limit.not_the_granter" at "limit" { limit: LimitId, by: ParticipantId }
            "limit {limit} is revoked by whoever set it, by a holder above it or by the source's principal, not by {by}";
        1208 Revoked "limit.revoked" at "limit" { limit: LimitId }
            "limit {limit} was revoked";
        1209 BadTerms "limit.bad_terms" at "terms" { term: LimitTerm }
            "under these terms nothing could ever be spent: {term}";
        1210 TooDeep "limit.too_deep" at "terms.depth" { limit: LimitId, depth: u8 }
            "limit {limit} may be passed on {depth} deep and no further";
        1211 Wider "limit.wider" at "terms" { limit: LimitId, term: LimitTerm }
            "the terms are wider than those of limit {limit}: {term}";
        1212 NotYet "limit.not_yet" at "limit" { limit: LimitId, from: Timestamp }
            "limit {limit} begins at {from}";
        1213 Expired "limit.expired" at "limit" { limit: LimitId, expires: Timestamp }
            "limit {limit} expired at {expires}";
        1214 PayeeNotAllowed "limit.payee_not_allowed" at "to" { limit: LimitId, payee: AccountId }
            "limit {limit} lets nothing be paid into account {payee}";
        1215 BelowMin "limit.below_min" at "amount" { limit: LimitId, amount: Amount, amount_min: Amount }
            "a payment of {amount} is below the {amount_min} of limit {limit}";
        1216 AboveMax "limit.above_max" at "amount" { limit: LimitId, amount: Amount, amount_max: Amount }
            "a payment of {amount} is above the {amount_max} of limit {limit}";
        1217 AboveCount "limit.above_count" at "limit" { limit: LimitId, count_max: u32 }
            "limit {limit} lets {count_max} payments be made in its period";
        1218 AboveTotal "limit.above_total" at "amount" { limit: LimitId, amount: Amount, left: Amount }
            "{amount} is above the {left} left in the period of limit {limit}";
        1219 Bound "limit.bound" at "limit" { by: ParticipantId, asset: AssetId, limit: LimitId }
            "participant {by} pays asset {asset} under a limit such as {limit} only";
    }
}
