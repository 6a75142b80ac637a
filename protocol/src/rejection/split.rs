//! Refusals about splits and waterfalls.

use crate::id::{AssetId, LimitId, ParticipantId, TransferId};
use crate::money::Amount;

super::rejections! {
    /// Why nothing was paid by tiers.
    SplitRejection {
        1231 UnknownAsset "split.unknown_asset" at "asset" { asset: AssetId }
            "there is no asset {asset}";
        1232 OtherAsset "split.other_asset" at "asset" { limit: LimitId, asset: AssetId }
            "limit {limit} is for asset {asset}";
        1233 ZeroAmount "split.zero_amount" at "amount" {}
            "an amount that is paid is above zero";
        1234 NoReceiver "split.no_receiver" at "tiers" { tier: u32 }
            "tier number {tier} has no receiver with a weight above zero";
        1235 TooManyReceivers "split.too_many_receivers" at "tiers" { given: u32, max: u32 }
            "{given} receivers are more than {max}";
        1236 UnknownReceiver "split.unknown_receiver" at "tiers.to" { to: ParticipantId }
            "there is no participant {to} to be paid";
        1237 OwnReceiver "split.own_receiver" at "tiers.to" { to: ParticipantId }
            "participant {to} cannot pay itself";
        1238 NothingPaid "split.nothing_paid" at "tiers" {}
            "the amount is too small: no receiver would get a single minor unit";
        1239 InsufficientFunds "split.insufficient_funds" at "amount" { amount: Amount, available: Amount }
            "{amount} is above the available {available}";
        1240 AlreadyPaid "split.already_paid" at "id" { transfer: TransferId }
            "a command of this id was paid before, as transfer {transfer}";
    }
}
