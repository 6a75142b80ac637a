//! What happened to offers.

use crate::command::offer::PublishOffer;
use crate::id::{OfferId, ParticipantId};
use serde::{Deserialize, Serialize};

/// What happened to an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferEvent {
    /// It was put up.
    Published {
        /// Its number.
        offer: OfferId,
        /// Whose it is.
        seller: ParticipantId,
        /// What it says.
        terms: PublishOffer,
    },
    /// Units were taken; a [`super::money::MoneyMoved`] says what was paid.
    Taken {
        /// Which offer.
        offer: OfferId,
        /// By whom.
        buyer: ParticipantId,
        /// How many units.
        units: u32,
        /// How many are left.
        left: u32,
    },
    /// Its seller took it back.
    Withdrawn {
        /// Which offer.
        offer: OfferId,
    },
    /// Its time is over.
    Expired {
        /// Which offer.
        offer: OfferId,
    },
}

impl OfferEvent {
    /// The offer it is about.
    #[must_use]
    pub const fn offer(&self) -> OfferId {
        match self {
            Self::Published { offer, .. }
            | Self::Taken { offer, .. }
            | Self::Withdrawn { offer }
            | Self::Expired { offer } => *offer,
        }
    }
}
