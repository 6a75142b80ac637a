//! Refusals about exchanges.

use crate::id::{AssetId, ExchangeId, ParticipantId, TransferId};
use crate::money::Amount;
use crate::time::Timestamp;

super::rejections! {
    /// Why an exchange was not offered, not taken or not withdrawn.
    ExchangeRejection {
        1271 UnknownAsset "exchange.unknown_asset" at "asset" { asset: AssetId }
            "there is no asset {asset}";
        1272 SameAsset "exchange.same_asset" at "get.asset" { asset: AssetId }
            "asset {asset} is not exchanged for itself";
        1273 ZeroAmount "exchange.zero_amount" at "amount" {}
            "both amounts are above zero";
        1274 UnknownTaker "exchange.unknown_taker" at "taker" { taker: ParticipantId }
            "there is no participant {taker} to take it";
        1275 ExpiresInThePast "exchange.expires_in_the_past" at "expires" { expires: Timestamp, now: Timestamp }
            "the exchange would expire at {expires}, it is {now}";
        1276 Unknown "exchange.unknown" at "exchange" { exchange: ExchangeId }
            "exchange {exchange} does not exist";
        1277 Over "exchange.over" at "exchange" { exchange: ExchangeId }
            "exchange {exchange} was taken, was withdrawn or has expired";
        1278 NotTheMaker "exchange.not_the_maker" at "exchange" { exchange: ExchangeId, by: ParticipantId }
            "exchange {exchange} is not {by}'s";
        1279 OwnExchange "exchange.own_exchange" at "exchange" { exchange: ExchangeId }
            "exchange {exchange} is the taker's own";
        1280 NotTheTaker "exchange.not_the_taker" at "exchange" { exchange: ExchangeId, by: ParticipantId }
            "exchange {exchange} is offered to another than {by}";
        1281 MakerLacks "exchange.maker_lacks" at "exchange" { exchange: ExchangeId }
            "the maker of exchange {exchange} no longer has what it would give";
        1282 TakerLacks "exchange.taker_lacks" at "exchange" { amount: Amount, available: Amount }
            "the {amount} to be given is above the available {available}";
        1283 AlreadyPaid "exchange.already_paid" at "id" { transfer: TransferId }
            "a command of this id was paid before, as transfer {transfer}";
    }
}
