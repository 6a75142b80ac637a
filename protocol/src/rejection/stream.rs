//! Refusals about streams.

use crate::id::{AssetId, ParticipantId, StreamId};
use crate::money::Amount;

super::rejections! {
    /// Why a stream was not opened, not topped up, not settled or not stopped.
    StreamRejection {
        1251 UnknownAsset "stream.unknown_asset" at "asset" { asset: AssetId }
            "there is no asset {asset}";
        1252 UnknownReceiver "stream.unknown_receiver" at "to" { to: ParticipantId }
            "there is no participant {to} to be paid";
        1253 OwnReceiver "stream.own_receiver" at "to" { to: ParticipantId }
            "participant {to} cannot pay itself";
        1254 BadRate "stream.bad_rate" at "rate" {}
            "a rate is an amount above zero and below 2^64 minor units in a time above zero";
        1255 ZeroHold "stream.zero_hold" at "amount" {}
            "what is set apart is above zero";
        1256 AboveCap "stream.above_cap" at "amount" { held: Amount, cap: Amount }
            "{held} would be set apart in all, but no more than {cap} will ever be paid";
        1257 Unknown "stream.unknown" at "stream" { stream: StreamId }
            "stream {stream} does not exist";
        1258 Over "stream.over" at "stream" { stream: StreamId }
            "stream {stream} has ended";
        1259 NotAParty "stream.not_a_party" at "stream" { stream: StreamId, by: ParticipantId }
            "stream {stream} is not between {by} and anybody";
        1260 NotThePayer "stream.not_the_payer" at "stream" { stream: StreamId, by: ParticipantId }
            "stream {stream} is not paid by {by}";
        1261 InsufficientFunds "stream.insufficient_funds" at "amount" { amount: Amount, available: Amount }
            "{amount} is above the available {available}";
        1262 NothingDue "stream.nothing_due" at "stream" { stream: StreamId }
            "stream {stream} has not run up a whole minor unit since it was settled last";
    }
}
