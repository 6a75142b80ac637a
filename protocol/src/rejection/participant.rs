//! Refusals about participants and their mandates.

use crate::id::{AssetId, ParticipantId};

super::rejections! {
    /// Why a participant was not taken in, or not bound.
    ParticipantRejection {
        208 Unknown "participant.unknown" at "participant" { participant: ParticipantId }
            "there is no participant {participant}";
        201 NotThePrincipal "participant.not_the_principal" at "principal" { by: ParticipantId }
            "only the operator or the principal itself may do this, not {by}";
        202 UnknownPrincipal "participant.unknown_principal" at "principal" { principal: ParticipantId }
            "there is no participant {principal} to be the principal";
        203 NestedPrincipal "participant.nested_principal" at "principal" { principal: ParticipantId }
            "participant {principal} has a principal of its own; one level is enough";
        204 TooManyCapabilities "participant.too_many_capabilities" at "capabilities" { given: u32, max: u32 }
            "{given} capabilities are more than {max}";
        205 CapabilityTwice "participant.capability_twice" at "capabilities" { index: u32 }
            "capability number {index} is named before";
        206 BadCalendar "participant.bad_calendar" at "calendar" {}
            "a working week needs at least one day of seven, 0 <= from_minute < to_minute <= 1440, and an offset of at most 840 minutes";
        207 CalendarOfAMachine "participant.calendar_of_a_machine" at "calendar" {}
            "only a human has working hours";
        209 UnknownAsset "participant.unknown_asset" at "asset" { asset: AssetId }
            "there is no asset {asset}";
        210 UnknownApprover "participant.unknown_approver" at "approver" { approver: ParticipantId }
            "there is no participant {approver} to approve";
        211 OwnApprover "participant.own_approver" at "approver" { approver: ParticipantId }
            "participant {approver} cannot approve its own spending";
    }
}
