//! The answer to a command: refused before it was sequenced, or a receipt with an outcome for each request.

use crate::command::asset::AssetCode;
use crate::id::{AssetId, DeskId, ExchangeId, Hash32, LimitId, OfferId, OrderId, ParticipantId, StreamId, TaskId};
use crate::outcome::Outcome;
use crate::rejection::Rejection;
use crate::wire::text::Nanos;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The reply to a command message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Answered {
    /// It was not sequenced: nothing happened, nothing is remembered, and it may be sent again.
    Refused {
        /// Why.
        refused: Refusal,
    },
    /// It is in the journal, on disk, and applied.
    Receipt(Receipt),
}

/// What is in the journal for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// The sequence of the bundle's first request; the others follow without a gap.
    pub seq: u64,
    /// Economy time of the last of them.
    pub t: Nanos,
    /// An outcome for each request, in order.
    pub outcomes: Vec<WireOutcome>,
    /// The leaf of each request in the tree of outcomes, in order: what a checkpoint will stand for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hashes: Vec<Hash32>,
}

/// What became of one request; a retry gets the first outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WireOutcome {
    /// It was done.
    Accepted(WireReply),
    /// It was not; nothing changed.
    Rejected(WireRejection),
}

/// What the sender learns beyond "done"; absent where it is not of that kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct WireReply {
    /// The number of the new asset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<AssetId>,
    /// The number of the new participant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantId>,
    /// The number of the new task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskId>,
    /// The number of the new offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferId>,
    /// The number of the new desk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desk: Option<DeskId>,
    /// The number of the new order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// The number of the new limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<LimitId>,
    /// The number of the new stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamId>,
    /// The number of the new exchange.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<ExchangeId>,
    /// What became of each payment, in order: `created`, or the reason why not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<String>,
}

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WireRejection {
    /// Stable, such as `bid.above_reserve`.
    pub code: String,
    /// The same as a number that is never used again.
    pub number: u16,
    /// The field of the command that it is about.
    pub field: String,
    /// For people. Amounts in it are minor units: the core knows no decimals.
    pub message: String,
}

/// Why a message was not sequenced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refusal {
    /// Stable: one of [`RefusalCode`].
    pub code: RefusalCode,
    /// The path of the field it is about, such as `requests[0].command.place_bid.price`; empty where about none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// For people.
    pub message: String,
    /// When to try again, in milliseconds; only where trying again can help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// The node's clock, where the time was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Nanos>,
}

/// Why, in the order in which it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The subject names nobody.
    BadSubject,
    /// The body is too large, or holds too many requests.
    TooLarge,
    /// A signature header is missing.
    Unsigned,
    /// The key is not the participant's, not any more, or may not sign this.
    Unauthorised,
    /// `Oikos-Expires` has passed.
    Expired,
    /// `Oikos-Expires` is more than 24 hours ahead.
    TooFarAhead,
    /// The signature is not that of the key over subject, id, expiry and body.
    BadSignature,
    /// Not JSON of the right form: an unknown field, a missing one, another type.
    Malformed,
    /// An amount that its asset cannot hold exactly, a negative one, or no number at all.
    BadAmount,
    /// No asset has this code.
    UnknownAsset,
    /// There is no such task, so that nobody knows the decimals of the amount.
    UnknownTask,
    /// There is no such offer, so that nobody knows the decimals of the amount.
    UnknownOffer,
    /// There is no such desk, so that nobody knows the decimals of the price.
    UnknownDesk,
    /// There is no such limit, so that nobody knows the decimals of the amount.
    UnknownLimit,
    /// There is no such stream, so that nobody knows the decimals of the amount.
    UnknownStream,
    /// No participant has this name or number.
    UnknownParticipant,
    /// The name is taken, or is none.
    BadName,
    /// Joining is closed, or this may be done in development only.
    NotAllowed,
    /// Nothing is kept under this hash.
    UnknownContent,
    /// A deliverable that its task's domain does not describe.
    DoesNotFit,
    /// The store holds as much of this participant as it may.
    QuotaExceeded,
    /// Too much waits; try again after `retry_after_ms`.
    Busy,
    /// The disk is full; reading goes on.
    NoSpace,
    /// `at_least` was not reached in time.
    NotYet,
    /// The node is shutting down.
    ShuttingDown,
}

impl Refusal {
    /// A refusal with no field.
    #[must_use]
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self { code, field: String::new(), message: message.into(), retry_after_ms: None, now: None }
    }

    /// The same about a field.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }

    /// The same with when to try again.
    #[must_use]
    pub const fn retry_after_ms(mut self, ms: u64) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }
}

impl From<&Rejection> for WireRejection {
    fn from(why: &Rejection) -> Self {
        Self {
            code: why.code().to_string(),
            number: why.number(),
            field: why.field().to_string(),
            message: why.to_string(),
        }
    }
}

impl From<&Outcome> for WireOutcome {
    fn from(outcome: &Outcome) -> Self {
        use crate::outcome::Reply;
        let mut reply = WireReply::default();
        match outcome {
            Outcome::Rejected(why) => return Self::Rejected(why.into()),
            Outcome::Accepted(Reply::Done) => {}
            Outcome::Accepted(Reply::Asset(asset)) => reply.asset = Some(*asset),
            Outcome::Accepted(Reply::Participant(participant)) => reply.participant = Some(*participant),
            Outcome::Accepted(Reply::Task(task)) => reply.task = Some(*task),
            Outcome::Accepted(Reply::Offer(offer)) => reply.offer = Some(*offer),
            Outcome::Accepted(Reply::Desk(desk)) => reply.desk = Some(*desk),
            Outcome::Accepted(Reply::Order(order)) => reply.order = Some(*order),
            Outcome::Accepted(Reply::Limit(limit)) => reply.limit = Some(*limit),
            Outcome::Accepted(Reply::Stream(stream)) => reply.stream = Some(*stream),
            Outcome::Accepted(Reply::Exchange(exchange)) => reply.exchange = Some(*exchange),
            Outcome::Accepted(Reply::Transfers(made)) => {
                reply.transfers = made.iter().map(|status| status.name().to_string()).collect();
            }
        }
        Self::Accepted(reply)
    }
}

/// An amount with its asset's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Money {
    /// How much.
    pub amount: crate::wire::text::Decimal,
    /// Of what.
    pub asset: AssetCode,
}
