//! Refusals of a request before its command is looked at.

use crate::id::{CommandId, ParticipantId};
use crate::time::Timestamp;

super::rejections! {
    /// Why a request was refused whatever it asks.
    RequestRejection {
        101 Expired "request.expired" at "expires" { expires: Timestamp, now: Timestamp }
            "the request expired at {expires}, it is {now}";
        102 ExpiresTooFar "request.expires_too_far" at "expires" { expires: Timestamp, latest: Timestamp }
            "the request expires at {expires}; at most {latest} is remembered";
        103 UnknownParticipant "request.unknown_participant" at "by" { by: ParticipantId }
            "there is no participant {by}";
        104 IdReused "request.id_reused" at "id" { id: CommandId }
            "command id {id} was used for something else";
        105 NotTheOperator "request.not_the_operator" at "by" { by: ParticipantId }
            "only the operator may do this, not {by}";
    }
}
