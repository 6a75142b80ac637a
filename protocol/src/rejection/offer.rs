//! Refusals about offers.

use crate::id::{AssetId, Capability, OfferId, ParticipantId};
use crate::money::Amount;
use crate::time::Timestamp;

super::rejections! {
    /// Why an offer was not published, not withdrawn or not taken.
    OfferRejection {
        801 UnknownAsset "offer.unknown_asset" at "asset" { asset: AssetId }
            "there is no asset {asset}";
        802 LacksCapability "offer.lacks_capability" at "capability" { capability: Capability }
            "the seller lacks the capability `{capability}`";
        803 ZeroPrice "offer.zero_price" at "price" {}
            "a price is above zero";
        804 ZeroUnits "offer.zero_units" at "units" {}
            "units are above zero";
        805 ExpiresInThePast "offer.expires_in_the_past" at "expires" { expires: Timestamp, now: Timestamp }
            "the offer would expire at {expires}, it is {now}";
        806 UnknownBuyer "offer.unknown_buyer" at "buyer" { buyer: ParticipantId }
            "there is no participant {buyer} to buy";
        807 Unknown "offer.unknown" at "offer" { offer: OfferId }
            "offer {offer} does not exist";
        808 Expired "offer.expired" at "offer" { offer: OfferId }
            "offer {offer} has expired";
        809 UsedUp "offer.used_up" at "offer" { offer: OfferId }
            "offer {offer} is sold out";
        810 Withdrawn "offer.withdrawn" at "offer" { offer: OfferId }
            "offer {offer} was withdrawn";
        811 NotTheSeller "offer.not_the_seller" at "offer" { offer: OfferId, by: ParticipantId }
            "offer {offer} is not {by}'s";
        812 OwnOffer "offer.own_offer" at "offer" { offer: OfferId }
            "offer {offer} is the buyer's own";
        813 NotTheBuyer "offer.not_the_buyer" at "offer" { offer: OfferId, by: ParticipantId }
            "offer {offer} is made to another than {by}";
        814 OtherPrice "offer.other_price" at "price" { given: Amount, price: Amount }
            "the price is {price}, not {given}";
        815 TooFewLeft "offer.too_few_left" at "units" { given: u32, left: u32 }
            "{given} units are more than the {left} left";
        816 InsufficientFunds "offer.insufficient_funds" at "units" { due: Amount, available: Amount }
            "the {due} due is above the available {available}";
    }
}
