//! What happened to limits.

use crate::command::limit::LimitTerms;
use crate::id::{AssetId, LimitId, ParticipantId};
use crate::money::Amount;
use alloc::boxed::Box;
use serde::{Deserialize, Serialize};

/// What happened to a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitEvent {
    /// It was set, or passed on from its parent.
    Set {
        /// Its number.
        limit: LimitId,
        /// From which it was passed on.
        parent: Option<LimitId>,
        /// Who may spend.
        holder: ParticipantId,
        /// Whose money.
        source: ParticipantId,
        /// Who set it, or passed it on.
        granted_by: ParticipantId,
        /// Of what.
        asset: AssetId,
        /// What may be spent, with what it took over from its parent.
        terms: Box<LimitTerms>,
    },
    /// Money was spent under it; it counts for all limits above it as well.
    Spent {
        /// Which.
        limit: LimitId,
        /// By whom.
        holder: ParticipantId,
        /// Whose money.
        source: ParticipantId,
        /// Of what.
        asset: AssetId,
        /// How much.
        amount: Amount,
        /// In how many payments.
        payments: u32,
    },
    /// It ended, and with it all that was passed on from it.
    Revoked {
        /// Which.
        limit: LimitId,
        /// Who could spend under it.
        holder: ParticipantId,
        /// Who ended it.
        by: ParticipantId,
    },
}

impl LimitEvent {
    /// The limit it is about.
    #[must_use]
    pub const fn limit(&self) -> LimitId {
        match self {
            Self::Set { limit, .. } | Self::Spent { limit, .. } | Self::Revoked { limit, .. } => *limit,
        }
    }

    /// The two whose business it is.
    #[must_use]
    pub const fn parties(&self) -> [Option<ParticipantId>; 2] {
        match self {
            Self::Set { holder, source, granted_by, parent, .. } => {
                [Some(*holder), Some(if parent.is_some() { *granted_by } else { *source })]
            }
            Self::Spent { holder, source, .. } => [Some(*holder), Some(*source)],
            Self::Revoked { holder, by, .. } => [Some(*holder), Some(*by)],
        }
    }
}
