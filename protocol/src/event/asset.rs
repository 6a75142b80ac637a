//! What happened to assets and policies.

use crate::command::asset::{AssetCode, Regime};
use crate::id::{AssetId, Hash32, ParticipantId};
use crate::money::{Amount, Scale, Share};
use serde::{Deserialize, Serialize};

/// What happened to an asset or a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetEvent {
    /// An asset was declared.
    Defined {
        /// Its number.
        asset: AssetId,
        /// Its code.
        code: AssetCode,
        /// Its decimals.
        scale: Scale,
        /// By whose right it comes into being.
        regime: Regime,
    },
    /// Money was created; a [`super::money::MoneyMoved`] says where it went.
    Issued {
        /// Of what.
        asset: AssetId,
        /// How much.
        amount: Amount,
        /// The hash of the document that justifies it.
        reference: Hash32,
    },
    /// The fee of tasks posted from now on changed.
    FeeSet {
        /// The new fee.
        fee: Share,
    },
    /// Money came from outside.
    Deposited {
        /// Of what.
        asset: AssetId,
        /// Who issues it.
        issuer: ParticipantId,
        /// Whose it is.
        to: ParticipantId,
        /// How much.
        amount: Amount,
        /// The hash of its name outside.
        reference: Hash32,
    },
    /// Money left for outside, where its issuer owes it.
    Withdrawn {
        /// Of what.
        asset: AssetId,
        /// Who issues it.
        issuer: ParticipantId,
        /// Whose it was.
        from: ParticipantId,
        /// How much.
        amount: Amount,
        /// The hash of where it goes.
        reference: Hash32,
    },
    /// An issuer destroyed money of its own.
    Burned {
        /// Of what.
        asset: AssetId,
        /// Who issues it.
        issuer: ParticipantId,
        /// How much.
        amount: Amount,
        /// The hash of the document that justifies it.
        reference: Hash32,
    },
    /// A member's line of mutual credit changed.
    CreditSet {
        /// Of what.
        asset: AssetId,
        /// Who set it.
        steward: ParticipantId,
        /// Whose it is.
        member: ParticipantId,
        /// How long it was.
        from: Amount,
        /// How long it is.
        to: Amount,
    },
}
