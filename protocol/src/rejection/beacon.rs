//! Refusals about the beacon.

use crate::id::Hash32;

super::rejections! {
    /// Why a link of the beacon was not taken.
    BeaconRejection {
        1001 Exhausted "beacon.exhausted" at "link" {}
            "the beacon has no link left";
        1002 NotTheNextLink "beacon.not_the_next_link" at "link" { link: Hash32 }
            "link {link} does not hash to the last known link";
        1003 NobodyWaits "beacon.nobody_waits" at "link" {}
            "no task waits for a lot, so a link would be wasted";
    }
}
