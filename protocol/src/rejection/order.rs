//! Refusals about desks and orders.

use crate::id::{AssetId, DeskId, OrderId, ParticipantId};
use crate::money::Amount;
use crate::time::Timestamp;

super::rejections! {
    /// Why a desk was not opened, or a call not cleared.
    DeskRejection {
        1101 UnknownBase "desk.unknown_base" at "base" { asset: AssetId }
            "there is no asset {asset} to trade";
        1102 UnknownQuote "desk.unknown_quote" at "quote" { asset: AssetId }
            "there is no asset {asset} to pay in";
        1103 SameAsset "desk.same_asset" at "quote" {}
            "an asset is not traded for itself";
        1104 ZeroLot "desk.zero_lot" at "lot" {}
            "a lot is above zero";
        1105 ZeroTick "desk.zero_tick" at "tick" {}
            "a tick is above zero";
        1106 BadQuantityMax "desk.bad_quantity_max" at "quantity_max" { given: u64, max: u64 }
            "the most lots of an order are 1 to {max}, not {given}";
        1107 BadOrdersMax "desk.bad_orders_max" at "orders_max" { given: u32, max: u32 }
            "the most orders of a trader are 1 to {max}, not {given}";
        1108 CallTooOften "desk.call_too_often" at "market.call.every" { min_ns: u64 }
            "a call comes every {min_ns} ns at the most";
        1109 PairTaken "desk.pair_taken" at "base" { desk: DeskId }
            "desk {desk} trades this pair";
        1110 TooMany "desk.too_many" at "base" { max: u32 }
            "there are {max} desks, and no more are allowed";
        1111 Unknown "desk.unknown" at "desk" { desk: DeskId }
            "there is no desk {desk}";
        1112 NotACall "desk.not_a_call" at "desk" { desk: DeskId }
            "desk {desk} trades continuously; there is no call to clear";
    }
}

super::rejections! {
    /// Why an order was not taken, not cancelled or not changed.
    OrderRejection {
        1121 UnknownDesk "order.unknown_desk" at "desk" { desk: DeskId }
            "there is no desk {desk}";
        1122 Unknown "order.unknown" at "order" { order: OrderId }
            "order {order} does not exist";
        1123 Over "order.over" at "order" { order: OrderId }
            "order {order} does not rest at this desk: it traded, was cancelled or has expired";
        1124 NotYours "order.not_yours" at "order" { order: OrderId, by: ParticipantId }
            "order {order} is not {by}'s";
        1125 BadQuantity "order.bad_quantity" at "quantity" { given: u64, max: u64 }
            "an order has 1 to {max} lots, not {given}";
        1126 BadPrice "order.bad_price" at "price" { given: Amount, tick: Amount }
            "a price is a multiple of {tick} above zero, not {given}";
        1127 PriceTooHigh "order.price_too_high" at "price" { given: Amount, max: Amount }
            "a price is at most {max}, not {given}";
        1128 ExpiresInThePast "order.expires_in_the_past" at "expires" { expires: Timestamp, now: Timestamp }
            "the order would expire at {expires}, it is {now}";
        1129 InCall "order.in_call" at "kind" { desk: DeskId }
            "desk {desk} collects orders for a call; only limit orders are taken";
        1130 TooMany "order.too_many" at "desk" { max: u32 }
            "the trader has {max} orders resting, and no more are allowed";
        1131 InsufficientFunds "order.insufficient_funds" at "quantity" { asset: AssetId, needed: Amount, available: Amount }
            "the order can cost {needed} of asset {asset}, above the available {available}";
    }
}
