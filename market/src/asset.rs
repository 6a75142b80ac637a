//! Assets: declared by the operator, issued by whoever their regime names.

use crate::economy::Economy;
use alloc::vec::Vec;
use oikos_protocol::command::asset::{AssetCode, DefineAsset, Issue, Regime};
use oikos_protocol::command::policy::SetFee;
use oikos_protocol::event::Event;
use oikos_protocol::event::asset::AssetEvent;
use oikos_protocol::event::money::{MoneyMoved, MoneyReason, Purse};
use oikos_protocol::id::{AssetId, ParticipantId};
use oikos_protocol::money::{Amount, Scale};
use oikos_protocol::outcome::Reply;
use oikos_protocol::rejection::Rejection;
use oikos_protocol::rejection::asset::AssetRejection;
use oikos_protocol::rejection::request::RequestRejection;
use serde::{Deserialize, Serialize};

/// The largest supply of an asset: 2^100 minor units, so that no sum of balances overflows.
pub const SUPPLY_MAX: Amount = Amount(1 << 100);

/// A declared asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    /// Its code.
    pub code: AssetCode,
    /// Its decimals.
    pub scale: Scale,
    /// By whose right it comes into being.
    pub regime: Regime,
    /// How much of it there is.
    pub supply: Amount,
}

/// The declared assets; the first is number 1, since the account model keeps 0 for "none".
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Assets(Vec<Asset>);

impl Assets {
    pub(crate) fn get(&self, asset: AssetId) -> Option<&Asset> {
        self.0.get((asset.0 as usize).checked_sub(1)?)
    }

    fn next(&self) -> AssetId {
        AssetId(self.0.len() as u32 + 1) // Bounded by `assets_max`.
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (AssetId, &Asset)> {
        (1..).map(AssetId).zip(&self.0)
    }

    fn change_supply(&mut self, asset: AssetId, change: impl FnOnce(u128) -> u128) {
        if let Some(asset) = (asset.0 as usize).checked_sub(1).and_then(|index| self.0.get_mut(index)) {
            asset.supply.0 = change(asset.supply.0);
        }
    }

    pub(crate) fn evolve(&mut self, event: &AssetEvent) {
        match *event {
            AssetEvent::Defined { code, scale, regime, .. } => {
                let supply = match regime {
                    Regime::FixedSupply { supply, .. } => supply,
                    Regime::Issuer(_) | Regime::MutualCredit { .. } => Amount::ZERO,
                };
                self.0.push(Asset { code, scale, regime, supply });
            }
            // At most `SUPPLY_MAX`, as was decided.
            AssetEvent::Issued { asset, amount, .. } | AssetEvent::Deposited { asset, amount, .. } => {
                self.change_supply(asset, |supply| supply + amount.0);
            }
            AssetEvent::Withdrawn { asset, amount, .. } | AssetEvent::Burned { asset, amount, .. } => {
                self.change_supply(asset, |supply| supply - amount.0);
            }
            AssetEvent::CreditSet { asset, from, to, .. } => {
                self.change_supply(asset, |supply| supply - from.0 + to.0);
            }
            AssetEvent::FeeSet { .. } => {}
        }
    }
}

/// Declares an asset.
pub(crate) fn define(
    ask: &DefineAsset,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    must_be_operator(by)?;
    let max = economy.genesis.limits.assets_max;
    if economy.assets.all().any(|(_, asset)| asset.code == ask.code) {
        return Err(AssetRejection::CodeTaken {}.into());
    }
    if economy.assets.0.len() >= max as usize {
        return Err(AssetRejection::TooMany { max }.into());
    }
    let (Regime::FixedSupply { to: holder, .. }
    | Regime::Issuer(holder)
    | Regime::MutualCredit { steward: holder, .. }) = ask.regime;
    if economy.participants.get(holder).is_none() {
        return Err(AssetRejection::UnknownHolder { participant: holder }.into());
    }
    let asset = economy.assets.next();
    out.push(Event::Asset(AssetEvent::Defined { asset, code: ask.code, scale: ask.scale, regime: ask.regime }));
    if let Regime::FixedSupply { supply, to } = ask.regime {
        if supply.is_zero() {
            return Err(AssetRejection::ZeroSupply {}.into());
        }
        if supply > SUPPLY_MAX {
            return Err(AssetRejection::SupplyOverflow { amount: supply }.into());
        }
        out.push(created(asset, supply, to));
    }
    Ok(Reply::Asset(asset))
}

/// Creates money.
pub(crate) fn issue(
    ask: &Issue,
    economy: &Economy,
    by: ParticipantId,
    out: &mut Vec<Event>,
) -> Result<Reply, Rejection> {
    let Issue { asset, to, amount, reference } = *ask;
    let declared = economy.assets.get(asset).ok_or(AssetRejection::Unknown { asset })?;
    if declared.regime != Regime::Issuer(by) {
        return Err(AssetRejection::NotTheIssuer { by, asset }.into());
    }
    if economy.participants.get(to).is_none() {
        return Err(AssetRejection::UnknownReceiver { to }.into());
    }
    if amount.is_zero() {
        return Err(AssetRejection::ZeroAmount {}.into());
    }
    if declared.supply.checked_add(amount).is_none_or(|supply| supply > SUPPLY_MAX) {
        return Err(AssetRejection::SupplyOverflow { amount }.into());
    }
    out.push(Event::Asset(AssetEvent::Issued { asset, amount, reference }));
    out.push(created(asset, amount, to));
    Ok(Reply::Done)
}

/// Sets the fee of tasks posted from now on.
pub(crate) fn set_fee(ask: &SetFee, by: ParticipantId, out: &mut Vec<Event>) -> Result<Reply, Rejection> {
    must_be_operator(by)?;
    out.push(Event::Asset(AssetEvent::FeeSet { fee: ask.fee }));
    Ok(Reply::Done)
}

fn must_be_operator(by: ParticipantId) -> Result<(), Rejection> {
    if by == ParticipantId::OPERATOR { Ok(()) } else { Err(RequestRejection::NotTheOperator { by }.into()) }
}

fn created(asset: AssetId, amount: Amount, to: ParticipantId) -> Event {
    let to = Purse::Available(to);
    Event::Money(MoneyMoved { asset, amount, from: Purse::Issuer, to, reason: MoneyReason::Issue })
}
