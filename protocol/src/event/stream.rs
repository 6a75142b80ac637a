//! What happened to streams. A [`super::money::MoneyMoved`] beside each says what was paid.

use crate::command::stream::Rate;
use crate::id::{AssetId, ParticipantId, StreamId};
use crate::money::Amount;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened to a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamEvent {
    /// It began to pay.
    Opened {
        /// Its number.
        stream: StreamId,
        /// Who pays.
        from: ParticipantId,
        /// Who is paid.
        to: ParticipantId,
        /// Of what.
        asset: AssetId,
        /// How fast.
        rate: Rate,
        /// How much was set apart.
        hold: Amount,
        /// The most that is ever paid.
        cap: Option<Amount>,
        /// When it ends at the latest, unless more is set apart.
        ends_at: Timestamp,
    },
    /// More was set apart.
    ToppedUp {
        /// Which.
        stream: StreamId,
        /// Who pays.
        from: ParticipantId,
        /// Who is paid.
        to: ParticipantId,
        /// How much more.
        amount: Amount,
        /// When it ends now.
        ends_at: Timestamp,
    },
    /// What had run up was paid.
    Settled {
        /// Which.
        stream: StreamId,
        /// Who pays.
        from: ParticipantId,
        /// Who is paid.
        to: ParticipantId,
        /// How much.
        amount: Amount,
        /// How much in all so far.
        paid: Amount,
    },
    /// It ended: all that had run up was paid, and the rest given back.
    Ended {
        /// Which.
        stream: StreamId,
        /// Who paid.
        from: ParticipantId,
        /// Who was paid.
        to: ParticipantId,
        /// Why.
        why: StreamEnd,
        /// How much was paid in all.
        paid: Amount,
        /// How much was given back.
        rest: Amount,
    },
}

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StreamEnd {
    /// All that will ever be paid was paid.
    Capped,
    /// What was set apart is used up.
    Exhausted,
    /// One side stopped it.
    Stopped(ParticipantId),
}

impl StreamEvent {
    /// The stream it is about.
    #[must_use]
    pub const fn stream(&self) -> StreamId {
        match self {
            Self::Opened { stream, .. }
            | Self::ToppedUp { stream, .. }
            | Self::Settled { stream, .. }
            | Self::Ended { stream, .. } => *stream,
        }
    }

    /// Who pays and who is paid.
    #[must_use]
    pub const fn parties(&self) -> [Option<ParticipantId>; 2] {
        match self {
            Self::Opened { from, to, .. }
            | Self::ToppedUp { from, to, .. }
            | Self::Settled { from, to, .. }
            | Self::Ended { from, to, .. } => [Some(*from), Some(*to)],
        }
    }
}
