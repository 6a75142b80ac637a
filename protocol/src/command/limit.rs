//! Limits: how much somebody may spend out of another's money, or out of its own, and to whom.
//!
//! A limit has a parent, or is a root. What is spent under it counts for all above it; a limit passes on at most what
//! it has; a limit that is revoked takes with it all that it passed on.

use crate::id::{AccountId, AssetId, LimitId, ParticipantId};
use crate::money::Amount;
use crate::time::{Span, Timestamp};
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Lets `holder` spend out of the free money of `source`. Where both are the same participant, the limit binds it:
/// from then on it pays under a limit only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetLimit {
    /// Who may spend.
    pub holder: ParticipantId,
    /// Whose money.
    pub source: ParticipantId,
    /// Of what.
    pub asset: AssetId,
    /// How much, to whom, when.
    pub terms: LimitTerms,
}

/// Passes on a part of a limit. What the terms leave open is as in the parent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NarrowLimit {
    /// The limit of which a part is passed on.
    pub parent: LimitId,
    /// Who may spend.
    pub holder: ParticipantId,
    /// How much, to whom, when: nowhere more than the parent.
    pub terms: LimitTerms,
}

/// Ends a limit and all that was passed on from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RevokeLimit {
    /// Which.
    pub limit: LimitId,
}

/// What may be spent. [`LimitTerms::OPEN`] leaves everything open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitTerms {
    /// To whom.
    pub payees: Payees,
    /// The least that a payment has.
    pub amount_min: Amount,
    /// The most that a payment has.
    pub amount_max: Amount,
    /// The most that is spent in a period; [`Amount::MAX`] leaves it open.
    pub total_max: Amount,
    /// The most payments in a period; [`u32::MAX`] leaves it open.
    pub count_max: u32,
    /// After how long total and count begin anew, counted from `from`; never where it is absent.
    pub period: Option<Span>,
    /// Before this moment nothing is spent; zero is the moment at which the limit is set.
    pub from: Timestamp,
    /// From this moment on nothing is spent.
    pub expires: Timestamp,
    /// How many limits may stand below it, one under the other.
    pub depth: u8,
}

impl LimitTerms {
    /// Everything to everybody, for ever, and not to be passed on.
    pub const OPEN: Self = Self {
        payees: Payees::Anyone,
        amount_min: Amount::ZERO,
        amount_max: Amount::MAX,
        total_max: Amount::MAX,
        count_max: u32::MAX,
        period: None,
        from: Timestamp::ZERO,
        expires: Timestamp::NEVER,
        depth: 0,
    };
}

/// To whom money may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payees {
    /// Anyone.
    Anyone,
    /// Those of these classes, a bit each. What a class is, is the business of whoever pays.
    Classes(u32),
    /// These accounts, in order and each once.
    These(Vec<AccountId>),
}

/// Which of the terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitTerm {
    /// To whom.
    Payees,
    /// The range of a payment.
    Amount,
    /// The total of a period.
    TotalMax,
    /// The payments of a period.
    CountMax,
    /// The period.
    Period,
    /// From when.
    From,
    /// Until when.
    Expires,
    /// How far it may be passed on.
    Depth,
}

impl fmt::Display for LimitTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Payees => "payees",
            Self::Amount => "amount_min and amount_max",
            Self::TotalMax => "total_max",
            Self::CountMax => "count_max",
            Self::Period => "period",
            Self::From => "from",
            Self::Expires => "expires",
            Self::Depth => "depth",
        })
    }
}
