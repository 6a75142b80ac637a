//! Money that comes from outside, leaves, is destroyed or lent, as it crosses the wire.

use crate::command::asset::{AssetCode, Burn, Deposit, SetCredit, Withdraw};
use crate::id::{Hash32, ParticipantId};
use crate::wire::receipt::Refusal;
use crate::wire::text::Decimal;
use crate::wire::translate::{Lexicon, asset_of, read};
use serde::{Deserialize, Serialize};

/// Turns money from outside into money here (the asset's issuer).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireDeposit {
    /// Of what.
    pub asset: AssetCode,
    /// Whose it will be.
    pub to: ParticipantId,
    /// How much.
    pub amount: Decimal,
    /// A hash of its name outside; an issuer takes each only once.
    pub reference: Hash32,
}

/// Takes the sender's money out, or destroys the issuer's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireWithdraw {
    /// Of what.
    pub asset: AssetCode,
    /// How much.
    pub amount: Decimal,
    /// A hash of where it goes, or why; an issuer takes each only once.
    pub reference: Hash32,
}

/// Sets a member's line of mutual credit (the asset's steward).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WireCredit {
    /// Of what.
    pub asset: AssetCode,
    /// Whose line.
    pub member: ParticipantId,
    /// How long it is; `0` for none.
    pub credit: Decimal,
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn deposit(ask: &WireDeposit, lexicon: &impl Lexicon) -> Result<Deposit, Refusal> {
    let (asset, scale) = asset_of(ask.asset, lexicon, "deposit.asset")?;
    let amount = read(&ask.amount, scale, "deposit.amount")?;
    Ok(Deposit { asset, to: ask.to, amount, reference: ask.reference })
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn withdraw(ask: &WireWithdraw, lexicon: &impl Lexicon) -> Result<Withdraw, Refusal> {
    let (asset, scale) = asset_of(ask.asset, lexicon, "withdraw.asset")?;
    let amount = read(&ask.amount, scale, "withdraw.amount")?;
    Ok(Withdraw { asset, amount, reference: ask.reference })
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn burn(ask: &WireWithdraw, lexicon: &impl Lexicon) -> Result<Burn, Refusal> {
    let (asset, scale) = asset_of(ask.asset, lexicon, "burn.asset")?;
    let amount = read(&ask.amount, scale, "burn.amount")?;
    Ok(Burn { asset, amount, reference: ask.reference })
}

/// The core's command.
///
/// # Errors
/// A [`Refusal`] with the field.
pub(super) fn credit(ask: &WireCredit, lexicon: &impl Lexicon) -> Result<SetCredit, Refusal> {
    let (asset, scale) = asset_of(ask.asset, lexicon, "set_credit.asset")?;
    Ok(SetCredit { asset, member: ask.member, credit: read(&ask.credit, scale, "set_credit.credit")? })
}
