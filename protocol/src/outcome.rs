//! What a sequenced command comes to: accepted or rejected, for ever the same.

use crate::id::{AssetId, DeskId, ExchangeId, LimitId, OfferId, OrderId, ParticipantId, StreamId, TaskId};
use crate::rejection::Rejection;
use crate::rejection::transfer::CreateTransferStatus;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The answer to a sequenced command. The same id with the same content gets the first outcome again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Accepted(Reply),
    /// It was not; nothing but the memory of its id has changed.
    Rejected(Rejection),
}

/// What the sender learns beyond "done".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Nothing more.
    Done,
    /// The number of the asset.
    Asset(AssetId),
    /// The number of the participant.
    Participant(ParticipantId),
    /// The number of the task.
    Task(TaskId),
    /// The number of the offer.
    Offer(OfferId),
    /// What became of each transfer of the batch, in order.
    Transfers(Vec<CreateTransferStatus>),
    /// The number of the desk.
    Desk(DeskId),
    /// The number of the order.
    Order(OrderId),
    /// The number of the limit.
    Limit(LimitId),
    /// The number of the stream.
    Stream(StreamId),
    /// The number of the exchange.
    Exchange(ExchangeId),
}
