//! Limits as they cross the wire: participants by number, amounts as decimal texts.

use crate::command::asset::AssetCode;
use crate::command::limit::{LimitTerms, NarrowLimit, Payees, SetLimit};
use crate::command::participant::ParticipantKind;
use crate::event::limit::LimitEvent;
use crate::id::{AccountId, AssetId, LimitId, ParticipantId};
use crate::money::{Amount, Scale};
use crate::time::Timestamp;
use crate::wire::receipt::{Refusal, RefusalCode};
use crate::wire::text::{Decimal, Lasting, Nanos};
use crate::wire::translate::{Lexicon, asset_of, read};
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Lets `holder` spend out of the money of `source`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireSetLimit {
    /// Who may spend.
    pub holder: ParticipantId,
    /// Whose money; the sender's where it is absent. The holder's own binds it.
    #[serde(default)]
    pub source: Option<ParticipantId>,
    /// Of what.
    pub asset: AssetCode,
    /// How much, to whom, when.
    #[serde(default)]
    pub terms: WireTerms,
}

/// Passes on a part of a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireNarrowLimit {
    /// Of which limit.
    pub parent: LimitId,
    /// Who may spend.
    pub holder: ParticipantId,
    /// What is left open is as in the parent.
    #[serde(default)]
    pub terms: WireTerms,
}

/// What may be spent; what is absent is left open.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct WireTerms {
    /// To whom.
    pub payees: WirePayees,
    /// The least that a payment has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_min: Option<Decimal>,
    /// The most that a payment has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_max: Option<Decimal>,
    /// The most that is spent in a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_max: Option<Decimal>,
    /// The most payments in a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count_max: Option<u32>,
    /// After how long total and count begin anew; never where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<Lasting>,
    /// From when, in economy time; at once where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Nanos>,
    /// Until when, in economy time; for ever where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Nanos>,
    /// How many limits may stand below it, one under the other.
    pub depth: u8,
}

/// To whom money may go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WirePayees {
    /// Anyone.
    #[default]
    Anyone,
    /// Participants of these kinds.
    Kinds(Vec<ParticipantKind>),
    /// These participants.
    These(Vec<ParticipantId>),
}

/// What happened to a limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields' names and types say what they are; each variant is described")]
pub enum WireLimitEvent {
    /// It was set, or passed on from its parent.
    Set {
        limit: LimitId,
        parent: Option<LimitId>,
        holder: ParticipantId,
        source: ParticipantId,
        granted_by: ParticipantId,
        asset: AssetCode,
        terms: WireTerms,
    },
    /// Money was spent under it; it counts for all limits above it as well.
    Spent {
        limit: LimitId,
        holder: ParticipantId,
        source: ParticipantId,
        asset: AssetCode,
        amount: Decimal,
        payments: u32,
    },
    /// It ended, and with it all that was passed on from it.
    Revoked { limit: LimitId, holder: ParticipantId, by: ParticipantId },
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn set(ask: WireSetLimit, by: ParticipantId, lexicon: &impl Lexicon) -> Result<SetLimit, Refusal> {
    let (asset, scale) = asset_of(ask.asset, lexicon, "set_limit.asset")?;
    let terms = terms(ask.terms, (asset, scale), lexicon, "set_limit.terms")?;
    Ok(SetLimit { holder: ask.holder, source: ask.source.unwrap_or(by), asset, terms })
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn narrow(ask: WireNarrowLimit, lexicon: &impl Lexicon) -> Result<NarrowLimit, Refusal> {
    let asset = asset_of_limit(ask.parent, lexicon, "narrow_limit.parent")?;
    let terms = terms(ask.terms, asset, lexicon, "narrow_limit.terms")?;
    Ok(NarrowLimit { parent: ask.parent, holder: ask.holder, terms })
}

/// The asset of a limit.
///
/// # Errors
/// Where there is no such limit.
pub(super) fn asset_of_limit(limit: LimitId, lexicon: &impl Lexicon, field: &str) -> Result<(AssetId, Scale), Refusal> {
    let asset = lexicon.asset_of_limit(limit);
    let known = asset.and_then(|asset| lexicon.code(asset).map(|(_, scale)| (asset, scale)));
    known.ok_or_else(|| Refusal::new(RefusalCode::UnknownLimit, alloc::format!("there is no limit {limit}")).at(field))
}

fn terms(
    terms: WireTerms,
    (asset, scale): (AssetId, Scale),
    lexicon: &impl Lexicon,
    at: &str,
) -> Result<LimitTerms, Refusal> {
    let amount = |text: &Option<Decimal>, name: &str, open: Amount| match text {
        Some(text) => read(text, scale, &alloc::format!("{at}.{name}")),
        None => Ok(open),
    };
    Ok(LimitTerms {
        amount_min: amount(&terms.amount_min, "amount_min", Amount::ZERO)?,
        amount_max: amount(&terms.amount_max, "amount_max", Amount::MAX)?,
        total_max: amount(&terms.total_max, "total_max", Amount::MAX)?,
        payees: match terms.payees {
            WirePayees::Anyone => Payees::Anyone,
            WirePayees::Kinds(kinds) => Payees::Classes(kinds.iter().fold(0, |all, kind| all | kind.class())),
            WirePayees::These(these) => {
                let mut these: Vec<AccountId> = these.iter().map(|payee| lexicon.available(*payee, asset)).collect();
                these.sort_unstable();
                these.dedup();
                Payees::These(these)
            }
        },
        count_max: terms.count_max.unwrap_or(u32::MAX),
        period: terms.period.map(|period| period.0),
        from: terms.from.map_or(Timestamp::ZERO, Timestamp::from),
        expires: terms.expires.map_or(Timestamp::NEVER, Timestamp::from),
        depth: terms.depth,
    })
}

/// Terms as the wire shows them.
#[must_use]
pub fn show_terms(terms: &LimitTerms, scale: Scale) -> WireTerms {
    let bounded = |amount: Amount| (amount != Amount::MAX).then(|| Decimal::of(amount, scale));
    WireTerms {
        payees: match &terms.payees {
            Payees::Anyone => WirePayees::Anyone,
            Payees::Classes(classes) => {
                WirePayees::Kinds(ParticipantKind::ALL.into_iter().filter(|kind| classes & kind.class() != 0).collect())
            }
            Payees::These(accounts) => {
                WirePayees::These(accounts.iter().filter_map(|account| account.owner()).collect())
            }
        },
        amount_min: (!terms.amount_min.is_zero()).then(|| Decimal::of(terms.amount_min, scale)),
        amount_max: bounded(terms.amount_max),
        total_max: bounded(terms.total_max),
        count_max: (terms.count_max != u32::MAX).then_some(terms.count_max),
        period: terms.period.map(Lasting),
        from: Some(terms.from.into()),
        expires: (terms.expires != Timestamp::NEVER).then(|| terms.expires.into()),
        depth: terms.depth,
    }
}

/// The event as the wire shows it.
pub(super) fn show(event: &LimitEvent, lexicon: &impl Lexicon) -> Option<WireLimitEvent> {
    Some(match event {
        LimitEvent::Set { limit, parent, holder, source, granted_by, asset, terms } => {
            let (code, scale) = lexicon.code(*asset)?;
            WireLimitEvent::Set {
                limit: *limit,
                parent: *parent,
                holder: *holder,
                source: *source,
                granted_by: *granted_by,
                asset: code,
                terms: show_terms(terms, scale),
            }
        }
        LimitEvent::Spent { limit, holder, source, asset, amount, payments } => {
            let (code, scale) = lexicon.code(*asset)?;
            WireLimitEvent::Spent {
                limit: *limit,
                holder: *holder,
                source: *source,
                asset: code,
                amount: Decimal::of(*amount, scale),
                payments: *payments,
            }
        }
        LimitEvent::Revoked { limit, holder, by } => {
            WireLimitEvent::Revoked { limit: *limit, holder: *holder, by: *by }
        }
    })
}

/// The core's event of one that was shown.
pub(super) fn hear(event: &WireLimitEvent, lexicon: &impl Lexicon) -> Option<LimitEvent> {
    Some(match event.clone() {
        WireLimitEvent::Set { limit, parent, holder, source, granted_by, asset, terms: shown } => {
            let known = lexicon.asset(asset)?;
            let terms = Box::new(terms(shown, known, lexicon, "").ok()?);
            LimitEvent::Set { limit, parent, holder, source, granted_by, asset: known.0, terms }
        }
        WireLimitEvent::Spent { limit, holder, source, asset, amount, payments } => {
            let (asset, scale) = lexicon.asset(asset)?;
            let amount = scale.parse(&amount.0).ok()?;
            LimitEvent::Spent { limit, holder, source, asset, amount, payments }
        }
        WireLimitEvent::Revoked { limit, holder, by } => LimitEvent::Revoked { limit, holder, by },
    })
}
