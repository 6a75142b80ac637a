//! What happened to exchanges. Two linked transfers beside `Taken` say what was paid.

use crate::command::exchange::Leg;
use crate::id::{ExchangeId, ParticipantId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened to an exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExchangeEvent {
    /// It was offered.
    Offered {
        /// Its number.
        exchange: ExchangeId,
        /// By whom.
        maker: ParticipantId,
        /// What its maker gives.
        give: Leg,
        /// What its maker gets.
        get: Leg,
        /// The only participant who may take it.
        taker: Option<ParticipantId>,
        /// From this moment on it can't be taken.
        expires: Timestamp,
    },
    /// Both legs were paid.
    Taken {
        /// Which.
        exchange: ExchangeId,
        /// Who offered it.
        maker: ParticipantId,
        /// Who took it.
        taker: ParticipantId,
    },
    /// Its maker took it back.
    Withdrawn {
        /// Which.
        exchange: ExchangeId,
        /// Whose it was.
        maker: ParticipantId,
        /// To whom alone it was offered.
        taker: Option<ParticipantId>,
    },
    /// Its time is over.
    Expired {
        /// Which.
        exchange: ExchangeId,
        /// Whose it was.
        maker: ParticipantId,
        /// To whom alone it was offered.
        taker: Option<ParticipantId>,
    },
}

impl ExchangeEvent {
    /// The exchange it is about.
    #[must_use]
    pub const fn exchange(&self) -> ExchangeId {
        match self {
            Self::Offered { exchange, .. }
            | Self::Taken { exchange, .. }
            | Self::Withdrawn { exchange, .. }
            | Self::Expired { exchange, .. } => *exchange,
        }
    }

    /// The two whose business it is; `None` where it is offered to everybody, which is everybody's.
    #[must_use]
    pub const fn parties(&self) -> Option<[Option<ParticipantId>; 2]> {
        match self {
            Self::Taken { maker, taker, .. } => Some([Some(*maker), Some(*taker)]),
            Self::Offered { maker, taker, .. }
            | Self::Withdrawn { maker, taker, .. }
            | Self::Expired { maker, taker, .. } => match taker {
                Some(taker) => Some([Some(*maker), Some(*taker)]),
                None => None,
            },
        }
    }
}
